"""Where a shot's plate lies in a take, and with it the matte that was drawn for the plate."""

from typing import Any

import cv2
import numpy as np

from benchmarks.pixels import Pixels
from evaluators.keypoints import describe
from evaluators.registration import corners_moved, register

STANDS = 1.0  # pixels: a registration that moves no corner further may have moved none

RING = (0.01, 0.05)  # of the short side: from where to where a region's surroundings reach

Mask = np.ndarray[Any, np.dtype[np.bool_]]
Matrix = np.ndarray[Any, np.dtype[np.float64]]


def onto(plate: Pixels, take: Pixels) -> Matrix | None:
    """Give the matrix from the take's pixels to the plate's; None where the plate is not in it.

    A plate without enough key points cannot be looked for: its takes are taken for framed alike.
    """
    there, here = describe(plate), describe(take)
    stays = _scaling(take, plate)
    if not there.enough:
        return stays
    found = register(there, here, _size(plate), _size(take))
    if found is None:
        return None
    moved = corners_moved(found.matrix, _size(take), _size(plate))
    return stays if np.abs(moved).max() < STANDS else found.matrix


def moved(matte: Pixels, plate: Pixels, take: Pixels, matrix: Matrix) -> Pixels:
    """Lay a matte that was drawn for the plate into the take, uint8 RGB of the take's size."""
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    drawn = _scaling(plate, matte)
    return np.asarray(cv2.warpPerspective(matte, drawn @ matrix, _size(take), flags=how), np.uint8)


def around(inside: Mask) -> Mask:
    """Give a ring around a region, off its soft edge; the region itself where nothing is around."""
    away = cv2.distanceTransform((~inside).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    near, far = RING
    ring = np.asarray((away > near * min(inside.shape)) & (away <= far * min(inside.shape)))
    return ring if ring.any() else inside


def _scaling(source: Pixels, target: Pixels) -> Matrix:
    (w, h), (width, height) = _size(source), _size(target)
    return np.diag([width / w, height / h, 1.0])


def _size(picture: Pixels) -> tuple[int, int]:
    return picture.shape[1], picture.shape[0]
