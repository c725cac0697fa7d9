"""Attempts and the arrows between their states; each arrow carries its money with it.

An arrow names the state that it leaves and the worker that may move it. It is refused (Overtaken)
when the row has moved on: then another worker has it, and this one must let go.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Case,
    ColumnElement,
    Connection,
    RowMapping,
    bindparam,
    case,
    insert,
    literal,
    or_,
    select,
    update,
)

from router.domain.attempt import OPEN_STATES, RESTORED, TURNED_AWAY, Attempt, AttemptState
from router.domain.errors import Conflict, UnknownName
from router.domain.request import Request
from router.store.requests import from_json
from router.store.tables import attempts, requests
from router.vault.columns import word

_NOUN = tuple(f.name for f in fields(Attempt))
_OWN = ("cycle", "tries", "owner")
CANCELLED = {"code": "cancelled", "reason": "cancelled by a person"}
# What an arrow may change; the rest of a row stands for good, or is a person's word.
_MUTABLE = (
    "state",
    "region",
    "reserved_musd",
    "spent_musd",
    "code",
    "reason",
    "provider_ref",
    "simulated",
    "take",
    "sent_at",
    "ended_at",
    "cycle",
    "tries",
    "owner",
    "price_version",
)
# States from which an attempt may yet be sent, or come back unsent.
_NOT_OVER = (*OPEN_STATES, AttemptState.PARKED, AttemptState.UNKNOWN)
_UNSENT = (AttemptState.READY, AttemptState.PARKED)
# Statements of the paid path are built once: building one costs more than running it.
_THIS = (attempts.c.partner == bindparam("the_partner"), attempts.c.id == bindparam("the_id"))
_GET = select(attempts).where(*_THIS)
_GET_WITH_REQUEST = (
    select(attempts, requests.c.body)
    .select_from(
        attempts.join(
            requests,
            (requests.c.partner == attempts.c.partner) & (requests.c.id == attempts.c.request),
        )
    )
    .where(*_THIS)
)
_CANCELLED_AT = select(attempts.c.cancelled_at).where(*_THIS).with_for_update()
_MOVE = (
    update(attempts)
    .where(
        *_THIS,
        attempts.c.state == bindparam("was_state"),
        attempts.c.owner == bindparam("was_owner"),
        attempts.c.cycle == bindparam("was_cycle"),
    )
    .values({name: bindparam(f"to_{name}") for name in _MUTABLE})
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An attempt with what only the engine room needs."""

    attempt: Attempt
    cycle: int  # how often money was reserved for it
    tries: int  # sends in a row that came back as safe to repeat
    owner: str  # the worker that moved it last
    cancelled: bool = False  # while it was under way, when this was read


class Overtaken(Conflict):
    """The attempt moved on while this worker held it."""

    code = "overtaken"


def add(connection: Connection, new: Sequence[Attempt]) -> None:
    """Write attempts that stand at their beginning."""
    if new:
        connection.execute(insert(attempts), [_values(a) for a in new])


def get(connection: Connection, partner: str, attempt: str) -> Row:
    """Read one attempt; raises UnknownName."""
    found = connection.execute(_GET, {"the_partner": partner, "the_id": attempt}).mappings()
    return _row(_one(found.one_or_none(), attempt))


def get_with_request(connection: Connection, partner: str, attempt: str) -> tuple[Row, Request]:
    """Read one attempt and what it asks; raises UnknownName."""
    key = {"the_partner": partner, "the_id": attempt}
    found = connection.execute(_GET_WITH_REQUEST, key).mappings()
    row = _one(found.one_or_none(), attempt)
    mine = {"partner": partner, "id": row["request"], "body": row["body"]}
    return _row(row), from_json(word(connection, requests, mine, "body"))


def find(
    connection: Connection,
    partner: str,
    *,
    account: str | None = None,
    requests: Sequence[str] | None = None,
    states: Sequence[AttemptState] | None = None,
) -> tuple[Attempt, ...]:
    """Give the attempts of one partner in the order in which they were submitted."""
    query = select(attempts).where(attempts.c.partner == partner)
    if account is not None:
        query = query.where(attempts.c.account == account)
    if states is not None:
        query = query.where(attempts.c.state.in_([s.value for s in states]))
    if requests is None:
        ordered = query.order_by(attempts.c.created_at, attempts.c.id)
        return tuple(_row(r).attempt for r in connection.execute(ordered).mappings().all())
    found: list[Attempt] = []
    for start in range(0, len(requests), 500):  # databases bound the parameters of one statement
        chunk = query.where(attempts.c.request.in_(requests[start : start + 500]))
        found += (_row(r).attempt for r in connection.execute(chunk).mappings())
    order = {request: n for n, request in enumerate(requests)}
    return tuple(sorted(found, key=lambda a: (order[a.request], a.number)))


def move(
    connection: Connection,
    row: Row,
    to: AttemptState,
    *,
    owner: str,
    **changes: Any,
) -> Row:
    """Draw one arrow; raises Overtaken when the attempt is no longer as `row` says.

    An open attempt may be moved only by its owner; any worker may take one that is ready, or one
    that waits for reconciling.
    """
    was = row.attempt
    moved = _changed(row, {"state": to, "owner": owner, **changes})
    key = {
        "the_partner": was.partner,
        "the_id": was.id,
        "was_state": was.state.value,
        "was_owner": row.owner,
        "was_cycle": row.cycle,
    }
    values = {f"to_{name}": _value(moved, name) for name in _MUTABLE}
    if connection.execute(_MOVE, {**key, **values}).rowcount != 1:
        expected = f"state {was.state} under {row.owner or 'nobody'}"
        raise Overtaken(field="attempt", found=was.id, expected=expected)
    return moved


def set_ready(connection: Connection, partner: str, account: str) -> int:
    """Let attempts of an account start again that are parked or turned away; says how many."""
    turned_away = (
        (attempts.c.state == AttemptState.FAILED.value)
        & attempts.c.code.in_(TURNED_AWAY)
        & (attempts.c.reserved_musd == 0)
        & (attempts.c.spent_musd == 0)
    )
    query = update(attempts).where(
        attempts.c.partner == partner,
        attempts.c.account == account,
        or_(attempts.c.state == AttemptState.PARKED.value, turned_away),
    )
    code = case((attempts.c.code == RESTORED, RESTORED), else_="")  # still to be looked for
    values = {"state": AttemptState.READY.value, "code": code, "reason": "", "ended_at": None}
    again = query.values(**values, tries=0, round=attempts.c.round + 1, cancelled_at=None)
    return connection.execute(again).rowcount


def cancel_ready(connection: Connection, partner: str, account: str, at: datetime) -> int:
    """End the attempts of an account that nothing was sent for; says how many.

    Those under way are marked: what comes back unsent is not sent again. One statement, so that no
    attempt slips from the one kind to the other between two.
    """
    unsent = attempts.c.state.in_([s.value for s in _UNSENT])
    ended = {**CANCELLED, "state": AttemptState.CANCELLED.value, "ended_at": at}
    query = (
        update(attempts)
        .where(
            attempts.c.partner == partner,
            attempts.c.account == account,
            attempts.c.state.in_([s.value for s in _NOT_OVER]),
        )
        .values({n: _where(unsent, n, value) for n, value in ended.items()})
        .values(cancelled_at=at)
        .returning(attempts.c.state)
    )
    states = connection.scalars(query).all()
    return states.count(AttemptState.CANCELLED.value)


def _where(condition: ColumnElement[bool], name: str, value: object) -> Case[Any]:
    column = attempts.c[name]
    return case((condition, literal(value, column.type)), else_=column)


def is_cancelled(connection: Connection, row: Row) -> bool:
    """Say whether a person cancelled an attempt under way; in a write it stays so until the end."""
    key = {"the_partner": row.attempt.partner, "the_id": row.attempt.id}
    return connection.scalar(_CANCELLED_AT, key) is not None


def still_open(connection: Connection, partner: str) -> tuple[Attempt, ...]:
    """Give a partner's attempts that still have a way to go, in the order of submission."""
    return find(connection, partner, states=OPEN_STATES)


def _values(attempt: Attempt) -> dict[str, Any]:
    values = {name: getattr(attempt, name) for name in _NOUN}
    return {**values, "state": attempt.state.value, "cycle": 0, "tries": 0, "owner": ""}


def _row(row: RowMapping) -> Row:
    values = {name: row[name] for name in _NOUN}
    values["state"] = AttemptState(values["state"])
    return Row(
        attempt=Attempt(**values),
        cycle=row["cycle"],
        tries=row["tries"],
        owner=row["owner"],
        cancelled=row["cancelled_at"] is not None,
    )


def _changed(row: Row, changes: dict[str, Any]) -> Row:
    own = {name: changes.pop(name) for name in _OWN if name in changes}
    return replace(row, attempt=replace(row.attempt, **changes), **own)


def _value(row: Row, name: str) -> Any:
    return getattr(row if name in _OWN else row.attempt, name)


def _one(row: RowMapping | None, attempt: str) -> RowMapping:
    if row is None:
        raise UnknownName("attempt", attempt, ())
    return row
