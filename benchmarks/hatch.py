"""The hatch: what takes files and packs in for one home, joined."""

from benchmarks.packs.receiving import Receiving
from benchmarks.studio import Studio
from evaluators.panel import output_names
from router.cloud import aws
from router.settings import Settings
from router.uploads.intake import Intake
from router.uploads.quarantine import Quarantine, QuarantineFolder


def hatch(here: Studio) -> Receiving:
    """Join what takes packs and files in; its decoders end with it."""
    return Receiving(
        intake=intake_of(here),
        store=here.store,
        media=here.media,
        clock=here.clock,
        metrics=frozenset(output_names()),
    )


def intake_of(here: Studio) -> Intake:
    """Join what takes files in; nothing is decoded until somebody hands one in."""
    return Intake(
        rows=here.router.uploads,
        quarantine=_quarantine(here.settings),
        media=here.media,
        clock=here.clock,
    )


def _quarantine(here: Settings) -> Quarantine:
    """Keep parts where media are kept: in the folder of this home, or in the bucket."""
    if here.media_url is None:
        return QuarantineFolder(root=here.home / "quarantine")
    from router.media_s3 import place_of
    from router.uploads.bucket import QuarantineBucket

    place = place_of(here.media_url)
    return QuarantineBucket(
        client=aws.clients_of(here).archive(here.region),
        bucket=place.bucket,
        prefix=f"{place.prefix}quarantine/",
    )
