"""What the routes of the acceptance sheet and of decisions need from whoever runs them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from router.api.pages import Page
from router.domain.caller import Reach

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetQuery:
    """Which shots of a campaign, and which take of some of them instead of the best."""

    campaign: str
    is_open: bool = False  # only shots with a must-line that is not known to be met
    shot: str | None = None
    takes: tuple[str, ...] = ()
    offset: int = 0
    limit: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What somebody decided about a take, and which decision they saw when they did."""

    by: str
    status: str
    role: str = ""
    note: str = ""
    instead_of: str | None = None  # "" = they saw none; None = they do not say


class AcceptanceDesk(Protocol):
    """Shots against their lines, and what people say to that; found by ids within reach."""

    def named(self, partner: str, /) -> str:
        """Give the true name of a partner that an answer may call otherwise."""
        ...

    def sheet(self, reach: Reach, query: SheetQuery) -> tuple[Json, Page]:
        """Give the head of a sheet, and shots in the order of the cut (`ShotRow`)."""
        ...

    def overrule(
        self, reach: Reach, take: str, line: int, *, by: str, ruling: str, reason: str
    ) -> Json:
        """Let a named person's word stand for a line (`VerdictRow`); raises UnknownName."""
        ...

    def decide(self, reach: Reach, take: str, said: Decided) -> Mapping[str, Any]:
        """Keep a named person's decision on a take (`Made`).

        Raises:
            UnknownName: no such take.
            BadInput: nothing is there to withdraw.
            Conflict: somebody decided after what was seen.
            NotEntitled: a human in it is played by nobody, and no approval is on record.
        """
        ...

    def look(self, reach: Reach, take: str, by: str) -> Json:
        """Keep that somebody opened a take in approval (`Look`); raises UnknownName."""
        ...

    def history(self, reach: Reach, take: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """Give what was decided about a take, and the repairs around it (`History`)."""
        ...
