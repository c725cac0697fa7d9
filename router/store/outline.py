"""Long accounts at a glance: which request stands where, without money, times and prompts.

A list of thousands is walked through these few columns; whole nouns are read for one page only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, exists, func, literal, select, union_all

from router.domain.attempt import AttemptState
from router.domain.money import Level
from router.domain.take import Source
from router.store.tables import attempts, budgets, questions, takes

Mark = frozenset[tuple[object, ...]]  # differs where anything moved
# Built once: building a statement costs more than running it.
_MARK = union_all(
    select(
        attempts.c.state,
        func.count(),
        func.sum(attempts.c.cycle + attempts.c.round),
        func.max(attempts.c.ended_at),
    )
    .where(attempts.c.partner == bindparam("partner"), attempts.c.account == bindparam("account"))
    .group_by(attempts.c.state),
    select(literal("takes"), func.count(), literal(0), func.max(takes.c.created_at)).where(
        takes.c.partner == bindparam("partner"), takes.c.account == bindparam("account")
    ),
)
_OF_SOME = (
    takes.c.partner == bindparam("partner"),
    takes.c.account.in_(bindparam("accounts", expanding=True)),
)
_COUNT = select(func.count()).where(*_OF_SOME)
_PAGE = (
    select(takes.c.id)
    .where(*_OF_SOME)
    .order_by(takes.c.account, takes.c.created_at, takes.c.id)
    .offset(bindparam("offset"))
    .limit(bindparam("limit"))
)
_ACCOUNTS = (
    select(budgets.c.account)
    .where(budgets.c.partner == bindparam("partner"), budgets.c.level == Level.CAMPAIGN.value)
    .order_by(budgets.c.account)
)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one attempt stands, and why."""

    request: str
    number: int
    state: AttemptState
    code: str
    reason: str
    take: str | None


@dataclass(frozen=True, slots=True)
class Facts:
    """What a take cost, and when and what it came from; without its words and its picture."""

    cost_musd: int
    latency_s: float
    created_at: datetime
    parent: str | None


def payer(connection: Connection, partner: str, name: str) -> str | None:
    """Name the account that pays for an attempt or a question; None where there is neither."""
    for table in (attempts, questions):
        mine = (table.c.partner == partner) & (table.c.id == name)
        account = connection.scalar(select(table.c.account).where(mine))
        if account is not None:
            return str(account)
    return None


def facts(connection: Connection, partner: str, account: str) -> dict[str, Facts]:
    """Give take → its facts, of all takes of an account."""
    columns = ("cost_musd", "latency_s", "created_at", "parent")
    query = select(takes.c.id, *(takes.c[name] for name in columns)).where(
        takes.c.partner == partner, takes.c.account == account
    )
    return {id_: Facts(*rest) for id_, *rest in connection.execute(query)}


def standings(connection: Connection, partner: str, account: str) -> tuple[Standing, ...]:
    """Give the attempts of an account; of one request the newest comes last."""
    columns = ("request", "number", "state", "code", "reason", "take")
    query = (
        select(*(attempts.c[name] for name in columns))
        .where(attempts.c.partner == partner, attempts.c.account == account)
        .order_by(attempts.c.number)
    )
    states = {state.value: state for state in AttemptState}
    return tuple(
        Standing(request, number, states[state], code, reason, take)
        for request, number, state, code, reason, take in connection.execute(query)
    )


def mark(connection: Connection, partner: str, account: str) -> Mark:
    """Give a mark that changes when an attempt of an account moves, or a take is added."""
    mine = {"partner": partner, "account": account}
    return frozenset(tuple(row) for row in connection.execute(_MARK, mine))


def paid_media(connection: Connection, partner: str, account: str) -> dict[str, str]:
    """Give take → sha-256 of an account's takes that are no control."""
    query = select(takes.c.id, takes.c.sha256).where(
        takes.c.partner == partner,
        takes.c.account == account,
        takes.c.source != Source.CONTROL.value,
    )
    return {row.id: row.sha256 for row in connection.execute(query)}


def has_simulated(connection: Connection, partner: str, account: str) -> bool:
    """Say whether any generated take of an account came from an emulator."""
    found = exists().where(
        takes.c.partner == partner,
        takes.c.account == account,
        takes.c.source == Source.GENERATED.value,
        takes.c.simulated,
    )
    return bool(connection.scalar(select(found)))


def last_end(connection: Connection, partner: str, account: str) -> datetime | None:
    """Give when the last attempt of an account ended; None where none has."""
    query = select(func.max(attempts.c.ended_at)).where(
        attempts.c.partner == partner, attempts.c.account == account
    )
    ended: datetime | None = connection.scalar(query)
    return ended


def mime_of(connection: Connection, partner: str, sha256: str) -> str | None:
    """Give the type of a take's bytes; None where no take of the partner has them."""
    query = select(takes.c.mime).where(takes.c.partner == partner, takes.c.sha256 == sha256)
    return connection.scalar(query.limit(1))


def accounts(connection: Connection, partner: str) -> tuple[str, ...]:
    """Name the budgets of a partner."""
    return tuple(connection.scalars(_ACCOUNTS, {"partner": partner}))


def take_count(connection: Connection, partner: str, accounts: Sequence[str]) -> int:
    """Count the takes of some accounts."""
    return connection.scalar(_COUNT, {"partner": partner, "accounts": list(accounts)}) or 0


def take_ids(
    connection: Connection, partner: str, accounts: Sequence[str], *, offset: int, limit: int
) -> tuple[str, ...]:
    """Name one page of the takes of some accounts, account by account, oldest first."""
    asked = {"partner": partner, "accounts": list(accounts), "offset": offset, "limit": limit}
    return tuple(connection.scalars(_PAGE, asked))
