"""Minutes that people worked, and takes that were made elsewhere."""

import sqlalchemy as sa
from alembic import op

revision = "benchmarks_0004"
down_revision = "benchmarks_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "labour",
        sa.Column("partner", sa.String(48), primary_key=True),
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("campaign", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
    )
    op.create_index("labour_by_campaign", "labour", ["partner", "campaign"])
    op.create_table(
        "elsewhere",
        sa.Column("partner", sa.String(48), primary_key=True),
        sa.Column("take", sa.String(64), primary_key=True),
        sa.Column("campaign", sa.String(64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
    )
    op.create_index("elsewhere_by_campaign", "elsewhere", ["partner", "campaign"])
