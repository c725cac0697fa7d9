"""Money: one SQL statement per move, with the cap in its WHERE clause.

Each function works inside the caller's transaction, which also carries the arrow of the attempt's
state, so that money and state can never disagree.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import BigInteger, Connection, Update, bindparam, func, insert, select, update

from router.domain.attempt import AttemptState
from router.domain.errors import StoreCorrupt, UnknownName
from router.domain.money import Balance, Entry, EntryKind
from router.store.tables import attempts, budgets, ledger_entries

# Where a kind stands within one cycle of an attempt: reserve first, settle last.
_ORDER = {EntryKind.RESERVE: 0, EntryKind.HOLD: 1, EntryKind.RELEASE: 2, EntryKind.SETTLE: 3}

# The money moves, built once: one statement each, the cap in its WHERE clause.
_SET_ASIDE = bindparam("set_aside", type_=BigInteger())
_TO_PAY = bindparam("to_pay", type_=BigInteger())
_THIS = (
    budgets.c.partner == bindparam("the_partner"),
    budgets.c.account == bindparam("the_account"),
)
_COMMITTED = budgets.c.reserved_musd + budgets.c.spent_musd
_RESERVE = (
    update(budgets)
    .where(*_THIS, budgets.c.cap_musd >= _COMMITTED + _SET_ASIDE)
    .values(reserved_musd=budgets.c.reserved_musd + _SET_ASIDE)
)
_RELEASE = (
    update(budgets)
    .where(*_THIS, budgets.c.reserved_musd >= _SET_ASIDE)
    .values(reserved_musd=budgets.c.reserved_musd - _SET_ASIDE)
)
_SETTLE = (
    update(budgets)
    .where(
        *_THIS,
        budgets.c.reserved_musd >= _SET_ASIDE,
        budgets.c.cap_musd >= _COMMITTED - _SET_ASIDE + _TO_PAY,
    )
    .values(
        reserved_musd=budgets.c.reserved_musd - _SET_ASIDE,
        spent_musd=budgets.c.spent_musd + _TO_PAY,
    )
)


def open_account(connection: Connection, partner: str, account: str, cap_musd: int) -> None:
    """Create a budget or change its cap, never below what is committed already."""
    mine = (budgets.c.partner == partner) & (budgets.c.account == account)
    found = connection.execute(select(budgets).where(mine)).one_or_none()
    if found is None:
        row = {"partner": partner, "account": account, "cap_musd": cap_musd}
        connection.execute(insert(budgets).values(**row, reserved_musd=0, spent_musd=0))
        return
    committed = found.reserved_musd + found.spent_musd
    connection.execute(update(budgets).where(mine).values(cap_musd=max(cap_musd, committed)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """What a money move is for."""

    partner: str
    account: str
    attempt: str
    cycle: int  # the how-manieth reservation of this attempt
    at: datetime


def reserve(connection: Connection, post: Posting, worst_case_musd: int) -> bool:
    """Set the worst case aside; False when the cap does not cover it (and nothing has changed)."""
    if not _moved(connection, _RESERVE, post, set_aside=worst_case_musd):
        return False
    _book(connection, post, EntryKind.RESERVE, worst_case_musd)
    return True


def release(connection: Connection, post: Posting, reserved_musd: int) -> None:
    """Give back what was set aside."""
    held = _moved(connection, _RELEASE, post, set_aside=reserved_musd)
    _sure(post, f"{reserved_musd} micro-dollars to release", held=held)
    _book(connection, post, EntryKind.RELEASE, reserved_musd)


def settle(connection: Connection, post: Posting, reserved_musd: int, actual_musd: int) -> None:
    """Turn a reservation into what was really spent, and give the rest back.

    Raises StoreCorrupt where the budget does not hold the reservation, or where the price was more
    than was reserved and the cap does not cover the difference: nothing is booked then.
    """
    held = _moved(connection, _SETTLE, post, set_aside=reserved_musd, to_pay=actual_musd)
    _sure(post, f"{reserved_musd} reserved, {actual_musd} to pay", held=held)
    if actual_musd < reserved_musd:
        _book(connection, post, EntryKind.RELEASE, reserved_musd - actual_musd)
    elif actual_musd > reserved_musd:
        # The difference was never set aside: book it so, that the sums of the lines still agree.
        more = replace(post, cycle=post.cycle + 1)
        _book(connection, more, EntryKind.RESERVE, actual_musd - reserved_musd)
    _book(connection, post, EntryKind.SETTLE, actual_musd)


def hold(connection: Connection, post: Posting, reserved_musd: int) -> None:
    """Note that the reservation stays: it may have been spent, and nobody knows yet."""
    _book(connection, post, EntryKind.HOLD, reserved_musd)


def balance(connection: Connection, partner: str, account: str) -> Balance:
    """Say how an account stands; raises UnknownName when there is none."""
    mine = (budgets.c.partner == partner) & (budgets.c.account == account)
    found = connection.execute(select(budgets).where(mine)).one_or_none()
    if found is None:
        known = select(budgets.c.account).where(budgets.c.partner == partner).limit(20)
        raise UnknownName("account", account, connection.scalars(known))
    unknown = connection.scalar(
        select(func.coalesce(func.sum(attempts.c.reserved_musd), 0)).where(
            attempts.c.partner == partner,
            attempts.c.account == account,
            attempts.c.state == AttemptState.UNKNOWN.value,
        )
    )
    return Balance(
        cap_musd=found.cap_musd,
        reserved_musd=found.reserved_musd,
        spent_musd=found.spent_musd,
        unknown_musd=int(unknown or 0),
    )


def entries(connection: Connection, partner: str, account: str) -> tuple[Entry, ...]:
    """Give every ledger line of an account, oldest first."""
    rows = connection.execute(
        select(ledger_entries)
        .where(ledger_entries.c.partner == partner, ledger_entries.c.account == account)
        .order_by(ledger_entries.c.at, ledger_entries.c.id)
    ).mappings()
    return tuple(Entry(**{**row, "kind": EntryKind(row["kind"])}) for row in rows)


def _moved(connection: Connection, statement: Update, post: Posting, **amounts: int) -> bool:
    key = {"the_partner": post.partner, "the_account": post.account}
    return connection.execute(statement, {**key, **amounts}).rowcount == 1


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
            "id": f"{post.attempt}.{post.cycle:04d}.{_ORDER[kind]}",
            "account": post.account,
            "attempt": post.attempt,
            "kind": kind.value,
            "musd": musd,
            "at": post.at,
        },
    )
