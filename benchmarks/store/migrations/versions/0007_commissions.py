"""Work that was asked for over HTTP: who runs a campaign, and repairs that wait for a worker."""

import sqlalchemy as sa
from alembic import op

revision = "benchmarks_0007"
down_revision = "benchmarks_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the runner's name, and the table of commissions."""
    runner = sa.Column("runner", sa.String(200), nullable=False, server_default="")
    op.add_column("campaigns", runner)
    op.create_table(
        "commissions",
        sa.Column("partner", sa.String(48), primary_key=True),
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("campaign", sa.String(64), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("runner", sa.String(200), nullable=False),
        sa.Column("seen_alive_at", sa.DateTime(timezone=True)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
    )
    op.create_index("commissions_by_state", "commissions", ["partner", "state"])
