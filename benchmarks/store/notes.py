"""Notes on takes: rows are added and never changed."""

from sqlalchemy import Engine

from benchmarks.domain.note import Note
from benchmarks.store.record import dumps, loads
from benchmarks.store.rows import add, asking, bodies
from benchmarks.store.tables import notes
from router.store.database import reading, writing


class Notes:
    """Notes of takes; each call names its partner."""

    def __init__(self, engine: Engine) -> None:
        """Keep them on this database."""
        self._engine = engine

    def add(self, note: Note) -> None:
        """Keep a note; the same one twice is one."""
        row = {
            "partner": note.partner,
            "id": note.id,
            "campaign": note.campaign,
            "take": note.take,
            "created_at": note.created_at,
            "body": dumps(note),
        }
        with writing(self._engine, note.partner) as connection:
            add(connection, notes, [row])

    def of_take(self, partner: str, take: str) -> tuple[Note, ...]:
        """Give every note on a take, oldest first."""
        return self._found(partner, notes.c.take, take)

    def of_campaign(self, partner: str, campaign: str) -> tuple[Note, ...]:
        """Give every note on a campaign's takes, oldest first."""
        return self._found(partner, notes.c.campaign, campaign)

    def _found(self, partner: str, column: object, value: str) -> tuple[Note, ...]:
        query = (
            asking(notes)
            .where(notes.c.partner == partner, column == value)  # type: ignore[arg-type]
            .order_by(notes.c.created_at, notes.c.id)
        )
        with reading(self._engine, partner) as connection:
            return tuple(loads(Note, body) for _, body in bodies(connection, notes, query))
