"""What a rater says beside the votes: parts that failed, how well each side did, and practice."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

PARTS = ("face", "hair", "costume", "props", "proportions", "age")
STATES = ("ok", "minor", "broken", "not_visible")
# One anchor for each level, so that a 4 of one rater is a 4 of another.
RUBRIC = {
    1: "another character",
    2: "recognisable, with a broken part",
    3: "the same character, with visible drift",
    4: "small drift that an artist would fix in minutes",
    5: "on model",
}


class AsideKind(StrEnum):
    """What is said."""

    REMARK = "remark"  # about a question that was answered
    LESSON = "lesson"  # an answer in practice; never counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """One of them; kept apart from votes and never changed."""

    partner: str
    study: str
    rater: str
    kind: AsideKind
    number: int  # of the slot, or of the lesson
    at: datetime
    parts: tuple[tuple[str, str, str], ...] = ()  # side, part, state
    levels: tuple[tuple[str, int], ...] = ()  # side, 1 to 5 of the rubric
    said: str = ""  # of a lesson
