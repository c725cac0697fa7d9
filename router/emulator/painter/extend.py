"""More canvas around a picture, and more pixels in it."""

import cv2
import numpy as np

from router.emulator.painter.drift import grain

LARGE = 8_000_000
"""Pixels above which the cheaper enlargement is good enough."""


def outpaint(
    picture: np.ndarray, sides: tuple[int, int, int, int], rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Continue a picture beyond its edges: mirrored, softer with distance, with fresh grain.

    Args:
        picture: uint8 (H, W, 3).
        sides: pixels to add left, right, up, down.
        rng: makes the grain.

    Returns:
        uint8 picture, and bool (H, W) that is True where it is the given one to the bit.
    """
    left, right, up, down = sides
    height, width = picture.shape[:2]
    wide = cv2.copyMakeBorder(picture, up, down, left, right, cv2.BORDER_REFLECT_101)
    kept = np.zeros(wide.shape[:2], np.uint8)
    kept[up : up + height, left : left + width] = 1
    far = cv2.distanceTransform(1 - kept, cv2.DIST_L2, 3) / (0.05 * min(height, width))
    soft = cv2.GaussianBlur(wide, (0, 0), 2.2).astype(np.float32)
    small = cv2.resize(wide, None, fx=1 / 8, fy=1 / 8, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), 2.5)
    softer = cv2.resize(small, wide.shape[1::-1], interpolation=cv2.INTER_CUBIC).astype(np.float32)
    near = np.clip(far, 0, 1)[..., None]
    beyond = np.clip((far - 0.5) / 2.0, 0, 0.93)[..., None]
    mixed = wide + (soft - wide) * near
    mixed += (softer - mixed) * beyond
    mixed = grain(mixed / 255, 2.4, rng) * 255
    out = np.clip(mixed + 0.5, 0, 255).astype(np.uint8)
    return np.where(kept[..., None] > 0, wide, out), kept.astype(bool)


def enlarge(picture: np.ndarray, size: tuple[int, int], sharpen: float) -> np.ndarray:
    """Resize to more pixels and sharpen a little.

    Args:
        picture: uint8 (H, W, 3).
        size: width and height wanted.
        sharpen: weight of the unsharp mask.
    """
    how = cv2.INTER_LANCZOS4 if size[0] * size[1] <= LARGE else cv2.INTER_CUBIC
    large = cv2.resize(picture, size, interpolation=how)
    scale = size[0] / picture.shape[1]
    soft = cv2.GaussianBlur(large, (0, 0), 0.5 * max(scale, 1.0))
    return cv2.addWeighted(large, 1 + sharpen, soft, -sharpen, 0)
