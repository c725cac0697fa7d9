"""Recommendations: what to do, each tied to the finding that carries it. Pure.

A recommendation says no more than its finding: where nothing was told apart, it says by what else
to choose. None rests on a judge, on a single shot, or on a number without an interval.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.comparing.wording import task_title, title
from benchmarks.domain.finding import Comparison, Finding
from benchmarks.reporting.findings import Facts, rivals_on
from router.domain.ids import content_id

MOST = 12
LEAST_SHOTS = 2
FAILS_OFTEN = 0.1  # of a recipe's trials


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """One thing to do."""

    text: str
    finding: str
    confidence: str


def advice(facts: Facts, found: Sequence[Finding]) -> tuple[Advice, ...]:
    """Say what to do, surest first, and of one text the first."""
    by_id = {f.id: f for f in found}
    told = [*_of_contrasts(facts, by_id), *_of_others(found)]
    words = ("sure", "likely", "tie", "counted", "open")
    told.sort(key=lambda a: words.index(a.confidence) if a.confidence in words else len(words))
    return tuple(
        {a.text: a for a in reversed(told)}[t] for t in dict.fromkeys(a.text for a in told)
    )[:MOST]


def _of_contrasts(facts: Facts, by_id: Mapping[str, Finding]) -> Iterator[Advice]:
    for comparison in facts.comparisons:
        controls = rivals_on(comparison.task, comparison.metric, facts.recipes)
        for one in comparison.contrasts:
            if one.n_shots < LEAST_SHOTS:
                continue
            pair, place = (facts.name(one.a), facts.name(one.b)), _place(comparison)
            if one.b in controls and (f := _known(by_id, comparison, "does_not_beat_control", one)):
                text = (
                    f"Do not pay for {pair[0]} {place}: the free {pair[1]} does as well or better."
                )
                yield _advice(text, f)
            elif one.better and (f := _known(by_id, comparison, "beats", one)):
                worse = pair[1] if one.better == one.a else pair[0]
                text = f"Prefer {facts.name(one.better)} to {worse} {place}."
                yield _advice(text, f)
            elif f := _known(by_id, comparison, "no_difference", one):
                text = f"Choose between {pair[0]} and {pair[1]} by cost and time {place}."
                yield _advice(text, f)


def _of_others(found: Sequence[Finding]) -> Iterator[Advice]:
    for f in found:
        if f.kind == "failures" and (f.effect or 0) >= FAILS_OFTEN:
            name = f.claim.partition(":")[0]
            yield _advice(f"Plan for refusals and failures of {name} in schedule and budget.", f)
        elif f.kind == "coverage":
            name = f.claim.partition(" could be measured")[0]
            yield _advice(f"Let people look where {name.lower()} was not measured.", f)
        elif f.kind == "old_way" and f.confidence == "open":
            text = "Have studios log hours on the same shots: time saved is not measured yet."
            yield _advice(text, f)


def _known(
    by_id: Mapping[str, Finding], comparison: Comparison, kind: str, contrast: object
) -> Finding | None:
    pair = [getattr(contrast, "a", ""), getattr(contrast, "b", "")]
    return by_id.get(content_id("finding", [kind, comparison.id, *pair]))


def _place(comparison: Comparison) -> str:
    return (
        f"where {title(comparison.metric).lower()} decides ({task_title(comparison.task).lower()})"
    )


def _advice(text: str, finding: Finding) -> Advice:
    return Advice(text=text, finding=finding.id, confidence=finding.confidence)
