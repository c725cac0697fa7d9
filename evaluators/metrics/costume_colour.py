"""costume_colour: does the costume keep its colours?

    costume_colour = sliced 1-Wasserstein distance in CIELAB between the costume's pixels in the
                     take and in the nearest costume reference; median over frames

Unit delta_e, lower is better, 0 = the same colours in the same shares; a pure shift by v reads
about |v| / 2 (Rabin, Peyre, Delon, Bernot, SSVM 2011). About 2 is invisible, 6 is plain to see.

Where the costume is, first rule that applies: the mask, the box `spec.box`, for a person the torso
under the own face (of several, the one like the references). In the reference: its alpha if that
leaves anything out, the box `spec.ref_box`, for a person the torso, else
the whole picture. Evidence names the rule; with `torso` it is a guess. For a person, and without a
mask, pixels of the face's own colour are left out. Boxes are [x, y, width, height] in shares or
pixels.

A mask is drawn for the plate, and a new take is framed a little otherwise: the mask, or the mask
without a rim of 4 % of the short side, whichever is nearer to the reference. Takes without a fault
read 1.7..10.8 in the whole mask and 1.0..8.8 so; turned by 22 degrees of hue 12.3 and more in both.

Blind to pattern, cut and texture, and cannot tell another dye from another light: read it beside
colour_match.
"""

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np

from evaluators.colour import profile, sliced_w1
from evaluators.costume import region_of_reference, why_nowhere, worn
from evaluators.domain.brief import Brief
from evaluators.domain.score import Direction, Status
from evaluators.metric import Metric, Output, Reading, Readings, missing
from evaluators.views import Views
from evaluators.vision.regions import Region
from evaluators.weights import NoWeights
from router.decoding.decode import Unreadable

RIM = 0.04  # of the short side

Array = np.ndarray[Any, Any]


def measure(views: Views, brief: Brief) -> Readings:
    """Compare the costume's colours in every sampled frame with the references'."""
    if not brief.costume_refs:
        return missing(Status.NOT_APPLICABLE, "no reference (costume_refs)")
    try:
        goals, unused = _goals(views, brief)
        if not goals:
            return missing(Status.NOT_MEASURED, "no readable costume reference", unused=unused)
    except NoWeights as absent:
        return missing(Status.NOT_MEASURED, str(absent))
    found = worn(views, brief)
    if isinstance(found, Reading):
        return found
    rows = [_compared(views, p, region, goals) for p, region in found if region.usable]
    if not rows:
        return missing(Status.NOT_MEASURED, why_nowhere(brief))
    worst = max(rows, key=lambda row: row.distance)
    evidence = {
        "region": worst.region.rule,
        "reference": worst.goal.name,
        "reference_region": worst.goal.region.rule,
        "reference_box": list(worst.goal.region.box),
        "frame": worst.frame,
        "box": list(worst.region.box),
        "worst": round(worst.distance, 3),
    }
    return Reading(
        value=float(np.median([row.distance for row in rows])),
        n_used=len(rows),
        n_expected=len(views.face_positions if worst.region.rule == "torso" else views.frames),
        evidence=evidence,
    )


@dataclass(frozen=True, slots=True)
class _Goal:
    name: str  # of the reference's file
    region: Region
    profile: Array


@dataclass(frozen=True, slots=True)
class _Row:
    distance: float
    frame: int
    region: Region
    goal: _Goal


def _compared(views: Views, position: int, region: Region, goals: list[_Goal]) -> _Row:
    regions = [region]
    if region.rule == "mask" and (core := _core(region)).usable:
        regions.append(core)
    profiles = [profile(views.lab[position][r.pixels]) for r in regions]
    distances = [min(sliced_w1(mine, goal.profile) for mine in profiles) for goal in goals]
    best = int(np.argmin(distances))
    return _Row(distances[best], views.indices[position], region, goals[best])


def _core(region: Region) -> Region:
    """Take the rim off a mask; the picture's edge is no rim."""
    rim = round(RIM * min(region.pixels.shape))
    kernel = np.ones((2 * rim + 1, 2 * rim + 1), np.uint8)
    inner = cv2.erode(region.pixels.astype(np.uint8), kernel)  # beyond the edge all is inside
    return replace(region, pixels=np.asarray(inner) > 0)


def _goals(views: Views, brief: Brief) -> tuple[list[_Goal], list[str]]:
    """Give region and colour profile of every readable reference picture."""
    goals: list[_Goal] = []
    unused: list[str] = []
    for path in brief.costume_refs:
        picture = views.gallery.open(path)
        if isinstance(picture, Unreadable):
            unused.append(f"{path.name}: {picture.reason}")
            continue
        region = region_of_reference(picture, brief)
        if region.usable:
            goals.append(_Goal(path.name, region, profile(picture.lab[0][region.pixels])))
        else:
            unused.append(f"{path.name}: region too small")
    return goals, unused


METRIC = Metric(
    name="costume_colour",
    version="4",
    needs=frozenset(
        {
            *("probe", "frames", "small", "lab", "faces", "face_positions", "indices", "gallery"),
            *("keypoints_at", "once"),
        }
    ),
    outputs=(Output(name="costume_colour", unit="delta_e", direction=Direction.LOWER),),
    deterministic=True,
    measure=measure,
    over_range=True,
)
