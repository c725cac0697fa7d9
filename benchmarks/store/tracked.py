"""What production trackers were told; each call names its partner."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, text

from benchmarks.domain.tracked import Tracked
from benchmarks.store.record import dumps, loads
from benchmarks.store.rows import asking, bodies, put
from benchmarks.store.tables import tracked
from router.domain.errors import Busy
from router.domain.ids import content_id
from router.store.database import reading, writing


class Trackings:
    """Memory of pushes, on the same database as the campaigns."""

    def __init__(self, engine: Engine) -> None:
        """Keep it on this database."""
        self._engine = engine

    def keep(self, one: Tracked) -> None:
        """Remember what something became there; once more replaces it."""
        row = {
            "partner": one.partner,
            "id": content_id("tracked", [one.campaign, one.place, one.mark]),
            "campaign": one.campaign,
            "at": one.at,
            "body": dumps(one),
        }
        with writing(self._engine, one.partner) as connection:
            put(connection, tracked, [row])

    def of(self, partner: str, campaign: str, place: str) -> tuple[Tracked, ...]:
        """Give what one place was told of a campaign, oldest first."""
        query = asking(tracked).where(tracked.c.partner == partner, tracked.c.campaign == campaign)
        with reading(self._engine, partner) as connection:
            found = [loads(Tracked, body) for _, body in bodies(connection, tracked, query)]
        here = [one for one in found if one.place == place]
        return tuple(sorted(here, key=lambda one: (one.at, one.mark)))

    @contextmanager
    def alone(self, partner: str, place: str, folder: Path) -> Iterator[None]:
        """Be the only one who speaks to a place; whoever dies leaves it free.

        Raises:
            Busy: another process, or on a shared database another machine, is at it.
        """
        name = content_id("tracking", [partner, place])
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(folder / "tracking.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise _taken(place) from None
            if self._engine.dialect.name == "sqlite":
                yield
                return
            with writing(self._engine, partner) as connection:
                got = connection.execute(
                    text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))"),
                    {"name": name},
                )
                if not got.scalar_one():
                    raise _taken(place)
                yield
        finally:
            os.close(handle)


def _taken(place: str) -> Busy:
    expected = "one sync at a time; run it again when that one has ended"
    return Busy(field=place, found="another sync is running", expected=expected)
