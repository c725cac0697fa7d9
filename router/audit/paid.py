"""What was paid, taken over from the ledger into the chains: attempts and micro-dollars.

A record of its own in every paid transaction would cost the paid path, and stop it where the log
cannot be written. The ledger is append-only itself, so its bills are taken over in groups.
"""

from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select

from router.audit.log import AuditLog
from router.store.database import reading
from router.store.tables import ledger_entries

EVENT = "paid_sends"
ACTOR = "ledger"
GROUP = 200  # bills of one record
# A bill bears the time at which its transaction began: none can still appear that is older.
SETTLED = timedelta(minutes=2)


def take_over(log: AuditLog, partner: str, *, lag: timedelta = SETTLED) -> int:
    """Record the bills of a partner that no record names yet; gives how many."""
    done = 0
    while group := _next(log, partner, log.clock.now() - lag):
        bills: list[list[str | int]] = [[attempt, musd] for _, _, attempt, musd in group]
        last_at, last_id = group[-1][0], group[-1][1]
        log.note(ACTOR, partner, EVENT, paid=bills, until=last_at.isoformat(), until_id=last_id)
        done += len(bills)
    return done


def _next(log: AuditLog, partner: str, now: datetime) -> list[tuple[datetime, str, str, int]]:
    table = ledger_entries.c
    query = select(table.at, table.id, table.attempt, table.musd).where(
        table.partner == partner, table.kind == "settle", table.at <= now
    )
    last = log.last(partner, EVENT)
    if last is not None:
        at = datetime.fromisoformat(str(last.ids["until"]))
        same = and_(table.at == at, table.id > str(last.ids["until_id"]))
        query = query.where(or_(table.at > at, same))
    with reading(log.engine, partner) as connection:
        rows = connection.execute(query.order_by(table.at, table.id).limit(GROUP))
        return [tuple(row) for row in rows]
