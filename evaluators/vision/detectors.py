"""Where the faces are: YuNet where its weights are at hand, else dlib's HOG, and never unsaid.

The name of the detector in use is part of every score that looks at faces, so that numbers of two
detectors are never taken for the same measurement. Both give the square box that the alignment was
trained on, brow to chin.

YuNet (Wu, Peng, Yu, 2023): finds faces behind hands and at half profile; fires on pets and toys,
so that what a character is decides the route, never a detector. HOG (Dalal, Triggs, 2005; King):
frontal faces.
"""

from collections.abc import Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np

from evaluators import weights

Array = np.ndarray[Any, Any]
Box = tuple[int, int, int, int]  # x, y, width, height, pixels
# Eyes, nose, corners of the mouth, from the picture's left: x, y, pixels. HOG gives none.
Points = tuple[tuple[float, float], ...]
Found = tuple[Box, float, Points]

NOBODY = "no face found"
HOG_SCORE = 0.5  # detections below are too often no face, and none is a covered one
CLEAR_SCORE = 0.92  # YuNet below: behind a hand, turned away (241 frames of ten takes; README)
YUNET_SCORE, OVERLAP, KEPT = 0.7, 0.3, 100
SIDE = 640  # long side that YuNet searches: a face of 40 pixels in 1280 has 20 there
CLOSE_SIDE = 320  # and where it found nothing: a face that fills the picture
# The square that HOG would give, from YuNet's box: median over 67 frames of ten takes.
SQUARE, LOWER = 0.86, 0.06  # side, and how far its centre lies lower; in heights of YuNet's box


class Detector(Protocol):
    """Finds faces in a picture."""

    name: str  # part of versions and cache keys
    clear_from: float  # score from which on a face is neither covered nor turned away

    def boxes(self, picture: Array, *, fine: bool) -> Sequence[Found]:
        """Give boxes, scores, points of uint8 (height, width, 3); `fine` may look a second time."""
        ...


def detector() -> Detector:
    """Choose the detector: YuNet where its weights are the known ones, else HOG."""
    try:
        return _yunet(weights.path_of("yunet"))
    except weights.NoWeights:
        return _hog()


def nobody() -> str:
    """Say that no face was found; and how more would be, where the better detector is missing."""
    if detector().name != Hog.name:
        return NOBODY
    return f"{NOBODY}; without its weights, only frontal ones are: `circletake weights fetch yunet`"


class Hog:
    """dlib's frontal face detector; nothing is downloaded."""

    name = "hog"
    clear_from = HOG_SCORE

    @cached_property
    def _detect(self) -> Any:
        """Load it at the first search: versions and cache keys ask for the name only."""
        import dlib

        return dlib.get_frontal_face_detector()

    def boxes(self, picture: Array, *, fine: bool) -> Sequence[Found]:
        """Look for faces of 80 pixels, and for those of 40 where there is none."""
        return self._search(picture, 0) or (self._search(picture, 1) if fine else [])

    def _search(self, picture: Array, upsample: int) -> list[Found]:
        boxes, scores, _ = self._detect.run(picture, upsample, HOG_SCORE)
        return [
            ((b.left(), b.top(), b.width(), b.height()), float(s), ())
            for b, s in zip(boxes, scores, strict=True)
        ]


class Yunet:
    """The face detector of the weights folder."""

    name = "yunet"
    clear_from = CLEAR_SCORE

    def __init__(self, file: Path) -> None:
        """Load it from a file whose hash is known."""
        size = (CLOSE_SIDE, CLOSE_SIDE)
        self._net = cv2.FaceDetectorYN.create(str(file), "", size, YUNET_SCORE, OVERLAP, KEPT)

    def boxes(self, picture: Array, *, fine: bool) -> Sequence[Found]:
        """Look once at 640 pixels, and at 320 where nothing was found."""
        return self._search(picture, SIDE) or (self._search(picture, CLOSE_SIDE) if fine else [])

    def _search(self, picture: Array, side: int) -> list[Found]:
        scale = min(1.0, side / max(picture.shape[:2]))
        size = [max(1, round(n * scale)) for n in (picture.shape[1], picture.shape[0])]
        small = picture if scale == 1.0 else cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        self._net.setInputSize(size)
        rows: Any = self._net.detect(np.ascontiguousarray(small[..., ::-1]))[1]
        return [
            (_square(row, scale), float(row[14]), _points(row, scale))
            for row in (() if rows is None else rows)
            if _lies_within(row, size)
        ]


def _lies_within(row: Array, size: list[int]) -> bool:
    """Say whether a found box can be one: on flat pictures the network's numbers may run away."""
    if not np.isfinite(row).all():
        return False
    x, y, width, height = (float(v) for v in row[:4])
    middle = (x + width / 2, y + height / 2)
    return all(0 <= at <= most for at, most in zip(middle, size, strict=True)) and (
        max(width, height) <= 2 * max(size)
    )


def _points(row: Array, scale: float) -> Points:
    numbers = [round(float(v) / scale, 2) for v in row[4:14]]
    return tuple(zip(numbers[::2], numbers[1::2], strict=True))


def _square(row: Array, scale: float) -> Box:
    x, y, width, height = (float(v) / scale for v in row[:4])
    side = SQUARE * height
    left, top = x + width / 2 - side / 2, y + height * (0.5 + LOWER) - side / 2
    return (round(left), round(top), round(side), round(side))


@cache
def _hog() -> Hog:
    return Hog()


@cache
def _yunet(file: Path) -> Yunet:
    return Yunet(file)
