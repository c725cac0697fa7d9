"""The tables of the ground floor; the partner is part of every key."""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    false,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator


class Utc(TypeDecorator[datetime]):
    """A moment in UTC; stored without a zone where the database knows none."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a time without a zone: nobody could say when it was."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone: {value.isoformat()}")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give it back in UTC."""
        del dialect
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


metadata = MetaData()
Id = String(64)
Name = String(200)

# One row for each campaign, and one for each cap that campaigns share: see store/caps.py.
budgets = Table(
    "budgets",
    metadata,
    Column("partner", String(48), primary_key=True),
    Column("account", Name, primary_key=True),
    Column("cap_musd", BigInteger, nullable=False),
    Column("reserved_musd", BigInteger, nullable=False),
    Column("spent_musd", BigInteger, nullable=False),
    Column("level", String(16), nullable=False, server_default="campaign"),
    Column("simulated", Boolean, nullable=False, server_default=false()),
    CheckConstraint("reserved_musd >= 0 AND spent_musd >= 0", name="ck_budgets_not_negative"),
    CheckConstraint("reserved_musd + spent_musd <= cap_musd", name="ck_budgets_within_cap"),
)

requests = Table(
    "requests",
    metadata,
    Column("partner", String(48), primary_key=True),
    Column("id", Id, primary_key=True),
    Column("account", Name, nullable=False),
    Column("model", Name, nullable=False),
    Column("operation", Name, nullable=False),
    Column("body", JSON, nullable=False),
    Column("created_at", Utc, nullable=False),
    ForeignKeyConstraint(["partner", "account"], ["budgets.partner", "budgets.account"]),
)

attempts = Table(
    "attempts",
    metadata,
    Column("partner", String(48), primary_key=True),
    Column("id", Id, primary_key=True),
    Column("request", Id, nullable=False),
    Column("number", Integer, nullable=False),
    Column("account", Name, nullable=False),
    Column("model", Name, nullable=False),
    Column("region", String(40), nullable=False),
    Column("state", String(16), nullable=False),
    Column("token", Id, nullable=False),
    Column("reserved_musd", BigInteger, nullable=False),
    Column("spent_musd", BigInteger, nullable=False),
    Column("code", Name, nullable=False),
    Column("reason", Text, nullable=False),
    Column("provider_ref", Text, nullable=False),
    Column("simulated", Boolean),
    Column("take", Id),
    Column("created_at", Utc, nullable=False),
    Column("sent_at", Utc),
    Column("ended_at", Utc),
    Column("cycle", Integer, nullable=False),  # how often money was reserved for it
    Column("tries", Integer, nullable=False),  # sends in a row that came back as safe to repeat
    Column("round", Integer, nullable=False),  # how often a person set it to ready again
    Column("owner", Name, nullable=False),  # the worker that moved it last
    Column("price_version", Id, nullable=False, server_default=""),
    Column("cancelled_at", Utc),  # while it was under way: what comes back unsent ends
    ForeignKeyConstraint(["partner", "request"], ["requests.partner", "requests.id"]),
    CheckConstraint("reserved_musd >= 0 AND spent_musd >= 0", name="ck_attempts_not_negative"),
    Index("ix_attempts_request", "partner", "request", "number", unique=True),
    Index("ix_attempts_account", "partner", "account", "state"),
    Index("ix_attempts_state", "state"),
)

takes = Table(
    "takes",
    metadata,
    Column("partner", String(48), primary_key=True),
    Column("id", Id, primary_key=True),
    Column("request", Id, nullable=False),
    Column("attempt", Id, nullable=False),
    Column("account", Name, nullable=False),
    Column("model", Name, nullable=False),
    Column("operation", Name, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("mime", String(80), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("frames", Integer, nullable=False),
    Column("fps", Float, nullable=False),
    Column("prompt", Text, nullable=False),
    Column("seed", BigInteger),
    Column("source", String(16), nullable=False),
    Column("simulated", Boolean, nullable=False),
    Column("cost_musd", BigInteger, nullable=False),
    Column("latency_s", Float, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("parent", Id),
    Column("region", String(40), nullable=False),
    Column("provider_ref", Text, nullable=False),
    Index("ix_takes_account", "partner", "account"),
    Index("ix_takes_media", "partner", "sha256"),
)

# One row per money move. The id is made of attempt, cycle and kind, so no move can be booked twice.
ledger_entries = Table(
    "ledger_entries",
    metadata,
    Column("partner", String(48), primary_key=True),
    Column("id", String(80), primary_key=True),
    Column("account", Name, nullable=False),
    Column("attempt", Id, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("musd", BigInteger, nullable=False),
    Column("at", Utc, nullable=False),
    CheckConstraint("musd >= 0", name="ck_ledger_entries_not_negative"),
    Index("ix_ledger_entries_account", "partner", "account", "at"),
)

# Price blocks of the catalogue as they were when money was reserved under them.
prices = Table(
    "prices",
    metadata,
    Column("partner", String(48), primary_key=True),
    Column("version", Id, primary_key=True),
    Column("body", JSON, nullable=False),
    Column("first_at", Utc, nullable=False),
)

# Questions to language models: money moves as for an attempt, the answer is kept with its bill.
questions = Table(
    "questions",
    metadata,
    Column("partner", String(48), primary_key=True),
    Column("id", Id, primary_key=True),
    Column("account", Name, nullable=False),
    Column("purpose", String(24), nullable=False),
    Column("about", Name, nullable=False),
    Column("model", Name, nullable=False),
    Column("region", String(40), nullable=False),
    Column("state", String(16), nullable=False),
    Column("reserved_musd", BigInteger, nullable=False),
    Column("spent_musd", BigInteger, nullable=False),
    Column("code", Name, nullable=False),
    Column("reason", Text, nullable=False),
    Column("provider_ref", Text, nullable=False),
    Column("simulated", Boolean),
    Column("tokens_in", BigInteger, nullable=False),
    Column("tokens_out", BigInteger, nullable=False),
    Column("latency_s", Float, nullable=False),
    Column("text", Text, nullable=False),  # the answer, as it was said
    Column("created_at", Utc, nullable=False),
    Column("sent_at", Utc),
    Column("ended_at", Utc),
    Column("cycle", Integer, nullable=False),  # how often money was reserved for it
    Column("owner", Name, nullable=False),  # the worker that sent it last
    Column("price_version", Id, nullable=False),
    ForeignKeyConstraint(["partner", "account"], ["budgets.partner", "budgets.account"]),
    CheckConstraint("reserved_musd >= 0 AND spent_musd >= 0", name="ck_questions_not_negative"),
    Index("ix_questions_account", "partner", "account", "state"),
)

# Answers to paid wishes, by the key that came with them; pruned after a day.
answers = Table(
    "answers",
    metadata,
    Column("partner", String(48), primary_key=True),
    Column("tenant", String(80), primary_key=True),  # of whoever asked
    Column("key", String(128), primary_key=True),
    Column("fingerprint", Id, nullable=False),  # of what was wished
    Column("begun_at", Utc, nullable=False),
    Column("status", Integer),  # NULL = being carried out, or broken off
    Column("location", Text, nullable=False),
    Column("body", JSON(none_as_null=True)),
)

# Keys, people and grants: under the partner they are of, or under the house. Secrets are not here.
access_keys = Table(
    "access_keys",
    metadata,
    Column("partner", String(48), primary_key=True),
    Column("id", String(12), primary_key=True),
    Column("name", Name, nullable=False),
    Column("environment", String(12), nullable=False),
    Column("digest", String(64), nullable=False),  # HMAC of the secret; the pepper is elsewhere
    Column("role", String(24), nullable=False),
    Column("scopes", Name, nullable=False),
    Column("created_by", Id, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False),
    Column("last_used", Utc),
    Column("revoked_at", Utc),
)

people = Table(
    "people",
    metadata,
    Column("partner", String(48), primary_key=True),
    Column("id", Id, primary_key=True),
    Column("issuer", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("name", Name, nullable=False),
    Column("role", String(24), nullable=False),
    Column("invited_by", Id, nullable=False),
    Column("invited_at", Utc, nullable=False),
    Column("removed_at", Utc),
    Column("last_seen", Utc),
)

grants = Table(
    "grants",
    metadata,
    Column("partner", String(48), primary_key=True),
    Column("id", Id, primary_key=True),
    Column("who", Id, nullable=False),
    Column("name", Name, nullable=False),
    Column("reason", Text, nullable=False),
    Column("by", Id, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("until", Utc, nullable=False),
    Column("needs_second", Boolean, nullable=False),
    Column("confirmed_by", Id),
    Column("confirmed_at", Utc),
    Column("ended_at", Utc),
    Column("ended_by", Id),
    Index("ix_grants_who", "partner", "who"),
)

# Read before anybody knows whose rows may be seen: ids, and nothing about anybody.
holders = Table(
    "holders",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("holder", String(48), primary_key=True),  # a partner, or the house
)

rate_buckets = Table(
    "rate_buckets",
    metadata,
    Column("bucket", String(80), primary_key=True),
    Column("level", Float, nullable=False),
    Column("at", Float, nullable=False),  # Unix seconds
    Column("taken", Float, nullable=False),  # by the last statement
)

spent_tokens = Table(
    "spent_tokens",
    metadata,
    Column("id", Id, primary_key=True),
    Column("until", Utc, nullable=False),
)

# Files on their way in. The bytes lie in quarantine; one row counts what a partner has there.
uploads = Table(
    "uploads",
    metadata,
    Column("partner", String(48), primary_key=True),
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("promised", String(64), nullable=False),
    Column("by", Id, nullable=False),
    Column("state", String(16), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("mime", String(80), nullable=False),
    Column("notes", JSON, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False),
    Index("ix_uploads_expiry", "partner", "expires_at"),
)

upload_parts = Table(
    "upload_parts",
    metadata,
    Column("partner", String(48), primary_key=True),
    Column("upload", Id, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("sha256", String(64), nullable=False),
    ForeignKeyConstraint(["partner", "upload"], ["uploads.partner", "uploads.id"]),
)

upload_quotas = Table(
    "upload_quotas",
    metadata,
    Column("partner", String(48), primary_key=True),
    Column("bytes", BigInteger, nullable=False),
    Column("files", Integer, nullable=False),
    CheckConstraint("bytes >= 0 AND files >= 0", name="ck_upload_quotas_not_negative"),
)

# Who works, when several machines do: a worker says so every few seconds, by the database's clock.
leases = Table(
    "leases",
    metadata,
    Column("slot", String(120), primary_key=True),
    Column("run", String(120), nullable=False),  # the life that holds it, or whoever takes it over
    Column("seen_at", Utc, nullable=False),
    Column("steady_since", Utc, nullable=False),  # seen without a gap since then
)

# What the quotas of a model and Region are counted on, when several machines share them.
lanes = Table(
    "lanes",
    metadata,
    Column("lane", String(200), primary_key=True),
    Column("due_at", Utc, nullable=False),  # of the next start
    Column("flights", JSON().with_variant(JSONB(), "postgresql"), nullable=False),  # slot → calls
)
