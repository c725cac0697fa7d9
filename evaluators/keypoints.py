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


def onto(target: KeyPoints, source: KeyPoints) -> Array | None:
    """Find the homography that lays the source onto the target, by RANSAC; None where none is.

    Fischler, Bolles: Random sample consensus, CACM 1981.
    """
    if not (target.enough and source.enough):
        return None
    matcher: Any = cv2.BFMatcher(cv2.NORM_L2)
    pairs = matcher.knnMatch(target.descriptors, source.descriptors, k=2)
    good = [p[0] for p in pairs if len(p) == 2 and p[0].distance < RATIO * p[1].distance]
    if len(good) < INLIERS:
        return None
    here = target.places[[m.queryIdx for m in good]]
    there = source.places[[m.trainIdx for m in good]]
    found: tuple[Array | None, Array] = cv2.findHomography(there, here, cv2.RANSAC, PIXELS)
    matrix, kept = found
    return None if matrix is None or int(np.sum(kept)) < INLIERS else matrix
