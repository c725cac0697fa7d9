"""What keys, people and grants all stand on."""

import ipaddress
from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Engine

from router.access import rules
from router.access.limits import Limits, Paces
from router.domain.access import HOUSE
from router.domain.caller import Caller, Scope
from router.domain.errors import UnknownName
from router.ports import Clock
from router.store import access
from router.store.database import Commits, reading


class Witness(Protocol):
    """Keeps a record of what was done; raises where it cannot, and then it is not done."""

    def note(self, caller_id: str, partner: str | None, event: str, **ids: str) -> object:
        """Record it: ids and codes, never content."""
        ...


class Nobody:
    """A witness that keeps nothing: of a home that one person uses alone."""

    def note(self, caller_id: str, partner: str | None, event: str, **ids: str) -> object:
        """Forget it."""
        del caller_id, partner, event, ids
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The database, the clock, the pepper, and which partners there are."""

    engine: Engine
    commits: Commits
    clock: Clock
    pepper: bytes
    environment: str  # keys of another one open nothing here
    partners: Collection[str]
    witness: Witness
    limits: Limits
    paces: Paces

    def sights(self, caller: Caller) -> tuple[str, ...]:
        """Give the partners, and the house, whose keys and people a caller may know of."""
        house = (HOUSE,) if Scope.LEAD in caller.scopes else ()
        return (*house, *caller.reads)

    def holder(self, caller: Caller, kind: str, id_: str) -> str:
        """Say under which partner something is; raises UnknownName beyond the caller's sight."""
        with reading(self.engine, HOUSE) as connection:
            found = access.holders_of(connection, id_)
        for holder in found:
            if rules.sees(caller, holder):
                return holder
        raise UnknownName(kind, id_, ())

    def note(self, caller: Caller, partner: str, event: str, **ids: str) -> None:
        """Record something before it is done."""
        self.witness.note(caller.id, None if partner == HOUSE else partner, event, **ids)

    def failed(self, host: str) -> None:
        """Count a failure for its address; raises TooMany.

        A key or session in force is let in from there all the same: behind a proxy several partners
        share an address, and one of them could else lock out the rest. The record of it is sampled
        with the tokens that are drawn, so that a flood of bad keys is no flood of writes.
        """
        address = _network(host)
        if self.limits.take(f"from:{address}", self.paces.failures):
            self.witness.note("nobody", None, "not_known", address=address)


def _network(host: str) -> str:
    """Name the address, or the network that one IPv6 customer has to itself."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "elsewhere"
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False).network_address)
    return str(address)
