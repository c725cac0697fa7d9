"""Keys, people, grants, and what is needed to let somebody in."""

import sqlalchemy as sa
from alembic import op

revision = "router_0006"
down_revision = "router_0005"
branch_labels = None
depends_on = None

_WHEN = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables of access."""
    _create_keys_and_people()
    op.create_table(
        "grants",
        sa.Column("partner", sa.String(48), primary_key=True),
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("who", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("created_at", _WHEN, nullable=False),
        sa.Column("until", _WHEN, nullable=False),
        sa.Column("needs_second", sa.Boolean(), nullable=False),
        sa.Column("confirmed_by", sa.String(64)),
        sa.Column("confirmed_at", _WHEN),
        sa.Column("ended_at", _WHEN),
        sa.Column("ended_by", sa.String(64)),
    )
    op.create_index("ix_grants_who", "grants", ["partner", "who"])
    op.create_table(
        "holders",
        sa.Column("id", sa.String(80), primary_key=True),
        sa.Column("holder", sa.String(48), primary_key=True),
    )
    op.create_table(
        "rate_buckets",
        sa.Column("bucket", sa.String(80), primary_key=True),
        sa.Column("level", sa.Float(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("taken", sa.Float(), nullable=False),
    )
    op.create_table(
        "spent_tokens",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("until", _WHEN, nullable=False),
    )


def _create_keys_and_people() -> None:
    op.create_table(
        "access_keys",
        sa.Column("partner", sa.String(48), primary_key=True),
        sa.Column("id", sa.String(12), primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("environment", sa.String(12), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("role", sa.String(24), nullable=False),
        sa.Column("scopes", sa.String(200), nullable=False),
        sa.Column("created_by", sa.String(64), nullable=False),
        sa.Column("created_at", _WHEN, nullable=False),
        sa.Column("expires_at", _WHEN, nullable=False),
        sa.Column("last_used", _WHEN),
        sa.Column("revoked_at", _WHEN),
    )
    op.create_table(
        "people",
        sa.Column("partner", sa.String(48), primary_key=True),
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("role", sa.String(24), nullable=False),
        sa.Column("invited_by", sa.String(64), nullable=False),
        sa.Column("invited_at", _WHEN, nullable=False),
        sa.Column("removed_at", _WHEN),
        sa.Column("last_seen", _WHEN),
    )
