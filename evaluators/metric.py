"""What a metric is: a name, what it needs to see, what it answers, and how."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from evaluators.domain.brief import Brief
from evaluators.domain.score import Direction, Score, Status, Tier
from evaluators.views import Views
from evaluators.vision.detectors import detector
from evaluators.weights import marks


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One number that a metric gives."""

    name: str  # as in reports: id_ref, tech.blur
    unit: str  # similarity | share | delta_e | stops | code_values | percent_width_per_frame | …
    direction: Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a metric says about one output of one take; `missing` where there is no number."""

    value: float | None
    status: Status = Status.MEASURED
    reason: str | None = None
    n_used: int = 0  # frames (or checks) that the number rests on
    n_expected: int = 0  # frames (or checks) that it should rest on
    evidence: Mapping[str, Any] = field(default_factory=dict)
    made_by: str = ""  # version of the embedder behind it: weights, precision, preprocessing


def missing(status: Status, reason: str, **evidence: Any) -> Reading:
    """Say why there is no number."""
    return Reading(value=None, status=status, reason=reason, evidence=evidence)


# One reading per output, or one that holds for all of them.
Readings = Mapping[str, Reading] | Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A plug-in: each file in `evaluators/metrics` ends with one, called METRIC."""

    name: str  # of the file
    version: str  # goes into every score and cache key: change it with the numbers
    needs: frozenset[str]  # attributes of Views that `measure` may touch
    outputs: tuple[Output, ...]
    deterministic: bool  # arithmetic on pixels, no guess about content: such a one may fail a line
    measure: Callable[[Views, Brief], Readings]
    tier: Tier = Tier.EMBEDDED
    over_range: bool = False  # measured on the used range of a clip too
    weights: tuple[str, ...] = ()  # rows of the allow-list that it embeds with, where present

    @property
    def edition(self) -> str:
        """Give the version, with the face detector in use where the metric looks at faces.

        Numbers that rest on the faces of different detectors are not the same measurement.
        """
        return f"{self.version}+{detector().name}" if "faces" in self.needs else self.version

    @property
    def key(self) -> tuple[str, ...]:
        """Give what results are stored under: new weights in the folder are measured with."""
        return (self.edition, *marks(self.weights))

    def scores(self, readings: Readings, brief: Brief) -> tuple[Score, ...]:
        """Turn readings into scores, one for each output."""
        return tuple(
            self._score(o, readings if isinstance(readings, Reading) else readings[o.name], brief)
            for o in self.outputs
        )

    def _score(self, output: Output, reading: Reading, brief: Brief) -> Score:
        expected = reading.n_expected
        return Score(
            metric=output.name,
            unit=output.unit,
            direction=output.direction,
            status=reading.status,
            value=reading.value,
            reason=reading.reason,
            character=brief.character,
            coverage=reading.n_used / expected if expected else None,
            n_used=reading.n_used,
            n_expected=expected,
            tier=self.tier,
            version="+".join(filter(None, (self.edition, reading.made_by))),
            evidence=reading.evidence,
        )
