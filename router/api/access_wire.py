"""The JSON of keys, people, grants and sessions; a secret stands in one answer only."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from router.api.wire import Entering, Name
from router.domain.access import HOUSE, Entered, Grant, Key, Person
from router.domain.caller import Caller, Role, Scope

Holder = Annotated[str, StringConstraints(pattern=r"^([a-z][a-z0-9_]{1,47}|-)$")]
Line = Annotated[Name, StringConstraints(min_length=1, max_length=120)]
Claim = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=r"^[!-~]+$")]
GivenRole = Literal["partner_member", "partner_admin", "internal_analyst", "beta_lead"]
GivenScope = Literal["read", "submit", "manage", "compare", "lead", "operate"]


class NewKey(Entering):
    """A wish for a key."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "partner": "northlight_pictures",
                    "name": "render farm",
                    "role": "partner_member",
                    "scopes": ["read", "submit"],
                    "days": 30,
                }
            ]
        }
    )

    partner: Holder = Field(description="whose it is; - is the studio that runs the beta")
    name: Line = Field(description="whom or what it is for")
    role: GivenRole = "partner_member"
    scopes: list[GivenScope] = Field(default=[], max_length=6, description="empty = the role's")
    days: int = Field(default=90, ge=1, le=90)


class Invitation(Entering):
    """Somebody who may come; once more with another role changes it."""

    partner: Holder
    issuer: Claim = Field(description="the identity provider, as its tokens say it")
    subject: Claim = Field(description="who it is there; no e-mail address")
    name: Line
    role: GivenRole = "partner_member"


class Leave(Entering):
    """Leave for somebody of the house to look at pictures."""

    partner: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,47}$")]
    who: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]{1,64}$")]
    reason: Annotated[str, StringConstraints(min_length=10, max_length=500)]
    until: AwareDatetime = Field(strict=False, description="at most seven days from now")


class Proof(Entering):
    """What an identity provider says about somebody."""

    id_token: Annotated[str, StringConstraints(min_length=1, max_length=16_000)]
    nonce: Annotated[str, StringConstraints(min_length=1, max_length=255)] | None = None
    partner: Holder | None = Field(default=None, description="where several invited this person")


class KeyState(BaseModel):
    """A key, without its secret."""

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


class MadeKey(KeyState):
    """A key just made."""

    key: str = Field(description="shown this once")


class KeyStates(BaseModel):
    """Keys, the newest first."""

    keys: list[KeyState]


class PersonState(BaseModel):
    """Somebody who was invited."""

    id: str
    partner: str
    issuer: str
    subject: str
    name: str
    role: str
    invited_by: str
    invited_at: str
    removed_at: str | None
    last_seen: str | None


class PersonStates(BaseModel):
    """People, by name."""

    people: list[PersonState]


class GrantState(BaseModel):
    """Leave to look, as it stands."""

    id: str
    partner: str
    who: str
    name: str
    reason: str
    by: str
    created_at: str
    until: str
    needs_second: bool
    confirmed_by: str | None
    confirmed_at: str | None
    ended_at: str | None
    ended_by: str | None


class GrantStates(BaseModel):
    """Grants, the newest first."""

    grants: list[GrantState]


class SessionState(BaseModel):
    """A session just begun or renewed."""

    token: str = Field(description="goes into `Authorization: Bearer …`")
    expires_at: str
    name: str
    role: str
    partner: str | None


class Me(BaseModel):
    """Who asks, and what that one may."""

    id: str
    name: str
    role: str
    scopes: list[str]
    reads: list[str] = Field(description="partners whose records are within reach")
    looks: list[str] = Field(description="partners whose pictures are")
    pools: list[str] = Field(description="partners whose numbers count in what is told of all")


def as_dict(noun: Key | Person | Grant) -> dict[str, Any]:
    """Write a key, person or grant as the service and `--json` print it."""
    return {name: _said(getattr(noun, name)) for name in noun.__dataclass_fields__}


def entered(session: Entered) -> dict[str, Any]:
    """Write a session."""
    person = session.person
    return {
        "token": session.token,
        "expires_at": _said(session.expires_at),
        "name": person.name,
        "role": person.role.value,
        "partner": None if person.partner == HOUSE else person.partner,
    }


def me(caller: Caller) -> dict[str, Any]:
    """Write who asks."""
    return {
        "id": caller.id,
        "name": caller.name,
        "role": caller.role.value,
        "scopes": sorted(caller.scopes),
        "reads": list(caller.reads),
        "looks": list(caller.looks),
        "pools": list(caller.pools),
    }


def _said(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds").replace("+00:00", "Z")
    if isinstance(value, Role | Scope):
        return value.value
    return sorted(value) if isinstance(value, frozenset) else value
