"""Texture of a region as numbers: local binary patterns for the weave, HOG for the cut.

Ojala, Pietikainen, Maenpaa: Multiresolution gray-scale and rotation invariant texture
classification with local binary patterns, PAMI 2002. Dalal, Triggs: Histograms of oriented
gradients for human detection, CVPR 2005.
"""

from typing import Any

import cv2
import numpy as np

from evaluators.vision.regions import Region

WIDTH, HEIGHT = 256, 384  # pixels of the window into which a region is fitted, never stretched
CELL, BLOCK, TURNS = 8, 16, 9  # of HOG
PATTERNS = ((8, 1), (16, 2))  # points and radius of the binary patterns

Array = np.ndarray[Any, Any]


def texture(rgb: Array, region: Region) -> tuple[Array, Array]:
    """Describe what a region looks like, whatever its colour.

    Args:
        rgb: uint8 (height, width, 3).
        region: of that picture.

    Returns:
        Both patterns' histograms and HOG, each float32 and of length 1.
    """
    window, inside = _fitted(rgb, region)
    return _unit(_weave(window, inside)), _unit(_cut(window))


def alike(a: tuple[Array, Array], b: tuple[Array, Array]) -> float:
    """Cosine of the joined descriptions, both halves with equal weight: 0..1."""
    return float((a[0] @ b[0] + a[1] @ b[1]) / 2)


def _fitted(rgb: Array, region: Region) -> tuple[Array, Array]:
    """Lay the region into the middle of the window; what is not of it becomes its mean grey."""
    x, y, width, height = region.box
    grey = np.asarray(cv2.cvtColor(rgb[y : y + height, x : x + width], cv2.COLOR_RGB2GRAY))
    pixels = region.pixels.astype(np.uint8)
    whole = cv2.resize(pixels, rgb.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    part = np.asarray(whole)[y : y + height, x : x + width] > 0
    scale = min(WIDTH / width, HEIGHT / height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    ground = int(grey[part].mean()) if part.any() else 128
    window = np.full((HEIGHT, WIDTH), ground, np.uint8)
    inside = np.zeros((HEIGHT, WIDTH), bool)
    left, top = (WIDTH - size[0]) // 2, (HEIGHT - size[1]) // 2
    at = np.s_[top : top + size[1], left : left + size[0]]
    inside[at] = cv2.resize(part.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    window[at] = cv2.resize(np.where(part, grey, ground).astype(np.uint8), size, interpolation=how)
    return window, inside


def _weave(window: Array, inside: Array) -> Array:
    import skimage.feature

    patterns: Any = skimage.feature.local_binary_pattern
    kernel = np.ones((5, 5), np.uint8)
    inner = np.asarray(cv2.erode(inside.astype(np.uint8), kernel)) > 0
    counted = inner if inner.any() else inside
    if counted.any():  # patterns elsewhere are not counted
        x, y, width, height = cv2.boundingRect(counted.astype(np.uint8))
        rim = 1 + max(radius for _, radius in PATTERNS)
        at = np.s_[max(0, y - rim) : y + height + rim, max(0, x - rim) : x + width + rim]
        window, counted = window[at], counted[at]
    shares = []
    for points, radius in PATTERNS:
        codes: Any = patterns(window, points, radius, method="uniform")
        counts = np.bincount(codes[counted].astype(np.int64), minlength=points + 2)
        shares.append(counts / max(1, counts.sum()))
    return np.concatenate(shares)


def _cut(window: Array) -> Array:
    square = (BLOCK, BLOCK)
    hog = cv2.HOGDescriptor((WIDTH, HEIGHT), square, (CELL, CELL), (CELL, CELL), TURNS)
    numbers: Any = hog.compute(window)
    return np.asarray(numbers).ravel()


def _unit(vector: Array) -> Array:
    length = float(np.linalg.norm(vector))
    return np.asarray((vector / length if length else vector).astype(np.float32))
