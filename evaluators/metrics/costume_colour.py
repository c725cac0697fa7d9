"""costume_colour: does the costume keep its colours?

    costume_colour = sliced 1-Wasserstein distance in CIELAB between the costume's pixels in the
                     take and in the nearest costume reference; median over frames

Unit delta_e, lower is better, 0 = the same colours in the same shares; a pure shift by v reads
about |v| / 2 (Rabin, Peyre, Delon, Bernot, SSVM 2011). About 2 is invisible, 6 is plain to see.

Where the costume is, first rule that applies: the mask, the box `spec.box`, for a person the torso
under the face. In the reference: its alpha, the box `spec.ref_box`, for a person the torso, else
the whole picture. Evidence names the rule; with `torso` it is a guess. For a person, and without a
mask, pixels of the face's own colour are left out. Boxes are [x, y, width, height] in shares or
pixels.

Blind to pattern, cut and texture, and cannot tell another dye from another light: read it beside
colour_match.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from evaluators.colour import profile, sliced_w1
from evaluators.domain.brief import Brief
from evaluators.domain.character import Kind
from evaluators.domain.score import Direction, Status
from evaluators.faces import Face
from evaluators.metric import Metric, Output, Reading, Readings, missing
from evaluators.regions import Region, asked_box, from_box, from_mask, torso, whole, without_skin
from evaluators.views import Views
from evaluators.weights import NoWeights
from router.decode import Unreadable

SHAPE_TOLERANCE = 0.02  # of the aspect: a mask of another shape does not belong to the take

Array = np.ndarray[Any, Any]


def measure(views: Views, brief: Brief) -> Readings:
    """Compare the costume's colours in every sampled frame with the references'."""
    if not brief.costume_refs:
        return missing(Status.NOT_APPLICABLE, "no reference (costume_refs)")
    try:
        goals, unused = _goals(views, brief)
        if not goals:
            return missing(Status.NOT_MEASURED, "no readable costume reference", unused=unused)
        mask = views.gallery.open(brief.mask) if brief.mask else None
        if reason := _misfit(mask, views):
            return missing(Status.NOT_MEASURED, reason)
        found = list(_regions(views, brief, mask if isinstance(mask, Views) else None))
    except NoWeights as absent:
        return missing(Status.NOT_MEASURED, str(absent))
    rows = [_compared(views, p, region, goals) for p, region in found if region.usable]
    if not rows:
        return missing(Status.NOT_MEASURED, _why_nowhere(brief))
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


def worn(views: Views, brief: Brief) -> list[tuple[int, Region]] | Reading:
    """Say where the costume is in the frames (by position), or why that is not known."""
    try:
        mask = views.gallery.open(brief.mask) if brief.mask else None
        if reason := _misfit(mask, views):
            return missing(Status.NOT_MEASURED, reason)
        found = list(_regions(views, brief, mask if isinstance(mask, Views) else None))
    except NoWeights as absent:
        return missing(Status.NOT_MEASURED, str(absent))
    return found or missing(Status.NOT_MEASURED, _why_nowhere(brief))


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
    mine = profile(views.lab[position][region.pixels])
    distances = [sliced_w1(mine, goal.profile) for goal in goals]
    best = int(np.argmin(distances))
    return _Row(distances[best], views.indices[position], region, goals[best])


def _why_nowhere(brief: Brief) -> str:
    if brief.mask or asked_box(brief.spec, "box"):
        return "the given region holds too few pixels"
    if brief.kind is Kind.PERSON:
        return "no face found to guess the costume from; give a mask or spec.box"
    return "where the costume is, is not known; give a mask or spec.box"


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


def region_of_reference(picture: Views, brief: Brief) -> Region:
    """Say where the costume is in a reference picture; may raise NoWeights."""
    size, raster = _sizes(picture, 0)
    if picture.alpha is not None:
        return from_mask(picture.alpha, size, raster, "alpha")
    if box := asked_box(brief.spec, "ref_box"):
        return from_box(box, size, raster)
    if brief.kind is Kind.PERSON and (faces := picture.faces[0]):
        return _clothes(faces[0], torso(faces[0], size, raster), picture.lab[0], size)
    return whole(size, raster)


def _misfit(mask: Views | Unreadable | None, views: Views) -> str | None:
    if isinstance(mask, Unreadable):
        return f"unreadable mask: {mask.reason}"
    if mask is None:
        return None
    shapes = [v.probe.width / v.probe.height for v in (mask, views)]
    if abs(shapes[0] / shapes[1] - 1) <= SHAPE_TOLERANCE:
        return None
    return f"mask has another shape than the take ({shapes[0]:.3f} and {shapes[1]:.3f})"


def _regions(views: Views, brief: Brief, mask: Views | None) -> Iterator[tuple[int, Region]]:
    """Give position in `frames` and region, for each frame where there is one."""
    size, raster = _sizes(views, 0)
    box = asked_box(brief.spec, "box")
    faces = _faces(views) if brief.kind is Kind.PERSON and mask is None else {}
    for position in range(len(views.frames)):
        if mask is not None:
            grey = cv2.cvtColor(mask.frames[views.beside(position, mask)], cv2.COLOR_RGB2GRAY)
            yield position, from_mask(np.asarray(grey), size, raster, "mask")
            continue
        face = faces.get(position)
        if box:
            region = from_box(box, size, raster)
        elif face:
            region = torso(face, size, raster)
        else:
            continue
        yield position, _clothes(face, region, views.lab[position], size)


def _faces(views: Views) -> dict[int, Face]:
    found = zip(views.face_positions, views.faces, strict=True)
    return {position: faces[0] for position, faces in found if faces}


def _clothes(face: Face | None, region: Region, lab: Array, size: tuple[int, int]) -> Region:
    return without_skin(region, lab, face, size) if face else region


def _sizes(views: Views, position: int) -> tuple[tuple[int, int], tuple[int, int]]:
    height, width = views.small[position].shape[:2]
    return (views.probe.width, views.probe.height), (width, height)


METRIC = Metric(
    name="costume_colour",
    version="1",
    needs=frozenset(
        {"probe", "frames", "small", "lab", "faces", "face_positions", "indices", "gallery"}
    ),
    outputs=(Output(name="costume_colour", unit="delta_e", direction=Direction.LOWER),),
    deterministic=True,
    measure=measure,
)
