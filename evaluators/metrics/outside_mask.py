"""outside_mask: did anything change that had to stay as it was?

The take is compared with the plate outside the mask grown by the feather (`spec.feather` pixels,
default 8; every non-zero pixel of the mask counts as inside). Frame by frame for clips; a still
plate or mask serves all frames, a clip must have as many frames as the take.

    outside_mask      share of these pixels that differ by more than 2 code values in any channel,
                      mean over frames; lower is better, 0 = untouched
    outside_mask.max  largest difference of any channel of any of these pixels, code values

The sampled frames are compared pixel by pixel, every other frame by its luma at about 320x180: it
finds what is larger than a few pixels and not colour alone, and can only raise the share. Where the
luma of take and plate cannot be compared (it differs where sampled pixels do not), the frames
between are not seen, and the coverage says so.

Needs take, plate and mask at the same raster: nothing is scaled, because scaling changes pixels.
Lossy coding of the take counts as a change; 16-bit pictures are compared with all their bits. Blind
to everything inside the mask. No paper: a count.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

import cv2
import numpy as np

from evaluators.domain.brief import Brief
from evaluators.domain.score import Direction, Status
from evaluators.matte import out_of_step
from evaluators.metric import Metric, Output, Reading, Readings, missing
from evaluators.views import Views
from router.decoding.decode import Unreadable

LIMIT = 2  # code values
LUMA_LIMIT = 3  # code values: averaged, rounded again
FEATHER = 8  # pixels
ASTRAY = 2e-4  # share that the luma may claim where no sampled pixel changed

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
    rows: dict[int, _Row] = {}
    for position, frame in enumerate(views.indices):
        inside = _grown(mask.frames[views.beside(position, mask)], feather)
        row = _count(*_pair(views, plate, position), inside, views.luma.shape[:0:-1])
        if row is None:
            return missing(Status.NOT_MEASURED, "the mask covers the whole picture")
        rows[frame] = row
    between = _between(views, plate, mask, feather, rows)
    return _readings(rows, between, views, feather)


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


def _misfit(take: Views, **others: Views) -> str | None:
    pictures = {"take": take, **others}
    sizes = {name: (v.probe.width, v.probe.height) for name, v in pictures.items()}
    if len(set(sizes.values())) > 1:
        return "different sizes: " + ", ".join(f"{n} {w}x{h}" for n, (w, h) in sizes.items())
    return next((why for n, v in others.items() if (why := out_of_step(take, n, v))), None)


def _grown(mask: Array, feather: int) -> Array:
    inside: Array = (mask.max(axis=2) > 0).astype(np.uint8)
    if feather <= 0:
        return inside
    size = 2 * feather + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return np.asarray(cv2.dilate(inside, disc))


@dataclass(frozen=True, slots=True)
class _Row:
    """What changed in one frame."""

    share: float
    most: float  # code values
    box: tuple[int, ...]
    places: Array  # bool, on the raster of the luma


def _count(frame: Array, before: Array, inside: Array, raster: tuple[int, ...]) -> _Row | None:
    outside = inside == 0
    if not outside.any():
        return None
    difference = np.asarray(cv2.absdiff(frame, before)).max(axis=2)
    if difference.dtype == np.uint16:
        difference = difference / np.float32(257)
    difference[~outside] = 0
    changed = (difference > LIMIT).astype(np.uint8)
    small = cv2.resize(changed * np.uint8(255), raster, interpolation=cv2.INTER_AREA)
    return _Row(
        share=float(changed.sum() / outside.sum()),
        most=float(difference.max()),
        box=tuple(cv2.boundingRect(changed)),
        places=np.asarray(small) > 0,
    )


def _between(
    views: Views, plate: Views, mask: Views, feather: int, sampled: Mapping[int, _Row]
) -> dict[int, _Row] | None:
    """Look at the frames that were not sampled; None where their luma tells nothing."""
    luma, before, drawn = views.luma, _each(views, plate), _each(views, mask)
    if before is None or drawn is None:
        return None
    scale = luma.shape[2] / views.probe.width
    reach = 2 * (ceil(feather * scale) + 1) + 1
    rows: dict[int, _Row] = {}
    for i, frame in enumerate(luma):
        inside = cv2.dilate((drawn[i] > 0).astype(np.uint8), np.ones((reach, reach), np.uint8))
        outside = np.asarray(inside) == 0
        difference = np.asarray(cv2.absdiff(frame, before[i])) * outside
        changed = difference > LUMA_LIMIT
        share = float(changed.sum() / max(1, outside.sum()))
        known = sampled.get(views.first + i)
        if known is None:
            box = tuple(round(v / scale) for v in cv2.boundingRect(changed.astype(np.uint8)))
            rows[views.first + i] = _Row(share, float(difference.max()), box, changed)
            continue
        near = cv2.dilate(known.places.astype(np.uint8), np.ones((3, 3), np.uint8))
        if (changed & (np.asarray(near) == 0)).mean() > ASTRAY:
            return None
    return rows


def _each(views: Views, other: Views) -> Array | None:
    """Give the other's luma for every frame; None where it has another raster."""
    if len(other.luma) == 1 and other.luma.shape[1:] == views.luma.shape[1:]:
        return np.broadcast_to(other.luma, views.luma.shape)
    return views.luma_beside(other)


def _readings(
    sampled: Mapping[int, _Row], between: Mapping[int, _Row] | None, views: Views, feather: int
) -> Readings:
    rows = {**(between or {}), **sampled}
    worst = max(rows, key=lambda i: (rows[i].share, rows[i].most, -i))
    evidence: dict[str, Any] = {
        "frame": worst,
        "feather": feather,
        "limit": LIMIT,
        "pixel_by_pixel": len(sampled),
    }
    if rows[worst].share:
        evidence["box"] = list(rows[worst].box)
    shares = (np.mean([row.share for row in seen.values()]) for seen in (sampled, rows))
    values = {
        "outside_mask": float(max(shares)),
        "outside_mask.max": max(row.most for row in rows.values()),
    }
    expected = len(views.luma)
    return {
        name: Reading(value=v, n_used=len(rows), n_expected=expected, evidence=evidence)
        for name, v in values.items()
    }


METRIC = Metric(
    name="outside_mask",
    version="2",
    needs=frozenset({"probe", "frames", "deep", "indices", "luma", "gallery"}),
    outputs=(
        Output(name="outside_mask", unit="share", direction=Direction.LOWER),
        Output(name="outside_mask.max", unit="code_values", direction=Direction.LOWER),
    ),
    deterministic=True,
    measure=measure,
    over_range=True,
)
