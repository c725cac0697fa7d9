"""Questions to language models: every state with its money, in one transaction.

A row that says `sent` may have been paid: it ends with an answer, or as unknown.
"""

from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from router.domain.attempt import AttemptState
from router.domain.errors import Conflict
from router.domain.model import Price
from router.domain.money import Caps, Shortfall
from router.store import ledger, prices
from router.store.ledger import Posting
from router.store.tables import questions
from router.vault.columns import opened, shut


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A question as it stands."""

    partner: str
    id: str
    account: str
    purpose: str
    about: str
    model: str
    region: str
    state: AttemptState
    created_at: datetime
    reserved_musd: int = 0
    spent_musd: int = 0
    code: str = ""
    reason: str = ""
    provider_ref: str = ""
    simulated: bool | None = None
    tokens_in: int = 0
    tokens_out: int = 0
    latency_s: float = 0.0
    text: str = ""
    sent_at: datetime | None = None
    ended_at: datetime | None = None
    cycle: int = 0
    owner: str = ""
    price_version: str = ""


_NAMES = tuple(f.name for f in fields(Row))


def find(connection: Connection, partner: str, id_: str) -> Row | None:
    """Read one question; None where it was never asked."""
    mine = (questions.c.partner == partner) & (questions.c.id == id_)
    found = connection.execute(select(questions).where(mine)).mappings().one_or_none()
    return None if found is None else _row(opened(connection, questions, found))


def of_account(
    connection: Connection, partner: str, account: str | None, *states: AttemptState
) -> tuple[Row, ...]:
    """Give the questions of an account (None = all of the partner's), oldest first."""
    query = select(questions).where(questions.c.partner == partner)
    if account is not None:
        query = query.where(questions.c.account == account)
    if states:
        query = query.where(questions.c.state.in_([s.value for s in states]))
    ordered = query.order_by(questions.c.created_at, questions.c.id)
    rows = connection.execute(ordered).mappings()
    return tuple(_row(opened(connection, questions, row)) for row in rows)


def add(connection: Connection, row: Row) -> Row:
    """Write a question that nobody has asked yet; where somebody has, give that one."""
    here = find(connection, row.partner, row.id)
    if here is None:
        connection.execute(insert(questions), shut(connection, questions, _values(row)))
    return here or row


def send(
    connection: Connection,
    row: Row,
    worst_case_musd: int,
    terms: tuple[Price, Caps],
    *,
    owner: str,
    now: datetime,
) -> Row | Shortfall:
    """Ready or parked → sent, with the worst case reserved; else say which cap is too small."""
    price, caps = terms
    cycle = row.cycle + 1
    short = ledger.reserve(connection, _posting(row, now, cycle), worst_case_musd, caps)
    if short is not None:
        parked = {"code": short.code, "reason": short.reason, "ended_at": now}
        move(connection, row, AttemptState.PARKED, **parked)
        return short
    changes = {
        "cycle": cycle,
        "reserved_musd": worst_case_musd,
        "price_version": prices.keep(connection, row.partner, price, now),
        "owner": owner,
        "sent_at": now,
        "code": "",
        "reason": "",
        "ended_at": None,
    }
    return move(connection, row, AttemptState.SENT, **changes)


def release(connection: Connection, row: Row, to: AttemptState, now: datetime, **told: Any) -> Row:
    """Sent → ready, refused or failed: certainly not billed, money released."""
    ledger.release(connection, _posting(row, now, row.cycle), row.reserved_musd)
    return move(connection, row, to, reserved_musd=0, ended_at=now, **told)


def hold(connection: Connection, row: Row, now: datetime, **told: Any) -> Row:
    """Sent → unknown: it may have been paid, so the money stays reserved."""
    ledger.hold(connection, _posting(row, now, row.cycle), row.reserved_musd)
    return move(connection, row, AttemptState.UNKNOWN, **told)


def settle(
    connection: Connection,
    row: Row,
    to: AttemptState,
    spent_musd: int,
    now: datetime,
    **told: Any,
) -> Row:
    """Sent or unknown → answered, refused or failed, and paid.

    Raises:
        StoreCorrupt: it cost more than was reserved, and a cap does not cover the difference.
    """
    ledger.settle(connection, _posting(row, now, row.cycle), row.reserved_musd, spent_musd)
    money = {"reserved_musd": 0, "spent_musd": spent_musd, "ended_at": now}
    return move(connection, row, to, **money, **told)


def move(connection: Connection, row: Row, to: AttemptState, **changes: Any) -> Row:
    """Draw one arrow; raises Conflict when the question is no longer as `row` says."""
    moved = replace(row, state=to, **changes)
    was = (
        questions.c.partner == row.partner,
        questions.c.id == row.id,
        questions.c.state == row.state.value,
        questions.c.cycle == row.cycle,
    )
    values = shut(connection, questions, _values(moved))
    if connection.execute(update(questions).where(*was).values(**values)).rowcount != 1:
        expected = f"state {row.state}, as it was read"
        raise Conflict(field="question", found=row.id, expected=expected)
    return moved


def _posting(row: Row, now: datetime, cycle: int) -> Posting:
    return Posting(partner=row.partner, account=row.account, attempt=row.id, cycle=cycle, at=now)


def _values(row: Row) -> dict[str, Any]:
    return {**{name: getattr(row, name) for name in _NAMES}, "state": row.state.value}


def _row(found: Any) -> Row:
    return Row(**{name: found[name] for name in _NAMES} | {"state": AttemptState(found["state"])})
