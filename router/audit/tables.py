"""The table of records: only ever added to; triggers refuse the rest."""

from sqlalchemy import JSON, Column, Integer, String, Table

from router.store.tables import Name, Utc, metadata

audit = Table(
    "audit",
    metadata,
    Column("partner", String(48), primary_key=True),  # the chain: a partner, or the house
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", Utc, nullable=False),
    Column("actor", Name, nullable=False),
    Column("event", String(48), nullable=False),
    Column("ids", JSON, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("seal", String(80), nullable=False),
)

# A partner that is on its way out, or gone: nothing of it is taken in any more.
departures = Table(
    "departures",
    metadata,
    Column("partner", String(48), primary_key=True),
    Column("begun_at", Utc, nullable=False),
    Column("ended_at", Utc),  # None = not yet gone
    Column("body", JSON, nullable=False),  # what was done so far: counts, never content
)
