"""Free, local arms that a paid recipe must beat: the backend of the dialect `local`.

Deterministic to the bit. Because asking again costs nothing and gives the same, a call whose answer
was lost is simply made again (the dialect is idempotent).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import cv2
import numpy as np

from benchmarks.pictures.pixels import Darkroom, Pixels, fitted, png
from evaluators.mending.cdl import graded
from router.domain.errors import BadInput
from router.ports import Call, Delivered, Outcome, Setback

INPAINT_RADIUS = 5.0  # pixels


@dataclass(frozen=True, slots=True)
class Controls:
    """Do nothing, paste the reference, grade only, inpaint classically."""

    darkroom: Darkroom = field(default_factory=Darkroom)

    def send(self, call: Call) -> Outcome:
        """Make the control's picture here."""
        operation = call.request.operation
        if operation == "do_nothing":
            return _as_it_is(call)
        try:
            pixels = _OPERATIONS[operation](self.darkroom, call.pictures)
        except BadInput as error:
            return Setback(kind="rejected", code="unreadable_input", reason=str(error))
        return Delivered(
            data=png(pixels), mime="image/png", seed=None, provider_ref="", simulated=False
        )

    def poll(self, call: Call, provider_ref: str) -> Outcome:
        """Answer at once: nothing runs in the background."""
        del provider_ref
        return self.send(call)

    def find(self, call: Call) -> Outcome | None:
        """Find no trace, ever: nothing is kept here, and making it again is free and the same."""
        del call
        return None


def _as_it_is(call: Call) -> Outcome:
    """Give the plate or start frame back, byte for byte.

    A clip's control is the still: measures of motion then say that they do not apply.
    """
    media = next((m for r in _PLATES if (m := call.request.input(r))), None)
    if media is None:
        reason = "no plate or start frame to give back"
        return Setback(kind="rejected", code="missing_input", reason=reason)
    data = next(call.pictures[r] for r in _PLATES if r in call.pictures)
    return Delivered(data=data, mime=media.mime, seed=None, provider_ref="", simulated=False)


_PLATES = ("init_image", "key_frame_start")


def _paste(darkroom: Darkroom, pictures: Mapping[str, bytes]) -> Pixels:
    """Lay the whole reference over the middle of the plate: identity without performance."""
    reference = darkroom.picture(pictures["reference"])
    if "init_image" not in pictures:
        return reference
    plate = darkroom.picture(pictures["init_image"]).copy()
    height, width = plate.shape[:2]
    small = fitted(reference, (width, height))
    top, left = (height - small.shape[0]) // 2, (width - small.shape[1]) // 2
    plate[top : top + small.shape[0], left : left + small.shape[1]] = small
    return plate


def _grade(darkroom: Darkroom, pictures: Mapping[str, bytes]) -> Pixels:
    """Match the look of the target by an ASC CDL fitted to it."""
    plate = darkroom.picture(pictures["init_image"])
    return graded(plate, darkroom.picture(pictures["style_image"]))


def _inpaint(darkroom: Darkroom, pictures: Mapping[str, bytes]) -> Pixels:
    """Fill the matte from its rim (Telea 2004); outside it nothing changes."""
    plate = darkroom.picture(pictures["init_image"])
    mask = darkroom.mask(pictures["mask"], (plate.shape[1], plate.shape[0]))
    filled = cv2.inpaint(plate, mask.astype(np.uint8) * 255, INPAINT_RADIUS, cv2.INPAINT_TELEA)
    return np.asarray(np.where(mask[..., None], filled, plate), np.uint8)


_OPERATIONS: Mapping[str, Callable[[Darkroom, Mapping[str, bytes]], Pixels]] = {
    "paste_reference": _paste,
    "cdl_only": _grade,
    "classical_inpaint": _inpaint,
}
