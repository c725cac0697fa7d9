"""Workers of several machines: who lives, and what they have sent together."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "router_0007"
down_revision = "router_0006"
branch_labels = None
depends_on = None

_WHEN = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables of workers."""
    op.create_table(
        "leases",
        sa.Column("slot", sa.String(120), primary_key=True),
        sa.Column("run", sa.String(120), nullable=False),
        sa.Column("seen_at", _WHEN, nullable=False),
        sa.Column("steady_since", _WHEN, nullable=False),
    )
    op.create_table(
        "lanes",
        sa.Column("lane", sa.String(200), primary_key=True),
        sa.Column("due_at", _WHEN, nullable=False),
        sa.Column("flights", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
    )


def downgrade() -> None:
    """Remove them."""
    op.drop_table("lanes")
    op.drop_table("leases")
