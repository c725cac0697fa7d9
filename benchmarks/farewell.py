"""A studio, as a purge reaches it."""

from benchmarks.studio import Studio
from router.leaving.opening import bucket_of
from router.leaving.purge import Site


def site_of(studio: Studio) -> Site:
    """Give keys, log, home and bucket of an open studio."""
    return Site(
        settings=studio.settings,
        vault=studio.vault,
        audit=studio.audit,
        partners=frozenset(studio.partners),
        bucket=bucket_of(studio.settings),
    )
