"""outside_mask: did anything change that had to stay as it was?

The take is compared with the plate outside the mask grown by the feather (`spec.feather` pixels,
default 8; every non-zero pixel of the mask counts as inside). Frame by frame for clips; a still
plate or mask serves all frames.

    outside_mask      share of these pixels that differ by more than 2 code values in any channel,
                      mean over frames; lower is better, 0 = untouched
    outside_mask.max  largest difference of any channel of any of these pixels, code values

Needs take, plate and mask at the same raster: nothing is scaled, because scaling changes pixels.
Lossy coding of the take counts as a change; 16-bit pictures are compared with all their bits. Blind
to everything inside the mask. No paper: a count.
"""

from typing import Any

import cv2
import numpy as np

from evaluators.domain.brief import Brief
from evaluators.domain.score import Direction, Status
from evaluators.metric import Metric, Output, Reading, Readings, missing
from evaluators.views import Views
from router.decoding.decode import Unreadable

LIMIT = 2  # code values
FEATHER = 8  # pixels

Array = np.ndarray[Any, Any]


def measure(views: Views, brief: Brief) -> Readings:
    """Count what changed outside."""
    if brief.plate is None or brief.mask is None:
        absent = "plate" if brief.plate is None else "mask"
        return missing(Status.NOT_APPLICABLE, f"no reference ({absent})")
    plate, mask = views.gallery.open(brief.plate), views.gallery.open(brief.mask)
    if isinstance(plate, Unreadable):
        return missing(Status.NOT_MEASURED, f"unreadable plate: {plate.reason}")
    if isinstance(mask, Unreadable):
        return missing(Status.NOT_MEASURED, f"unreadable mask: {mask.reason}")
    if reason := _misfit(take=views, plate=plate, mask=mask):
        return missing(Status.NOT_MEASURED, reason)
    feather = int(brief.spec.get("feather", FEATHER))
    rows = []
    for position in range(len(views.frames)):
        frame, before = _pair(views, plate, position)
        inside = _grown(mask.frames[views.beside(position, mask)], feather)
        rows.append(_count(frame, before, inside))
    if any(row is None for row in rows):
        return missing(Status.NOT_MEASURED, "the mask covers the whole picture")
    return _readings([row for row in rows if row], views, feather)


def _pair(views: Views, plate: Views, position: int) -> tuple[Array, Array]:
    """The frame and what it was: both uint8, or uint16 where both have more than 8 bits."""
    other = views.beside(position, plate)
    frame, before = views.frames[position], plate.frames[other]
    if not views.deep or not plate.deep:
        return frame, before
    deep = views.deep[position], plate.deep[other]
    if any(d.shape != frame.shape for d in deep):  # of a clip they are small
        return frame, before
    return deep


def _misfit(**pictures: Views) -> str | None:
    sizes = {name: (v.probe.width, v.probe.height) for name, v in pictures.items()}
    if len(set(sizes.values())) == 1:
        return None
    return "different sizes: " + ", ".join(f"{n} {w}x{h}" for n, (w, h) in sizes.items())


def _grown(mask: Array, feather: int) -> Array:
    inside: Array = (mask.max(axis=2) > 0).astype(np.uint8)
    if feather <= 0:
        return inside
    size = 2 * feather + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return np.asarray(cv2.dilate(inside, disc))


Row = tuple[float, float, tuple[int, int, int, int]]  # share changed, largest difference, box


def _count(frame: Array, before: Array, inside: Array) -> Row | None:
    outside = inside == 0
    if not outside.any():
        return None
    difference = np.asarray(cv2.absdiff(frame, before)).max(axis=2)
    if difference.dtype == np.uint16:
        difference = difference / np.float32(257)
    difference[~outside] = 0
    changed = difference > LIMIT
    x, y, width, height = cv2.boundingRect(changed.astype(np.uint8))
    share = float(changed.sum() / outside.sum())
    return share, float(difference.max()), (x, y, width, height)


def _readings(rows: list[Row], views: Views, feather: int) -> Readings:
    worst = max(range(len(rows)), key=lambda i: rows[i][:2])
    evidence: dict[str, Any] = {
        "frame": views.indices[worst],
        "feather": feather,
        "limit": LIMIT,
    }
    if rows[worst][0]:
        evidence["box"] = list(rows[worst][2])
    values = {
        "outside_mask": float(np.mean([row[0] for row in rows])),
        "outside_mask.max": float(max(row[1] for row in rows)),
    }
    count = len(rows)
    return {
        name: Reading(value=v, n_used=count, n_expected=count, evidence=evidence)
        for name, v in values.items()
    }


METRIC = Metric(
    name="outside_mask",
    version="1",
    needs=frozenset({"probe", "frames", "deep", "indices", "gallery"}),
    outputs=(
        Output(name="outside_mask", unit="share", direction=Direction.LOWER),
        Output(name="outside_mask.max", unit="code_values", direction=Direction.LOWER),
    ),
    deterministic=True,
    measure=measure,
    over_range=True,
)
