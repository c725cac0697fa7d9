"""Lay one picture onto another to a fraction of a pixel, or say that it does not lie there.

Key points and RANSAC first (`keypoints.onto`); where a picture has too few of them, ECC alone from
where it stands (Evangelidis, Psarakis: Parametric image alignment using enhanced correlation
coefficient maximization, PAMI 2008), believed only at a correlation of at least 0.8: two hundred
pairs of unrelated photographs reach 0.74 at most, 0.17 typically.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from evaluators.vision.keypoints import PIXELS, KeyPoints, onto

STEPS = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 12, 1e-4)
MANY_STEPS = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 60, 1e-4)
FEW = 60  # key points: with more on both sides, no match means that nothing is there to match
ALIKE = 0.8  # correlation after ECC alone: unrelated pictures stay below
SMOOTH = 5  # pixels of the Gaussian that ECC works under
SMALLEST, LARGEST = 0.2, 5.0  # scale that a registration may have: beyond it, it is a coincidence

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """Where a source lies on a target."""

    matrix: Array  # float64 (3, 3), from the source's pixels to the target's
    rule: str  # key points | ecc
    inliers: float | None  # share of the matches that the matrix explains; None without key points


def register(
    target: KeyPoints,
    source: KeyPoints,
    target_size: tuple[int, int],
    source_size: tuple[int, int],
) -> Registration | None:
    """Find where the source lies on the target; None where it is not found there.

    Args:
        target: of the picture that stays.
        source: of the picture that is laid onto it.
        target_size: width and height of the picture that stays, pixels.
        source_size: width and height of the other one.
    """
    laid = onto(target, source)
    if laid is not None:
        small: Array | None = _refined(target.grey, source.grey, laid.matrix)
    elif min(len(target.places), len(source.places)) < FEW:
        small = _by_ecc(target.grey, source.grey)
    else:
        return None
    if small is None or not _plausible(small, source.grey.shape):
        return None
    up, down = (_raster(target.grey), target_size), (source_size, _raster(source.grey))
    matrix = scaling(*up) @ small @ scaling(*down)
    return Registration(
        matrix=matrix / matrix[2, 2],
        rule="ecc" if laid is None else "key points",
        inliers=None if laid is None else laid.inliers / laid.matches,
    )


def scaling(before: tuple[int, int], after: tuple[int, int]) -> Array:
    """Give the matrix from one raster to another of the same picture: width and height of both.

    Places are the centres of pixels, as `warpPerspective` and key points count them: the pictures'
    edges fall together, and they lie half a pixel off.
    """
    x, y = after[0] / before[0], after[1] / before[1]
    return np.array([[x, 0.0, (x - 1) / 2], [0.0, y, (y - 1) / 2], [0.0, 0.0, 1.0]])


def corners_moved(
    matrix: Array, source_size: tuple[int, int], target_size: tuple[int, int]
) -> Array:
    """How far each corner comes to lie from where scaling alone would put it: (4, 2) pixels."""
    stays = scaling(source_size, target_size)
    shape = source_size[::-1]
    return np.asarray(_landed(matrix, shape) - _landed(stays, shape))


def _refined(target: Array, source: Array, matrix: Array) -> Array:
    back = np.linalg.inv(matrix)
    found = _ecc(target, source, (back / back[2, 2]).astype(np.float32), STEPS)
    if found is None:
        return matrix
    finer = np.asarray(np.linalg.inv(found[0]))
    ways = _landed(finer, source.shape) - _landed(matrix, source.shape)
    # What goes further than that fell for something else.
    return finer if float(np.abs(ways).max()) < PIXELS else matrix


def _by_ecc(target: Array, source: Array) -> Array | None:
    """Try from where it stands, each side scaled onto the other; affine is enough for a start."""
    back = scaling(_raster(target), _raster(source))
    found = _ecc(target, source, back.astype(np.float32), MANY_STEPS)
    if found is None or found[1] < ALIKE:
        return None
    return np.asarray(np.linalg.inv(found[0]))


def _ecc(target: Array, source: Array, start: Array, steps: Any) -> tuple[Array, float] | None:
    if min(*target.shape, *source.shape) < 2 * SMOOTH or target.std() < 1 or source.std() < 1:
        return None
    refine: Any = cv2.findTransformECC
    found = start.copy()
    try:
        alike, _ = refine(target, source, found, cv2.MOTION_HOMOGRAPHY, steps, None, SMOOTH)
    except cv2.error:  # does not converge
        return None
    return found.astype(np.float64), float(alike)


def _plausible(matrix: Array, shape: tuple[int, ...]) -> bool:
    """Refuse what folds the picture over, or shrinks it to a spot."""
    landed = _landed(matrix, shape).astype(np.float32)
    if not np.isfinite(landed).all():
        return False
    area = float(cv2.contourArea(landed, oriented=True)) / (shape[0] * shape[1])
    return SMALLEST**2 < area < LARGEST**2 and bool(cv2.isContourConvex(landed))


def _landed(matrix: Array, shape: tuple[int, ...]) -> Array:
    """Where the corners of a picture come to lie: (4, 2) pixels."""
    height, width = shape
    corners = np.array([[[0, 0], [width, 0], [width, height], [0, height]]], np.float64)
    landed: Array = np.asarray(cv2.perspectiveTransform(corners, matrix))[0]
    return landed


def _raster(picture: Array) -> tuple[int, int]:
    return picture.shape[1], picture.shape[0]
