"""Names of workers on several machines: leased from the shared database, by its clock.

A worker says every few seconds that it lives. One that has said nothing for the time of its lease
is taken for dead, and a peer takes its work over. What a worker that only slept does after that
comes too late for the ledger (each move of an attempt names the state that it starts from): it can
spoil no row and pay nothing twice.

When the database itself was away, every lease looks old. So a peer judges only once it has been
seen itself, without a gap, for as long as a lease lasts: whoever lives has been seen by then. A
name that was given back is dead at once.
"""

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

LEASE_S = 30.0
_BEATS = 6  # in the time of a lease
_LOG = logging.getLogger("circletake.jobs")

_OLD = "seen_at < clock_timestamp() - make_interval(secs => :lease)"
_BEAT = """
INSERT INTO leases AS l (slot, run, seen_at, steady_since)
VALUES (:slot, :run, clock_timestamp(), clock_timestamp())
ON CONFLICT (slot) DO UPDATE SET
    run = EXCLUDED.run,
    seen_at = EXCLUDED.seen_at,
    steady_since = CASE
        WHEN l.run = EXCLUDED.run AND l.seen_at > clock_timestamp() - make_interval(secs => :gap)
        THEN l.steady_since ELSE EXCLUDED.steady_since END
"""
_STEADY = (
    "SELECT count(*) > 0 FROM leases WHERE slot = :me AND run = :me"
    " AND seen_at > clock_timestamp() - make_interval(secs => :lease / 2)"
    " AND steady_since < clock_timestamp() - make_interval(secs => :lease)"
)
_DEAD = f"""
SELECT coalesce(bool_and({_OLD} AND ({_STEADY})), true) FROM leases WHERE run = :run
"""  # noqa: S608 - ours
_TAKE = f"""
INSERT INTO leases AS l (slot, run, seen_at, steady_since)
VALUES (:slot, :me, clock_timestamp(), clock_timestamp())
ON CONFLICT (slot) DO UPDATE SET run = EXCLUDED.run, seen_at = EXCLUDED.seen_at
WHERE l.{_OLD} AND ({_STEADY})
RETURNING slot
"""  # noqa: S608 - ours
_DROP = "DELETE FROM leases WHERE slot = :slot AND run = :run"


@dataclass(slots=True, kw_only=True)
class LeasedName:
    """A name among the workers of a shared database; a Worker."""

    engine: Engine
    slot: str
    lease_s: float
    _gone: Event = field(default_factory=Event)
    _beating: Thread | None = None

    @property
    def run(self) -> str:
        """This process' life: a name is never taken again, so it is the name."""
        return self.slot

    def is_dead(self, run: str) -> bool:
        """Say whether the life named `run` is surely over; one's own is not."""
        if run == self.run:
            return False
        with self._at_once() as connection:
            values = {"run": run, "me": self.run, "lease": self.lease_s}
            return bool(connection.execute(text(_DEAD), values).scalar_one())

    @contextmanager
    def holding_dead(self, slot: str) -> Iterator[bool]:
        """Take the name of a dead worker while its work is taken over; False if it lives.

        Where this process dies meanwhile, the name grows old again, and another one takes it.
        """
        values = {"slot": slot, "me": self.run, "lease": self.lease_s}
        with self._at_once() as connection:
            held = connection.execute(text(_TAKE), values).scalar_one_or_none() is not None
        try:
            yield held
        finally:
            if held:
                self._drop(slot)

    def release(self) -> None:
        """Give the name back: what is left under it may be taken over at once."""
        if self._beating is None or self._gone.is_set():
            return
        self._gone.set()
        self._beating.join()
        try:
            self._drop(self.slot)
        except SQLAlchemyError:  # the lease will end by itself
            _LOG.warning("a name could not be given back", extra={"worker": self.slot})

    def begin(self) -> None:
        """Take the name, and say from now on that it is in use; raises where nobody answers."""
        self._beat()
        self._beating = Thread(target=self._live, name="lease", daemon=True)
        self._beating.start()

    def _live(self) -> None:
        while not self._gone.wait(self.lease_s / _BEATS):
            try:
                self._beat()
            except SQLAlchemyError:
                said = "a lease was not renewed"
                _LOG.warning(said, extra={"worker": self.slot}, exc_info=True)

    def _beat(self) -> None:
        values = {"slot": self.slot, "run": self.run, "gap": self.lease_s / 2}
        with self._at_once() as connection:
            connection.execute(text(_BEAT), values)

    def _drop(self, slot: str) -> None:
        with self._at_once() as connection:
            dropped = connection.execute(text(_DROP), {"slot": slot, "run": self.run})
            if dropped.rowcount:
                connection.exec_driver_sql(
                    "UPDATE lanes SET flights = flights - %(slot)s::text", {"slot": slot}
                )

    @contextmanager
    def _at_once(self) -> Iterator[Connection]:
        """Open a connection on which each statement is a transaction."""
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            yield connection


def is_anybody_here(engine: Engine, *, lease_s: float = LEASE_S) -> bool:
    """Say whether any worker of a shared database has been heard of in the time of a lease."""
    query = text(f"SELECT count(*) > 0 FROM leases WHERE NOT ({_OLD})")  # noqa: S608 - ours
    with engine.connect() as connection:
        return bool(connection.execute(query, {"lease": lease_s}).scalar_one())


def lease_name(engine: Engine, *, lease_s: float = LEASE_S) -> LeasedName:
    """Take a name that no other process has or will have: machine, process and chance."""
    host = socket.gethostname()[:60] or "host"
    name = LeasedName(
        engine=engine, slot=f"{host}/{os.getpid()}-{os.urandom(4).hex()}", lease_s=lease_s
    )
    name.begin()
    return name
