"""Sign-off: what a partner says of its own words and pictures before they are printed."""

from dataclasses import dataclass
from datetime import datetime

NOT_SIGNED = "not signed"
APPROVED = "approved"
CORRECTED = "corrected"
WITHDRAWN = "withdrawn"
STATES = (NOT_SIGNED, APPROVED, CORRECTED, WITHDRAWN)
QUOTES = ("observation", "decision", "ruling")  # words; the only other kind is `picture`
PICTURE = "picture"
AGAIN = ("yes", "no", "not sure")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Something of a partner's that a report would print."""

    partner: str
    id: str
    campaign: str
    kind: str  # observation | decision | ruling | picture
    text: str  # the words; of a picture, ""
    by: str  # who said it; of a picture, ""
    role: str
    take: str  # the one it is about; "" = none in particular
    shot: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a named person of the partner said of an item; every one is kept, the latest counts."""

    partner: str
    id: str
    campaign: str
    item: str
    state: str  # approved | corrected | withdrawn
    text: str  # of a correction, what is printed instead
    old: str  # of a correction, what was to be printed before
    by: str
    role: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitForm:
    """What a person of a partner says at the end; the latest of each person counts."""

    partner: str
    id: str
    again: str  # yes | no | not sure: would you use it again?
    shots: str  # for which shots?
    blocked: str  # what blocked you?
    worried: str  # what worried your artists?
    by: str
    role: str
    at: datetime
