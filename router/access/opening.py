"""Access of an installation, opened from its settings: for commands here, and for the doors."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from router import partners
from router.access import doorkeeper
from router.access.doorkeeper import Desk, Shared
from router.audit.log import AuditLog
from router.audit.opening import audit_log
from router.clock import SystemClock
from router.domain.caller import Caller
from router.ports import Clock
from router.settings import Settings
from router.store import database, isolation


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """What a shared service is built with: who asks, and the routes' desk, on one ground."""

    doorkeeper: Shared
    desk: Desk


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What a command is given: the desk, and whoever sits at the machine."""

    desk: Desk
    caller: Caller


def doors(log: AuditLog, here: Settings, known: Collection[str], clock: Clock) -> Doors:
    """Open the doors of a service on the database of its audit log, where all of it is recorded.

    Args:
        log: of an installation whose schema is up to date.
        here: names the environment, the pepper's file and the identity provider.
        known: the partners that are served.
        clock: decides what has ended.

    Raises:
        BadInput: a setting is missing or malformed.
        Broken: the pepper cannot be used.
    """
    ground = doorkeeper.ground(log.engine, here, known, clock, log)
    return Doors(doorkeeper=doorkeeper.over(ground, here), desk=doorkeeper.desk(ground, here))


@contextmanager
def machine(here: Settings) -> Iterator[Machine]:
    """Open access for whoever has a shell where the records are; makes a home's on first use."""
    known = partners.load(*here.partner_folders)
    here.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with isolation.opened(here.records, (database.MIGRATIONS,)) as engine:
        clock = SystemClock()
        found = doors(audit_log(here, engine, clock, known), here, known, clock)
        yield Machine(desk=found.desk, caller=doorkeeper.at_the_machine(known))
