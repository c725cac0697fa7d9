"""A score: one number about one take, with everything needed to believe or doubt it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """Whether there is a number, and if not, why not."""

    MEASURED = "measured"
    NOT_APPLICABLE = "not_applicable"  # the question makes no sense for this take
    NOT_MEASURED = "not_measured"  # it makes sense, but could not be answered
    FAILED = "failed"  # measuring broke, e.g. the take cannot be read


class Direction(StrEnum):
    """Which way is better."""

    HIGHER = "higher"
    LOWER = "lower"
    NONE = "none"


class Tier(StrEnum):
    """What it takes to measure it."""

    EMBEDDED = "embedded"
    LEARNED = "learned"
    JUDGE = "judge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One measured (or honestly missing) number. A value stands only where status is measured."""

    metric: str  # id_ref, tech.blur, …
    # similarity | share | delta_e | stops | code_values | percent_width_per_frame | steps | count
    # percent_width | percent_width_per_second | percent_per_second | degrees_per_second
    # pixels
    unit: str
    direction: Direction
    status: Status
    value: float | None = None
    reason: str | None = None  # given whenever status is not measured
    character: str | None = None
    coverage: float | None = None  # n_used / n_expected, 0..1
    n_used: int = 0
    n_expected: int = 0
    tier: Tier = Tier.EMBEDDED
    version: str = "1"
    evidence: Mapping[str, Any] = field(default_factory=dict)  # frame, box [x, y, w, h], parts

    def __post_init__(self) -> None:
        """Keep the promise: missing is not zero, and a silence has a reason."""
        if (self.value is not None) != (self.status is Status.MEASURED):
            raise ValueError(f"{self.metric}: a value stands only where the status is measured")
        if self.status is not Status.MEASURED and not self.reason:
            raise ValueError(f"{self.metric}: a missing number needs a reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """The frames of a clip that the cut uses, and what was measured on them."""

    first: int
    last: int  # included
    frames: int  # of the whole take
    chosen: str  # by Ann Lee | best window | whole take
    scores: tuple[Score, ...] = ()  # same names as of the whole take; none where it is the whole

    @property
    def is_whole(self) -> bool:
        """Say whether every frame is used."""
        return (self.first, self.last) == (0, self.frames - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """All scores of one take."""

    row: int
    take: str
    sha256: str | None  # None where the file could not be read at all
    shot: str | None
    flags: tuple[str, ...]
    scores: tuple[Score, ...]  # of the whole take
    used: Used | None = None  # None for a still, and for what cannot be read
    # by group metric: what it remembers of the take; biometric, never written with the scores
    kept: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """Scores of several takes: one character over the shots of a sequence."""

    group: Mapping[str, str]  # character, sequence; series where there are several
    rows: tuple[int, ...]  # the takes, in the order of their shots
    scores: tuple[Score, ...]
