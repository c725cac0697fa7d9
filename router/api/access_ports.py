"""What the routes of access need from whoever runs them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from router.domain.access import Entered, Grant, Key, Minted, Person
from router.domain.caller import Caller, Role, Scope


class KeyDesk(Protocol):
    """Keys of machines."""

    def make(
        self,
        caller: Caller,
        partner: str,
        *,
        name: str,
        role: Role,
        scopes: Sequence[Scope] = (),
        days: int = 90,
    ) -> Minted:
        """Make a key; UnknownName, BadInput, NotEntitled."""
        ...

    def list(self, caller: Caller, partner: str | None = None) -> tuple[Key, ...]:
        """Give the keys within sight; UnknownName."""
        ...

    def revoke(self, caller: Caller, id_: str) -> Key:
        """Revoke a key; UnknownName, NotEntitled."""
        ...


class PeopleDesk(Protocol):
    """People who were invited."""

    def invite(
        self, caller: Caller, partner: str, *, issuer: str, subject: str, name: str, role: Role
    ) -> Person:
        """Invite somebody, or change a role; UnknownName, BadInput, NotEntitled, Conflict."""
        ...

    def list(self, caller: Caller, partner: str | None = None) -> tuple[Person, ...]:
        """Give the people within sight; UnknownName."""
        ...

    def remove(self, caller: Caller, id_: str) -> Person:
        """Remove a person; UnknownName, NotEntitled, Conflict."""
        ...


class GrantDesk(Protocol):
    """Leave to look at a partner's pictures."""

    def give(
        self, caller: Caller, partner: str, *, who: str, reason: str, until: datetime
    ) -> Grant:
        """Give a grant; UnknownName, BadInput."""
        ...

    def confirm(self, caller: Caller, id_: str) -> Grant:
        """Be the second person; UnknownName, Conflict, NotEntitled."""
        ...

    def list(self, caller: Caller, partner: str | None = None) -> tuple[Grant, ...]:
        """Give the grants on partners within reach; UnknownName."""
        ...

    def end(self, caller: Caller, id_: str) -> Grant:
        """End a grant; UnknownName."""
        ...


class EntranceDesk(Protocol):
    """Sessions of people."""

    def enter(
        self, id_token: str, host: str, *, partner: str | None = None, nonce: str | None = None
    ) -> Entered:
        """Begin a session; NotKnown, NotEntitled, BadInput, Busy."""
        ...

    def renew(self, token: str) -> Entered:
        """Go on with a session; NotKnown."""
        ...

    def leave(self, token: str) -> None:
        """End a session; NotKnown."""
        ...


class AccessDesk(Protocol):
    """All of them."""

    @property
    def keys(self) -> KeyDesk:
        """Give the keys."""
        ...

    @property
    def people(self) -> PeopleDesk:
        """Give the people."""
        ...

    @property
    def grants(self) -> GrantDesk:
        """Give the grants."""
        ...

    @property
    def entrance(self) -> EntranceDesk:
        """Give the entrance."""
        ...
