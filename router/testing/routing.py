"""A router on a home of its own, with scripted providers: what most tests begin with."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from router.admission.rules import Rules
from router.attempts.world import Options
from router.domain.model import Model
from router.domain.partner import Partner
from router.media_folder import MediaFolder
from router.ports import Backend, Clock, MediaStore
from router.service import Router
from router.store import database
from router.telling.trace import OFF, Traces
from router.testing import doubles
from router.workers import Worker

# A loopback provider: no waiting, and little disk kept back.
BRISK = Options(poll_first_s=0.01, poll_most_s=0.05, min_free_bytes=0, spare_bytes=4096)
STILL = doubles.model()
CLIP = doubles.model("clip-a", dialect="bedrock_async", usd="1.50")


def open_router(  # noqa: PLR0913 - each is a part that some test replaces
    home: Path,
    backends: Mapping[str, Backend],
    *,
    clock: Clock | None = None,
    options: Options = BRISK,
    models: tuple[Model, ...] = (STILL, CLIP),
    partners: tuple[Partner, ...] = (doubles.partner(),),
    media: MediaStore | None = None,
    worker: Worker | None = None,
    free_bytes: Callable[[], int] | None = None,
    cap_musd: int | None = None,
    rules: Rules | None = None,
    records: str | None = None,
    traces: Traces = OFF,
) -> Router:
    """Open a router; with `cap_musd` the first partner's account `c1` is open too.

    `records` is the URL of a shared database that is migrated already; None = a file of this home.
    """
    settings = replace(doubles.settings(home), database_url=records)
    engine = database.connect(settings.records)
    if records is None:
        database.migrate(engine)
    router = Router(
        settings=settings,
        clock=clock or doubles.FakeClock(),
        catalogue=doubles.by_key(models),
        partners={p.name: p for p in partners},
        engine=engine,
        media=media or MediaFolder(root=settings.media),
        backends=backends,
        options=options,
        worker=worker,
        free_bytes=free_bytes,
        rules=rules,
        traces=traces,
    )
    if cap_musd is not None:
        router.open_account(partners[0].name, "c1", cap_musd)
    return router
