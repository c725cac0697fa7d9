"""A frame of a clip as a still of its own: cut out here, kept with the clip as its parent."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from benchmarks.decisions.circled import Place
from benchmarks.pictures.pixels import Darkroom, png
from benchmarks.planning.recipes import FIRST_FRAME, LAST_FRAME
from benchmarks.ports import Media, Router
from router.domain.ids import content_id
from router.domain.media import MediaRef
from router.domain.take import Source, Take
from router.ports import Clock

OPERATIONS: Mapping[str, str] = {FIRST_FRAME: "first_frame", LAST_FRAME: "last_frame"}
ENDS = 2  # evenly spread over a clip, two frames are its first and its last


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutter:
    """Cuts frames out of clips, once each; foreign bytes are decoded in a jailed child."""

    router: Router
    media: Media
    darkroom: Darkroom
    clock: Clock

    def stills(self, takes: Mapping[Place, Take], source: str) -> Mapping[Place, MediaRef]:
        """Give the first or last frame of each take; a still is its own."""
        return {place: self.still(take, source).media for place, take in takes.items()}

    def still(self, take: Take, source: str) -> Take:
        """Give one end of a clip as a take; the same one every time.

        Raises:
            BadInput: the clip cannot be decoded.
        """
        if not take.media.is_video:
            return take
        operation = OPERATIONS[source]
        id_ = content_id("take", [take.id, operation])
        known = self.router.takes(take.partner, ids=[id_])
        return known[0] if known else self._cut(take, operation, id_)

    def _cut(self, take: Take, operation: str, id_: str) -> Take:
        ends = self.darkroom.frames(self.media.get(take.partner, take.media.sha256), ENDS)
        frame = ends[0] if operation == OPERATIONS[FIRST_FRAME] else ends[-1]
        still = replace(
            take,
            id=id_,
            request=content_id("frame", [take.id, operation]),
            operation=operation,
            media=self.media.put(take.partner, png(frame), "image/png"),
            source=Source.FRAME,
            cost_musd=0,
            latency_s=0.0,
            created_at=self.clock.now(),
            parent=take.id,
            provider_ref="",
        )
        self.router.record_take(still)
        return still
