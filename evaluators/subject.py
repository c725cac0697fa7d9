"""Where the subject is: the mask, else a box from the spec, else the middle of the picture."""

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np

from evaluators.domain.brief import Brief
from evaluators.regions import Region, asked_box, from_box, from_mask
from evaluators.views import Views
from router.decode import Unreadable

SHAPE_TOLERANCE = 0.02  # of the aspect: a mask of another shape does not belong to the take


def in_take(views: Views, position: int, brief: Brief, mask: Views | None, share: float) -> Region:
    """Find the subject in a sampled frame of the take.

    Args:
        views: the take.
        position: in `views.frames`.
        brief: may hold `spec.box`.
        mask: the opened mask, if there is one.
        share: of width and height that the middle has, where nobody said where the subject is.
    """
    size, raster = sizes(views, position)
    if mask is not None:
        grey = cv2.cvtColor(mask.frames[views.beside(position, mask)], cv2.COLOR_RGB2GRAY)
        return from_mask(np.asarray(grey), size, raster, "mask")
    return _boxed(brief.spec, "box", size, raster, share)


def in_reference(picture: Views, brief: Brief, share: float) -> Region:
    """Find the subject in a reference: its alpha, else `spec.ref_box`, else the middle."""
    size, raster = sizes(picture, 0)
    if picture.alpha is not None:
        return from_mask(picture.alpha, size, raster, "alpha")
    return _boxed(brief.spec, "ref_box", size, raster, share)


def misfit(mask: Views | Unreadable | None, views: Views) -> str | None:
    """Say why a mask cannot be used for a take; None where it can, or where there is none."""
    if isinstance(mask, Unreadable):
        return f"unreadable mask: {mask.reason}"
    if mask is None:
        return None
    shapes = [v.probe.width / v.probe.height for v in (mask, views)]
    if abs(shapes[0] / shapes[1] - 1) <= SHAPE_TOLERANCE:
        return None
    return f"mask has another shape than the take ({shapes[0]:.3f} and {shapes[1]:.3f})"


def sizes(views: Views, position: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Give width and height of the frame and of its small raster."""
    height, width = views.small[position].shape[:2]
    whole_height, whole_width = views.frames[position].shape[:2]
    return (whole_width, whole_height), (width, height)


def _boxed(
    spec: Mapping[str, Any], name: str, size: tuple[int, int], raster: tuple[int, int], share: float
) -> Region:
    if box := asked_box(spec, name):
        return from_box(box, size, raster)
    edge = (1 - share) / 2
    return from_box((edge, edge, share, share), size, raster, rule="centre")
