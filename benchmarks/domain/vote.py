"""A vote: one blind comparison of two takes of a shot by one person."""

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What a rater can say; that both fail is not a tie."""

    LEFT = "left"
    RIGHT = "right"
    TIE = "tie"
    BOTH_FAIL = "both_fail"  # says nothing about which is better; its rate is reported


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """One row; `left` and `right` name what is compared (models, recipes)."""

    rater: str
    shot: str
    left: str
    right: str
    outcome: Outcome
