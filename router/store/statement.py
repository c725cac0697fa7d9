"""What was paid, bill by bill: the lines of the ledger that an invoice is made of."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from router.domain.money import EntryKind, Level
from router.store.tables import attempts, budgets, ledger_entries, requests


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
    return tuple(Paid(**row) for row in connection.execute(query).mappings())


def simulated_accounts(connection: Connection, partner: str) -> frozenset[str]:
    """Name the accounts of a partner that pay an emulator."""
    query = select(budgets.c.account).where(
        budgets.c.partner == partner,
        budgets.c.level == Level.CAMPAIGN.value,
        budgets.c.simulated,
    )
    return frozenset(connection.scalars(query))
