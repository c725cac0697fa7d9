"""Where the costume is: in the frames of a take, and in its reference pictures.

First rule that applies: the mask, the box `spec.box`, for a person the torso under the face. In a
reference: its alpha, the box `spec.ref_box`, for a person the torso, else the whole picture.
"""

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np

from evaluators.domain.brief import Brief
from evaluators.domain.character import Kind
from evaluators.domain.score import Status
from evaluators.faces import Face
from evaluators.metric import Reading, missing
from evaluators.regions import Region, asked_box, from_box, from_mask, torso, whole, without_skin
from evaluators.views import Views
from evaluators.weights import NoWeights
from router.decode import Unreadable

SHAPE_TOLERANCE = 0.02  # of the aspect: a mask of another shape does not belong to the take

Array = np.ndarray[Any, Any]


def worn(views: Views, brief: Brief) -> list[tuple[int, Region]] | Reading:
    """Say where the costume is in the frames (by position), or why that is not known."""
    try:
        mask = views.gallery.open(brief.mask) if brief.mask else None
        if reason := _misfit(mask, views):
            return missing(Status.NOT_MEASURED, reason)
        found = list(_regions(views, brief, mask if isinstance(mask, Views) else None))
    except NoWeights as absent:
        return missing(Status.NOT_MEASURED, str(absent))
    return found or missing(Status.NOT_MEASURED, why_nowhere(brief))


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


def why_nowhere(brief: Brief) -> str:
    """Say what would be needed to know where the costume is."""
    if brief.mask or asked_box(brief.spec, "box"):
        return "the given region holds too few pixels"
    if brief.kind is Kind.PERSON:
        return "no face found to guess the costume from; give a mask or spec.box"
    return "where the costume is, is not known; give a mask or spec.box"


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
