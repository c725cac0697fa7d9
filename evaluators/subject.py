"""Where the subject is: the mask, else a box from the spec, else the middle of the picture."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from evaluators.domain.brief import Brief
from evaluators.matte import Matte, sizes
from evaluators.views import Views
from evaluators.vision.regions import Region, asked_box, cut_out, from_box
from router.decoding.decode import Unreadable

T = TypeVar("T")


def in_take(views: Views, position: int, brief: Brief, mask: Matte | None, share: float) -> Region:
    """Find the subject in a sampled frame of the take.

    Args:
        views: the take.
        position: in `views.frames`.
        brief: may hold `spec.box`.
        mask: the opened mask, if there is one; where it is nowhere in the take, it does not count.
        share: of width and height that the middle has, where nobody said where the subject is.
    """
    if mask is not None and (region := mask.region(views, position)):
        return region
    size, raster = sizes(views, position)
    return _boxed(brief.spec, "box", size, raster, share)


def in_reference(picture: Views, brief: Brief, share: float) -> Region:
    """Find the subject in a reference: by its alpha, else `spec.ref_box`, else the middle.

    An alpha that leaves nothing out does not count.
    """
    size, raster = sizes(picture, 0)
    if kept := cut_out(picture.alpha, size, raster):
        return kept
    return _boxed(brief.spec, "ref_box", size, raster, share)


def _boxed(
    spec: Mapping[str, Any], name: str, size: tuple[int, int], raster: tuple[int, int], share: float
) -> Region:
    if box := asked_box(spec, name):
        return from_box(box, size, raster)
    edge = (1 - share) / 2
    return from_box((edge, edge, share, share), size, raster, rule="centre")


def references(
    views: Views,
    brief: Brief,
    share: float,
    make: Callable[[str, Views, Region], T | None],
) -> tuple[list[T], list[str]]:
    """Make something of the subject in every reference; tell which ones could not be used, and why.

    Args:
        views: the take, whose gallery opens the references.
        brief: names them.
        share: as for `in_reference`.
        make: of name, picture and region; None where the region is too small for it.
    """
    goals: list[T] = []
    unused: list[str] = []
    for path in brief.refs:
        picture = views.gallery.open(path)
        if isinstance(picture, Unreadable):
            unused.append(f"{path.name}: {picture.reason}")
            continue
        made = make(path.name, picture, in_reference(picture, brief, share))
        if made is None:
            unused.append(f"{path.name}: region too small")
        else:
            goals.append(made)
    return goals, unused
