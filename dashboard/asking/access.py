"""Keys, people, grants and the records of what was done, as those who manage them see them."""

from typing import Any, TypedDict, cast

from dashboard.client import Client

HOUSE = "-"  # the studio that runs the beta, where a partner is asked for


class Key(TypedDict, total=False):
    """A key; `key` is its text, in the answer that made it and never again."""

    id: str
    partner: str
    name: str
    role: str
    scopes: list[str]
    created_by: str
    created_at: str
    expires_at: str
    last_used: str | None
    revoked_at: str | None
    key: str


class Person(TypedDict):
    """Somebody who was invited."""

    id: str
    partner: str
    issuer: str
    subject: str
    name: str
    role: str
    invited_at: str
    removed_at: str | None
    last_seen: str | None


class Grant(TypedDict):
    """Leave to look at a partner's pictures."""

    id: str
    partner: str
    who: str
    name: str
    reason: str
    by: str
    until: str
    needs_second: bool
    confirmed_by: str | None
    ended_at: str | None


class Record(TypedDict):
    """One record of what was done."""

    number: int
    at: str
    actor: str
    event: str
    ids: dict[str, Any]


class Records(TypedDict):
    """A page of records."""

    events: list[Record]
    next: int | None


def keys(service: Client, partner: str) -> list[Key]:
    """List a holder's keys, those that ended too."""
    return cast("list[Key]", service.get("/v1/keys", {"partner": partner})["keys"])


def make_key(service: Client, partner: str, name: str, role: str, days: int) -> Key:
    """Make a key; sent once, for a second answer would be a second key."""
    said = {"partner": partner, "name": name, "role": role, "days": days}
    return cast("Key", service.say("/v1/keys", said))


def revoke_key(service: Client, id_: str) -> None:
    """Revoke a key at once; revoking it again changes nothing."""
    service.tell("DELETE", f"/v1/keys/{id_}")


def people(service: Client, partner: str) -> list[Person]:
    """List who was invited, those who were removed too."""
    return cast("list[Person]", service.get("/v1/people", {"partner": partner})["people"])


def invite(service: Client, partner: str, person: dict[str, str]) -> Person:
    """Invite somebody, or give one another role."""
    return cast("Person", service.say("/v1/people", {"partner": partner, **person}))


def remove(service: Client, id_: str) -> None:
    """Remove somebody; open tabs end with the next look."""
    service.tell("DELETE", f"/v1/people/{id_}")


def grants(service: Client, partner: str | None = None) -> list[Grant]:
    """List who may look at pictures, or could once."""
    return cast("list[Grant]", service.get("/v1/grants", {"partner": partner})["grants"])


def grant(service: Client, partner: str, who: str, reason: str, until: str) -> Grant:
    """Let somebody of the house look, for at most seven days."""
    said = {"partner": partner, "who": who, "reason": reason, "until": until}
    return cast("Grant", service.say("/v1/grants", said))


def confirm(service: Client, id_: str) -> None:
    """Be the second person for a grant that needs one."""
    service.say(f"/v1/grants/{id_}/confirm", {})


def end(service: Client, id_: str) -> None:
    """End a grant before its time."""
    service.tell("DELETE", f"/v1/grants/{id_}")


def records(service: Client, partner: str | None, after: int, limit: int) -> Records:
    """Give records of one chain, oldest first; None = the house's own."""
    asked = {"partner": partner, "after": after, "limit": limit}
    return cast("Records", service.get("/v1/audit", asked))


def verify(service: Client, partner: str | None) -> dict[str, Any]:
    """Let the service walk the chain."""
    return service.tell(
        "GET", "/v1/audit/verify", query={"partner": partner} if partner else {}, seconds=120.0
    )
