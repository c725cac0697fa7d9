"""inside_mask: what changed where something was meant to change, and does it hold still?

    inside_mask          share of the matte's pixels that differ from the plate by more than 2 code
                         values in any channel, mean over frames; take, plate and matte at one
                         raster and with as many frames, nothing is scaled. 0..1; 0 = untouched,
                         neither way is better
    inside_mask.flicker  how much more places inside the matte change from frame to frame than they
                         should: the difference of the medians over time of the mean change of the
                         luma (at about 320x180, averaged over 7x7 pixels), code values; lower is
                         better, 0 = as steady as what it is compared with, negative = steadier.
                         Compared with the same places of the plate where that is a clip of as many
                         frames, else with a ring outside the matte. A still is not_applicable

`still_by_still` in the evidence (and a flag): the pictures of a clip were cleaned one by one.
Claimed only where, over at least 8 frames, places inside change three times as much as what they
are compared with and by at least 1 code value more, and a change is followed by its opposite: the
correlation of successive changes is -0.3 or less. What moves keeps moving (above 0), frames that
do not know of each other have -0.5, whatever is in them. No paper: a count, and a correlation.

Blind to whether the change was the right one, to boiling finer than 7 pixels at 320x180, to fire
and water where the plate is a still (they forget their past too, but hardly within a frame), and
to a matte smaller than about a hundredth of the picture.
"""

from typing import Any

import cv2
import numpy as np

from evaluators.domain.brief import Brief
from evaluators.domain.score import Direction, Status
from evaluators.matte import alike, out_of_step
from evaluators.metric import Metric, Output, Reading, Readings, missing
from evaluators.views import Views
from evaluators.vision.rings import memory, places, sides, step
from router.decoding.decode import Unreadable

LIMIT = 2  # code values
LEAST_PLACES = 4
LEAST_FRAMES = 8
TIMES, MORE = 3.0, 1.0  # as much as, and code values more than, what it is compared with
FORGETS = -0.3  # correlation of successive changes

Array = np.ndarray[Any, Any]


def measure(views: Views, brief: Brief) -> Readings:
    """Count the change against the plate, and follow it through time."""
    mask = alike(views, brief)
    if isinstance(mask, Reading):
        return mask
    plate = views.gallery.open(brief.plate) if brief.plate else None
    return {
        "inside_mask": _changed(views, mask, plate),
        "inside_mask.flicker": _flicker(views, mask, plate),
    }


def _changed(views: Views, mask: Views, plate: Views | Unreadable | None) -> Reading:
    if plate is None:
        return missing(Status.NOT_APPLICABLE, "no reference (plate)")
    if isinstance(plate, Unreadable):
        return missing(Status.NOT_MEASURED, f"unreadable plate: {plate.reason}")
    if views.frames[0].shape != plate.frames[0].shape:
        return missing(Status.NOT_MEASURED, "the plate has another size than the take")
    if reason := out_of_step(views, "plate", plate):
        return missing(Status.NOT_MEASURED, reason)
    shares = []
    for position, frame in enumerate(views.frames):
        inside = mask.frames[views.beside(position, mask)].max(axis=2) >= 128
        if not inside.any():
            continue
        before = plate.frames[views.beside(position, plate)]
        changed = np.asarray(cv2.absdiff(frame, before)).max(axis=2) > LIMIT
        shares.append((float(changed[inside].mean()), position, inside))
    if not shares:
        return missing(Status.NOT_MEASURED, "the mask is empty")
    _, position, inside = max(shares, key=lambda row: row[0])
    evidence = {
        "frame": views.indices[position],
        "box": list(cv2.boundingRect(inside.astype(np.uint8))),
        "limit": LIMIT,
    }
    return Reading(
        value=float(np.mean([row[0] for row in shares])),
        n_used=len(shares),
        n_expected=len(views.frames),
        evidence=evidence,
    )


def _flicker(views: Views, mask: Views, plate: Views | Unreadable | None) -> Reading:
    luma = views.luma
    if len(luma) < 2:
        return missing(Status.NOT_APPLICABLE, "a still picture")
    inside = _always_inside(mask, luma.shape[1:])
    mine = places(luma, inside)
    against, theirs = _beside(views, inside, plate)
    if min(mine.shape[1], theirs.shape[1]) < LEAST_PLACES:
        return missing(Status.NOT_MEASURED, "too little of the picture lies inside or beside it")
    steps, others, carries = step(mine), step(theirs), memory(mine)
    alone = (
        len(luma) >= LEAST_FRAMES
        and steps >= max(TIMES * others, others + MORE)
        and carries <= FORGETS
    )
    worst = int(np.abs(np.diff(mine, axis=0)).mean(axis=1).argmax())
    evidence = {
        "frame": views.first + worst + 1,
        "inside": round(steps, 3),
        "against": against,
        "beside": round(others, 3),
        "carries_on": round(carries, 3),
        "still_by_still": alone,
    }
    count = len(luma) - 1
    return Reading(value=steps - others, n_used=count, n_expected=count, evidence=evidence)


def _always_inside(mask: Views, shape: tuple[int, ...]) -> Array:
    """What is inside in every frame of the matte, on the small raster."""
    least = np.min([frame.max(axis=2) for frame in mask.frames], axis=0)
    small = cv2.resize(least, shape[::-1], interpolation=cv2.INTER_AREA)
    return np.asarray(small) >= 128


def _beside(views: Views, inside: Array, plate: Views | Unreadable | None) -> tuple[str, Array]:
    before = views.luma_beside(plate) if isinstance(plate, Views) else None
    if before is not None:
        return "plate", places(before, inside)
    return "ring outside", places(views.luma, sides(inside, guard=3, wide=0.08).outside)


METRIC = Metric(
    name="inside_mask",
    version="2",
    needs=frozenset({"probe", "frames", "luma", "indices", "gallery"}),
    outputs=(
        Output(name="inside_mask", unit="share", direction=Direction.NONE),
        Output(name="inside_mask.flicker", unit="code_values", direction=Direction.LOWER),
    ),
    deterministic=False,  # a wanted change reads like an unwanted one
    measure=measure,
    over_range=True,
)
