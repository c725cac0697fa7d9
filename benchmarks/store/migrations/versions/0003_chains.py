"""Further steps of chains, and which requests came before a trial's own."""

import sqlalchemy as sa
from alembic import op

revision = "benchmarks_0003"
down_revision = "benchmarks_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let trials have steps."""
    op.add_column("trials", sa.Column("earlier", sa.Text(), nullable=False, server_default="[]"))
    op.create_table(
        "steps",
        sa.Column("partner", sa.String(48), primary_key=True),
        sa.Column("request", sa.String(64), primary_key=True),
        sa.Column("campaign", sa.String(64), nullable=False),
        sa.Column("code", sa.String(48), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
    )
    op.create_index("steps_by_campaign", "steps", ["partner", "campaign"])
