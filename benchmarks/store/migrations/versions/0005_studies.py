"""Studies, the questions that they ask, and the votes that were cast."""

import sqlalchemy as sa
from alembic import op

revision = "benchmarks_0005"
down_revision = "benchmarks_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the three tables."""
    op.create_table(
        "studies",
        sa.Column("partner", sa.String(48), primary_key=True),
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.Column("body", sa.Text(), nullable=False),
    )
    op.create_table(
        "slots",
        sa.Column("partner", sa.String(48), primary_key=True),
        sa.Column("study", sa.String(64), primary_key=True),
        sa.Column("rater", sa.String(80), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("body", sa.Text(), nullable=False),
    )
    op.create_table(
        "votes",
        sa.Column("partner", sa.String(48), primary_key=True),
        sa.Column("study", sa.String(64), primary_key=True),
        sa.Column("rater", sa.String(80), primary_key=True),
        sa.Column("slot", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
    )
