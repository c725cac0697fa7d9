"""Notes on takes."""

import sqlalchemy as sa
from alembic import op

revision = "benchmarks_0008"
down_revision = "benchmarks_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "notes",
        sa.Column("partner", sa.String(48), primary_key=True),
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("campaign", sa.String(64), nullable=False),
        sa.Column("take", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
    )
    op.create_index("notes_by_take", "notes", ["partner", "take"])
    op.create_index("notes_by_campaign", "notes", ["partner", "campaign"])
