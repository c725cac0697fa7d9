"""Money: one SQL statement per move, with every cap in its WHERE clause.

Each function works inside the caller's transaction, which also carries the arrow of the attempt's
state, so that money and state can never disagree.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Connection,
    Update,
    bindparam,
    case,
    func,
    insert,
    or_,
    select,
    update,
)

from router.domain.attempt import AttemptState
from router.domain.errors import BadInput, Conflict, StoreCorrupt, UnknownName
from router.domain.money import (
    NO_CAPS,
    TAKE,
    Balance,
    Caps,
    Entry,
    EntryKind,
    Level,
    Shortfall,
    checked_musd,
)
from router.store import caps
from router.store.tables import attempts, budgets, ledger_entries, questions

# Where a kind stands within one cycle of an attempt: reserve first, settle last.
_ORDER = {EntryKind.RESERVE: 0, EntryKind.HOLD: 1, EntryKind.RELEASE: 2, EntryKind.SETTLE: 3}

_OWN = Level.CAMPAIGN.value
# The money moves, built once: one statement each, every cap in its WHERE clause. Each touches three
# rows: the campaign's, its partner's and the day's (store/caps.py).
_ROWS = 3
_SET_ASIDE = bindparam("set_aside", type_=BigInteger())
_TO_PAY = bindparam("to_pay", type_=BigInteger())
_COMMITTED = budgets.c.reserved_musd + budgets.c.spent_musd
# What is free is never turned away: a cap that was lowered stops spending, not free work.
_COVERED = or_(_SET_ASIDE == 0, caps.IN_FORCE >= _COMMITTED + _SET_ASIDE)
# Locked in one order where the database locks rows, so that all are covered or none is moved.
_COVERING = (
    select(budgets.c.account, _COVERED.label("covers"))
    .where(*caps.THESE)
    .order_by(budgets.c.account)
    .with_for_update()
    .subquery()
)
# In the same order before each move: two of them wait for each other, and never in a ring.
_LOCK = select(budgets.c.account).where(*caps.THESE).order_by(budgets.c.account).with_for_update()
_HOW_MANY = select(func.count()).select_from(_COVERING).where(_COVERING.c.covers).scalar_subquery()
_RESERVE = (
    update(budgets)
    .where(*caps.THESE, _HOW_MANY == _ROWS)
    .values(
        reserved_musd=budgets.c.reserved_musd + _SET_ASIDE,
        cap_musd=case(
            (_COMMITTED + _SET_ASIDE > caps.IN_FORCE, budgets.c.cap_musd), else_=caps.IN_FORCE
        ),
    )
)
_RELEASE = (
    update(budgets)
    .where(*caps.THESE, budgets.c.reserved_musd >= _SET_ASIDE)
    .values(reserved_musd=budgets.c.reserved_musd - _SET_ASIDE)
)
_SETTLE = (
    update(budgets)
    .where(
        *caps.THESE,
        budgets.c.reserved_musd >= _SET_ASIDE,
        budgets.c.cap_musd >= _COMMITTED - _SET_ASIDE + _TO_PAY,
    )
    .values(
        reserved_musd=budgets.c.reserved_musd - _SET_ASIDE,
        spent_musd=budgets.c.spent_musd + _TO_PAY,
    )
)
_UNKNOWN = [  # held by questions, or by attempts, that nobody knows the end of
    select(func.coalesce(func.sum(table.c.reserved_musd), 0))
    .where(
        table.c.partner == bindparam("partner"),
        table.c.account == bindparam("account"),
        table.c.state == AttemptState.UNKNOWN.value,
    )
    .scalar_subquery()
    for table in (attempts, questions)
]
_BALANCE = select(
    *(budgets.c[name] for name in ("cap_musd", "reserved_musd", "spent_musd")),
    (_UNKNOWN[0] + _UNKNOWN[1]).label("unknown_musd"),
).where(
    budgets.c.partner == bindparam("partner"),
    budgets.c.account == bindparam("account"),
    budgets.c.level == _OWN,
)


def open_account(
    connection: Connection, partner: str, account: str, cap_musd: int, *, simulated: bool = False
) -> None:
    """Create a budget or change its cap, never below what is committed already.

    Raises:
        BadInput: no amount of money, or a name that is kept for shared caps.
        Conflict: money was moved under the other word: real stays real, simulated simulated.
    """
    checked_musd("cap_musd", cap_musd)
    if account.startswith(caps.RESERVED):
        expected = f"a name that does not begin with {caps.RESERVED}"
        raise BadInput(field="account", found=account, expected=expected)
    mine = (budgets.c.partner == partner) & (budgets.c.account == account)
    found = connection.execute(select(budgets).where(mine)).one_or_none()
    if found is None:
        row = {"partner": partner, "account": account, "cap_musd": cap_musd, "level": _OWN}
        empty = {"reserved_musd": 0, "spent_musd": 0, "simulated": simulated}
        connection.execute(insert(budgets).values(**row, **empty))
        return
    committed = found.reserved_musd + found.spent_musd
    if committed and found.simulated != simulated:
        kind = "simulated" if found.simulated else "real"
        expected = f"{kind}, as the money that was moved for it"
        raise Conflict(field="account", found=account, expected=expected)
    values = {"cap_musd": max(cap_musd, committed), "simulated": simulated}
    connection.execute(update(budgets).where(mine).values(**values))


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """What a money move is for."""

    partner: str
    account: str
    attempt: str
    cycle: int  # the how-manieth reservation of this attempt
    at: datetime


def reserve(
    connection: Connection, post: Posting, worst_case_musd: int, shared: Caps = NO_CAPS
) -> Shortfall | None:
    """Set the worst case aside under every cap; else say which does not cover it.

    Nothing has changed then. `shared` are the caps of the partner that are in force now.
    """
    needs = checked_musd("worst_case_musd", worst_case_musd)
    rows = caps.rows_for(post.partner, post.account, post.at)
    amounts = {"set_aside": needs, **caps.in_force(shared)}
    moved = _moved(connection, _RESERVE, rows, amounts)
    if not moved and caps.open_shared(connection, rows, shared):
        moved = _moved(connection, _RESERVE, rows, amounts)
    if not moved:
        return caps.shortfall(connection, rows, needs, shared)
    _book(connection, post, EntryKind.RESERVE, needs)
    return None


def release(connection: Connection, post: Posting, reserved_musd: int) -> None:
    """Give back what was set aside."""
    rows = _reserved_in(connection, post)
    held = _moved(connection, _RELEASE, rows, {"set_aside": reserved_musd})
    _sure(post, f"{reserved_musd} micro-dollars to release", held=held)
    _book(connection, post, EntryKind.RELEASE, reserved_musd)


def settle(connection: Connection, post: Posting, reserved_musd: int, actual_musd: int) -> None:
    """Turn a reservation into what was really spent, and give the rest back.

    Raises StoreCorrupt where the budget does not hold the reservation, or where the price was more
    than was reserved and the cap does not cover the difference: nothing is booked then.
    """
    checked_musd("actual_musd", actual_musd)
    rows = _reserved_in(connection, post)
    amounts = {"set_aside": reserved_musd, "to_pay": actual_musd}
    held = _moved(connection, _SETTLE, rows, amounts)
    _sure(post, f"{reserved_musd} reserved, {actual_musd} to pay", held=held)
    if actual_musd < reserved_musd:
        _book(connection, post, EntryKind.RELEASE, reserved_musd - actual_musd)
    elif actual_musd > reserved_musd:
        # The difference was never set aside: book it so, that the sums of the lines still agree.
        more = replace(post, cycle=post.cycle + 1)
        _book(connection, more, EntryKind.RESERVE, actual_musd - reserved_musd)
    _book(connection, post, EntryKind.SETTLE, actual_musd)


def hold(connection: Connection, post: Posting, reserved_musd: int) -> None:
    """Note that the reservation stays: it may have been spent, and nobody knows yet.

    Once for each reservation: an answer that was found and could not be put away is held still.
    """
    held = (ledger_entries.c.partner == post.partner) & (
        ledger_entries.c.id == _entry_id(post, EntryKind.HOLD)
    )
    if connection.execute(select(ledger_entries.c.id).where(held)).one_or_none() is None:
        _book(connection, post, EntryKind.HOLD, reserved_musd)


def balance(connection: Connection, partner: str, account: str) -> Balance:
    """Say how an account stands; raises UnknownName when there is none."""
    asked = {"partner": partner, "account": account}
    found = connection.execute(_BALANCE, asked).mappings().one_or_none()
    if found is None:
        known = select(budgets.c.account).where(
            budgets.c.partner == partner, budgets.c.level == _OWN
        )
        raise UnknownName("account", account, connection.scalars(known.limit(20)))
    return Balance(**{name: int(musd) for name, musd in found.items()})


def entries(connection: Connection, partner: str, account: str) -> tuple[Entry, ...]:
    """Give every ledger line of an account, oldest first."""
    line = ledger_entries.c
    asked = ledger_entries.outerjoin(
        questions, (questions.c.partner == line.partner) & (questions.c.id == line.attempt)
    )
    rows = connection.execute(
        select(ledger_entries, func.coalesce(questions.c.purpose, TAKE).label("purpose"))
        .select_from(asked)
        .where(line.partner == partner, line.account == account)
        .order_by(line.at, line.id)
    ).mappings()
    return tuple(Entry(**{**row, "kind": EntryKind(row["kind"])}) for row in rows)


def _moved(
    connection: Connection, statement: Update, rows: caps.Rows, amounts: dict[str, int]
) -> bool:
    """Carry out one move on all rows; False where it moved none. Part of it is never committed."""
    if connection.dialect.name != "sqlite":  # which has one writer at a time
        connection.execute(_LOCK, rows.key)
    moved = connection.execute(statement, {**rows.key, **amounts}).rowcount
    if moved not in {0, _ROWS}:
        found = f"{moved} of the {_ROWS} budgets that {rows.account} draws on"
        raise StoreCorrupt(field="budget", found=found, expected="all of them, or none")
    return moved == _ROWS


def _reserved_in(connection: Connection, post: Posting) -> caps.Rows:
    booked = _entry_id(post, EntryKind.RESERVE)
    return caps.rows_of(connection, post.partner, post.account, booked)


def _entry_id(post: Posting, kind: EntryKind) -> str:
    return f"{post.attempt}.{post.cycle:04d}.{_ORDER[kind]}"


def _sure(post: Posting, found: str, *, held: bool) -> None:
    if not held:
        raise StoreCorrupt(
            field=f"budget {post.account}, attempt {post.attempt}",
            found=found,
            expected="a reservation that stands, and a price inside the cap",
        )


def _book(connection: Connection, post: Posting, kind: EntryKind, musd: int) -> None:
    connection.execute(
        insert(ledger_entries),
        {
            "partner": post.partner,
            "id": _entry_id(post, kind),
            "account": post.account,
            "attempt": post.attempt,
            "kind": kind.value,
            "musd": musd,
            "at": post.at,
        },
    )
