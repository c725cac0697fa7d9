"""Files on their way in, their parts, and how much of them a partner has."""

import sqlalchemy as sa
from alembic import op

revision = "router_0008"
down_revision = "router_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of uploads."""
    op.create_table(
        "uploads",
        sa.Column("partner", sa.String(48), primary_key=True),
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("promised", sa.String(64), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("mime", sa.String(80), nullable=False),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_uploads_expiry", "uploads", ["partner", "expires_at"])
    op.create_table(
        "upload_parts",
        sa.Column("partner", sa.String(48), primary_key=True),
        sa.Column("upload", sa.String(64), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["partner", "upload"], ["uploads.partner", "uploads.id"]),
    )
    op.create_table(
        "upload_quotas",
        sa.Column("partner", sa.String(48), primary_key=True),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.CheckConstraint("bytes >= 0 AND files >= 0", name="ck_upload_quotas_not_negative"),
    )
