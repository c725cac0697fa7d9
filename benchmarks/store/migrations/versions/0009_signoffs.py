"""What partners say of what would be printed of them, and what they say at the end."""

import sqlalchemy as sa
from alembic import op

revision = "benchmarks_0009"
down_revision = "benchmarks_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables of answers and of exit forms."""
    op.create_table(
        "signoffs",
        sa.Column("partner", sa.String(48), primary_key=True),
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("campaign", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
    )
    op.create_index("signoffs_by_campaign", "signoffs", ["partner", "campaign"])
    op.create_table(
        "exit_forms",
        sa.Column("partner", sa.String(48), primary_key=True),
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
    )
