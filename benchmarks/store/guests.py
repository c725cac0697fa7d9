"""Guests: takes that were made elsewhere, as their makers describe them."""

from collections.abc import Sequence

from sqlalchemy import Engine

from benchmarks.domain.elsewhere import Elsewhere
from benchmarks.store.record import dumps, loads
from benchmarks.store.rows import add, asking, bodies
from benchmarks.store.tables import elsewhere
from router.store.database import reading, writing


class Guests:
    """Imported takes of campaigns; each call names its partner."""

    def __init__(self, engine: Engine) -> None:
        """Keep them on this database."""
        self._engine = engine

    def add(self, found: Sequence[Elsewhere]) -> int:
        """Keep what is not here yet; says how many that were."""
        new = 0
        for partner in dict.fromkeys(e.partner for e in found):
            rows = [
                {"partner": e.partner, "take": e.take, "campaign": e.campaign, "body": dumps(e)}
                for e in found
                if e.partner == partner
            ]
            with writing(self._engine, partner) as connection:
                new += add(connection, elsewhere, rows)
        return new

    def of(self, partner: str, campaign: str) -> tuple[Elsewhere, ...]:
        """Give those of a campaign, in the order of shots, labels and numbers."""
        query = asking(elsewhere).where(
            elsewhere.c.partner == partner, elsewhere.c.campaign == campaign
        )
        with reading(self._engine, partner) as connection:
            rows = bodies(connection, elsewhere, query)
            found = [loads(Elsewhere, body) for _, body in rows]
        return tuple(sorted(found, key=lambda e: (e.pack, e.shot, e.label, e.number)))
