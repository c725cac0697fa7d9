"""Who looks at the screens, as the service knows that person."""

from typing import TypedDict, cast

from dashboard.client import Client


class Me(TypedDict):
    """Who asks, and what that one may."""

    id: str
    name: str
    role: str
    scopes: list[str]
    reads: list[str]
    looks: list[str]
    pools: list[str]


def me(service: Client) -> Me:
    """Ask who I am."""
    return cast("Me", service.get("/v1/me"))
