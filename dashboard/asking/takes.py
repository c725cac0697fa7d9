"""What the screens of takes ask beside the list: history, and what a take was repaired from."""

from typing import Any, TypedDict, cast

from dashboard.client import Client


class Made(TypedDict):
    """A decision that was kept."""

    decision: str
    status: str
    by: str
    role: str
    note: str
    at: str


class RepairSaid(TypedDict):
    """What a repair did to a take, and to what lies outside its matte."""

    parent: str
    child: str
    lines: list[int]
    before: list[dict[str, Any]]
    after: list[dict[str, Any]]
    outside_mask: float
    ground: str
    cost_usd: float
    latency_s: float | None


class History(TypedDict):
    """What was decided about a take, and the repairs around it."""

    decisions: list[Made]
    repairs: list[RepairSaid]


def history(service: Client, take: str) -> History:
    """Ask for everything that was decided about a take, and its repairs."""
    return cast("History", service.get(f"/v1/takes/{take}/history"))
