"""Prompts that a language model wrote, and where each prompt of a campaign comes from."""

import sqlalchemy as sa
from alembic import op

revision = "benchmarks_0002"
down_revision = "benchmarks_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "writings",
        sa.Column("partner", sa.String(48), primary_key=True),
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
    )
    op.create_table(
        "prompts",
        sa.Column("partner", sa.String(48), primary_key=True),
        sa.Column("campaign", sa.String(64), primary_key=True),
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("body", sa.Text(), nullable=False),
    )
