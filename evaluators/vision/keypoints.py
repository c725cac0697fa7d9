"""SIFT key points of a picture (Lowe, IJCV 2004), and where two pictures show the same thing."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from evaluators.colour import small

SIDE = 480  # long side at which is compared
MOST = 800  # key points
RATIO = 0.75  # Lowe's test: the best match must be this much nearer than the second
INLIERS = 12  # matches that one homography must explain
PIXELS = 3.0  # how far off an inlier may lie

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class KeyPoints:
    """A small grey picture and what is remarkable in it."""

    grey: Array  # uint8 (height, width)
    places: Array  # float32 (n, 2), x and y
    descriptors: Array | None  # float32 (n, 128)

    @property
    def enough(self) -> bool:
        """Say whether the picture could be recognised at all."""
        return len(self.places) >= INLIERS


def describe(rgb: Array) -> KeyPoints:
    """Find key points in uint8 (height, width, 3)."""
    grey = np.asarray(cv2.cvtColor(small(rgb, SIDE), cv2.COLOR_RGB2GRAY))
    sift: Any = cv2.SIFT.create(MOST)
    points, descriptors = sift.detectAndCompute(grey, None)
    return KeyPoints(grey, np.array([p.pt for p in points], np.float32), descriptors)


@dataclass(frozen=True, slots=True)
class Laid:
    """How one picture lies on another."""

    matrix: Array  # float64 (3, 3), from the source's small raster to the target's
    matches: int  # that passed the ratio test
    inliers: int  # of these, explained by the homography


def onto(target: KeyPoints, source: KeyPoints, *, least: int = INLIERS) -> Laid | None:
    """Find the homography that lays the source onto the target, by RANSAC; None where none is.

    Fischler, Bolles: Random sample consensus, CACM 1981.

    Args:
        target: the picture that stays.
        source: the picture that is laid onto it.
        least: matches, and inliers among them, without which there is no answer.
    """
    good = matches(target, source)
    if len(good) < max(4, least):
        return None
    here, there = (np.ascontiguousarray(side) for side in good.swapaxes(0, 1))
    found: tuple[Array | None, Array] = cv2.findHomography(there, here, cv2.RANSAC, PIXELS)
    matrix, kept = found
    inliers = 0 if matrix is None else int(np.sum(kept))
    if matrix is None or inliers < least:
        return None
    return Laid(matrix, len(good), inliers)


def matches(target: KeyPoints, source: KeyPoints) -> Array:
    """Give places in target and source that pass Lowe's ratio test: float32 (n, 2, 2)."""
    if min(len(target.places), len(source.places)) < 2:
        return np.empty((0, 2, 2), np.float32)
    matcher: Any = cv2.BFMatcher(cv2.NORM_L2)
    pairs = matcher.knnMatch(target.descriptors, source.descriptors, k=2)
    good = [p[0] for p in pairs if len(p) == 2 and p[0].distance < RATIO * p[1].distance]
    both = [(target.places[m.queryIdx], source.places[m.trainIdx]) for m in good]
    return np.array(both, np.float32).reshape(-1, 2, 2)
