"""Edits inside a matte: paint in, erase; outside, only what the profile spills."""

import cv2
import numpy as np

from router.emulator.painter.drift import grain
from router.emulator.painter.words import Colour

MOST_FILLED = 12_000
"""Pixels that the inpainting solver gets at most; a larger hole is solved smaller."""
WIDEST_SPILL = 9.0
"""Code values of change outside the matte at spill 1."""


def matte(mask: np.ndarray | None, size: tuple[int, int], grow: int) -> np.ndarray:
    """Turn a mask into weights: the mask grown, with a feather that stays inside what was grown.

    Args:
        mask: uint8 (H, W), white is edited; None edits nothing.
        size: width and height of the picture.
        grow: pixels that the mask grows by.

    Returns:
        float32 (H, W), 0..1; exactly 0 farther than `grow` from the mask.
    """
    if mask is None:
        return np.zeros(size[::-1], np.float32)
    if mask.shape[::-1] != size:
        mask = cv2.resize(mask, size, interpolation=cv2.INTER_NEAREST)
    if grow:
        reach = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * grow + 1, 2 * grow + 1))
        mask = cv2.dilate(mask, reach)
    far = cv2.distanceTransform((mask > 0).astype(np.uint8), cv2.DIST_L2, 3)
    return mask.astype(np.float32) / 255 * np.minimum(far / (max(grow, 1) + 1), 1)


def blend(picture: np.ndarray, new: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Lay new pixels over a picture; where the weight is 0 the picture stays to the bit."""
    mixed = picture + (new - picture) * weight[..., None]
    out = np.clip(mixed + 0.5, 0, 255).astype(np.uint8)
    return np.where(weight[..., None] > 0, out, picture)


def erase(picture: np.ndarray, weight: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Remove what the matte covers and continue its surroundings.

    Args:
        picture: uint8 (H, W, 3).
        weight: the matte.
        rng: makes grain where none can be borrowed.

    Returns:
        float32 (H, W, 3) in code values; only pixels under the matte mean anything.
    """
    found = picture.astype(np.float32)
    where = _window(weight, picture.shape[:2])
    if where is None:
        return found
    cut, hole = picture[where], (weight[where] > 0).astype(np.uint8)
    scale = min(1.0, float(np.sqrt(MOST_FILLED / hole.sum())))
    small = cv2.resize(cut, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    gap = cv2.resize(hole * 255, small.shape[1::-1], interpolation=cv2.INTER_AREA)
    solved = cv2.inpaint(small, (gap > 0).astype(np.uint8), 4, cv2.INPAINT_TELEA)
    smooth = cv2.resize(_melted(solved, gap), cut.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    found[where] = smooth + _detail(cut, hole, rng)
    return found


def _melted(solved: np.ndarray, gap: np.ndarray) -> np.ndarray:
    """Take the streaks out of the middle of a filled hole; its rim stays as solved."""
    far = cv2.distanceTransform((gap > 0).astype(np.uint8), cv2.DIST_L2, 3)
    reach = max(float(far.max()), 1.0)
    floats = solved.astype(np.float32)
    inside = np.clip(far / (0.6 * reach), 0, 1)[..., None]
    soft = cv2.GaussianBlur(floats, (0, 0), max(0.6, reach / 2.5))
    mixed: np.ndarray = floats + (soft - floats) * inside
    return mixed


def _window(weight: np.ndarray, shape: tuple[int, ...]) -> tuple[slice, slice] | None:
    """Give the matte's box with room around it to look at."""
    rows, columns = np.flatnonzero(weight.any(axis=1)), np.flatnonzero(weight.any(axis=0))
    if not len(rows):
        return None
    room = max(24, (rows[-1] - rows[0]) // 2, (columns[-1] - columns[0]) // 2)
    return (
        slice(max(0, int(rows[0]) - room), min(shape[0], int(rows[-1]) + room + 1)),
        slice(max(0, int(columns[0]) - room), min(shape[1], int(columns[-1]) + room + 1)),
    )


def _detail(cut: np.ndarray, hole: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Borrow grain and fine texture from beside the hole; where nothing is free, make grain."""
    floats = cut.astype(np.float32)
    fine = floats - cv2.GaussianBlur(floats, (0, 0), 2.5)
    height, width = hole.shape
    calmest, least = None, np.inf
    for down, across in (
        (0, width // 3),
        (0, -(width // 3)),
        (height // 3, 0),
        (-(height // 3), 0),
    ):
        shift = np.array([[1, 0, across], [0, 1, down]], np.float32)
        blocked = cv2.warpAffine(hole, shift, (width, height), borderValue=1)
        if not (blocked & hole).any():
            moved = cv2.warpAffine(fine, shift, (width, height), borderMode=cv2.BORDER_REFLECT_101)
            loud = float(np.abs(moved[hole > 0]).mean())
            if loud < least:
                calmest, least = np.clip(moved, -12, 12), loud
    if calmest is not None:
        return calmest
    around = fine[hole == 0]
    sigma = float(np.median(np.abs(around))) * 1.48 if around.size else 1.5
    return (grain(np.full_like(fine, 0.5), min(sigma, 3.0), rng) - 0.5) * 255


def dye(picture: np.ndarray, weight: np.ndarray, colour: Colour) -> np.ndarray:
    """Give what the matte covers another colour and leave its light and folds.

    Returns:
        float32 (H, W, 3) in code values.
    """
    lab = cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    wanted = cv2.cvtColor(np.array([[colour]], np.float32), cv2.COLOR_RGB2LAB)[0, 0]
    total = max(float(weight.sum()), 1e-6)
    mean = float((lab[..., 0] * weight).sum()) / total
    light = (lab[..., 0] - mean) * 0.9 + mean + 0.95 * (float(wanted[0]) - mean)
    light = np.clip(light, 1, 99)
    share = np.clip(light / max(float(wanted[0]), 8.0), 0.3, 1.5) ** 0.6
    dyed = cv2.merge([light, wanted[1] * share, wanted[2] * share])
    out: np.ndarray = cv2.cvtColor(dyed, cv2.COLOR_LAB2RGB) * 255
    return out


def spill(picture: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    """Change the whole picture faintly, as a model does that re-encodes all of it."""
    if amount <= 0:
        return picture
    width, height = picture.shape[1], picture.shape[0]
    coarse = rng.normal(0, 0.6, (4, 4, 3)) + rng.choice([-1.0, 1.0], 3) * (0.9, 0.6, 0.9)
    field = cv2.resize(coarse.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    soft = cv2.GaussianBlur(picture, (0, 0), 1.0).astype(np.float32)
    mixed = picture + (soft - picture) * min(1.0, 0.8 * amount) + field * (WIDEST_SPILL * amount)
    out: np.ndarray = np.clip(mixed + 0.5, 0, 255).astype(np.uint8)
    return out
