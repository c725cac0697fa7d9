"""Comparison and finding: statements that can be traced to takes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One recipe in one comparison."""

    recipe: str
    mean: float | None  # over shot means, metric's unit; None where nothing was measured
    ci_low: float | None  # 95 %, Student t on shot means
    ci_high: float | None
    n_shots: int
    n_takes: int
    coverage: float  # measured takes / takes
    rank_low: int | None  # best rank that the contrasts allow; None = not ranked
    rank_high: int | None
    control: bool = False
    aside: str = ""  # why it is shown without a rank: a copy, or for scale


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """A paired difference between two recipes over the shots that both served."""

    a: str
    b: str
    difference: float | None  # mean of (a - b) over shots, metric's unit
    ci_low: float | None
    ci_high: float | None
    p: float | None
    p_adjusted: float | None  # Holm over the declared contrasts of this metric
    n_shots: int
    better: str | None  # a, b or None = no difference detected
    sentence: str
    # who would be better if every missing number were the worst seen, and whether that is the same
    # verdict; `holds` is None where nothing is missing
    better_if_missing_is_worst: str | None = None
    holds: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One metric over one task, all recipes."""

    id: str
    metric: str
    task: str
    unit: str
    direction: str
    method: str  # how intervals were made
    arms: tuple[Arm, ...]  # best first
    contrasts: tuple[Contrast, ...]
    evidence: tuple[str, ...]  # take ids


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Claim + effect + interval + evidence."""

    id: str
    kind: str  # beats | does_not_beat_control | no_difference | cost | failures | coverage …
    claim: str  # one sentence for a decision maker
    effect: float | None
    unit: str
    ci_low: float | None
    ci_high: float | None
    n_shots: int
    comparison: str | None
    evidence: tuple[str, ...]  # take ids
    simulated: bool
    confidence: str = "counted"  # sure | likely | tie | open | counted: `wording.CONFIDENCE`
