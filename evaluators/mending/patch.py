"""A hole is patched as a retoucher does: with a piece of the same picture from beside it.

The piece is the one whose surroundings are most like the hole's, and which is itself like them, so
that neither a button nor another seam is carried over. It is then laid in along its gradients
(Pérez, Gangnet, Blake: Poisson image editing, SIGGRAPH 2003): its weave stays, its light becomes
that of the picture around the hole.
"""

from typing import Any

import cv2
import numpy as np

RING = 0.03  # of the short side: how wide a hole's surroundings are
REACH = 0.35  # of the long side: from how far away a piece is taken, centre to centre
SEAM = 2  # pixels around the hole that are drawn anew with it

Array = np.ndarray[Any, Any]


def patched(picture: Array, source: Array, inside: Array) -> Array | None:
    """Fill a hole; None where no whole piece lies beside it.

    Args:
        picture: uint8 RGB (H, W, 3), whose light the piece takes on.
        source: uint8 RGB of the same shape, that the piece comes from.
        inside: bool (H, W), where the hole is; not empty.
    """
    hole = _grown(inside, SEAM)
    way = _offset(source, hole)
    if way is None:
        return None
    down, across = way
    moved = np.asarray(np.roll(source, (-down, -across), axis=(0, 1)), np.uint8)
    rows, columns = np.flatnonzero(hole.any(axis=1)), np.flatnonzero(hole.any(axis=0))
    if min(rows[0], columns[0]) < 1 or rows[-1] > len(hole) - 2 or columns[-1] > hole.shape[1] - 2:
        return np.where(hole[..., None], moved, picture)  # at the frame's edge nothing holds it
    # seamlessClone centres the mask's box on the point that it is given.
    centre = (int(columns[0] + columns[-1] + 1) // 2, int(rows[0] + rows[-1] + 1) // 2)
    mask = hole.astype(np.uint8) * 255
    laid = cv2.seamlessClone(moved, picture, mask, centre, cv2.NORMAL_CLONE)
    return np.asarray(laid, np.uint8)


def _offset(source: Array, hole: Array) -> tuple[int, int] | None:
    """Give how far down and across the best piece lies from the hole."""
    height, width = hole.shape
    around = _grown(hole, max(2, round(RING * min(height, width)))) & ~hole
    rows, columns = (np.flatnonzero((around | hole).any(axis=axis)) for axis in (1, 0))
    if not len(rows) or not around.any():
        return None
    box = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    cost = _cost(source.astype(np.float32), hole[box], around, box)
    cost[_share(hole.astype(np.float32), (around | hole)[box]) > 0] = np.inf
    down, across = np.indices(cost.shape)
    far = np.hypot(down - rows[0], across - columns[0]) > REACH * max(height, width)
    cost[far] = np.inf
    if not np.isfinite(cost).any():
        return None
    best = np.unravel_index(int(cost.argmin()), cost.shape)
    return int(best[0] - rows[0]), int(best[1] - columns[0])


def _cost(source: Array, hole: Array, around: Array, box: tuple[slice, slice]) -> Array:
    """Give for each place how unlike it is: its rim to the hole's rim, its middle to that too."""
    rim = around[box]
    template = source[box]
    mask = np.repeat(rim[..., None], 3, axis=2).astype(np.float32)
    rims = np.asarray(cv2.matchTemplate(source, template, cv2.TM_SQDIFF, mask=mask)) / rim.sum()
    usual = source[around].mean(axis=0)
    middles = _share(((source - usual) ** 2).sum(axis=2), hole)
    return np.asarray(np.maximum(rims, 0.0) + np.maximum(middles, 0.0))


def _share(values: Array, where: Array) -> Array:
    """Give the mean of a plane over a shape, laid at each place."""
    shape = where.astype(np.float32)
    summed = cv2.matchTemplate(values.astype(np.float32), shape, cv2.TM_CCORR)
    found = np.asarray(summed) / max(1.0, float(shape.sum()))
    return np.asarray(np.where(found < 1e-4 * max(1.0, float(values.max())), 0.0, found))


def _grown(inside: Array, by: int) -> Array:
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * by + 1, 2 * by + 1))
    return np.asarray(cv2.dilate(inside.astype(np.uint8), kernel)) > 0
