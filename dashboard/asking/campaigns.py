"""Campaigns: planned, sent, watched, stopped, gone on with."""

from collections.abc import Sequence
from typing import TypedDict, cast

from dashboard.client import Client, Trials

PLAN_S = 120.0


class RecipeCost(TypedDict):
    """What a recipe adds to a plan."""

    recipe: str
    trials: int
    worst_case_usd: float
    needs: str
    rights: str


class Refused(TypedDict):
    """A cell that cannot be asked for."""

    recipe: str
    shot: str
    code: str
    reason: str


class Plan(TypedDict):
    """A campaign before its first cent."""

    campaign: str
    partner: str
    simulated: bool
    trials: int
    worst_case_usd: float
    budget_usd: float
    forecast_finish: str | None
    pace: str
    by_recipe: list[RecipeCost]
    refused: list[Refused]
    warnings: list[str]


class Order(TypedDict):
    """What is planned and sent, word for word the same both times."""

    partner: str
    packs: list[str]
    recipes: list[str]
    takes: int | None
    budget_usd: float


class Status(TypedDict):
    """How a campaign stands."""

    campaign: str
    partner: str
    state: str
    simulated: bool
    trials: Trials
    scored: int
    spend_usd: float
    reserved_usd: float
    unknown_usd: float
    budget_usd: float
    forecast_finish: str | None
    note: str


class Recipe(TypedDict, total=False):
    """A recipe that may be chosen."""

    recipe: str
    title: str
    operation: str
    control: bool


def recipes(service: Client) -> Sequence[Recipe]:
    """List the recipes."""
    return cast("Sequence[Recipe]", service.get("/v1/recipes")["recipes"])


def plan(service: Client, order: Order) -> Plan:
    """Lay out a campaign; spends nothing."""
    return cast("Plan", service.tell("POST", "/v1/campaigns/plan", order, seconds=PLAN_S))


def send(service: Client, order: Order, key: str) -> Status:
    """Hand a campaign to the workers; one key is one campaign, however often it is sent."""
    return cast("Status", service.say("/v1/campaigns", order, key))


def status(service: Client, campaign: str) -> Status:
    """Say how a campaign stands."""
    return cast("Status", service.get(f"/v1/campaigns/{campaign}/status"))


def cancel(service: Client, campaign: str) -> Status:
    """Stop asking for more."""
    return cast("Status", service.say(f"/v1/campaigns/{campaign}/cancel", {}))


def resume(service: Client, campaign: str, budget_usd: float | None, key: str) -> Status:
    """Go on, with a larger budget or the same."""
    said = {} if budget_usd is None else {"budget_usd": budget_usd}
    return cast("Status", service.say(f"/v1/campaigns/{campaign}/resume", said, key))
