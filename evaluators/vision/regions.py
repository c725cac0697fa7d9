"""Where to look: masks, boxes, the torso under a face, and what is skin.

A region is a bool array on a small raster (`Views.small`), plus its box in the picture's pixels and
the name of the rule that gave it. Rules, first that applies: mask > box > torso under the face.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from evaluators.vision.faces import Face

Array = np.ndarray[Any, Any]

# The torso: 1.5 face widths to each side, and from one face height under the face's top to five.
TORSO_ASIDE, TORSO_FROM, TORSO_TO = 1.5, 1.0, 5.0
SKIN_AB, SKIN_L = 8.0, 25.0  # Lab distance to the face's own median within which a pixel is skin
LEAST = 64  # pixels of the small raster: fewer are no region


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """Part of a picture."""

    rule: str  # mask | box | torso | alpha | whole
    pixels: Array  # bool, on the small raster
    box: tuple[int, int, int, int]  # x, y, width, height in the picture's pixels

    @property
    def usable(self) -> bool:
        """Say whether enough pixels are left."""
        return int(self.pixels.sum()) >= LEAST


def from_mask(mask: Array, size: tuple[int, int], raster: tuple[int, int], rule: str) -> Region:
    """Make a region of a grey mask (white = inside).

    Args:
        mask: uint8 (height, width), of the picture's shape, at any scale.
        size: width and height of the picture, pixels.
        raster: width and height of the small raster.
        rule: what to call it.
    """
    pixels = np.asarray(cv2.resize(mask, raster, interpolation=cv2.INTER_AREA)) >= 128
    return Region(rule=rule, pixels=pixels, box=_box_of(pixels, size))


def cut_out(alpha: Array | None, size: tuple[int, int], raster: tuple[int, int]) -> Region | None:
    """Give what a picture's alpha keeps; None where it keeps everything, or there is none.

    Many programs write an alpha of 255 everywhere: it says nothing of where the subject is.
    """
    if alpha is None:
        return None
    found = from_mask(alpha, size, raster, "alpha")
    return None if found.pixels.all() else found


def from_box(
    box: Sequence[float], size: tuple[int, int], raster: tuple[int, int], rule: str = "box"
) -> Region:
    """Make a region of [x, y, width, height]: shares if all are <= 1, else pixels."""
    x, y, width, height = (float(v) for v in box)
    if max(x, y, width, height) <= 1.0:
        x, y, width, height = x * size[0], y * size[1], width * size[0], height * size[1]
    left, right = sorted((_clip(x, size[0]), _clip(x + width, size[0])))
    top, bottom = sorted((_clip(y, size[1]), _clip(y + height, size[1])))
    pixels = np.zeros(raster[::-1], bool)
    scale_x, scale_y = raster[0] / size[0], raster[1] / size[1]
    rows = slice(round(top * scale_y), round(bottom * scale_y))
    pixels[rows, round(left * scale_x) : round(right * scale_x)] = True
    return Region(rule=rule, pixels=pixels, box=(left, top, right - left, bottom - top))


def torso(face: Face, size: tuple[int, int], raster: tuple[int, int]) -> Region:
    """Guess where the clothes are from where the face is."""
    x, y, width, height = face.box
    centre = x + width / 2
    box = (
        centre - TORSO_ASIDE * width,
        y + TORSO_FROM * height,
        2 * TORSO_ASIDE * width,
        (TORSO_TO - TORSO_FROM) * height,
    )
    return from_box(box, size, raster, rule="torso")


def whole(size: tuple[int, int], raster: tuple[int, int]) -> Region:
    """Take the whole picture."""
    return Region(rule="whole", pixels=np.ones(raster[::-1], bool), box=(0, 0, *size))


def without_skin(region: Region, lab: Array, face: Face, size: tuple[int, int]) -> Region:
    """Leave out pixels of the face's own colour, unless nearly all of the region has it.

    The face's own median is used instead of a general skin colour, which would also remove tan,
    orange and red cloth.
    """
    raster = (lab.shape[1], lab.shape[0])
    x, y, width, height = face.box
    inner = (x + width / 4, y + height / 4, width / 2, height / 2)
    skin = lab[from_box(inner, size, raster).pixels]
    if not len(skin):
        return region
    median = np.median(skin, axis=0)
    off = np.abs(lab - median)
    is_skin = (np.hypot(off[..., 1], off[..., 2]) < SKIN_AB) & (off[..., 0] < SKIN_L)
    left = region.pixels & ~is_skin
    if left.sum() < 0.2 * region.pixels.sum():
        return region
    return Region(rule=region.rule, pixels=left, box=region.box)


def asked_box(spec: Mapping[str, Any], name: str) -> tuple[float, ...] | None:
    """Read a box from a spec, if it holds one of four numbers."""
    box = spec.get(name)
    if not isinstance(box, Sequence) or len(box) != 4:
        return None
    return tuple(float(v) for v in box)


def _clip(value: float, limit: int) -> int:
    return int(min(max(round(value), 0), limit))


def _box_of(pixels: Array, size: tuple[int, int]) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(pixels.any(axis=1)), np.flatnonzero(pixels.any(axis=0))
    if not len(rows):
        return (0, 0, 0, 0)
    scale_x, scale_y = size[0] / pixels.shape[1], size[1] / pixels.shape[0]
    left, top = round(columns[0] * scale_x), round(rows[0] * scale_y)
    right, bottom = round((columns[-1] + 1) * scale_x), round((rows[-1] + 1) * scale_y)
    return (left, top, right - left, bottom - top)
