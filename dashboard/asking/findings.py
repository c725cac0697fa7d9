"""What was found: the report document without its long lists, metrics, what each one cannot see."""

from collections.abc import Sequence
from typing import Any, TypedDict, cast

from dashboard.client import Client


class Bound(TypedDict):
    """A default limit of one number."""

    number: str
    limit: float
    band: float
    unit: str


class Metric(TypedDict):
    """What a metric may rule, and what it cannot see."""

    metric: str
    tier: str
    may_fail: str
    kinds: list[str]
    bounds: list[Bound]
    blind: str


class Metrics(TypedDict):
    """Every metric, and what none of a tier can see."""

    metrics: list[Metric]
    tiers: dict[str, str]


def of_campaigns(service: Client, campaigns: Sequence[str]) -> dict[str, Any]:
    """Give the findings of some campaigns put together."""
    return service.findings(campaigns)


def pooled(service: Client, *, simulated: bool) -> dict[str, Any]:
    """Give what may be told of every studio's campaigns together: of groups, never of one."""
    return service.get("/v1/findings", {"part": "summary", "simulated": simulated})


def metrics(service: Client) -> Metrics:
    """Give every metric with what it may rule and what it cannot see."""
    return cast("Metrics", service.get("/v1/metrics"))
