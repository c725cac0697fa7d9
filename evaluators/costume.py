"""Where the costume is: in the frames of a take, and in its reference pictures.

First rule that applies: the mask where it lies in the take, the box `spec.box`, for a person the
torso under the own face. In a reference: its alpha if that leaves anything out, the box
`spec.ref_box`, for a person the torso, else the whole picture.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from evaluators.domain.brief import Brief
from evaluators.domain.character import Kind
from evaluators.domain.score import Status
from evaluators.identity import shown
from evaluators.matte import ELSEWHERE, Matte, opened, sizes
from evaluators.metric import Reading, missing
from evaluators.views import Views
from evaluators.vision.detectors import nobody
from evaluators.vision.faces import Face
from evaluators.vision.regions import (
    Region,
    asked_box,
    cut_out,
    from_box,
    torso,
    whole,
    without_skin,
)
from evaluators.weights import NoWeights

Array = np.ndarray[Any, Any]


def worn(views: Views, brief: Brief) -> list[tuple[int, Region]] | Reading:
    """Say where the costume is in the frames (by position), or why that is not known."""
    mask = opened(views, brief)
    if isinstance(mask, Reading):
        return mask
    try:
        found = list(_regions(views, brief, mask))
    except NoWeights as absent:
        return missing(Status.NOT_MEASURED, str(absent))
    if found:
        return found
    lost = mask is not None and mask.plate is not None
    return missing(Status.NOT_MEASURED, ELSEWHERE if lost else why_nowhere(brief))


def region_of_reference(picture: Views, brief: Brief) -> Region:
    """Say where the costume is in a reference picture; may raise NoWeights."""
    size, raster = sizes(picture, 0)
    if kept := cut_out(picture.alpha, size, raster):
        return kept
    if box := asked_box(brief.spec, "ref_box"):
        return from_box(box, size, raster)
    if brief.kind is Kind.PERSON and (faces := picture.faces[0]):
        return _clothes(faces[0], torso(faces[0], size, raster), picture.lab[0], size)
    return whole(size, raster)


def why_nowhere(brief: Brief) -> str:
    """Say what would be needed to know where the costume is."""
    if brief.mask or asked_box(brief.spec, "box"):
        return "the given region holds too few pixels"
    if brief.kind is Kind.PERSON:
        return f"{nobody()}; a mask or spec.box says where the costume is"
    return "where the costume is, is not known; give a mask or spec.box"


def _regions(views: Views, brief: Brief, mask: Matte | None) -> Iterator[tuple[int, Region]]:
    """Give position in `frames` and region, for each frame where there is one."""
    masked = {p: r for p in range(len(views.frames)) if mask and (r := mask.region(views, p))}
    if masked:
        yield from masked.items()
        return
    box = asked_box(brief.spec, "box")
    faces = shown(views, brief) if brief.kind is Kind.PERSON else {}
    for position in range(len(views.frames)):
        size, raster = sizes(views, position)
        face = faces.get(position)
        if box:
            region = from_box(box, size, raster)
        elif face:
            region = torso(face, size, raster)
        else:
            continue
        yield position, _clothes(face, region, views.lab[position], size)


def _clothes(face: Face | None, region: Region, lab: Array, size: tuple[int, int]) -> Region:
    return without_skin(region, lab, face, size) if face else region
