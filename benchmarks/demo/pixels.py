"""Pixels of the demonstration's pictures, as numbers and as bytes."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage import data

Image = NDArray[Any]  # float32, sRGB 0..1, rows x columns x 3; a mask without the last
Picture = NDArray[Any]  # uint8, RGB, or grey for a matte
Colour = tuple[float, float, float]  # sRGB 0..1

_GROW = 7  # pixels by which a matte is larger than what it covers


def floats(numbers: Any) -> Image:
    """Make 32-bit floats of numbers."""
    return np.asarray(numbers, np.float32)


def between(one: Colour, other: Colour, share: float) -> Colour:
    """Mix two colours."""
    red, green, blue = (a + (b - a) * share for a, b in zip(one, other, strict=True))
    return red, green, blue


def code_values(picture: Image) -> Picture:
    """Round 0..1 to 8 bits."""
    return np.round(np.clip(picture, 0, 1) * 255).astype(np.uint8)


def matte(cover: Image) -> Picture:
    """Give the matte of what is covered (0..1), a little larger, in hard black and white."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * _GROW + 1, 2 * _GROW + 1))
    return np.asarray(cv2.dilate(code_values(cover > 0.02), disc))


def another_take(picture: Image, seed: int, *, reach: float, feature: float) -> Image:
    """Let a still picture breathe: a smooth, small change of shape, as between two takes.

    Args:
        picture: rows x columns, or x channels.
        seed: which take.
        reach: how far points move, pixels (RMS).
        feature: size of what moves together, pixels.
    """
    rows, columns = picture.shape[:2]
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, 1, (2, rows, columns)).astype(np.float32)
    moves = [floats(cv2.GaussianBlur(n, (0, 0), feature)) for n in noise]
    down, along = np.mgrid[:rows, :columns].astype(np.float32)
    x, y = (at + reach / m.std() * m for at, m in zip((along, down), moves, strict=True))
    moved = cv2.remap(picture, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, picture.dtype)


def photograph(name: str) -> Picture:
    """Give a photograph that scikit-image carries in its wheel, free of rights."""
    return np.asarray(getattr(data, name)())
