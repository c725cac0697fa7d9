"""An installation, opened as a purge reaches it: database, keys, log, home and bucket."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from router.audit.opening import audit_log
from router.clock import SystemClock
from router.domain.errors import BadInput
from router.leaving.bucket import Bucket
from router.leaving.purge import Site
from router.ports import Clock
from router.settings import Settings
from router.store import database
from router.vault.columns import attach
from router.vault.opening import vault_of


@contextmanager
def site(here: Settings, partners: Collection[str], clock: Clock | None = None) -> Iterator[Site]:
    """Open an installation that is there; raises BadInput for a home without records."""
    if here.database_url is None and not here.database.exists():
        found, expected = str(here.home), "a home with records in it"
        raise BadInput(field="--home", found=found, expected=expected)
    time = clock or SystemClock()
    engine = database.connect(here.records)
    vault = vault_of(here, time)
    attach(engine, vault)
    try:
        yield Site(
            settings=here,
            vault=vault,
            audit=audit_log(here, engine, time, partners),
            partners=frozenset(partners),
            bucket=bucket_of(here),
        )
    finally:
        engine.dispose()


def bucket_of(here: Settings) -> Bucket | None:
    """Give the media bucket with everything that lies there by partner; None = media are files."""
    if here.media_url is None:
        return None
    from router.cloud import aws
    from router.media_s3 import place_of

    place = place_of(here.media_url)
    return Bucket(
        client=aws.clients_of(here).archive(here.region),
        name=place.bucket,
        prefixes=(place.prefix, *(f"{place.prefix}{name}/" for name in ("quarantine", "previews"))),
    )
