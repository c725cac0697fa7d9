"""Where a shot's plate lies in a take, and with it the matte that was drawn for the plate."""

from typing import Any

import cv2
import numpy as np

from benchmarks.pictures.pixels import Pixels
from evaluators.vision.keypoints import describe
from evaluators.vision.registration import corners_moved, register

STANDS = 1.0  # pixels: a registration that moves no corner further may have moved none

COVERED = 0.6  # share of the plate that a take of it shows
ALIKE = 0.6  # correlation of the softened greys, of takes of the plate
FLAT = 1.0  # code values: a picture that varies less is like any other
SOFT = 0.01  # of the short side
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


def shows(plate: Pixels, take: Pixels, matrix: Matrix) -> bool:
    """Say whether the take shows the plate's picture, and not only somebody who is in it too."""
    size = _size(plate)
    full = np.full(take.shape[:2], 255, np.uint8)
    there = np.asarray(cv2.warpPerspective(full, matrix, size)) == 255
    if there.mean() < COVERED:
        return False
    laid = cv2.warpPerspective(_soft(take), matrix, size)
    pair = np.stack([_soft(plate)[there], laid[there]]).astype(np.float64)
    if pair.std(axis=1).min() < FLAT:
        return True
    return float(np.asarray(np.corrcoef(pair))[0, 1]) >= ALIKE


def moved(matte: Pixels, plate: Pixels, take: Pixels, matrix: Matrix) -> Pixels:
    """Lay a matte that was drawn for the plate into the take, uint8 RGB of the take's size."""
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    drawn = _scaling(plate, matte)
    return np.asarray(cv2.warpPerspective(matte, drawn @ matrix, _size(take), flags=how), np.uint8)


def grown(inside: Mask, by: int) -> Mask:
    """Grow a region by so many pixels."""
    away = cv2.distanceTransform((~inside).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(away <= by)


def around(inside: Mask) -> Mask:
    """Give a ring around a region, off its soft edge; the region itself where nothing is around."""
    away = cv2.distanceTransform((~inside).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    near, far = RING
    ring = np.asarray((away > near * min(inside.shape)) & (away <= far * min(inside.shape)))
    return ring if ring.any() else inside


def _soft(picture: Pixels) -> Pixels:
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), SOFT * min(grey.shape)))


def _scaling(source: Pixels, target: Pixels) -> Matrix:
    (w, h), (width, height) = _size(source), _size(target)
    return np.diag([width / w, height / h, 1.0])


def _size(picture: Pixels) -> tuple[int, int]:
    return picture.shape[1], picture.shape[0]
