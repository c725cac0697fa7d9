"""Both sides of a matte's edge, and how one place changes from frame to frame."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import cv2
import numpy as np

Array = np.ndarray[Any, Any]

WIDE = 0.04  # of the short side: how far a ring reaches
LEAST_WIDE = 6  # pixels
GUARD = 2  # pixels on both sides of the edge that belong to neither: the blend
PLACE = 7  # pixels of the small luma that are averaged: a place, not its grain
EVERY = 3  # pixels between places


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Bool (height, width), what lies just inside and just outside an edge."""

    inside: Array
    outside: Array


def sides(mask: Array, *, guard: int = GUARD, wide: float = WIDE) -> Sides:
    """Give the rings on both sides of a matte's edge.

    Args:
        mask: bool (height, width).
        guard: pixels next to the edge that are left out on both sides.
        wide: share of the short side that each ring is wide.
    """
    reach = guard + max(LEAST_WIDE, round(wide * min(mask.shape)))
    pixels = mask.astype(np.uint8)
    depth, height = (
        np.asarray(cv2.distanceTransform(p, cv2.DIST_L2, 3)) for p in (pixels, 1 - pixels)
    )
    inside = mask & (depth > guard) & (depth <= reach)
    outside = ~mask & (height > guard) & (height <= reach)
    return Sides(inside=inside, outside=outside)


def places(luma: Array, region: Array) -> Array:
    """Follow places of a region over time: float32 (frames, places), code values.

    Args:
        luma: uint8 (frames, height, width).
        region: bool (height, width).
    """
    weight = np.asarray(cv2.blur(region.astype(np.float32), (PLACE, PLACE)))
    grid = np.zeros(region.shape, bool)
    grid[::EVERY, ::EVERY] = True
    at = region & grid & (weight > 0.3)
    return np.stack(
        [
            (cv2.blur(f * region.astype(np.float32), (PLACE, PLACE)) / weight.clip(1e-6))[at]
            for f in luma
        ]
    )


def step(series: Array) -> float:
    """Median over time of the mean absolute change from frame to frame, code values."""
    return float(np.median([np.abs(b - a).mean() for a, b in pairwise(series)]))


def memory(series: Array) -> float:
    """Correlation of a place's change with its next change, -1..1.

    Motion and changing light carry on: above 0. Pictures made one by one share no past, so that
    what rises falls again: -1/2 for independent values, whatever their distribution.
    """
    steps = np.diff(series, axis=0)
    before, after = steps[:-1], steps[1:]
    size = float(np.sqrt((before * before).sum() * (after * after).sum()))
    return float((before * after).sum()) / size if size else 0.0
