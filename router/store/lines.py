"""The ledger line by line: one page of money moves, and what all of them come to."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, func, select

from router.domain.money import TAKE, Entry, EntryKind
from router.store.tables import budgets, ledger_entries, questions


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """One page of lines, oldest first."""

    entries: tuple[Entry, ...]
    total: int  # lines that fit the question, on all pages


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """What lines come to, micro-dollars; real and simulated money are never added up."""

    simulated: bool
    reserve: int
    release: int
    settle: int

    @property
    def reserved(self) -> int:
        """What is set aside still."""
        return self.reserve - self.release - self.settle


def page(
    connection: Connection, partner: str, account: str | None, *, offset: int, limit: int
) -> Lines:
    """Give one page of a partner's lines, of one account or of all."""
    line = ledger_entries.c
    asked = ledger_entries.outerjoin(
        questions, (questions.c.partner == line.partner) & (questions.c.id == line.attempt)
    )
    mine = _mine(partner, account)
    rows = connection.execute(
        select(ledger_entries, func.coalesce(questions.c.purpose, TAKE).label("purpose"))
        .select_from(asked)
        .where(mine)
        .order_by(line.at, line.id)
        .offset(offset)
        .limit(limit)
    ).mappings()
    entries = tuple(Entry(**{**row, "kind": EntryKind(row["kind"])}) for row in rows)
    total = connection.scalar(select(func.count()).select_from(ledger_entries).where(mine))
    return Lines(entries=entries, total=total or 0)


def sums(connection: Connection, partner: str, account: str | None) -> tuple[Sums, ...]:
    """Add up every line of a partner, or of one account: real money first, then simulated."""
    line = ledger_entries.c
    of = ledger_entries.join(
        budgets, (budgets.c.partner == line.partner) & (budgets.c.account == line.account)
    )
    query = (
        select(budgets.c.simulated, line.kind, func.sum(line.musd).label("musd"))
        .select_from(of)
        .where(_mine(partner, account))
        .group_by(budgets.c.simulated, line.kind)
    )
    found: dict[bool, dict[str, int]] = {}
    for row in connection.execute(query):
        found.setdefault(bool(row.simulated), {})[row.kind] = int(row.musd)
    kinds = (EntryKind.RESERVE, EntryKind.RELEASE, EntryKind.SETTLE)
    return tuple(
        Sums(simulated=simulated, **{k.value: moved.get(k.value, 0) for k in kinds})
        for simulated, moved in sorted(found.items())
    )


def _mine(partner: str, account: str | None) -> ColumnElement[bool]:
    line = ledger_entries.c
    mine = line.partner == partner
    return mine if account is None else and_(mine, line.account == account)
