"""What language models said as judges."""

import sqlalchemy as sa
from alembic import op

revision = "benchmarks_0006"
down_revision = "benchmarks_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "judgements",
        sa.Column("partner", sa.String(48), primary_key=True),
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("campaign", sa.String(64), nullable=False),
        sa.Column("judging", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
    )
    op.create_index("judgements_by_campaign", "judgements", ["partner", "campaign"])
    op.create_index("judgements_by_judging", "judgements", ["partner", "judging"])
