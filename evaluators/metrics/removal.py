"""removal: does what had to go from the plate still stand inside the matte?

    removal.left  how much of it is left: inside the matte, the take and the plate less what their
                  surroundings would continue to (the plate's matte filled from around it, Telea
                  2004), per channel, and the least-squares share of the second in the first;
                  cut to 0..1, mean over at most 4 frames; 1 = untouched, 0.3 = a ghost of a third,
                  0 = gone, which is better. Take, plate and matte at one raster; looked at in a
                  window around the matte of at most 512 pixels a side

`stands` in the evidence: the take is the plate inside the matte, but for a fifth of what stood
there. Only that may fail a line, because it is a fact about pixels; a share between is a doubt,
for what appears behind a thing may look like it. No paper: a projection.

Blind to whether what was painted is right, to what hardly differs from its surroundings (then
there is no number), and to a matte that misses a part of the thing.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from evaluators.domain.brief import Brief
from evaluators.domain.score import Direction, Status
from evaluators.matte import alike, out_of_step
from evaluators.metric import Metric, Output, Reading, Readings, missing
from evaluators.views import Views
from router.decoding.decode import Unreadable

MOST_FRAMES, MOST_SIDE = 4, 512
AROUND = 12  # pixels of surroundings that the fill is made from
SEEN = 6.0  # code values, root of the mean square: less than that does not stand out
STANDS = 0.2  # of what stood there

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class _Row:
    left: float
    off: float  # take less plate, in parts of what stood there
    position: int
    box: list[int]


def measure(views: Views, brief: Brief) -> Readings:
    """Look for the plate's content in the take's matte."""
    mask = alike(views, brief)
    if isinstance(mask, Reading):
        return {"removal.left": mask}
    if brief.plate is None:
        return {"removal.left": missing(Status.NOT_APPLICABLE, "no reference (plate)")}
    plate = views.gallery.open(brief.plate)
    if isinstance(plate, Unreadable):
        reason = f"unreadable plate: {plate.reason}"
        return {"removal.left": missing(Status.NOT_MEASURED, reason)}
    return {"removal.left": _reading(views, mask, plate)}


def _reading(views: Views, mask: Views, plate: Views) -> Reading:
    if views.frames[0].shape != plate.frames[0].shape:
        return missing(Status.NOT_MEASURED, "the plate has another size than the take")
    if reason := out_of_step(views, "plate", plate):
        return missing(Status.NOT_MEASURED, reason)
    looked = views.spread(MOST_FRAMES)
    rows = [row for p in looked if (row := _row(views, p, mask, plate)) is not None]
    if not rows:
        reason = "nothing stands out inside the mask on the plate, so that nothing can be missed"
        return missing(Status.NOT_MEASURED, reason)
    worst = max(rows, key=lambda row: row.left)
    return Reading(
        value=float(np.mean([row.left for row in rows])),
        n_used=len(rows),
        n_expected=len(looked),
        evidence={
            "frame": views.indices[worst.position],
            "box": worst.box,
            "stands": bool(max(row.off for row in rows) <= STANDS),
        },
    )


def _row(views: Views, position: int, mask: Views, plate: Views) -> _Row | None:
    inside = mask.frames[views.beside(position, mask)].max(axis=2) >= 128
    if not inside.any() or inside.all():
        return None
    box = [int(n) for n in cv2.boundingRect(inside.astype(np.uint8))]
    window = _window(box, inside.shape)
    before, after = plate.frames[views.beside(position, plate)], views.frames[position]
    hole, was, now = (_small(a[window]) for a in (inside.astype(np.uint8) * 255, before, after))
    core = hole >= 128
    fill = cv2.inpaint(was, (hole > 0).astype(np.uint8), 3, cv2.INPAINT_TELEA).astype(np.float32)
    thing, found = (was - fill)[core], (now - fill)[core]
    energy = float((thing**2).sum())
    if not core.any() or energy < SEEN**2 * thing.size:
        return None
    off = np.sqrt(float(((found - thing) ** 2).sum()) / energy)
    left = float(np.clip((found * thing).sum() / energy, 0.0, 1.0))
    return _Row(left=left, off=float(off), position=position, box=box)


def _window(box: list[int], shape: tuple[int, ...]) -> tuple[slice, slice]:
    x, y, width, height = box
    rows = slice(max(0, y - AROUND), min(shape[0], y + height + AROUND))
    return rows, slice(max(0, x - AROUND), min(shape[1], x + width + AROUND))


def _small(picture: Array) -> Array:
    scale = min(1.0, MOST_SIDE / max(picture.shape[:2]))
    if scale == 1.0:
        return np.ascontiguousarray(picture)
    size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))


METRIC = Metric(
    name="removal",
    version="1",
    needs=frozenset({"probe", "frames", "indices", "gallery"}),
    # Neither way better by itself: a matte may also mark a costume, which has to stay.
    outputs=(Output(name="removal.left", unit="share", direction=Direction.NONE),),
    deterministic=False,  # a thing behind may look like the thing before it
    measure=measure,
    over_range=True,
)
