"""Partners on their way out: nothing of them is taken in from the first moment on."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, update

from router.audit.tables import departures
from router.domain.errors import NotEntitled
from router.store.database import reading, writing


class Leaving(NotEntitled):
    """The partner is leaving, or has left."""

    code = "partner_left"
    http_status = 410


def refuse(connection: Connection, partner: str) -> None:
    """Take nothing in for a partner that leaves; raises Leaving."""
    query = select(departures.c.begun_at).where(departures.c.partner == partner)
    begun: datetime | None = connection.scalar(query)
    if begun is not None:
        found = f"{partner}, leaving since {begun:%Y-%m-%d}"
        raise Leaving(field="partner", found=found, expected="a partner of the beta")


def begin(engine: Engine, partner: str, at: datetime) -> dict[str, Any]:
    """Freeze a partner; gives what an earlier purge of it has noted already."""
    with writing(engine, partner) as connection:
        query = select(departures.c.body).where(departures.c.partner == partner)
        found = connection.scalar(query)
        if found is None:
            row = {"partner": partner, "begun_at": at, "ended_at": None, "body": {}}
            connection.execute(insert(departures), row)
        return dict(found or {})


def note(engine: Engine, partner: str, body: dict[str, Any], ended: datetime | None = None) -> None:
    """Keep how far a purge has come."""
    values = {"body": body, **({"ended_at": ended} if ended else {})}
    with writing(engine, partner) as connection:
        query = update(departures).where(departures.c.partner == partner).values(**values)
        connection.execute(query)


def ended(engine: Engine, partner: str) -> datetime | None:
    """Say when a partner was gone; None where it is not."""
    query = select(departures.c.ended_at).where(departures.c.partner == partner)
    with reading(engine, partner) as connection:
        found: datetime | None = connection.scalar(query)
    return found
