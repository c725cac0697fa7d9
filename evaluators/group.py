"""What a group metric is: a number about one character in several shots.

A group metric looks twice. `keep` runs where a take is measured, while its views are open, and
gives the little that it must remember (JSON); `compare` gets these memories of all shots and never
opens a file. The memories travel with the scores and lie in the tenant's cache; they hold face
embeddings, so that they are written nowhere else.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluators.domain.brief import Brief
from evaluators.domain.score import Score, Scored
from evaluators.metric import Metric, Output, Readings
from evaluators.views import Views
from evaluators.vision.detectors import detector

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
