"""Who runs what: campaigns and repairs that wait for a worker are taken up by one of them.

Taking up is one statement whose WHERE clause says that nobody has the work, so of several workers
one gets it, on every database. Whoever has it gives signs of life; one that falls silent loses it.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Engine, Table, and_, or_, select, update

from benchmarks.domain.campaign import CampaignState
from benchmarks.domain.commission import Commission, CommissionState, Task
from benchmarks.store.record import dumps, loads
from benchmarks.store.rows import add
from benchmarks.store.tables import campaigns, commissions
from router import leases
from router.domain.errors import UnknownName
from router.store.database import reading, writing

SILENCE = timedelta(seconds=90)  # of a command: it says nothing while it measures
BEAT = timedelta(seconds=20)  # of a worker: its shift gives signs of life for everything it runs
# Not carried by anybody, and not at its end either.
RESTING = (CampaignState.PLANNED, CampaignState.INTERRUPTED, CampaignState.BUDGET_REACHED)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCommission:
    """A commission, and what became of it."""

    commission: Commission
    state: CommissionState
    outcome: Mapping[str, Any] | None


class Commissions:
    """What was handed in for workers, on the same database as the campaigns."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def hand_in(self, partner: str, campaign: str) -> bool:
        """Let workers run a campaign that rests; False where somebody has it, or it has ended."""
        resting = campaigns.c.state.in_([s.value for s in RESTING])
        nobody = {"state": CampaignState.RUNNING.value, "runner": "", "seen_alive_at": None}
        return self._change(campaigns, partner, campaign, resting, nobody)

    def begin(self, partner: str, campaign: str, runner: str, now: datetime) -> bool:
        """Note that a runner goes to work on a campaign; False where it was cancelled."""
        going = campaigns.c.state != CampaignState.CANCELLED.value
        mine = {"state": CampaignState.RUNNING.value, "runner": runner, "seen_alive_at": now}
        return self._change(campaigns, partner, campaign, going, mine)

    def break_off(self, partner: str, campaign: str) -> None:
        """Note that a runner left a campaign unfinished; one that was cancelled stays cancelled."""
        running = campaigns.c.state == CampaignState.RUNNING.value
        values = {"state": CampaignState.INTERRUPTED.value}
        self._change(campaigns, partner, campaign, running, values)

    def add(self, wanted: Commission) -> None:
        """Keep a commission; the same one twice is one."""
        row = {
            "partner": wanted.partner,
            "id": wanted.id,
            "campaign": wanted.campaign,
            "simulated": wanted.simulated,
            "state": CommissionState.WAITING.value,
            "runner": "",
            "seen_alive_at": None,
            "created_at": wanted.created_at,
            "body": dumps(wanted),
            "outcome": "",
        }
        with writing(self._engine, wanted.partner) as connection:
            add(connection, commissions, [row])

    def get(self, partner: str, id_: str) -> KeptCommission:
        """Give a commission; raises UnknownName."""
        query = select(commissions).where(_this(commissions, partner, id_))
        with reading(self._engine, partner) as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise UnknownName("repair", id_, ())
        return KeptCommission(
            commission=loads(Commission, row.body),
            state=CommissionState(row.state),
            outcome=json.loads(row.outcome) if row.outcome else None,
        )

    def waiting(self, partner: str, now: datetime, *, simulated: bool) -> Iterator[Task]:
        """Give what of a partner's work nobody carries; campaigns first, then repairs."""
        for table in (campaigns, commissions):
            query = select(table.c.id).where(
                table.c.partner == partner, table.c.simulated == simulated, _free(table, now)
            )
            with reading(self._engine, partner) as connection:
                found = list(connection.scalars(query.order_by(table.c.created_at)))
            for id_ in found:
                yield Task(partner=partner, id=id_, is_repair=table is commissions)

    def has_workers(self) -> bool:
        """Say whether any worker of a shared database lives, on whatever machine."""
        return leases.is_anybody_here(self._engine)

    def carried(self, partner: str, *, simulated: bool) -> Iterator[tuple[Task, str]]:
        """Give what workers carry of a partner's work, and the name of each one's worker."""
        for table in (campaigns, commissions):
            query = select(table.c.id, table.c.runner).where(
                table.c.partner == partner,
                table.c.simulated == simulated,
                table.c.state == "running",
                table.c.runner != "",
            )
            with reading(self._engine, partner) as connection:
                found = connection.execute(query).all()
            for row in found:
                task = Task(partner=partner, id=row.id, is_repair=table is commissions)
                yield task, row.runner

    def take_up(self, task: Task, runner: str, now: datetime) -> bool:
        """Take up work that nobody carries; False where somebody else was quicker."""
        table = _table(task)
        mine = {"state": "running", "runner": runner, "seen_alive_at": now}
        return self._change(table, task.partner, task.id, _free(table, now), mine)

    def beat(self, task: Task, runner: str, now: datetime) -> bool:
        """Give a sign of life; False where somebody else has the work by now."""
        table = _table(task)
        mine = and_(table.c.state == "running", table.c.runner == runner)
        return self._change(table, task.partner, task.id, mine, {"seen_alive_at": now})

    def lay_down(self, task: Task, runner: str) -> None:
        """Leave a worker's work unfinished, for whoever comes next.

        What was cancelled meanwhile, or is another's by now, stays as it is.
        """
        table = _table(task)
        left = ["running", CampaignState.INTERRUPTED.value]
        mine = and_(table.c.state.in_(left), table.c.runner == runner)
        nobody = {"state": "running", "runner": "", "seen_alive_at": None}
        self._change(table, task.partner, task.id, mine, nobody)

    def end(self, task: Task, state: CommissionState, outcome: Mapping[str, Any]) -> None:
        """Keep what became of a commission."""
        values = {"state": state.value, "outcome": json.dumps(outcome), "runner": ""}
        open_ = commissions.c.state == CommissionState.RUNNING.value
        self._change(commissions, task.partner, task.id, open_, values)

    def _change(
        self,
        table: Table,
        partner: str,
        id_: str,
        when: ColumnElement[bool],
        values: Mapping[str, Any],
    ) -> bool:
        query = update(table).where(_this(table, partner, id_), when).values(**values)
        with writing(self._engine, partner) as connection:
            return connection.execute(query).rowcount == 1


def _table(task: Task) -> Table:
    return commissions if task.is_repair else campaigns


def _this(table: Table, partner: str, id_: str) -> ColumnElement[bool]:
    return and_(table.c.partner == partner, table.c.id == id_)


def _free(table: Table, now: datetime) -> ColumnElement[bool]:
    """Say of whom nobody knows that somebody has it."""
    silent = or_(
        table.c.seen_alive_at.is_(None),
        table.c.seen_alive_at < now - SILENCE,
        and_(table.c.runner != "", table.c.seen_alive_at < now - BEAT),
    )
    waits = table.c.state == CommissionState.WAITING.value
    return or_(waits, and_(table.c.state == "running", silent))
