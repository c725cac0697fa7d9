"""A take: the media, and where it came from."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from router.domain.media import MediaRef


class Source(StrEnum):
    """Who made a take."""

    GENERATED = "generated"
    CONTROL = "control"  # made locally, free
    REPAIRED = "repaired"  # a child: a model's answer laid into its parent inside a matte
    IMPORTED = "imported"  # made elsewhere
    FRAME = "frame"  # one frame of a parent clip, cut out here


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """One result, with its provenance."""

    partner: str
    id: str  # derived from request and media
    request: str
    attempt: str
    account: str  # campaign
    model: str  # catalogue key
    operation: str
    media: MediaRef
    prompt: str
    seed: int | None
    source: Source
    simulated: bool
    cost_musd: int
    latency_s: float  # asked → answered, seconds
    created_at: datetime
    parent: str | None = None
    region: str = ""
    provider_ref: str = ""
