"""What was answered to paid wishes, by the key that makes them safe to repeat."""

import sqlalchemy as sa
from alembic import op

revision = "router_0005"
down_revision = "router_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of answers."""
    op.create_table(
        "answers",
        sa.Column("partner", sa.String(48), primary_key=True),
        sa.Column("tenant", sa.String(80), primary_key=True),
        sa.Column("key", sa.String(128), primary_key=True),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("body", sa.JSON()),
    )
