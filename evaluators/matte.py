"""A brief's mask, opened, and brought to where it lies in a take.

A matte is drawn for a plate (`mask_of`), and a take may be framed otherwise: closer, aside, or as
another picture altogether. Its mask is then moved with the homography that lays the take onto the
plate (`registration`); where the plate is not found in the take, the mask is nowhere in it.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from evaluators.domain.brief import Brief
from evaluators.domain.score import Status
from evaluators.metric import Reading, missing
from evaluators.views import Views
from evaluators.vision.regions import Region, from_mask
from evaluators.vision.registration import corners_moved, register, scaling
from router.decoding.decode import Unreadable

SHAPE_TOLERANCE = 0.02  # of the aspect: a mask of another shape does not belong to the picture
STANDS = 1.0  # pixels: a registration that moves no corner further may have moved none
ELSEWHERE = (
    "the mask was drawn for a plate that is not found in the take; give a mask of the take itself"
)

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Matte:
    """An opened mask, and the picture that it was drawn for; None = the take itself."""

    mask: Views
    plate: Views | None

    def region(self, views: Views, position: int) -> Region | None:
        """Give the mask's region in a sampled frame; None where the mask is nowhere in it."""
        grey = self.at(views, position)
        return None if grey is None else from_mask(grey, *sizes(views, position), "mask")

    def at(self, views: Views, position: int) -> Array | None:
        """Give the mask as it lies in a sampled frame, uint8 (H, W), white = inside."""
        drawn = self.mask.frames[views.beside(position, self.mask)].max(axis=2)
        if self.plate is None:
            return np.asarray(drawn)
        plate = self.plate
        matrix = views.once("onto its plate", position, lambda: _onto(plate, views, position))
        if matrix is None:
            return None
        size = sizes(views, position)[0]
        scale = scaling(_size(plate), (drawn.shape[1], drawn.shape[0]))
        how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return np.asarray(cv2.warpPerspective(drawn, scale @ matrix, size, flags=how))


def opened(views: Views, brief: Brief) -> Matte | Reading | None:
    """Open a brief's mask; None where it has none, a reading where it cannot be used."""
    if brief.mask is None:
        return None
    mask = views.gallery.open(brief.mask)
    if isinstance(mask, Unreadable):
        return missing(Status.NOT_MEASURED, f"unreadable mask: {mask.reason}")
    plate = views.gallery.open(brief.mask_of) if brief.mask_of else None
    if isinstance(plate, Unreadable):
        return missing(Status.NOT_MEASURED, f"unreadable plate: {plate.reason}")
    if reason := misfit(mask, plate or views):
        return missing(Status.NOT_MEASURED, reason)
    return Matte(mask, plate)


def alike(views: Views, brief: Brief) -> Views | Reading:
    """Open a mask that has to have the take's own raster, because nothing may be scaled."""
    if brief.mask is None:
        return missing(Status.NOT_APPLICABLE, "no reference (mask)")
    mask = views.gallery.open(brief.mask)
    if isinstance(mask, Unreadable):
        return missing(Status.NOT_MEASURED, f"unreadable mask: {mask.reason}")
    if _size(views) != _size(mask):
        return missing(Status.NOT_MEASURED, "the mask has another size than the take")
    if reason := out_of_step(views, "mask", mask):
        return missing(Status.NOT_MEASURED, reason)
    return mask


def out_of_step(views: Views, name: str, other: Views) -> str | None:
    """Say why a clip's frames cannot be told to belong to the take's; None where they can."""
    if views.in_step(other):
        return None
    counts = f"the take has {views.probe.frames} frames and the {name} {other.probe.frames}"
    if views.probe.frames == other.probe.frames:
        counts = f"the take and the {name} are timed differently"
    return f"{counts}: which of them belong together is not known"


def misfit(mask: Views, picture: Views) -> str | None:
    """Say why a mask was not drawn for a picture; None where it may have been."""
    shapes = [width / height for width, height in map(_size, (mask, picture))]
    if abs(shapes[0] / shapes[1] - 1) <= SHAPE_TOLERANCE:
        return None
    return f"mask has another shape than the take ({shapes[0]:.3f} and {shapes[1]:.3f})"


def sizes(views: Views, position: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Give width and height of a sampled frame and of its small raster."""
    height, width = views.small[position].shape[:2]
    whole_height, whole_width = views.frames[position].shape[:2]
    return (whole_width, whole_height), (width, height)


def _onto(plate: Views, views: Views, position: int) -> Array | None:
    """Give the matrix from a frame's pixels to the plate's; None where it does not lie there."""
    at, size = views.beside(position, plate), sizes(views, position)[0]
    here = views.keypoints_at(position)
    found = register(plate.keypoints_at(at), here, _size(plate), size)
    if found is None:
        return None
    if np.abs(corners_moved(found.matrix, size, _size(plate))).max() < STANDS:
        return scaling(size, _size(plate))
    return found.matrix


def _size(views: Views) -> tuple[int, int]:
    return views.probe.width, views.probe.height
