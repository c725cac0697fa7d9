"""An answer is laid into a picture inside a matte; outside matte and feather nothing changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from benchmarks.pictures.pixels import Pixels
from router.domain.errors import BadInput

LIMIT = 2  # code values: what counts as changed, as for the metric outside_mask

Mask = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """The child, and what changed outside matte and feather."""

    pixels: Pixels
    outside_raw: float  # share of these pixels in which the raw answer differs from the ground
    outside_child: float


def lay(answer: Pixels, ground: Pixels, inside: Mask, feather: int) -> Laid:
    """Blend `answer` over `ground` by a matte whose edge fades outwards over `feather` pixels.

    Args:
        answer: uint8 (H, W, 3); scaled to the ground's raster where a model gave another.
        ground: uint8 (H, W, 3); stays bit for bit where matte and feather end.
        inside: bool (H, W), True = white of the matte.
        feather: width of the fading rim, pixels.

    Raises:
        BadInput: the matte is empty.
    """
    if not inside.any():
        raise BadInput(field="matte", found="no white pixel", expected="a matte with a region")
    height, width = ground.shape[:2]
    if answer.shape != ground.shape:
        answer = np.asarray(cv2.resize(answer, (width, height)), np.uint8)
    away = cv2.distanceTransform((~inside).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    weight = np.clip(1.0 - away / (feather + 1.0), 0.0, 1.0)[..., None]
    mixed = np.rint(weight * answer + (1.0 - weight) * ground)
    child = np.where(weight > 0, mixed, ground).astype(np.uint8)
    outside = weight[..., 0] == 0
    return Laid(
        pixels=child,
        outside_raw=changed(answer, ground, outside),
        outside_child=changed(child, ground, outside),
    )


def extended(parent: Pixels, answer: Pixels, margins: Mapping[str, int]) -> tuple[Pixels, Mask]:
    """Lay a parent into the frame that extends it: the ground, and where the answer may show.

    A model that gives another size than was asked for has drawn the parent anew; then the answer
    shows everywhere, because nothing of it lies where the parent's pixels are.
    """
    height, width = parent.shape[:2]
    left, up = margins.get("left", 0), margins.get("up", 0)
    size = (height + up + margins.get("down", 0), width + left + margins.get("right", 0))
    inside = np.ones(answer.shape[:2], bool)
    if answer.shape[:2] != size:
        return answer, inside
    ground = answer.copy()
    ground[up : up + height, left : left + width] = parent
    inside[up : up + height, left : left + width] = False
    return ground, inside


def changed(picture: Pixels, ground: Pixels, where: Mask) -> float:
    """Give the share of pixels of a region that differ by more than LIMIT in any channel."""
    if not where.any():
        return 0.0
    differs = cv2.absdiff(picture, ground).max(axis=2) > LIMIT
    return float(differs[where].mean())
