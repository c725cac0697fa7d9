"""A verdict: what can be said about one acceptance line on one take."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Ruling(StrEnum):
    """The four things that can be said."""

    PASS = "pass"  # noqa: S105 - a ruling, not a password
    FAIL = "fail"
    UNSURE = "unsure"  # a diagnostic metric doubts it, or the margin is inside the error
    NOT_MEASURED = "not_measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptanceLine:
    """One thing that a shot's director demands."""

    number: int  # 1 for the first line of the shot
    criterion: str  # the director's own words
    kind: str  # identity, wardrobe, composition, camera, lighting, colour, action, artefact, …
    must: bool
    metric: str | None = None  # asked for by name, else chosen by kind
    threshold: float | None = None  # in the metric's unit, else the metric's default


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Line × take."""

    line: AcceptanceLine
    take: str
    ruling: Ruling
    metric: str | None = None
    value: float | None = None
    unit: str | None = None
    threshold: float | None = None
    margin: float | None = None  # positive = on the good side; metric's unit
    reason: str | None = None  # why unsure or not measured
    evidence: Mapping[str, Any] = field(default_factory=dict)  # frame, box, picture
    by: str = "metric"  # metric name and version, or the person who overruled it
