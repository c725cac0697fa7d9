"""Quotas that hold over the workers of all machines: counted in the shared database.

An account's quota does not care how many processes ask. So the rate, and the calls that are under
way, are counted in one row for each lane, each by one statement. How a lane fares (throttled, slow,
broken) every process still learns for itself. What a dead worker had under way counts until its
lease is over.
"""

import threading
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.exc import InterfaceError, OperationalError

from router.leases import LEASE_S
from router.pacing.lanes import Lanes, Leave
from router.pacing.rate import BURST, Turnstile
from router.ports import Outcome

FULL_S = 0.1  # how soon to ask again where the other machines have taken all places
_OUTAGE_TRIES, _PAUSE_S = 240, 0.25  # a database that restarts is waited for

_TURN = f"""
INSERT INTO lanes AS l (lane, due_at, flights)
VALUES (:lane, clock_timestamp() + make_interval(secs => :gap * {2 - BURST}), '{{}}')
ON CONFLICT (lane) DO UPDATE SET due_at = make_interval(secs => :gap)
    + greatest(l.due_at, clock_timestamp() - make_interval(secs => :gap * {BURST - 1}))
RETURNING extract(epoch FROM due_at - clock_timestamp()) - :gap
"""  # noqa: S608 - numbers of ours
_FLY = """
INSERT INTO lanes AS l (lane, due_at, flights)
VALUES (:lane, clock_timestamp(), jsonb_build_object(cast(:me AS text), cast(:mine AS int)))
ON CONFLICT (lane) DO UPDATE SET
    flights = l.flights || jsonb_build_object(cast(:me AS text), cast(:mine AS int))
WHERE :mine + (
    SELECT coalesce(sum(f.value::int), 0) FROM jsonb_each_text(l.flights) AS f JOIN leases AS w
    ON w.slot = f.key AND w.seen_at > clock_timestamp() - make_interval(secs => :lease)
    WHERE f.key <> :me
) <= :most
RETURNING lane
"""
_LAND = """
UPDATE lanes SET flights = flights || jsonb_build_object(cast(:me AS text), cast(:mine AS int))
WHERE lane = :lane
"""


@dataclass(slots=True)
class SharedTurnstile(Turnstile):
    """Gives each start its turn among all machines, by the database's clock."""

    engine: Engine = field(kw_only=True)

    def turn(self, lane: str, per_minute: float, now: float) -> float:  # noqa: ARG002 - its own
        """Take the next turn in a lane and give the seconds to wait for it."""
        gap = 60.0 / per_minute
        wait = _carried_out(self.engine, _TURN, {"lane": lane, "gap": gap})
        return max(0.0, float(wait))


@dataclass(slots=True)
class SharedLanes(Lanes):
    """Lanes whose calls at once are limited over all machines, besides this one's own caution."""

    engine: Engine = field(kw_only=True)
    slot: str = field(kw_only=True)  # of this worker
    _mine: Counter[str] = field(default_factory=Counter)
    _gates: defaultdict[str, Lock] = field(default_factory=lambda: defaultdict(Lock))

    def enter(self, name: str, most: int, *, again: bool, now: float) -> Leave | float:
        """Ask to send: leave to go, which must be handed back, or the seconds to wait first."""
        leave = Lanes.enter(self, name, most, again=again, now=now)
        if not isinstance(leave, Leave):
            return leave
        granted = False
        try:
            with self._gates[name]:
                mine = self._mine[name] + 1
                granted = bool(self._tell(_FLY, name, mine, most=most, lease=LEASE_S))
                if granted:
                    self._mine[name] = mine
        finally:  # also where the database was away for too long
            if not granted:
                Lanes.hand_back(self, leave, None, now=now)
        return leave if granted else FULL_S

    def hand_back(self, leave: Leave, outcome: Outcome | None, *, now: float) -> None:
        """Give leave back with what came of it; None = nothing was sent."""
        try:
            with self._gates[leave.lane]:
                self._mine[leave.lane] -= 1
                self._tell(_LAND, leave.lane, self._mine[leave.lane])
        finally:  # the shared number is put right by whoever enters next
            Lanes.hand_back(self, leave, outcome, now=now)

    def _tell(self, statement: str, lane: str, mine: int, **values: Any) -> object:
        """Say how many calls of ours are under way: the number itself, so that twice is once."""
        told = {"lane": lane, "me": self.slot, "mine": mine, **values}
        return _carried_out(self.engine, statement, told)


def limits(engine: Engine, slot: str) -> tuple[Turnstile, Lanes]:
    """Give what keeps the quotas: in memory for one house, in the database for many machines."""
    if engine.dialect.name == "sqlite":
        return Turnstile(), Lanes()
    return SharedTurnstile(engine=engine), SharedLanes(engine=engine, slot=slot)


def _carried_out(engine: Engine, statement: str, values: Mapping[str, Any]) -> Any:
    """Run one statement as a transaction, and give its first value; None where it has none."""
    for left in reversed(range(_OUTAGE_TRIES)):
        try:
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                found = connection.execute(text(statement), values)
                return found.scalar_one_or_none() if found.returns_rows else None
        except (OperationalError, InterfaceError):
            if not left:
                raise
            threading.Event().wait(_PAUSE_S)
    raise AssertionError("unreachable: the last try returns or raises")
