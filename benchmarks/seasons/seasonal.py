"""A season on paper: what it costs by recipe, in all and for each take that is approved.

Pure: unit costs times counts. `weather` plays the same season, and its ledger says how near this
comes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from benchmarks.domain.campaign import Recipe
from benchmarks.domain.cost import Band, Costs, UnitCosts
from benchmarks.planning import costs
from benchmarks.planning.forecast import lanes
from benchmarks.seasons.season import PARTNER
from router.admission.gate import LOCAL
from router.domain.clearance import Clearance
from router.domain.model import LifecycleStatus, Model
from router.domain.request import Request
from router.files.csv_text import csv_text

RETENTION_DAYS = 180
DAY_S = 86_400.0
# Whoever pays may send to every Region, so that quotas alone set the pace.
PAYER = replace(PARTNER, regions=("us-west-2", "us-east-1", "us-east-2"))
FREE = Clearance(
    permitted=("still_image", "moving_image"), expires_on=None, evidence_sha256="0" * 64
)
COLUMNS = (
    "recipe",
    "takes",
    "price_of_a_take_usd",
    "provider_typical_usd",
    "provider_worst_usd",
    "judge_typical_usd",
    "measuring_typical_usd",
    "keeping_typical_usd",
    "total_low_usd",
    "total_typical_usd",
    "total_worst_usd",
    "approved_shots_typical",
    "approved_take_low_usd",
    "approved_take_typical_usd",
    "approved_take_worst_usd",
    "days_at_the_quota",
)
TITLES = (
    "recipe",
    "a take",
    "provider",
    "judges",
    "measuring, keeping",
    "together",
    "an approved take",
    "days at the quota",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One recipe over a whole season."""

    recipe: str
    takes: int
    costs: Costs
    approved: Band  # shots with a take that is circled: low means the best, as for money
    seconds: float  # at the quota of its slowest model

    @property
    def each(self) -> Band:
        """Give what one approved take costs, micro-dollars."""
        total = self.costs.total
        return Band(
            low=total.low / self.approved.low,
            typical=total.typical / self.approved.typical,
            worst=total.worst / self.approved.worst,
        )


def calls(recipe: Recipe, shots: int, takes: int) -> list[list[Request]]:
    """Ask for every take of a recipe, without pictures: they cost nothing by themselves."""
    return [
        [_call(recipe, step, n) for n in range(shots * takes)] for step in range(_steps(recipe))
    ]


def sheet(
    recipes: Iterable[Recipe],
    catalogue: Mapping[str, Model],
    unit: UnitCosts,
    *,
    shots: int,
    takes: int,
) -> tuple[Row, ...]:
    """Say what a season costs by each recipe that is paid for and still sold."""
    return tuple(
        _row(recipe, catalogue, unit, shots, takes)
        for recipe in recipes
        if all(_is_sold(catalogue[c.model]) for c in recipe.calls)
    )


def approved(circled: Band, shots: int, takes: float, unbilled: Band) -> Band:
    """Expect so many shots with at least one take that is circled."""

    def of(share: float, gone: float) -> float:
        return shots * (1.0 - float((1.0 - share * (1.0 - gone)) ** takes))

    return Band(
        low=of(circled.low, unbilled.typical),
        typical=of(circled.typical, unbilled.typical),
        worst=of(circled.worst, unbilled.low),
    )


def as_rows(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Give the sheet as `--json` prints it."""
    return [dict(zip(COLUMNS, _cells(row), strict=True)) for row in rows]


def as_csv(rows: Sequence[Row]) -> str:
    """Give the sheet for a spreadsheet."""
    return csv_text(COLUMNS, map(_cells, rows))


def as_text(rows: Sequence[Row], shots: int, takes: int, unit: UnitCosts) -> str:
    """Give the sheet as Markdown, for a page."""
    lines = [*_heading(shots, takes, unit), "", _barred(TITLES), "|---" * len(TITLES) + "|"]
    return "\n".join([*lines, *(_barred(_shown(row)) for row in rows)])


def as_columns(rows: Sequence[Row], shots: int, takes: int, unit: UnitCosts) -> str:
    """Give the sheet in columns, for a terminal."""
    table = [TITLES, *map(_shown, rows)]
    widths = [max(len(line[n]) for line in table) for n in range(len(TITLES))]
    lines = [
        "  ".join(cell.ljust(w) if n == 0 else cell.rjust(w) for n, (cell, w) in enumerate(pairs))
        for pairs in (list(zip(line, widths, strict=True)) for line in table)
    ]
    return "\n".join([*_heading(shots, takes, unit), "", *lines])


def _heading(shots: int, takes: int, unit: UnitCosts) -> list[str]:
    """Say what the figures are, and what share of takes an approved one is reckoned with."""
    rate = unit.circled
    return [
        f"{shots} shots × {takes} takes, each recipe alone; USD: likely (at best to at worst)",
        f"an approved take: if people circle {rate.typical:.0%} of takes (at best {rate.low:.0%}, "
        f"at worst {rate.worst:.0%}), and a shot needs one (rate: {_source(unit)})",
    ]


def _source(unit: UnitCosts) -> str:
    return dict(unit.sources).get("circled", "nobody has said where that comes from")


def _barred(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _row(
    recipe: Recipe, catalogue: Mapping[str, Model], unit: UnitCosts, shots: int, takes: int
) -> Row:
    steps = calls(recipe, shots, takes)
    every = [r for step in steps for r in step]
    return Row(
        recipe=recipe.name,
        takes=shots * takes,
        costs=costs.reckon(
            every,
            catalogue,
            unit,
            retention_days=RETENTION_DAYS,
            measured={r.id for r in steps[-1]},
        ),
        approved=approved(unit.circled, shots, takes, unit.unbilled),
        seconds=max(lane.seconds for lane in lanes(every, catalogue, PAYER)),
    )


def _cells(row: Row) -> list[str | int | float]:
    total, each = row.costs.total, row.each
    parts = {c.part: c.musd for c in row.costs.lines}
    usual = [_usd(band.typical) if (band := parts[p]) else "not counted" for p in costs.PARTS]
    provider, judge, cpu, _, kept = usual
    worst = parts["provider"].worst if parts["provider"] else 0.0
    return [
        row.recipe,
        row.takes,
        _usd(worst / row.takes),
        provider,
        _usd(worst),
        judge,
        cpu,
        kept,
        *map(_usd, (total.low, total.typical, total.worst)),
        round(row.approved.typical),
        *map(_usd, (each.low, each.typical, each.worst)),
        round(row.seconds / DAY_S, 2),
    ]


def _shown(row: Row) -> tuple[str, ...]:
    cell = dict(zip(COLUMNS, _cells(row), strict=True))
    total, each = row.costs.total, row.each
    beside = float(cell["measuring_typical_usd"]) + float(cell["keeping_typical_usd"])
    return (
        row.recipe,
        f"{cell['price_of_a_take_usd']:.2f}",
        f"{cell['provider_typical_usd']:,.0f}",
        f"{cell['judge_typical_usd']:,.2f}",
        f"{beside:,.2f}",
        _range(total),
        _range(each, 2),
        f"{cell['days_at_the_quota']:.1f}",
    )


def _range(band: Band, digits: int = 0) -> str:
    low, typical, worst = (
        f"{x / costs.MILLION:,.{digits}f}" for x in (band.low, band.typical, band.worst)
    )
    return f"{typical} ({low} to {worst})"


def _usd(musd: float) -> float:
    return round(musd / costs.MILLION, 6)


def _is_sold(model: Model) -> bool:
    return model.dialect != LOCAL and model.lifecycle.status is not LifecycleStatus.RETIRED


def _steps(recipe: Recipe) -> int:
    return len(recipe.calls)


def _call(recipe: Recipe, step: int, number: int) -> Request:
    call = recipe.calls[step]
    given = dict(call.parameters)
    seconds, resolution = given.get("seconds"), given.get("resolution")
    return Request(
        partner=PAYER.name,
        id=f"{recipe.name}-{step}-{number}",
        account=recipe.name,
        model=call.model,
        operation=call.operation,
        prompt="",
        clearance=FREE,
        seconds=int(seconds) if seconds is not None else None,
        resolution=str(resolution) if resolution is not None else None,
    )
