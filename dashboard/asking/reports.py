"""Reports: frozen, listed, fetched; and the week's digest."""

from collections.abc import Sequence
from typing import TypedDict, cast

from dashboard.client import Client, Report

BUILD_S = 300.0


class Row(TypedDict):
    """How one campaign stands this week."""

    campaign: str
    partner_name: str
    state: str
    why: list[str]
    progress: str
    money: str
    due: str


class Digest(TypedDict):
    """The week, for somebody who reads it once."""

    day: str
    simulated: bool
    state: str
    campaigns: list[Row]


def build(service: Client, campaigns: Sequence[str], edition: str | None) -> Report:
    """Freeze what is known now; `edition` is the studio that reads it, None = one's own."""
    said = {"campaigns": list(campaigns), "edition": edition}
    body = {k: v for k, v in said.items() if v is not None}
    return cast("Report", service.tell("POST", "/v1/reports", body, seconds=BUILD_S))


def digest(service: Client, campaigns: Sequence[str]) -> Digest:
    """Say how campaigns stand, and what is in the way."""
    return cast("Digest", service.get("/v1/digest", {"campaign": list(campaigns)}))
