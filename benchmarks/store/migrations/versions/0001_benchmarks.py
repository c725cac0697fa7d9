"""Campaigns, packs, trials, scores, verdicts, repairs and people's words."""

import sqlalchemy as sa
from alembic import op

revision = "benchmarks_0001"
down_revision = None
branch_labels = ("benchmarks",)
depends_on = None


def upgrade() -> None:
    """Create this storey's tables."""
    _asked()
    _measured()
    _said()


def _asked() -> None:
    op.create_table(
        "campaigns",
        sa.Column("partner", sa.String(48), primary_key=True),
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("budget_musd", sa.BigInteger(), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_alive_at", sa.DateTime(timezone=True)),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("recipes", sa.Text(), nullable=False),
        sa.Column("refused", sa.Text(), nullable=False),
    )
    op.create_table(
        "packs",
        sa.Column("partner", sa.String(48), primary_key=True),
        sa.Column("seal", sa.String(64), primary_key=True),
        sa.Column("code", sa.String(12), nullable=False),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("media", sa.Text(), nullable=False),
    )
    op.create_table(
        "trials",
        sa.Column("partner", sa.String(48), primary_key=True),
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("campaign", sa.String(64), nullable=False),
        sa.Column("pack", sa.String(64), nullable=False),
        sa.Column("shot", sa.String(24), nullable=False),
        sa.Column("recipe", sa.String(48), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("request", sa.String(64), nullable=False),
        sa.Column("worst_case_musd", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
    )
    op.create_index("trials_by_campaign", "trials", ["partner", "campaign"])


def _measured() -> None:
    op.create_table(
        "scores",
        sa.Column("partner", sa.String(48), primary_key=True),
        sa.Column("take", sa.String(64), primary_key=True),
        sa.Column("campaign", sa.String(64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
    )
    op.create_index("scores_by_campaign", "scores", ["partner", "campaign"])
    op.create_table(
        "verdicts",
        sa.Column("partner", sa.String(48), primary_key=True),
        sa.Column("take", sa.String(64), primary_key=True),
        sa.Column("line", sa.Integer(), primary_key=True),
        sa.Column("author", sa.String(80), primary_key=True),
        sa.Column("campaign", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
    )
    op.create_index("verdicts_by_campaign", "verdicts", ["partner", "campaign"])
    op.create_table(
        "repairs",
        sa.Column("partner", sa.String(48), primary_key=True),
        sa.Column("child", sa.String(64), primary_key=True),
        sa.Column("campaign", sa.String(64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
    )
    op.create_index("repairs_by_campaign", "repairs", ["partner", "campaign"])


def _said() -> None:
    op.create_table(
        "observations",
        sa.Column("partner", sa.String(48), primary_key=True),
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("campaign", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
    )
    op.create_index("observations_by_campaign", "observations", ["partner", "campaign"])
    op.create_table(
        "decisions",
        sa.Column("partner", sa.String(48), primary_key=True),
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("campaign", sa.String(64), nullable=False),
        sa.Column("take", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
    )
    op.create_index("decisions_by_campaign", "decisions", ["partner", "campaign"])
