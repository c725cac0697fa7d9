"""Drawings on a take become mattes at its raster. Pure.

Strokes say where; without any, the region does. Several notes are drawn together.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import cv2
import numpy as np

from benchmarks.domain.note import Mark, Stroke
from router.domain.errors import BadInput

SHIFT = 4  # bits of a pixel's fraction that lines are drawn with
THINNEST = 1  # pixel
WIDEST = 0.1  # of the picture's width: the wider a line, the longer each of its points takes
MOST_POINTS = 10_000  # of one note; a screen draws up to 3000 in a stroke
ROUNDING = 1e-9  # of shares that add up

Mask = np.ndarray[Any, np.dtype[np.bool_]]


def is_drawn(mark: Mark) -> bool:
    """Say whether a mark has a place in the picture."""
    return bool(mark.strokes) or mark.region is not None


def checked(mark: Mark, frames: int) -> Mark:
    """Give a mark back that lies within a take of so many frames.

    Raises:
        BadInput: a frame that the take has not, a point outside the picture, an empty region.
    """
    wrong = next(_wrong(mark, frames), None)
    if wrong is not None:
        raise BadInput(field=wrong[0], found=wrong[1], expected=wrong[2])
    return mark


def matte(marks: Iterable[Mark], size: tuple[int, int]) -> Mask:
    """Draw marks at a raster (width, height): bool (H, W), True = drawn on.

    Raises:
        BadInput: nothing is drawn on any of them.
    """
    canvas = np.zeros((size[1], size[0]), np.uint8)
    for mark in marks:
        if mark.strokes:
            for stroke in mark.strokes:
                _draw(canvas, stroke)
        elif mark.region is not None:
            _fill(canvas, mark.region)
    if not canvas.any():
        expected = "strokes or a region on the picture: where it shall change"
        raise BadInput(field="notes", found="nothing drawn", expected=expected)
    return np.asarray(canvas > 0)


def picture(inside: Mask) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Give a matte as RGB, white inside."""
    return np.dstack([inside.astype(np.uint8) * 255] * 3)


def _draw(canvas: np.ndarray[Any, np.dtype[np.uint8]], stroke: Stroke) -> None:
    """Draw one stroke; a point lies in the middle of its pixel's share."""
    height, width = canvas.shape
    scale = np.array([width, height]) * (1 << SHIFT)
    half = 1 << (SHIFT - 1)
    last = (np.array([width, height]) - 1) * (1 << SHIFT)  # what lies on the very edge is seen
    at = np.rint(np.array(stroke.points, np.float64) * scale - half)
    points = np.clip(at, 0, last).astype(np.int32)
    thick = max(THINNEST, round(stroke.width * width))
    if stroke.closed and len(points) > 2:
        cv2.fillPoly(canvas, [points], 255, lineType=cv2.LINE_8, shift=SHIFT)
    closed = stroke.closed and len(points) > 1
    line = points if len(points) > 1 else np.repeat(points, 2, axis=0)
    cv2.polylines(canvas, [line], closed, 255, thick, lineType=cv2.LINE_8, shift=SHIFT)


def _fill(
    canvas: np.ndarray[Any, np.dtype[np.uint8]], region: tuple[float, float, float, float]
) -> None:
    """Fill a box: every pixel that it touches."""
    (height, width), (x, y, w, h) = canvas.shape, region
    left, top = int(x * width), int(y * height)
    right, bottom = int(np.ceil((x + w) * width)), int(np.ceil((y + h) * height))
    canvas[min(top, height - 1) : max(bottom, top + 1), min(left, width - 1) : right] = 255


def _wrong(mark: Mark, frames: int) -> Iterator[tuple[str, object, str]]:
    yield from _wrong_frames(mark, frames - 1)
    if mark.region is not None and not _is_box(*mark.region):
        expected = "x, y, width, height as shares of the picture, within 0 and 1, not empty"
        yield "region", list(mark.region), expected
    for number, stroke in enumerate(mark.strokes):
        if not stroke.points or not all(_inside(x, y) for x, y in stroke.points):
            yield f"strokes[{number}].points", "outside", "points within 0 and 1, one at least"
        if not 0 <= stroke.width <= WIDEST:
            expected = f"a share of the picture's width, 0 to {WIDEST}; a wider place is a region"
            yield f"strokes[{number}].width", stroke.width, expected
    if (points := sum(len(stroke.points) for stroke in mark.strokes)) > MOST_POINTS:
        yield "strokes", f"{points} points", f"at most {MOST_POINTS} in one note"


def _wrong_frames(mark: Mark, last: int) -> Iterator[tuple[str, object, str]]:
    within = f"within 0-{last}" if last else "0: the take is a still"
    if mark.frame is not None and mark.frames is not None:
        yield "frames", "a frame, too", "one frame, or a range of frames"
    if mark.frame is not None and not 0 <= mark.frame <= last:
        yield "frame", mark.frame, f"a frame {within}"
    if mark.frames is not None and not 0 <= mark.frames[0] <= mark.frames[1] <= last:
        yield "frames", list(mark.frames), f"a first and a last frame {within}"


def _is_box(x: float, y: float, width: float, height: float) -> bool:
    ends = x + width <= 1 + ROUNDING and y + height <= 1 + ROUNDING
    return _inside(x, y) and width > 0 and height > 0 and ends


def _inside(x: float, y: float) -> bool:
    return 0 <= x <= 1 and 0 <= y <= 1
