"""What each metric may rule, and what it cannot see, over HTTP."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from router.api.doors import StrictRoute
from router.api.permit import Reader
from router.api.problems import answers


class BoundRow(BaseModel):
    """A default limit of one number."""

    number: str
    limit: float
    band: float = Field(description="within it nothing is claimed")
    unit: str


class MetricRow(BaseModel):
    """One metric."""

    metric: str
    tier: str
    may_fail: str = Field(description="yes; no, it doubts; where the region is given")
    kinds: list[str] = Field(description="of acceptance lines that it answers unasked")
    bounds: list[BoundRow]
    blind: str = Field(description="what it cannot see")


class Metrics(BaseModel):
    """Every metric, and what none of a tier can see, whatever is measured."""

    metrics: list[MetricRow]
    tiers: dict[str, str]


def routes() -> APIRouter:
    """Build the route."""
    router = APIRouter(prefix="/v1", tags=["evaluators"], route_class=StrictRoute)

    @router.get(
        "/metrics",
        response_model=Metrics,
        responses=answers(401),
        summary="How far to trust each metric",
    )
    def metrics(_caller: Reader) -> dict[str, Any]:
        """Say what each metric may rule, by which limits, and what it cannot see."""
        from evaluators.validation import trust  # loads every metric

        return {
            "metrics": [asdict(one) for one in trust.every()],
            "tiers": {tier.value: text for tier, text in trust.TIERS.items()},
        }

    return router
