"""Long lists of takes narrowed to what people decided, and put into another order than the cut's.

Costs, times and open lines are read once for a campaign, and again only after something changed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from benchmarks.api.ports import TakeQuery
from benchmarks.browsing.lists import Entry, Index
from benchmarks.decisions.circled import standing
from benchmarks.studio import Studio
from evaluators.domain.verdict import Verdict
from evaluators.verdicts import open_must

NOTHING = "none"  # was decided


@dataclass(frozen=True, slots=True)
class Weight:
    """What a take is ordered by."""

    made_at: datetime
    cost_musd: int
    open_must: int | None  # None = not judged


def ordered(studio: Studio, found: Sequence[Entry], query: TakeQuery) -> Sequence[Entry]:
    """Give the entries that fit what was decided, in the order that was asked for.

    Entries without a take come last; of equals, the cut's order stays.
    """
    if query.decision is not None:
        found = _decided(studio, found, query.decision)
    if query.sort is None:
        return found
    weights = {of.id: _weights(studio, of) for of in {e.index.id: e.index for e in found}.values()}

    def place(entry: Entry) -> tuple[bool, float]:
        weight = weights[entry.index.id].get(entry.take or "")
        return (weight is None, _value(weight, query.sort) if weight else 0.0)

    return sorted(found, key=place)


def _value(weight: Weight, sort: str | None) -> float:
    if sort == "newest":
        return -weight.made_at.timestamp()
    if sort == "open":
        return float("inf") if weight.open_must is None else weight.open_must
    return -weight.cost_musd if sort == "dearest" else weight.cost_musd


def _decided(studio: Studio, found: Sequence[Entry], wanted: str) -> list[Entry]:
    said: dict[str, str] = {}
    for of in {e.index.id: e.index for e in found}.values():
        decisions = standing(studio.store.decisions(of.partner.name, of.id))
        said |= {take: one.status for take, one in decisions.items()}
    return [e for e in found if e.take and said.get(e.take, NOTHING) == wanted]


def _weights(studio: Studio, of: Index) -> Mapping[str, Weight]:
    name = of.partner.name
    mark = (of.mark, studio.store.outline.mark(name, of.id))
    return studio.store.recall.of(("weights", name, of.id), mark, lambda: _read(studio, of))


def _read(studio: Studio, of: Index) -> Mapping[str, Weight]:
    verdicts = studio.store.verdicts(of.partner.name, of.id)
    return {
        take: Weight(one.created_at, one.cost_musd, _open(verdicts.get(take)))
        for take, one in studio.router.facts(of.partner.name, of.id).items()
    }


def _open(verdicts: tuple[Verdict, ...] | None) -> int | None:
    return open_must(verdicts) if verdicts else None
