"""The timesheet: minutes that people worked; rows are added and never changed."""

from sqlalchemy import Engine

from benchmarks.domain.labour import Labour
from benchmarks.store.record import dumps, loads
from benchmarks.store.rows import add, asking, bodies
from benchmarks.store.tables import labour
from router.store.database import reading, writing


class Timesheet:
    """Entries of campaigns; each call names its partner."""

    def __init__(self, engine: Engine) -> None:
        """Keep them on this database."""
        self._engine = engine

    def add(self, entry: Labour) -> None:
        """Keep an entry; the same one twice is one."""
        row = {
            "partner": entry.partner,
            "id": entry.id,
            "campaign": entry.campaign,
            "at": entry.at,
            "body": dumps(entry),
        }
        with writing(self._engine, entry.partner) as connection:
            add(connection, labour, [row])

    def entries(self, partner: str, campaign: str) -> tuple[Labour, ...]:
        """Give every entry that was ever written, oldest first."""
        query = (
            asking(labour)
            .where(labour.c.partner == partner, labour.c.campaign == campaign)
            .order_by(labour.c.at, labour.c.id)
        )
        with reading(self._engine, partner) as connection:
            return tuple(loads(Labour, body) for _, body in bodies(connection, labour, query))
