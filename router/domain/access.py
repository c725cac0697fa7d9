"""Keys, people and grants: what somebody was given, by whom, and until when."""

from dataclasses import dataclass
from datetime import datetime

from router.domain.caller import Role, Scope

HOUSE = "-"  # stands in place of a partner for keys and people of the studio that runs the beta


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A machine's key, without its secret."""

    id: str  # the part of it that is no secret
    partner: str  # or HOUSE
    name: str  # whom or what it is for
    role: Role
    scopes: frozenset[Scope]
    created_by: str  # id of a key or person, or `owner` at the machine itself
    created_at: datetime
    expires_at: datetime
    last_used: datetime | None = None  # to within some minutes
    revoked_at: datetime | None = None

    def in_force(self, now: datetime) -> bool:
        """Say whether it opens anything."""
        return self.revoked_at is None and now < self.expires_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who was invited before coming: known by issuer and subject, by no other word."""

    id: str
    partner: str  # or HOUSE
    issuer: str  # the identity provider
    subject: str  # who it is there; an e-mail address proves nothing
    name: str
    role: Role
    invited_by: str
    invited_at: datetime
    removed_at: datetime | None = None
    last_seen: datetime | None = None

    @property
    def in_force(self) -> bool:
        """Say whether the invitation stands."""
        return self.removed_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Leave for somebody of the house to look at a partner's pictures, for a reason and a time."""

    id: str
    partner: str
    who: str  # id of a key or person
    name: str
    reason: str
    by: str
    created_at: datetime
    until: datetime
    needs_second: bool  # a beta lead's own: somebody else must confirm it
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: str | None = None

    def in_force(self, now: datetime) -> bool:
        """Say whether it lets anybody look."""
        confirmed = self.confirmed_by is not None or not self.needs_second
        return confirmed and self.ended_at is None and now < self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class Minted:
    """A key just made; its text is shown this once and kept nowhere."""

    key: Key
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """A session just begun."""

    token: str
    expires_at: datetime
    person: Person
