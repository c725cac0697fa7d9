"""What was paid, bill by bill: the lines of the ledger that an invoice is made of."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from router.domain.money import TAKE, EntryKind, Level
from router.store.tables import attempts, budgets, ledger_entries, questions, requests


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """One bill that was settled."""

    at: datetime
    account: str
    simulated: bool
    attempt: str
    request: str
    model: str
    refines: bool  # it was asked to make another take better
    price_version: str
    musd: int
    purpose: str = TAKE  # else what a language model was asked for


def paid(connection: Connection, partner: str, account: str | None = None) -> tuple[Paid, ...]:
    """Give every bill of a partner, or of one of its accounts, oldest first."""
    line = ledger_entries.c
    bills = (
        ledger_entries.join(
            attempts, (attempts.c.partner == line.partner) & (attempts.c.id == line.attempt)
        )
        .join(
            requests,
            (requests.c.partner == line.partner) & (requests.c.id == attempts.c.request),
        )
        .join(budgets, (budgets.c.partner == line.partner) & (budgets.c.account == line.account))
    )
    query = (
        select(
            line.at,
            line.account,
            budgets.c.simulated,
            line.attempt,
            attempts.c.request,
            attempts.c.model,
            requests.c.body["parent"].as_string().isnot(None).label("refines"),
            attempts.c.price_version,
            line.musd,
        )
        .select_from(bills)
        .where(line.partner == partner, line.kind == EntryKind.SETTLE.value)
        .order_by(line.at, line.id)
    )
    if account is not None:
        query = query.where(line.account == account)
    takes = (Paid(**row) for row in connection.execute(query).mappings())
    return tuple(sorted((*takes, *_asked(connection, partner, account)), key=lambda p: p.at))


def _asked(connection: Connection, partner: str, account: str | None) -> Iterator[Paid]:
    """Give every bill of a language model."""
    line = ledger_entries.c
    bills = ledger_entries.join(
        questions, (questions.c.partner == line.partner) & (questions.c.id == line.attempt)
    ).join(budgets, (budgets.c.partner == line.partner) & (budgets.c.account == line.account))
    columns = (line.at, line.account, budgets.c.simulated, line.attempt, line.musd)
    own = (questions.c.model, questions.c.price_version, questions.c.purpose)
    query = (
        select(*columns, *own)
        .select_from(bills)
        .where(line.partner == partner, line.kind == EntryKind.SETTLE.value)
        .order_by(line.at, line.id)
    )
    if account is not None:
        query = query.where(line.account == account)
    for row in connection.execute(query).mappings():
        yield Paid(**row, request=row["attempt"], refines=False)


def simulated_accounts(connection: Connection, partner: str) -> frozenset[str]:
    """Name the accounts of a partner that pay an emulator."""
    query = select(budgets.c.account).where(
        budgets.c.partner == partner,
        budgets.c.level == Level.CAMPAIGN.value,
        budgets.c.simulated,
    )
    return frozenset(connection.scalars(query))
