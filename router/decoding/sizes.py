"""Pixels at the sizes that are handed on; used inside the decode jail."""

from typing import Any

import cv2
import numpy as np

LUMA_PIXELS = 320 * 180

Array = np.ndarray[Any, Any]


def within(pixels: Array, side: int | None) -> Array:
    """Scale down to a longer side, never up."""
    longest = max(pixels.shape[:2])
    if not side or longest <= side:
        return pixels
    size = (round(pixels.shape[1] * side / longest), round(pixels.shape[0] * side / longest))
    least = (max(1, size[0]), max(1, size[1]))
    return np.asarray(cv2.resize(pixels, least, interpolation=cv2.INTER_AREA))


def small(plane: Array) -> Array:
    """Scale a plane down to about 320x180 pixels, never stretched."""
    height, width = plane.shape
    scale = min(1.0, (LUMA_PIXELS / (width * height)) ** 0.5)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA))
