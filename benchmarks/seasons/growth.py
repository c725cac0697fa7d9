"""A season times ten and times a hundred, on paper: where it breaks first, and what then."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.domain.campaign import Recipe
from benchmarks.domain.cost import Band, Costs, UnitCosts
from benchmarks.planning import costs
from benchmarks.planning.forecast import Lane, lanes
from benchmarks.seasons.seasonal import DAY_S, PAYER, RETENTION_DAYS, calls
from router.domain.model import Model
from router.domain.request import Request

REPORT_S, REPORT_TAKES = 10.5, 12_800  # measured: compiled in 6, written in 4.5, on two cores


@dataclass(frozen=True, slots=True, kw_only=True)
class Strain:
    """How full one part of the house is at some size of a season."""

    what: str
    needs: float
    holds: float
    unit: str
    then: str

    @property
    def share(self) -> float:
        """Give need ÷ what there is; above 1 it breaks."""
        return self.needs / self.holds


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """A season of some size."""

    times: int
    takes: int
    usd: Band
    days: float  # at the quotas as they are
    strains: tuple[Strain, ...]  # the worst first


def grown(
    recipes: Sequence[Recipe],
    catalogue: Mapping[str, Model],
    unit: UnitCosts,
    *,
    shots: int,
    takes: int,
    times: Sequence[int] = (1, 10, 100),
) -> tuple[Size, ...]:
    """Multiply a season, and say how full each part of the house is then."""
    every = [r for recipe in recipes for step in calls(recipe, shots, takes) for r in step]
    queues = lanes(every, catalogue, PAYER)
    one = costs.reckon(every, catalogue, unit, retention_days=RETENTION_DAYS)
    return tuple(_size(n, every, queues, one, catalogue, unit) for n in times)


def page(sizes: Sequence[Size], unit: UnitCosts, *, shots: int, takes: int) -> str:
    """Give the whole page, as `circletake season grow --out` writes it."""
    recipes = sizes[0].takes // sizes[0].times // (shots * takes)
    asked = f"{shots} shots × {recipes} recipes × {takes} takes, then 10 and 100 times as many"
    held = [
        f"| {name} | {c.value:,.15g} {c.unit} | {c.source} |" for name, c in unit.capacities.items()
    ]
    said = [f"| {name} | {source} |" for name, source in unit.sources]
    return "\n".join(
        [
            "# Ten times and a hundred times a season",
            "",
            f"{asked}, each within {unit.season_days:g} days.",
            "Written by `circletake season grow --out deploy/runbook/scale.md`: unit costs of",
            "`benchmarks/planning/unit_costs.yaml` times counts, nothing typed. On paper; the",
            "season itself is played by `circletake season rehearse`.",
            "",
            grown_text(sizes, unit.season_days),
            "## What the house holds",
            "",
            "| part | holds | who says so |",
            "|---|---|---|",
            *held,
            "",
            "## Unit costs",
            "",
            "| number | who says so |",
            "|---|---|",
            *said,
            "",
        ]
    )


def as_json(sizes: Sequence[Size]) -> dict[str, Any]:
    """Give what `circletake season grow --json` prints."""
    return {
        "sizes": [
            {
                "times": size.times,
                "takes": size.takes,
                "likely_usd": round(size.usd.typical, 2),
                "worst_usd": round(size.usd.worst, 2),
                "days": round(size.days, 2),
                "breaks": [s.what for s in size.strains if s.share > 1],
                "strains": [
                    {"what": s.what, "needs": s.needs, "holds": s.holds, "unit": s.unit}
                    for s in size.strains
                ],
            }
            for size in sizes
        ]
    }


def grown_text(sizes: Sequence[Size], days: float) -> str:
    """Give the growth as Markdown."""
    lines = [
        "| part of the house | holds | " + " | ".join(f"{s.takes:,} takes" for s in sizes) + " |",
        "|---|---|" + "---|" * len(sizes),
    ]
    for strain in sizes[0].strains:
        cells = [next(x for x in s.strains if x.what == strain.what) for s in sizes]
        filled = " | ".join(
            f"{_number(c.needs)}{' **breaks**' if c.share > 1 else ''}" for c in cells
        )
        lines.append(f"| {strain.what} | {_number(strain.holds)} {strain.unit} | {filled} |")
    lines += ["| days at the quotas as they are | | " + " | ".join(_days(s) for s in sizes) + " |"]
    lines += ["| likely cost, USD | | " + " | ".join(f"{s.usd.typical:,.0f}" for s in sizes) + " |"]
    lines += ["| at worst, USD | | " + " | ".join(f"{s.usd.worst:,.0f}" for s in sizes) + " |", ""]
    return "\n".join([*lines, *_breaks(sizes, days)])


def _breaks(sizes: Sequence[Size], days: float) -> Iterator[str]:
    for size in sizes:
        broken = [s for s in size.strains if s.share > 1]
        yield f"**{size.takes:,} takes in {days:g} days.** " + (
            "Everything holds." if not broken else f"It breaks first at: {broken[0].what}."
        )
        for strain in broken:
            yield (
                f"- {strain.what}: {_number(strain.needs)} of {_number(strain.holds)} {strain.unit}"
                f" ({strain.share:.1f} ×). Then: {strain.then}."
            )
        yield ""


def _size(
    times: int,
    every: Sequence[Request],
    queues: Sequence[Lane],
    one: Costs,
    catalogue: Mapping[str, Model],
    unit: UnitCosts,
) -> Size:
    window = unit.season_days * DAY_S
    takes = times * len(every)
    slowest = max(lane.seconds for lane in queues)
    videos = sum(catalogue[r.model].modality == "video" for r in every)
    counts = {"clip": videos, "still": len(every) - videos}
    work = [(unit.kinds[kind], many) for kind, many in counts.items()]
    cores = sum(k.measuring_cpu_s.typical * n for k, n in work) + (
        unit.routing_cpu_s.typical * len(every)
    )
    size = sum(k.bytes.typical * n for k, n in work) + unit.beside_bytes.typical * len(every)
    needs = {
        "calls": (f"the quota of {_slowest(queues).model}", times * slowest / window),
        "measuring": ("cores that measure", times * cores / window),
        "commits": ("booking takes in the ledger, spread evenly", takes / window),
        "database": ("the database", takes * unit.row_bytes.typical / costs.GB),
        "media": ("kept media", times * size / costs.GB),
        "report": ("one findings report over all", REPORT_S * takes / REPORT_TAKES),
    }
    strains = [
        Strain(what=what, needs=need, holds=c.value, unit=c.unit, then=c.then)
        for name, (what, need) in needs.items()
        for c in (unit.capacities[name],)
    ]
    return Size(
        times=times,
        takes=takes,
        usd=one.total.times(times / costs.MILLION),
        days=times * slowest / DAY_S,
        strains=tuple(sorted(strains, key=lambda s: -s.share)),
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _days(size: Size) -> str:
    return f"{size.days:.1f}" if size.days < 100 else f"{size.days:,.0f}"


def _slowest(queues: Sequence[Lane]) -> Lane:
    return max(queues, key=lambda lane: lane.seconds)
