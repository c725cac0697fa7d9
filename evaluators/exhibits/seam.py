"""Seam: the two rings either side of the matte's edge that are compared, whole and close."""

import cv2
import numpy as np

from evaluators.exhibits.paper import Array, Box, Panel, around
from evaluators.views import Views
from evaluators.vision.rings import GUARD, sides

INNER, OUTER = (86, 180, 233), (230, 159, 0)  # sky blue and orange: told apart by everybody
CLOSE = 96  # pixels, side of what is shown close


def panels(mask: Views, take: Views, position: int, where: Panel, feather: int = 0) -> list[Panel]:
    """Outline both rings as measured, and show the edge close, where the sides differ most."""
    matte = mask.frames[take.beside(position, mask)].max(axis=2)
    if matte.shape != where.pixels.shape[:2]:
        return [where]
    measured = sides(matte >= 128, guard=GUARD + feather)
    inner, outer = measured.inside, measured.outside
    if not inner.any() or not outer.any():
        return [where]
    shown = where.pixels.copy()
    for part, colour in ((inner, INNER), (outer, OUTER)):
        shown[part] = (0.35 * shown[part] + 0.65 * np.array(colour)).astype(np.uint8)
    box = where.box or _worst(where.pixels, inner, outer)
    return [
        Panel(caption="inside blue, outside orange", pixels=shown, box=box),
        Panel(caption="the edge, close", pixels=around(where.pixels, box, times=1.0)),
        Panel(caption="the same, with rings", pixels=around(shown, box, times=1.0), quiet=True),
    ]


def _worst(pixels: Array, inner: Array, outer: Array) -> Box:
    """The place on the edge where the mean colours of the two rings are furthest apart."""
    window = (CLOSE, CLOSE)
    means = []
    for part in (inner, outer):
        weight = np.asarray(cv2.boxFilter(part.astype(np.float32), -1, window, normalize=False))
        total = cv2.boxFilter(
            np.where(part[..., None], pixels, 0).astype(np.float32), -1, window, normalize=False
        )
        means.append(np.asarray(total) / np.maximum(weight, 1.0)[..., None])
    apart = np.abs(means[0] - means[1]).sum(axis=2)
    apart[~(inner | outer)] = -1.0
    y, x = np.unravel_index(int(apart.argmax()), apart.shape)
    return (float(x) - CLOSE / 2, float(y) - CLOSE / 2, float(CLOSE), float(CLOSE))
