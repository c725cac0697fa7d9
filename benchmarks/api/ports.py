"""What the routes of this storey need from whoever runs it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from router.api.pages import Page
from router.api.ports import Media
from router.domain.caller import Reach


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeQuery:
    """Which takes; None = all. A partner of None is every partner within reach."""

    partner: str | None = None
    campaign: str | None = None
    shot: str | None = None
    recipe: str | None = None
    state: str | None = None  # of the trial; None = those that gave a take
    verdict: str | None = None  # takes on which at least one line got this verdict
    flag: str | None = None
    decision: str | None = None  # takes of which this was decided last; "none" = nothing was
    sort: str | None = None  # newest | open | dearest | cheapest; None = by shot
    offset: int = 0
    limit: int = 48


class CampaignDesk(Protocol):
    """Campaigns, takes and what was found.

    The partner of a campaign or take is known by its id; one out of reach is unknown, in the same
    words as one that does not exist.
    """

    def named(self, partner: str) -> str:
        """Give the true name of a partner that an answer may call otherwise."""
        ...

    def owners(self, reach: Reach, campaigns: Sequence[str]) -> Mapping[str, str]:
        """Give campaign → partner; raises UnknownName."""
        ...

    def consented(self, reach: Reach) -> frozenset[str]:
        """Name the partners whose written consent to share what was found is in force."""
        ...

    def campaigns(self, reach: Reach, partner: str | None = None) -> Sequence[Mapping[str, Any]]:
        """Give campaigns (`CampaignRow`), newest first."""
        ...

    def campaign(self, reach: Reach, id_: str) -> Mapping[str, Any]:
        """Give one campaign; raises UnknownName."""
        ...

    def takes(self, reach: Reach, query: TakeQuery) -> Page:
        """Give takes (`TakeRow`), in a stable order: shot, recipe, number."""
        ...

    def take(self, reach: Reach, id_: str) -> Mapping[str, Any]:
        """Give one take with everything known about it (`TakeDetail`); raises UnknownName."""
        ...

    def evidence(self, partner: str, take: str, line: int) -> Media:
        """Give the picture behind a verdict, asked by signed link; raises UnknownName."""
        ...

    def signed(self, partner: str, take: str) -> Media:
        """Give a signed copy of a take, asked by signed link; raises UnknownName, BadInput."""
        ...

    def document(
        self,
        reach: Reach,
        campaigns: Sequence[str],
        *,
        pictures: bool = True,
        edition: str = "internal",
    ) -> tuple[dict[str, Any], dict[str, bytes]]:
        """Compile the report document and the pictures that it names.

        `edition` is `internal`, or the partner who may read it: that one's campaigns are shown.

        Without `pictures` the second part may be empty. Raises UnknownName for a campaign, and
        Refused where simulated and real ones are mixed.
        """
        ...
