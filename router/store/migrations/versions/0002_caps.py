"""Caps of a partner and of a day beside a campaign's own; the price that each attempt was sold at.

Money that was moved before is counted under the new caps too: what was spent on the day it was
reserved, what is still reserved under the reservation that is open.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "router_0002"
down_revision = "router_0001"
branch_labels = None
depends_on = None

# An account was simulated where its name says so, or where an emulator answered for it.
_MARK = """
UPDATE budgets SET simulated = :yes WHERE account LIKE 'simulated:%' OR EXISTS (
  SELECT 1 FROM attempts a
  WHERE a.partner = budgets.partner AND a.account = budgets.account AND a.simulated = :yes)
"""
_WHOLE = """
SELECT partner, simulated, SUM(reserved_musd) AS reserved, SUM(spent_musd) AS spent
FROM budgets GROUP BY partner, simulated
"""
_SPENT = """
SELECT b.partner, b.simulated, r.at, s.musd
FROM ledger_entries s
JOIN ledger_entries r ON r.partner = s.partner
  AND r.id = substr(s.id, 1, length(s.id) - 1) || '0'
JOIN budgets b ON b.partner = s.partner AND b.account = s.account
WHERE s.kind = 'settle'
"""
_RESERVED = """
SELECT b.partner, b.simulated, r.at, a.reserved_musd AS musd, a.id, a.cycle, r.id AS entry
FROM attempts a
JOIN ledger_entries r ON r.partner = a.partner AND r.attempt = a.id AND r.kind = 'reserve'
JOIN budgets b ON b.partner = a.partner AND b.account = a.account
WHERE a.reserved_musd > 0
"""
_INSERT = """
INSERT INTO budgets
  (partner, account, level, simulated, cap_musd, reserved_musd, spent_musd)
VALUES (:partner, :account, :level, :simulated, :cap, :reserved, :spent)
"""


def upgrade() -> None:
    """Add levels to budgets, price versions to attempts, and the prices themselves."""
    level = sa.Column("level", sa.String(16), nullable=False, server_default="campaign")
    op.add_column("budgets", level)
    op.add_column(
        "budgets",
        sa.Column("simulated", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    version = sa.Column("price_version", sa.String(64), nullable=False, server_default="")
    op.add_column("attempts", version)
    op.create_table(
        "prices",
        sa.Column("partner", sa.String(48), primary_key=True),
        sa.Column("version", sa.String(64), primary_key=True),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
    )
    _count_what_was_moved(op.get_bind())


def _count_what_was_moved(connection: sa.Connection) -> None:
    connection.execute(sa.text(_MARK), {"yes": True})
    sums: dict[tuple[str, bool, str], list[int]] = {}
    for row in connection.execute(sa.text(_WHOLE)):
        sums[row.partner, bool(row.simulated), ""] = [int(row.reserved), int(row.spent)]
    for row in connection.execute(sa.text(_RESERVED)):
        if row.entry == f"{row.id}.{row.cycle:04d}.0":
            sums.setdefault(_day(row), [0, 0])[0] += row.musd
    for row in connection.execute(sa.text(_SPENT)):
        sums.setdefault(_day(row), [0, 0])[1] += row.musd
    for key, (reserved, spent) in sums.items():
        connection.execute(sa.text(_INSERT), _row(key, reserved, spent))


def _day(row: sa.Row[Any]) -> tuple[str, bool, str]:
    return row.partner, bool(row.simulated), str(row.at)[:10]


def _row(key: tuple[str, bool, str], reserved: int, spent: int) -> dict[str, Any]:
    partner, simulated, day = key
    wire = "simulated" if simulated else "real"
    return {
        "partner": partner,
        "account": f"={wire}:{day}" if day else f"={wire}",
        "level": "day" if day else "partner",
        "simulated": simulated,
        "cap": reserved + spent,  # the first reservation brings the cap that is in force
        "reserved": reserved,
        "spent": spent,
    }
