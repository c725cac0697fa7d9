"""Budgets, requests, attempts, takes and the ledger."""

import sqlalchemy as sa
from alembic import op

revision = "router_0001"
down_revision = None
branch_labels = ("router",)
depends_on = None

NOT_NEGATIVE = "reserved_musd >= 0 AND spent_musd >= 0"


def upgrade() -> None:
    """Create the ground floor's tables."""
    _budgets_and_requests()
    _attempts()
    _takes()
    _ledger()


def _budgets_and_requests() -> None:
    op.create_table(
        "budgets",
        sa.Column("partner", sa.String(48), primary_key=True),
        sa.Column("account", sa.String(200), primary_key=True),
        sa.Column("cap_musd", sa.BigInteger(), nullable=False),
        sa.Column("reserved_musd", sa.BigInteger(), nullable=False),
        sa.Column("spent_musd", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(NOT_NEGATIVE, name="ck_budgets_not_negative"),
        sa.CheckConstraint("reserved_musd + spent_musd <= cap_musd", name="ck_budgets_within_cap"),
    )
    op.create_table(
        "requests",
        sa.Column("partner", sa.String(48), primary_key=True),
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("account", sa.String(200), nullable=False),
        sa.Column("model", sa.String(200), nullable=False),
        sa.Column("operation", sa.String(200), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["partner", "account"], ["budgets.partner", "budgets.account"]),
    )


def _attempts() -> None:
    op.create_table(
        "attempts",
        sa.Column("partner", sa.String(48), primary_key=True),
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("request", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(200), nullable=False),
        sa.Column("model", sa.String(200), nullable=False),
        sa.Column("region", sa.String(40), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("reserved_musd", sa.BigInteger(), nullable=False),
        sa.Column("spent_musd", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("provider_ref", sa.Text(), nullable=False),
        sa.Column("simulated", sa.Boolean()),
        sa.Column("take", sa.String(64)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(200), nullable=False),
        sa.ForeignKeyConstraint(["partner", "request"], ["requests.partner", "requests.id"]),
        sa.CheckConstraint(NOT_NEGATIVE, name="ck_attempts_not_negative"),
    )
    op.create_index(
        "ix_attempts_request", "attempts", ["partner", "request", "number"], unique=True
    )
    op.create_index("ix_attempts_account", "attempts", ["partner", "account", "state"])
    op.create_index("ix_attempts_state", "attempts", ["state"])


def _takes() -> None:
    op.create_table(
        "takes",
        sa.Column("partner", sa.String(48), primary_key=True),
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("request", sa.String(64), nullable=False),
        sa.Column("attempt", sa.String(64), nullable=False),
        sa.Column("account", sa.String(200), nullable=False),
        sa.Column("model", sa.String(200), nullable=False),
        sa.Column("operation", sa.String(200), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("mime", sa.String(80), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("frames", sa.Integer(), nullable=False),
        sa.Column("fps", sa.Float(), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("seed", sa.BigInteger()),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("cost_musd", sa.BigInteger(), nullable=False),
        sa.Column("latency_s", sa.Float(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("parent", sa.String(64)),
        sa.Column("region", sa.String(40), nullable=False),
        sa.Column("provider_ref", sa.Text(), nullable=False),
    )
    op.create_index("ix_takes_account", "takes", ["partner", "account"])
    op.create_index("ix_takes_media", "takes", ["partner", "sha256"])


def _ledger() -> None:
    op.create_table(
        "ledger_entries",
        sa.Column("partner", sa.String(48), primary_key=True),
        sa.Column("id", sa.String(80), primary_key=True),
        sa.Column("account", sa.String(200), nullable=False),
        sa.Column("attempt", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("musd", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("musd >= 0", name="ck_ledger_entries_not_negative"),
    )
    op.create_index("ix_ledger_entries_account", "ledger_entries", ["partner", "account", "at"])
