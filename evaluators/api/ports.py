"""What the routes of this storey need from whoever runs it."""

from typing import Protocol

from router.api.pages import Page
from router.domain.caller import Reach


class ScoreDesk(Protocol):
    """Scores of stored takes."""

    def scores(
        self, reach: Reach, campaign: str, *, metric: str | None, offset: int, limit: int
    ) -> Page:
        """Give scores of a campaign (`ScoreRow`), in a stable order; raises UnknownName."""
        ...
