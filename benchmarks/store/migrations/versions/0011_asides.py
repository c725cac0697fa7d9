"""What raters say beside their votes."""

import sqlalchemy as sa
from alembic import op

revision = "benchmarks_0011"
down_revision = "benchmarks_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table of remarks and practice."""
    op.create_table(
        "asides",
        sa.Column("partner", sa.String(48), primary_key=True),
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("study", sa.String(64), nullable=False),
        sa.Column("rater", sa.String(80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
    )
    op.create_index("asides_by_rater", "asides", ["partner", "study", "rater"])
