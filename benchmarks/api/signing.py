"""What sign-off routes need from whoever keeps signatures."""

from dataclasses import dataclass
from typing import Any, Protocol

from router.domain.caller import Reach

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A named person's answer to one item."""

    campaign: str
    item: str
    answer: str  # approve | correct | withdraw
    text: str  # of a correction: what is to be printed instead
    by: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """What a named person says at the end."""

    partner: str
    again: str
    shots: str
    blocked: str
    worried: str
    by: str
    role: str


class SignDesk(Protocol):
    """Lays before partners what would be printed of them, and keeps what they say.

    Whatever is out of reach is UnknownName, in the same words as what does not exist.
    """

    def items(self, reach: Reach, campaign: str) -> list[Json]:
        """Give everything of a campaign that would be printed, with how it stands."""
        ...

    def sign(self, reach: Reach, word: Word) -> Json:
        """Keep an answer; gives the item as it stands now."""
        ...

    def forms(self, reach: Reach, partner: str) -> list[Json]:
        """Give the exit forms of a partner that count."""
        ...

    def leave(self, reach: Reach, form: Leaving) -> Json:
        """Keep an exit form."""
        ...
