"""Costume: where in its region the take has a colour that the reference costume has not.

Each pixel's distance, CIEDE2000, to the nearest of the colours that the reference costume is made
of. A fold in the shade is a colour of the reference only if the reference has shade too.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from evaluators.exhibits.paper import Panel, heated
from evaluators.matte import Matte
from evaluators.views import Views
from evaluators.vision.regions import from_box

CELL = 6.0  # delta_e: colours of the reference that are closer are one
LEAST_SHARE = 0.004  # of the region: rarer colours are edges and noise
SEEN, TOP = 3.0, 20.0  # delta_e: not shown below, last colour of the map

Array = np.ndarray[Any, Any]


def panel(
    take: Views, position: int, reference: Views, evidence: Mapping[str, Any], mask: Matte | None
) -> Panel | None:
    """Draw the drift map of one frame; None where no region is known."""
    if not evidence.get("box"):
        return None
    there = mask.region(take, position) if mask else None
    mine = there.pixels if there else _region(take, position, evidence["box"])
    palette = _palette(reference.lab[0][_region(reference, 0, evidence.get("reference_box"))])
    if not mine.any() or not len(palette):
        return None
    values = np.full(mine.shape, np.nan, np.float32)
    values[mine] = _nearest(take.lab[position][mine], palette)
    off = float((values[mine] > SEEN).mean())
    return Panel(
        caption=f"colours off: {off:.0%} of it",
        pixels=heated(take.small[position], values, TOP, floor=SEEN),
        scale=f"{SEEN:.0f}|{TOP:.0f} delta E",
    )


def _region(views: Views, position: int, box: Any) -> Array:
    height, width = views.small[position].shape[:2]
    size = (views.probe.width, views.probe.height)
    return from_box(box or (0, 0, *size), size, (width, height)).pixels


def _palette(points: Array) -> Array:
    """The colours that a region is made of: means of the cells that hold enough of it."""
    if not len(points):
        return points
    cells, which, counts = np.unique(
        np.floor(points / CELL).astype(np.int32), axis=0, return_inverse=True, return_counts=True
    )
    sums = np.zeros((len(cells), 3))
    np.add.at(sums, which.ravel(), points)
    return np.asarray((sums / counts[:, None])[counts >= LEAST_SHARE * len(points)])


def _nearest(points: Array, palette: Array) -> Array:
    """CIEDE2000 to the nearest colour, found by plain Lab distance."""
    import skimage.color

    formula: Any = skimage.color.deltaE_ciede2000
    off = ((points[:, None, :] - palette[None]) ** 2).sum(axis=2)
    return np.asarray(formula(points.astype(np.float64), palette[off.argmin(axis=1)]))
