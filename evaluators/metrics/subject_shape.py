"""subject_shape: is the creature, object or drawn figure bent out of the shape that it is known in?

    subject_shape = median distance of matched key points from where one affine map lays them, in
                    shares of the short side; the nearest picture of the references and the plate,
                    then the median over the first, middle and last sampled frame

SIFT matches (Lowe 2004) in the middle 60 % of the frame, or in `spec.box`; RANSAC (Fischler, Bolles
1981) with a wide gate, then least squares. 0 = the same shape, lower is better. Evidence `bent`
says that in most frames the distance is above 0.0075 *and* no epipolar geometry explains it (median
of the epipolar distances, least median of squares, above 0.0006): a rigid thing seen from another
side is out of place, and not bent.

A take of the same picture without drift reads 0.0002..0.0009, with half of a model's drift
0.006..0.014, with much of it 0.010..0.022. Other photographs of one thing: 21 of 176 pairs have
enough matches at all; they read 0.0008..0.010, and none of 33 ordered pairs with 20 matches is
called bent. With seeds held out, 15 of 20 takes with half of the drift and 18 of 20 with much of it
are called bent, and none of 20 without; neither is any of 63 later frames of real clips of people
who move their arms, beside the first one.

Needs no weights. A drift is seen only where a reference or the plate shows nearly the same view:
without 20 matches there is no number, which says nothing. Blind to colour, to a part that was
exchanged (it has no match), to another size. A figure that moves its limbs is no longer rigid, so
it may only raise a doubt. Persons are told by their faces, never by this.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from evaluators.domain.brief import Brief
from evaluators.domain.character import Kind
from evaluators.domain.score import Direction, Status
from evaluators.metric import Metric, Output, Reading, Readings, missing
from evaluators.views import Views
from evaluators.vision.keypoints import KeyPoints, matches
from evaluators.vision.regions import asked_box, from_box
from router.decoding.decode import Unreadable

LEAST = 20  # matches that one affine map explains
GATE = 0.06  # of the short side: how far bent a match may be and still belong to the subject
FAR = 0.0075  # of the short side
UNEXPLAINED = 0.0006  # of the short side
EDGE = 0.2  # of width and height, left out on each side

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    off: float
    epipolar: float
    count: int
    reference: str
    frame: int

    @property
    def bent(self) -> bool:
        return self.off > FAR and self.epipolar > UNEXPLAINED


def measure(views: Views, brief: Brief) -> Readings:
    """Lay three frames onto every reference and the plate; the nearest picture speaks."""
    if brief.kind is Kind.PERSON:
        return missing(Status.NOT_APPLICABLE, "a person is told by the face")
    known = dict.fromkeys((*brief.refs, *((brief.plate,) if brief.plate else ())))
    if not known:
        return missing(Status.NOT_APPLICABLE, "no reference")
    tried = views.key_positions
    rows = [row for p in tried if (row := _nearest(views, p, brief, tuple(known)))]
    if not rows:
        return missing(Status.NOT_MEASURED, "no reference shows the subject from this side")
    worst = max(rows, key=lambda row: row.off)
    evidence = {
        "bent": sum(row.bent for row in rows) * 2 > len(rows),
        "frame": worst.frame,
        "reference": worst.reference,
        "matches": worst.count,
        "epipolar": round(worst.epipolar, 5),
    }
    return Reading(
        value=float(np.median([row.off for row in rows])),
        n_used=len(rows),
        n_expected=len(tried),
        evidence=evidence,
    )


def _nearest(views: Views, position: int, brief: Brief, known: tuple[Path, ...]) -> _Row | None:
    return min(_rows(views, position, brief, known), key=lambda row: row.off, default=None)


def _rows(views: Views, position: int, brief: Brief, known: tuple[Path, ...]) -> Iterator[_Row]:
    points = views.keypoints_at(position)
    inside = _inside(points, brief, views.frames[position].shape)
    for path in known:
        picture = views.gallery.open(path)
        if isinstance(picture, Unreadable):
            continue
        pairs = matches(picture.keypoints, points)
        there, here = pairs[:, 0], pairs[:, 1]
        kept = inside(here)
        found = _bend(there[kept], here[kept], min(points.grey.shape))
        if found:
            off, epipolar, count = found
            yield _Row(
                off=off,
                epipolar=epipolar,
                count=count,
                reference=path.name,
                frame=views.indices[position],
            )


def _inside(points: KeyPoints, brief: Brief, shape: tuple[int, ...]) -> Any:
    """Give the test of whether places, in the small raster, lie on the subject."""
    height, width = points.grey.shape
    if box := asked_box(brief.spec, "box"):
        x, y, w, h = from_box(box, (shape[1], shape[0]), (width, height)).box
        ratio = (width / shape[1], height / shape[0])
        low, high = np.multiply((x, y), ratio), np.multiply((x + w, y + h), ratio)
    else:
        low, high = np.multiply((width, height), EDGE), np.multiply((width, height), 1 - EDGE)
    return lambda places: np.all((places >= low) & (places <= high), axis=1)


def _bend(there: Array, here: Array, short: int) -> tuple[float, float, int] | None:
    """Give the distance from one affine map, the epipolar distance, and the matches behind them."""
    there, here = _single(there, here)
    if len(here) < LEAST:
        return None
    found: tuple[Array | None, Array] = cv2.estimateAffine2D(
        here, there, method=cv2.RANSAC, ransacReprojThreshold=GATE * short
    )
    matrix, chosen = found
    kept = np.asarray(chosen).ravel() > 0
    if matrix is None or kept.sum() < LEAST:
        return None
    a = np.column_stack([here[kept], np.ones(int(kept.sum()))]).astype(np.float64)
    b = there[kept].astype(np.float64)
    laid = np.linalg.lstsq(a, b, rcond=None)[0]
    scale = float(np.sqrt(abs(np.linalg.det(laid[:2]))))
    if scale == 0:
        return None
    off = np.hypot(*(a @ laid - b).T) / scale
    return float(np.median(off)) / short, _epipolar(a, b) / scale / short, len(a)


def _single(there: Array, here: Array) -> tuple[Array, Array]:
    """Keep one match of each place: key points repeat in several orientations."""
    for side in (0, 1):
        places = np.round((there, here)[side], 1)
        first: Array = np.sort(np.unique(places, axis=0, return_index=True)[1])
        there, here = there[first], here[first]
    return there, here


def _epipolar(a: Array, b: Array) -> float:
    """Median Sampson distance, pixels; 0 where no geometry was found, so that nothing is said.

    Args:
        a: homogeneous places in the take, (n, 3).
        b: places in the reference, (n, 2).
    """
    found: tuple[Array | None, Array] = cv2.findFundamentalMat(a[:, :2], b, cv2.FM_LMEDS)
    matrix = found[0]
    if matrix is None or matrix.shape != (3, 3):
        return 0.0
    target = np.column_stack([b, np.ones(len(b))])
    forth, back = a @ matrix.T, target @ matrix
    steep = forth[:, 0] ** 2 + forth[:, 1] ** 2 + back[:, 0] ** 2 + back[:, 1] ** 2
    error = np.sum(target * forth, axis=1) ** 2 / np.maximum(steep, 1e-12)
    return float(np.sqrt(np.median(error)))


METRIC = Metric(
    name="subject_shape",
    version="1",
    needs=frozenset({"frames", "indices", "gallery", "key_positions", "keypoints_at"}),
    outputs=(Output(name="subject_shape", unit="share", direction=Direction.LOWER),),
    deterministic=False,
    over_range=True,
    measure=measure,
)
