"""Where a step may paint: a matte for a take, fitted to it, or drawn around what is found in it."""

from dataclasses import dataclass
from typing import Any, cast

import cv2
import numpy as np

from benchmarks.pictures.pixels import Darkroom, Pixels, png
from benchmarks.planning.sources import CannotAsk
from benchmarks.ports import Media
from evaluators.vision import faces
from evaluators.vision.regions import torso
from evaluators.weights import NoWeights
from router.domain.media import MediaRef

FACE, COSTUME = "face_region", "costume_region"
GROWN = 0.35  # of a face's box on every side: the hair and the chin are part of a face
SHAPE = 0.02  # a matte whose shape differs by more was not drawn for this framing
SOFT = 0.08  # of the region's shorter side: over so many pixels the matte fades outwards

CUT_SIDE, ROUNDS = 512, 5  # pixels and rounds of the cut
DITHER, FLAT = 3, 6.0  # code values
ROOM = 0.1  # of the box on every side: so far may a sleeve reach
CORE = 0.3  # of the box on every side: what lies further inside is worn
LEAST_WORN, MOST_WORN = 0.15, 0.95  # of the box

Box = tuple[int, int, int, int]
Inside = np.ndarray[Any, np.dtype[np.bool_]]
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
            matte = found_in(picture, source)
        return self.media.put(partner, png(np.dstack([matte] * 3)), "image/png")


def found_in(picture: Pixels, source: str) -> Matte:
    """Draw a matte, uint8 (H, W), around the face, or over the costume under it.

    Raises:
        CannotAsk: nothing is found.
    """
    box = _found(picture, source)
    size = (picture.shape[1], picture.shape[0])
    if source != COSTUME:
        return feathered(box, size)
    worn = cut_out(picture, box)
    return feathered(box, size) if worn is None else softened(worn, box)


def cut_out(picture: Pixels, box: Box) -> Inside | None:
    """Cut what is worn out of the box under a face: GrabCut, started from the box.

    Rother, Kolmogorov, Blake: GrabCut, SIGGRAPH 2004. On a long side of 512 pixels at most, with
    fixed rounds and a fixed seed, so that one picture always gives one matte. The middle of the
    box counts as worn before anything else is known, all outside of the grown box as not.

    Args:
        picture: uint8 (H, W, 3).
        box: x, y, width, height, pixels.

    Returns:
        bool (H, W); None where it holds too little of the box, or all of it, so that the box
        itself is as good.
    """
    height, width = picture.shape[:2]
    scale = min(1.0, CUT_SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = _dithered(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))
    inner = cast("Box", tuple(round(v * scale) for v in box))
    known = np.full(small.shape[:2], cv2.GC_BGD, np.uint8)
    known[_within(grown(inner, ROOM), size)] = cv2.GC_PR_BGD
    known[_within(inner, size)] = cv2.GC_PR_FGD
    known[_within(grown(inner, -CORE), size)] = cv2.GC_FGD
    flat = float(small.std(axis=(0, 1)).max()) < FLAT
    if flat or len(np.unique(known)) < 4:
        return None
    cv2.setRNGSeed(0)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(small, known, (0, 0, 0, 0), *models, ROUNDS, cv2.GC_INIT_WITH_MASK)
    worn = _largest((known == cv2.GC_FGD) | (known == cv2.GC_PR_FGD))
    share = worn[_within(inner, size)].mean()
    if not LEAST_WORN <= share <= MOST_WORN:
        return None
    back = cv2.resize(worn.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(back) >= 0.5


def _dithered(picture: Any) -> Pixels:
    """Add a fixed noise of a few code values: GrabCut never comes back from flat colours."""
    noise = np.random.default_rng(0).integers(-DITHER, DITHER + 1, picture.shape)
    return np.asarray(np.clip(picture.astype(np.int16) + noise, 0, 255), np.uint8)


def softened(inside: Inside, box: Box) -> Matte:
    """Draw a region as a matte, uint8 (H, W), that fades outwards, half as far as its box would."""
    soft = max(2.0, SOFT * min(box[2:]) / 2)
    outside = (~inside).astype(np.uint8)
    away = cv2.distanceTransform(outside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(np.rint(255 * np.clip(1.0 - away / (soft + 1.0), 0.0, 1.0)), np.uint8)


def _within(box: Box, size: tuple[int, int]) -> tuple[slice, slice]:
    x, y, width, height = box
    right, foot = min(size[0], x + width), min(size[1], y + height)
    return slice(max(0, y), max(0, foot)), slice(max(0, x), max(0, right))


def _largest(inside: Inside) -> Inside:
    """Keep the largest piece, without its holes and whiskers."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (7, 7))
    clean = cv2.morphologyEx(inside.astype(np.uint8), cv2.MORPH_CLOSE, disc)
    clean = cv2.morphologyEx(clean, cv2.MORPH_OPEN, disc)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(clean)
    if count < 2:
        return np.zeros(inside.shape, bool)
    best = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    return np.asarray(labels == best)


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
