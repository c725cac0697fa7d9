"""Metrics over several takes: what one character is from shot to shot.

A group metric looks twice. `keep` runs where a take is measured, while its views are open, and
gives the little that it must remember (JSON); `compare` gets these memories of all shots and never
opens a file. The memories travel with the scores and lie in the tenant's cache; they hold face
embeddings, so that they are written nowhere else.

Selection, declared: of a shot one take enters, the circled one where there is one, else the first.
Only takes whose brief names character and sequence enter.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluators import across as shelf
from evaluators.detectors import detector
from evaluators.domain.brief import Brief
from evaluators.domain.score import Score, Scored, Together
from evaluators.metric import Metric, Output, Readings
from evaluators.views import Views
from router.plugins import load, names

Memory = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Appearance:
    """A character in one shot: the take that stands for it, and what was remembered of that."""

    brief: Brief
    scored: Scored
    memory: Memory

    @property
    def shot(self) -> str:
        """Name the shot; a take without one is a shot of its own."""
        return self.brief.shot or f"row {self.brief.row}"

    def value(self, metric: str) -> float | None:
        """Give a measured number of the take."""
        return next((s.value for s in self.scored.scores if s.metric == metric), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Across:
    """A plug-in: each file in `evaluators/across` ends with one, called METRIC."""

    name: str
    version: str
    beside: str  # metric of single takes: this one looks wherever that one does
    outputs: tuple[Output, ...]
    keep: Callable[[Views, Brief], Memory]  # {"missing": reason} where there is nothing to keep
    compare: Callable[[Sequence[Appearance]], Readings]

    @property
    def edition(self) -> str:
        """Give the version, with the detector of the faces that it rests on."""
        return f"{self.version}+{detector().name}"

    @property
    def key(self) -> str:
        """Give what memories are stored under."""
        return self.edition

    def scores(self, shots: Sequence[Appearance]) -> tuple[Score, ...]:
        """Compare the shots of one character, in their order."""
        judge = Metric(
            name=self.name,
            version=self.edition,
            needs=frozenset(),
            outputs=self.outputs,
            deterministic=False,
            measure=lambda _views, _brief: self.compare(shots),
        )
        return judge.scores(self.compare(shots), shots[0].brief)


def across(name: str) -> Across:
    """Load one group metric; raises UnknownName and lists the known ones."""
    found: Across = load(shelf, name, "group metrics").METRIC
    return found


def all_across() -> tuple[Across, ...]:
    """Load every group metric."""
    return tuple(across(name) for name in names(shelf))


def belongs(brief: Brief) -> bool:
    """Tell takes that can be compared with other shots."""
    return bool(brief.character and brief.sequence)


def together(
    takes: Iterable[tuple[Brief, Scored]],
    *,
    circled: Collection[str] = (),
    series: Callable[[Brief], str | None] = lambda _brief: None,
) -> tuple[Together, ...]:
    """Compare every character over the shots of every sequence; pure.

    Args:
        takes: with the scores that a Measurer gave them, memories included; in any order.
        circled: takes (as in `Brief.take`) that people chose.
        series: what a take is compared within, e.g. its recipe; None = everything together.
    """
    groups: dict[tuple[str, str, str], list[tuple[Brief, Scored]]] = {}
    for brief, scored in sorted(takes, key=lambda pair: pair[0].row):
        if brief.character and brief.sequence:
            which = (brief.character, brief.sequence, series(brief) or "")
            groups.setdefault(which, []).append((brief, scored))
    chosen = {which: _one_a_shot(of, circled) for which, of in groups.items()}
    return tuple(_compared(which, of) for which, of in chosen.items() if len(of) > 1)


def _one_a_shot(
    takes: Sequence[tuple[Brief, Scored]], circled: Collection[str]
) -> list[tuple[Brief, Scored]]:
    by_shot: dict[str, list[tuple[Brief, Scored]]] = {}
    for brief, scored in takes:
        by_shot.setdefault(brief.shot or f"row {brief.row}", []).append((brief, scored))
    picked = [
        next((pair for pair in of if pair[0].take in circled), of[0]) for of in by_shot.values()
    ]
    return sorted(picked, key=_place)


def _place(pair: tuple[Brief, Scored]) -> tuple[bool, int, int]:
    order = pair[0].order
    return (order is None, order or 0, pair[0].row)


def _compared(which: tuple[str, str, str], takes: Sequence[tuple[Brief, Scored]]) -> Together:
    character, sequence, series = which
    scores: list[Score] = []
    for metric in all_across():
        if not any(metric.name in s.kept for _, s in takes):
            continue  # it was not asked for
        shots = [
            Appearance(brief=b, scored=s, memory=s.kept.get(metric.name, {})) for b, s in takes
        ]
        scores += metric.scores(shots)
    said = {"character": character, "sequence": sequence, "series": series}
    return Together(
        group={name: value for name, value in said.items() if value},
        rows=tuple(b.row for b, _ in takes),
        scores=tuple(scores),
    )
