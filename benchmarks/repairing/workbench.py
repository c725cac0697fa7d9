"""The workbench of repairs: what is made of an answer, or without any, and laid into its ground.

Everything that costs nothing is done here: light and colour are graded, cloth is dyed, a hole is
patched from beside it, a clip's flicker is taken out, a plate is laid back. A shot's matte is drawn
for its plate: it is laid where the plate lies in the take.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from benchmarks.pictures.pixels import Darkroom, Pixels, png
from benchmarks.ports import Media
from benchmarks.repairing import placing
from benchmarks.repairing.errands import Errand, Site, site, stored
from benchmarks.repairing.laying import Mask, extended, lay
from benchmarks.repairing.remedies import AGAIN, DEFLICKER, DYE, GRADE, PATCH
from benchmarks.running.briefs import EDITS, reference
from benchmarks.views.case import Case
from evaluators.mending.cdl import graded
from evaluators.mending.deflicker import gains
from evaluators.mending.dye import dyed
from evaluators.mending.patch import patched
from evaluators.vision.motion import follow
from router.domain.errors import BadInput
from router.domain.media import MediaRef
from router.domain.take import Take

FEATHER = 8  # pixels
GLANCE = 160  # pixels, longer side, at which a clip's light is read
# By how much a deflickered clip may move otherwise: share of the speed and percent of the width
# per frame, whichever is more, and code values by which it may hold together worse.
SPEED_SHARE, SPEED, WARP = 0.1, 0.05, 0.2


class Made(NamedTuple):
    """What came of a round: the child's media, where it may differ, and what changed elsewhere."""

    media: MediaRef
    inside: Mask
    outside_raw: float
    outside_child: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Workbench:
    """Where pictures are opened, made and laid."""

    media: Media
    darkroom: Darkroom

    def placed(self, at: Site) -> Site:
        """Look for the shot's plate in the take, and lay the shot's own matte there.

        What an edit may touch is said by its matte as it is drawn: an edit is framed as its plate.
        """
        if at.parent.media.is_video or at.plate is None or at.shot.task in EDITS:
            return at
        partner = at.parent.partner
        take, plate = (self._picture(partner, media) for media in (at.parent.media, at.plate))
        matrix = placing.onto(plate, take)
        if matrix is None:
            return replace(at, matte=None if at.is_own else at.matte, framed=False)
        at = replace(at, framed=placing.shows(plate, take, matrix))
        if not at.is_own or at.matte is None:
            return at
        drawn = self._picture(partner, at.matte)
        data = png(placing.moved(drawn, plate, take, matrix))
        return replace(at, matte=self.media.put(partner, data, "image/png"))

    def laid(self, case: Case, errand: Errand, raw: Take) -> Made | str:
        """Make a round's child; a reason where it cannot be made.

        What was asked for again is the answer itself.
        """
        if errand.remedy.operation == DEFLICKER:
            return self._steadied(errand.parent)
        if errand.remedy.operation == AGAIN:
            return _whole(raw.media)
        answer = self._made(case, errand, raw)
        if answer is None:
            return "no whole piece lies beside the hole"
        ground, inside = self._ground(case, errand, answer)
        done = lay(answer, ground, inside, FEATHER)
        kept = self.media.put(raw.partner, png(done.pixels), "image/png")
        return Made(kept, inside, done.outside_raw, done.outside_child)

    def _steadied(self, parent: Take) -> Made | str:
        """Take a clip's flicker out; not where the clip would then move otherwise than before."""
        data = self.media.get(parent.partner, parent.media.sha256)
        before = self.darkroom.film(data, GLANCE)
        found = gains(before.rgb, before.probe.fps)
        if found is None:
            return "its light does not flicker as a whole"
        try:
            mime, steady = self.darkroom.graded(data, found.tolist())
        except BadInput as why:
            return f"the clip {why.found}"
        after = self.darkroom.film(steady, GLANCE)
        if len(after.luma) != len(before.luma) or not _moves_alike(before.luma, after.luma):
            return "without its flicker the clip would move otherwise"
        return _whole(self.media.put(parent.partner, steady, mime))

    def _made(self, case: Case, errand: Errand, raw: Take) -> Pixels | None:
        """Give what is laid in: the model's answer, or the parent, worked on or as it is."""
        picture = self._picture(raw.partner, raw.media)
        at = site(case, errand.parent.id, errand.matte)
        if errand.remedy.operation == GRADE:
            look = _there(reference(at.shot, at.files))
            return graded(picture, self._picture(raw.partner, look))
        if errand.remedy.operation not in {DYE, PATCH}:
            return picture
        inside = self._mask(raw.partner, _there(errand.matte), picture)
        if errand.remedy.operation == DYE:
            return dyed(picture, inside, self._cloth(at))
        plate = self._picture(raw.partner, _there(at.plate))
        return patched(picture, plate, placing.grown(inside, FEATHER))

    def _cloth(self, at: Site) -> Pixels:
        """Give pixels (n, 3) of the costume on the plate; an edit's matte marks a hole in it."""
        partner, plate = at.parent.partner, self._picture(at.parent.partner, _there(at.plate))
        drawn = self._mask(partner, _there(stored(at.shot, "matte", at.files)), plate)
        return plate[placing.around(drawn) if at.shot.task in EDITS else drawn]

    def _ground(self, case: Case, errand: Errand, answer: Pixels) -> tuple[Pixels, Mask]:
        """Give what stays, and where the answer may show."""
        at = site(case, errand.parent.id, errand.matte)
        ref = at.plate if errand.remedy.on_plate else None
        ground = self._picture(errand.parent.partner, ref or errand.parent.media)
        if errand.margins:
            return extended(ground, answer, errand.margins)
        if errand.matte is None:
            return ground, np.ones(ground.shape[:2], bool)
        return ground, self._mask(errand.parent.partner, errand.matte, ground)

    def _mask(self, partner: str, matte: MediaRef, picture: Pixels) -> Mask:
        size = (picture.shape[1], picture.shape[0])
        return self.darkroom.mask(self.media.get(partner, matte.sha256), size)

    def _picture(self, partner: str, media: MediaRef) -> Pixels:
        return self.darkroom.picture(self.media.get(partner, media.sha256))


def _whole(media: MediaRef) -> Made:
    return Made(media, np.ones((media.height or 1, media.width or 1), bool), 0.0, 0.0)


def _moves_alike(before: Pixels, after: Pixels) -> bool:
    """Compare the optical flow of two clips' luma, and how well each holds together along it."""
    was, is_now = follow(before), follow(after)
    if was is None or is_now is None:
        return False
    speeds = [float(np.mean(m.speed)) for m in (was, is_now)]
    apart = abs(speeds[1] - speeds[0]) <= max(SPEED, SPEED_SHARE * speeds[0])
    return apart and float(np.mean(is_now.warp)) <= float(np.mean(was.warp)) + WARP


def _there(media: MediaRef | None) -> MediaRef:
    if media is None:
        raise AssertionError("this is planned only where the picture is there")
    return media
