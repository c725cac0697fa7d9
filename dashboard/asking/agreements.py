"""What was agreed with each studio."""

from typing import TypedDict, cast

from dashboard.client import Client


class Agreement(TypedDict):
    """What was agreed with one studio."""

    partner: str
    title: str
    tier: str
    opens: str
    findings_due: str
    budget_usd: float
    day_budget_usd: float | None
    regions: list[str]
    providers: list[str]
    recipes: list[str]
    retention_days: int
    review_roles: list[str]
    illustrative: bool


def agreements(service: Client) -> list[Agreement]:
    """List what was agreed with each studio within reach."""
    return cast("list[Agreement]", service.get("/v1/agreements")["agreements"])
