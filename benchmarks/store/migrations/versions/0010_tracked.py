"""What production trackers were told of campaigns."""

import sqlalchemy as sa
from alembic import op

revision = "benchmarks_0010"
down_revision = "benchmarks_0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "tracked",
        sa.Column("partner", sa.String(48), primary_key=True),
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("campaign", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
    )
    op.create_index("tracked_by_campaign", "tracked", ["partner", "campaign"])
