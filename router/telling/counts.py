"""What the records say about work, counted when somebody asks; over all partners, naming none."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, case, func, select

from router.domain.attempt import AttemptState
from router.store.database import reading
from router.store.tables import attempts, budgets, takes, uploads

BUCKETS = (1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0, 640.0)  # seconds of a provider
_WAITING = AttemptState.READY.value


@dataclass(slots=True, kw_only=True)
class Latency:
    """How long a model took, as a histogram."""

    within: list[int] = field(default_factory=lambda: [0] * len(BUCKETS))  # cumulative
    count: int = 0
    seconds: float = 0.0


@dataclass(slots=True, kw_only=True)
class Counts:
    """Sums over every partner's rows."""

    attempts: Counter[tuple[str, str, str]] = field(default_factory=Counter)  # state, code, model
    waiting_since: dict[str, datetime] = field(default_factory=dict)  # by model, of the oldest
    spent_musd: Counter[bool] = field(default_factory=Counter)  # by simulated
    reserved_musd: Counter[bool] = field(default_factory=Counter)
    latency: dict[str, Latency] = field(default_factory=dict)
    uploads: Counter[str] = field(default_factory=Counter)  # by state

    def waiting(self, model: str) -> int:
        """Say how many attempts of a model wait to be sent."""
        wanted = (_WAITING, model)
        return sum(n for (state, _, key), n in self.attempts.items() if (state, key) == wanted)


def count(engine: Engine, partners: Iterable[str]) -> Counts:
    """Count, partner by partner: nothing else may be seen in one transaction."""
    found = Counts()
    for partner in partners:
        with reading(engine, partner) as connection:
            _attempts(connection, partner, found)
            _money(connection, partner, found)
            _latency(connection, partner, found)
            _uploads(connection, partner, found)
    return found


def _attempts(connection: Connection, partner: str, found: Counts) -> None:
    t = attempts.c
    query = select(t.state, t.code, t.model, func.count(), func.min(t.created_at))
    query = query.where(t.partner == partner).group_by(t.state, t.code, t.model)
    for state, code, model, number, oldest in connection.execute(query):
        found.attempts[state, code, model] += number
        if state == _WAITING:
            found.waiting_since[model] = min(oldest, found.waiting_since.get(model, oldest))


def _money(connection: Connection, partner: str, found: Counts) -> None:
    t = budgets.c
    query = select(t.simulated, func.sum(t.spent_musd), func.sum(t.reserved_musd))
    query = query.where(t.partner == partner, t.level == "campaign").group_by(t.simulated)
    for simulated, spent, reserved in connection.execute(query):
        found.spent_musd[bool(simulated)] += int(spent)
        found.reserved_musd[bool(simulated)] += int(reserved)


def _latency(connection: Connection, partner: str, found: Counts) -> None:
    t = takes.c
    within: list[Any] = [func.sum(case((t.latency_s <= most, 1), else_=0)) for most in BUCKETS]
    query = select(t.model, func.count(), func.sum(t.latency_s), *within)
    query = query.where(t.partner == partner, t.source == "generated").group_by(t.model)
    for model, number, seconds, *inside in connection.execute(query):
        one = found.latency.setdefault(model, Latency())
        one.count += number
        one.seconds += seconds
        one.within = [a + int(b) for a, b in zip(one.within, inside, strict=True)]


def _uploads(connection: Connection, partner: str, found: Counts) -> None:
    t = uploads.c
    query = select(t.state, func.count()).where(t.partner == partner).group_by(t.state)
    for state, number in connection.execute(query):
        found.uploads[state] += number
