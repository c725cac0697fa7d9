"""What was agreed with each studio: its window, budget and limits, read from its own file."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from router.api.permit import Reader
from router.api.problems import answers
from router.domain.partner import Partner


class Agreement(BaseModel):
    """What was agreed with one studio."""

    partner: str
    title: str
    tier: str
    opens: str
    findings_due: str
    budget_usd: float
    day_budget_usd: float | None
    regions: list[str]
    providers: list[str] = Field(description="empty = any that AWS carries")
    recipes: list[str]
    retention_days: int
    review_roles: list[str]
    illustrative: bool = Field(description="invented values, not an agreement")


class Agreements(BaseModel):
    """Those within reach, by name."""

    agreements: list[Agreement]


def routes(partners: Mapping[str, Partner]) -> APIRouter:
    """Build the route."""
    router = APIRouter(prefix="/v1/agreements", tags=["partners"])

    @router.get("", response_model=Agreements, responses=answers(401), summary="What was agreed")
    def agreements(caller: Reader) -> dict[str, Any]:
        """Give what was agreed with the studios within reach, as their files say it."""
        reach = [name for name in caller.reads if name in partners]
        return {"agreements": [_row(partners[name]) for name in reach]}

    return router


def _row(partner: Partner) -> dict[str, Any]:
    same = ("tier", "regions", "providers", "recipes", "retention_days", "review_roles")
    day = partner.day_budget_musd
    return {
        "partner": partner.name,
        "title": partner.display_name,
        "opens": partner.window.opens.isoformat(),
        "findings_due": partner.window.findings_due.isoformat(),
        "budget_usd": partner.budget_musd / 1e6,
        "day_budget_usd": None if day is None else day / 1e6,
        "illustrative": partner.illustrative,
        **{name: getattr(partner, name) for name in same},
    }
