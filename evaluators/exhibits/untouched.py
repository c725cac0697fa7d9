"""Untouched regions: plate, take, and what changed on the wrong side of the matte."""

import cv2
import numpy as np

from evaluators.exhibits.paper import Array, Panel, heated
from evaluators.views import Views

LIMIT, TOP = 2.0, 32.0  # code values: what counts as a change, last colour of the map
MATTE = (70, 78, 96)  # outside the question


def panels(
    plate: Views, mask: Views, take: Views, position: int, where: Panel, feather: int
) -> list[Panel]:
    """Show the change; without a common raster, the take alone."""
    before = plate.frames[take.beside(position, plate)]
    matte = mask.frames[take.beside(position, mask)]
    if not before.shape == matte.shape == where.pixels.shape:
        return [where]
    change = np.asarray(cv2.absdiff(where.pixels, before)).max(axis=2).astype(np.float32)
    inside = _grown(matte, feather)
    change[inside] = np.nan
    # A changed pixel must survive the scaling down: the map shows the worst of its surroundings.
    reach = max(1, round(max(change.shape) / 210))
    spread = np.asarray(cv2.dilate(np.nan_to_num(change), np.ones((reach, reach))))
    spread[inside] = np.nan
    shown = heated(where.pixels, spread, TOP, floor=LIMIT)
    shown[inside] = (shown[inside] * 0.5 + np.array(MATTE) * 0.5).astype(np.uint8)
    share = float((change[~inside] > LIMIT).mean()) if (~inside).any() else 0.0
    return [
        Panel(caption="plate", pixels=before, quiet=True),
        where,
        Panel(
            caption=f"changed: {share:.2%} (matte blue)",
            pixels=shown,
            scale=f"{LIMIT:.0f}|{TOP:.0f}+ of 255",
        ),
    ]


def _grown(matte: Array, feather: int) -> Array:
    inside: Array = (matte.max(axis=2) > 0).astype(np.uint8)
    if feather:
        size = (2 * feather + 1,) * 2
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, size)
        inside = np.asarray(cv2.dilate(inside, disc))
    return np.asarray(inside > 0)
