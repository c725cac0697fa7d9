"""What the routes of this storey need from whoever runs it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from router.api.pages import Page
from router.api.ports import Media


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeQuery:
    """Which takes; None = all. A partner of None is every partner of a single-user home."""

    partner: str | None = None
    campaign: str | None = None
    shot: str | None = None
    recipe: str | None = None
    state: str | None = None  # of the trial; None = those that gave a take
    verdict: str | None = None  # takes on which at least one line got this verdict
    flag: str | None = None
    offset: int = 0
    limit: int = 48


class CampaignDesk(Protocol):
    """Campaigns, takes and what was found; the partner of a campaign or take is known by its id."""

    def campaigns(self, partner: str | None = None) -> Sequence[Mapping[str, Any]]:
        """Give campaigns (`CampaignRow`), newest first."""
        ...

    def campaign(self, id_: str) -> Mapping[str, Any]:
        """Give one campaign; raises UnknownName."""
        ...

    def takes(self, query: TakeQuery) -> Page:
        """Give takes (`TakeRow`), in a stable order: shot, recipe, number."""
        ...

    def take(self, id_: str) -> Mapping[str, Any]:
        """Give one take with everything known about it (`TakeDetail`); raises UnknownName."""
        ...

    def decide(
        self, take: str, *, by: str, role: str, note: str, withdraw: bool
    ) -> Mapping[str, Any]:
        """Keep a named person's decision on a take (`DecisionRow`).

        Raises UnknownName for the take, BadInput where nothing is there to withdraw.
        """
        ...

    def evidence(self, partner: str, take: str, line: int) -> Media:
        """Give the picture behind a verdict; raises UnknownName."""
        ...

    def document(
        self, campaigns: Sequence[str], *, pictures: bool = True
    ) -> tuple[dict[str, Any], dict[str, bytes]]:
        """Compile the report document and the pictures that it names.

        Without `pictures` the second part may be empty. Raises UnknownName for a campaign, and
        Refused where simulated and real ones are mixed.
        """
        ...
