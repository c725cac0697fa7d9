"""What the service rests on, looked at for /readyz; and its figures, for /metrics."""

import os
import tempfile
from collections.abc import Callable

from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from benchmarks.crew.crew import someone_works
from benchmarks.running.wire import Wire
from benchmarks.schema import LOCATIONS
from benchmarks.studio import Studio
from router.api.health import Health
from router.decoding.decode import Decoder
from router.domain.errors import Broken
from router.store import database
from router.telling.doors import Heard
from router.telling.metrics import Metrics
from router.telling.readiness import Check, Readiness

NOBODY = "nobody"  # of whom there are no rows and no media
LEAST_BYTES = 256 * 2**20  # free on the disk of the media
JAIL_EVERY_S = 600.0


class Behind(Broken):
    """The schema is not the one that this version knows."""

    code = "schema_behind"


class Full(Broken):
    """There is hardly any room left."""

    code = "disk_full"


class Open(Broken):
    """What decodes foreign files cannot be locked in."""

    code = "no_jail"


class Idle(Broken):
    """Nobody is there to do what is asked for."""

    code = "no_worker"


def health_of(studio: Studio, wire: Wire) -> Callable[[Heard], Health]:
    """Join what looks at the parts of one installation, and what counts its work; looks once."""

    def works() -> bool:
        return someone_works(studio, wire)

    readiness = Readiness(
        {
            "database": Check(look=database_look(studio.router.records)),
            "media": Check(look=_media(studio)),
            "jail": Check(look=_jail, every_s=JAIL_EVERY_S),
            "worker": Check(look=lambda: _worker(works), vital=False),
        },
        broken=(SQLAlchemyError, OSError),
    )
    metrics = Metrics(
        engine=studio.router.records,
        partners=tuple(studio.partners),
        home=studio.settings.home,
        clock=studio.clock,
        workers=works,
    )
    readiness.signs()

    def joined(heard: Heard) -> Health:
        return Health(signs=readiness, metrics=lambda: metrics.text(heard.registry))

    return joined


def database_look(engine: Engine) -> Callable[[], str]:
    """Give what sees that the records are there, at the newest schema, and can be written."""
    heads = database.heads(LOCATIONS)

    def look() -> str:
        with database.reading(engine, NOBODY) as connection:
            here = set(connection.scalars(text("SELECT version_num FROM alembic_version")))
        if not heads <= here:
            raise Behind(field="database", found="an older schema", expected="the newest")
        with database.writing(engine, NOBODY) as connection:  # nothing is changed; it could be
            connection.execute(text("UPDATE spent_tokens SET until = until WHERE id = ''"))
        return "ok"

    return look


def _media(studio: Studio) -> Callable[[], str]:
    from router.media_s3 import MediaBucket

    root, store = studio.settings.media, studio.media

    def look() -> str:
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=root) as file:
            file.write(b"\0")
        room = os.statvfs(root)
        if room.f_bavail * room.f_frsize < LEAST_BYTES:
            raise Full(field="media", found="a full disk", expected=f"{LEAST_BYTES} bytes free")
        if isinstance(store, MediaBucket):
            store.answers()
        return "ok"

    return look


def _jail() -> str:
    with Decoder() as decoder:
        return jailed(decoder.walls())


def jailed(walls: str) -> str:
    """Give what locks the decoder in; raises Open where nothing does."""
    if walls.startswith("open"):
        raise Open(field="jail", found="none", expected="namespaces or seccomp")
    return walls


def _worker(works: Callable[[], bool]) -> str:
    if not works():
        raise Idle(field="worker", found="none", expected="`circletake worker`")
    return "ok"
