"""The first floor of a service: scores of takes. Works with the light installation."""

from collections.abc import Iterator
from typing import TypedDict, cast

from router.calling import Service


class Score(TypedDict):
    """One number, or an honest gap with its reason."""

    take: str
    shot: str
    recipe: str
    metric: str
    character: str | None
    value: float | None
    unit: str
    direction: str
    status: str
    reason: str | None
    coverage: float | None
    n_used: int
    n_expected: int
    tier: str
    version: str


class Client:
    """Speaks to the first floor of a service."""

    def __init__(self, service: Service) -> None:
        """Speak through one connection."""
        self.service = service

    def scores(self, campaign: str, metric: str | None = None) -> Iterator[Score]:
        """Give the scores of a campaign's takes, page after page."""
        asked = {"campaign": campaign, "metric": metric, "limit": 200}
        for row in self.service.pages("/v1/scores", "scores", asked):
            yield cast("Score", row)
