"""The demonstration: two fictional studios' packs, drawn, planned and sent like any other."""

import hashlib
from typing import TypedDict, cast

from dashboard.asking import campaigns
from dashboard.client import Client, ServiceSaysNo

DRAW_S = 300.0


class Guest(TypedDict):
    """A fictional studio."""

    partner: str
    title: str
    budget_usd: float


def guests(service: Client) -> list[Guest]:
    """List the fictional studios of this home; none where the service offers no demonstration."""
    try:
        return cast("list[Guest]", service.get("/v1/demonstration").get("guests", []))
    except ServiceSaysNo as no:
        if no.problem["status"] == 404:
            return []
        raise


def start(service: Client, guest: Guest) -> campaigns.Status:
    """Have a pack drawn and its campaign run; a second time it is the same campaign."""
    said = {"partner": guest["partner"]}
    drawn = service.tell("POST", "/v1/demonstration", said, seconds=DRAW_S)
    order: campaigns.Order = {
        "partner": guest["partner"],
        "packs": [drawn["pack"]],
        "recipes": [],
        "takes": 1,
        "budget_usd": guest["budget_usd"],
    }
    key = hashlib.sha256(f"{guest['partner']} {drawn['pack']}".encode()).hexdigest()
    return campaigns.send(service, order, f"demonstration-{key[:32]}")
