"""What a campaign costs beside the provider, and what of the provider's worst case is likely.

Pure. The provider's worst case is exact, for every call is priced before it is made; the rest are
bands from `unit_costs.yaml`. What is not counted is said in words.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from benchmarks.domain.cost import NOTHING, Band, CostLine, Costs, UnitCosts
from router.admission.gate import LOCAL
from router.admission.pricing import worst_case_musd
from router.domain.model import Model
from router.domain.request import Request

GB = 1e9
HOUR = 3600.0
MONTH_DAYS = 30.4375
COPIES = 3  # PUT a take: the media, a preview, the scores
MILLION = 1_000_000
PARTS = {
    "provider": "provider",
    "judge": "judges, where asked",
    "evaluation_cpu": "measuring",
    "evaluation_gpu": "measuring on a GPU",
    "storage": "keeping",
}


def reckon(
    requests: Sequence[Request],
    catalogue: Mapping[str, Model],
    unit: UnitCosts,
    *,
    retention_days: int,
    measured: Collection[str] | None = None,
) -> Costs:
    """Add up what requests cost.

    Args:
        requests: every call, further steps of chains too.
        catalogue: with the row of each request's model, and of the judges.
        unit: the table of unit costs.
        retention_days: how long what comes is kept.
        measured: ids of the requests whose takes are measured; None = all.
    """
    takes = [(catalogue[r.model], r) for r in requests]
    paid = [(m, r) for m, r in takes if m.dialect != LOCAL]
    kinds = [_kind(m) for m, _ in takes]
    seen = [_kind(m) for m, r in takes if _ends(r, measured)]
    lines = (
        _provider(paid, unit),
        _judge(sum(_ends(r, measured) for _, r in paid), catalogue, unit),
        _cpu(seen, len(paid), unit),
        CostLine(part="evaluation_gpu", musd=None, said=unit.not_counted[0]),
        _storage(kinds, unit, retention_days),
    )
    return Costs(lines=lines, not_counted=unit.not_counted, as_of=unit.as_of)


def as_json(costs: Costs) -> dict[str, Any]:
    """Give what `campaign plan --json` prints under `costs`; null = not counted."""
    return {
        "lines": [{"part": c.part, **_usd(c.musd), "said": c.said} for c in costs.lines],
        "total": _usd(costs.total),
        "not_counted": list(costs.not_counted),
        "as_of": costs.as_of,
    }


def told(body: Mapping[str, Any]) -> list[str]:
    """Say for a person what `as_json` gives."""
    lines = ["  what it costs, USD              at best    likely  at worst"]
    lines += [
        f"    {PARTS[row['part']]:22} {_three(row)}"
        for row in body["lines"]
        if row["typical_usd"] is not None
    ]
    lines.append(f"    {'together':22} {_three(body['total'])}")
    return [*lines, *(f"    not counted: {text}" for text in body["not_counted"])]


def _three(row: Mapping[str, Any]) -> str:
    return " ".join(_cents(row[f"{end}_usd"]) for end in ("low", "typical", "worst"))


def _cents(usd: float) -> str:
    """Write an amount; a little is not nothing."""
    return "   < 0.01" if 0 < usd < 0.005 else f"{usd:9.2f}"


def _usd(band: Band | None) -> dict[str, float | None]:
    ends = ("low", "typical", "worst")
    if band is None:
        return dict.fromkeys((f"{end}_usd" for end in ends), None)
    return {f"{end}_usd": round(getattr(band, end) / MILLION, 6) for end in ends}


def _ends(request: Request, measured: Collection[str] | None) -> bool:
    """Say whether a take is looked at, and not only a step on the way."""
    return measured is None or request.id in measured


def _provider(paid: Iterable[tuple[Model, Request]], unit: UnitCosts) -> CostLine:
    most = float(sum(worst_case_musd(model, request) for model, request in paid))
    billed = Band(
        low=1.0 - unit.unbilled.low,
        typical=1.0 - unit.unbilled.typical,
        worst=1.0 - unit.unbilled.worst,
    )
    said = "each call at the price of the catalogue; what is declined is not billed"
    return CostLine(part="provider", musd=billed.times(most), said=said)


def _judge(takes: int, catalogue: Mapping[str, Model], unit: UnitCosts) -> CostLine:
    usual, dear = (catalogue[key] for key in unit.judges)
    band = Band(
        low=unit.questions.low * _question(usual, unit.tokens_in.low, unit.tokens_out.low),
        typical=unit.questions.typical
        * _question(usual, unit.tokens_in.typical, unit.tokens_out.typical),
        worst=unit.questions.worst * _question(dear, unit.tokens_in.worst, unit.tokens_out.worst),
    )
    said = "a run asks no judge; `circletake judge` does, and says its own most before it asks"
    return CostLine(part="judge", musd=band.times(takes), said=said)


def _question(model: Model, tokens_in: float, tokens_out: float) -> float:
    by = {name: float(Decimal(usd)) for name, usd in model.price.by_option}
    return by["input"] * tokens_in + by["output"] * tokens_out  # USD a million = micro-dollars each


def _cpu(seen: Sequence[str], asked: int, unit: UnitCosts) -> CostLine:
    seconds = unit.routing_cpu_s.times(asked)
    for kind, many in _counted(seen):
        seconds = seconds.plus(unit.kinds[kind].measuring_cpu_s.times(many))
    said = f"{seconds.typical / HOUR:.2f} processor hours, by the second"
    return CostLine(
        part="evaluation_cpu", musd=seconds.times(unit.vcpu_hour_musd / HOUR), said=said
    )


def _storage(kinds: Sequence[str], unit: UnitCosts, retention_days: int) -> CostLine:
    size = NOTHING
    for kind, many in _counted(kinds):
        size = size.plus(unit.kinds[kind].bytes.times(many))
    size = size.plus(unit.beside_bytes.times(len(kinds)))
    months = retention_days / MONTH_DAYS
    kept = size.times(unit.gb_month_musd * months / GB)
    puts = unit.put_musd * COPIES * len(kinds)
    said = f"{size.typical / GB:.2f} GB for {retention_days} days, and what it takes to write them"
    return CostLine(
        part="storage", musd=kept.plus(Band(low=puts, typical=puts, worst=puts)), said=said
    )


def _counted(kinds: Sequence[str]) -> list[tuple[str, int]]:
    return [(kind, kinds.count(kind)) for kind in dict.fromkeys(kinds)]


def _kind(model: Model) -> str:
    return "clip" if model.modality == "video" else "still"
