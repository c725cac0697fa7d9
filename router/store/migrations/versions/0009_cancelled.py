"""When a person cancelled an attempt that was under way."""

import sqlalchemy as sa
from alembic import op

revision = "router_0009"
down_revision = "router_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; nothing was cancelled under way before."""
    op.add_column("attempts", sa.Column("cancelled_at", sa.DateTime(timezone=True)))
