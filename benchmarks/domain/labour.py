"""Labour: minutes that a named person worked on a shot, as said by that person or a timer."""

from dataclasses import dataclass
from datetime import datetime

WORK = ("prompting", "masking", "review", "repair")


@dataclass(frozen=True, slots=True, kw_only=True)
class Labour:
    """One entry of the timesheet. Entries are never changed: a correction is a further entry."""

    partner: str
    id: str
    campaign: str
    shot: str
    role: str  # compositor, director, …
    what: str  # prompting | masking | review | repair
    by: str  # whose minutes they are
    minutes: float | None  # None = a timer that still runs
    at: datetime  # when it was written; of a running timer, when it was started
    corrects: str = ""  # id of the entry that it takes the place of; "" = a new one
    note: str = ""
