"""Where a step may paint: a matte for a take, fitted to it, or drawn around what is found in it."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from benchmarks.pixels import Darkroom, Pixels, png
from benchmarks.ports import Media
from benchmarks.sources import CannotAsk
from evaluators import faces
from evaluators.regions import torso
from evaluators.weights import NoWeights
from router.domain.media import MediaRef

FACE, COSTUME = "face_region", "costume_region"
GROWN = 0.35  # of a face's box on every side: the hair and the chin are part of a face
SHAPE = 0.02  # a matte whose shape differs by more was not drawn for this framing
SOFT = 0.08  # of the region's shorter side: over so many pixels the matte fades outwards

Box = tuple[int, int, int, int]
Matte = np.ndarray[Any, np.dtype[np.uint8]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Eyes:
    """Looks at takes; pictures are decoded in a jailed child."""

    media: Media
    darkroom: Darkroom

    def __call__(
        self, partner: str, take: MediaRef, source: str, drawn: MediaRef | None
    ) -> MediaRef:
        """Give a matte of a take's size, stored: the drawn one, or one around what is found.

        Raises:
            CannotAsk: nothing is found, so there is nowhere to paint.
        """
        picture = self.darkroom.picture(self.media.get(partner, take.sha256))
        height, width = picture.shape[:2]
        if drawn is not None:
            if (drawn.width, drawn.height) == (width, height):
                return drawn
            if abs(drawn.width * height / (drawn.height * width) - 1) > SHAPE:
                raise _other_shape(drawn, width, height)
            grey = self.darkroom.picture(self.media.get(partner, drawn.sha256)).max(axis=2)
            matte = fitted(grey, (width, height))
        else:
            matte = feathered(_found(picture, source), (width, height))
        return self.media.put(partner, png(np.dstack([matte] * 3)), "image/png")


def feathered(box: Box, size: tuple[int, int]) -> Matte:
    """Draw a box as a matte, uint8 (H, W): white inside, fading outwards to black.

    Args:
        box: x, y, width, height, pixels; what lies outside the picture is cut off.
        size: width and height of the picture, pixels.
    """
    x, y, width, height = box
    soft = max(2.0, SOFT * min(width, height))
    outside = np.ones((size[1], size[0]), np.uint8)
    outside[max(y, 0) : max(y + height, 0), max(x, 0) : max(x + width, 0)] = 0
    if outside.all():
        return np.zeros((size[1], size[0]), np.uint8)
    away = cv2.distanceTransform(outside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(np.rint(255 * np.clip(1.0 - away / (soft + 1.0), 0.0, 1.0)), np.uint8)


def fitted(matte: Matte, size: tuple[int, int]) -> Matte:
    """Scale a matte to a picture's size (width, height); soft edges stay soft."""
    return np.asarray(cv2.resize(matte, size, interpolation=cv2.INTER_LINEAR), np.uint8)


def grown(box: Box, share: float) -> Box:
    """Make a box larger on every side by a share of its own size."""
    x, y, width, height = box
    aside, over = round(share * width), round(share * height)
    return x - aside, y - over, width + 2 * aside, height + 2 * over


def _found(picture: Pixels, source: str) -> Box:
    what = "face" if source == FACE else "costume under a face"
    try:
        seen = faces.find(picture)
    except NoWeights as why:
        raise _nowhere(what, str(why)) from why
    if not seen:
        raise _nowhere(what, f"no {what} in the take of the step before")
    size = (picture.shape[1], picture.shape[0])
    return grown(seen[0].box, GROWN) if source == FACE else torso(seen[0], size, size).box


def _other_shape(drawn: MediaRef, width: int, height: int) -> CannotAsk:
    found = f"a take of {width}x{height}"
    expected = f"the framing that the matte was drawn for, {drawn.width}x{drawn.height}"
    return CannotAsk("other_shape", field="inputs.mask", found=found, expected=expected)


def _nowhere(what: str, found: str) -> CannotAsk:
    expected = f"a {what} that can be found, or a matte of the shot"
    return CannotAsk("no_region", field="inputs.mask", found=found, expected=expected)
