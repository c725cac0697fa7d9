"""Questions to language models: what was asked of whom, what came back, and what it cost."""

import sqlalchemy as sa
from alembic import op

revision = "router_0003"
down_revision = "router_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of questions."""
    op.create_table(
        "questions",
        sa.Column("partner", sa.String(48), primary_key=True),
        sa.Column("id", sa.String(64), primary_key=True),
        *(
            sa.Column(name, kind, nullable=False)
            for name, kind in (
                ("account", sa.String(200)),
                ("purpose", sa.String(24)),
                ("about", sa.String(200)),
                ("model", sa.String(200)),
                ("region", sa.String(40)),
                ("state", sa.String(16)),
                ("reserved_musd", sa.BigInteger()),
                ("spent_musd", sa.BigInteger()),
                ("code", sa.String(200)),
                ("reason", sa.Text()),
                ("provider_ref", sa.Text()),
            )
        ),
        sa.Column("simulated", sa.Boolean()),
        sa.Column("tokens_in", sa.BigInteger(), nullable=False),
        sa.Column("tokens_out", sa.BigInteger(), nullable=False),
        sa.Column("latency_s", sa.Float(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(200), nullable=False),
        sa.Column("price_version", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["partner", "account"], ["budgets.partner", "budgets.account"]),
        sa.CheckConstraint(
            "reserved_musd >= 0 AND spent_musd >= 0", name="ck_questions_not_negative"
        ),
    )
    op.create_index("ix_questions_account", "questions", ["partner", "account", "state"])
