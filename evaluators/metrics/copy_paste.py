"""copy_paste: is a reference itself in the take, rather than a new picture of the same thing?

    copy_paste = share of the reference's textured 16x16 blocks that come back with a correlation
                 of at least 0.95, after one homography; the largest over references and 3 frames

SIFT key points (Lowe 2004), ratio test 0.75, RANSAC homography (Fischler, Bolles 1981) with at
least 12 inliers; the take is then warped onto the reference and compared block by block. Range
0..1, lower is better; above 0.5 the take is flagged. A pasted reference scores high on identity and
costume, and is no performance. Nothing registered reads 0. Blind to a copied part that is less than
half of the reference, to mirrored copies, and to references with fewer than 12 key points
(not_measured).
"""

from typing import Any

import cv2
import numpy as np

from evaluators.colour import small
from evaluators.domain.brief import Brief
from evaluators.domain.score import Direction, Status
from evaluators.metric import Metric, Output, Reading, Readings, missing
from evaluators.views import Views
from router.decode import Unreadable

SIDE = 640  # long side at which is compared
KEY_POINTS = 800
RATIO = 0.75
INLIERS = 12
BLOCK = 16
TEXTURE = 4.0  # standard deviation in code values that a block needs to be compared
SAME = 0.95

Array = np.ndarray[Any, Any]


def measure(views: Views, brief: Brief) -> Readings:
    """Look for every reference in three frames."""
    if not brief.refs:
        return missing(Status.NOT_APPLICABLE, "no reference")
    last = len(views.frames) - 1
    frames = [(p, _described(_grey(views.frames[p]))) for p in sorted({0, last // 2, last})]
    best: tuple[float, int, str] | None = None
    for path in brief.refs:
        picture = views.gallery.open(path)
        if isinstance(picture, Unreadable):
            continue
        reference = _described(_grey(picture.frames[0]))
        if len(reference[1]) < INLIERS:
            continue
        for position, frame in frames:
            row = (_share(reference, frame), views.indices[position], path.name)
            best = max(best, row) if best else row
    if best is None:
        return missing(Status.NOT_MEASURED, "no reference with enough texture to be found again")
    value, index, name = best
    count = len(frames)
    return Reading(
        value=value,
        n_used=count,
        n_expected=count,
        evidence={"frame": index, "reference": name},
    )


Described = tuple[Array, tuple[Any, ...], Array | None]  # picture, key points, descriptors


def _grey(rgb: Array) -> Array:
    return np.asarray(cv2.cvtColor(small(rgb, SIDE), cv2.COLOR_RGB2GRAY))


def _described(grey: Array) -> Described:
    sift: Any = cv2.SIFT.create(KEY_POINTS)
    points, descriptors = sift.detectAndCompute(grey, None)
    return grey, tuple(points), descriptors


def _share(reference: Described, frame: Described) -> float:
    if frame[2] is None or len(frame[1]) < INLIERS:
        return 0.0
    matcher: Any = cv2.BFMatcher(cv2.NORM_L2)
    pairs = matcher.knnMatch(reference[2], frame[2], k=2)
    good = [p[0] for p in pairs if len(p) == 2 and p[0].distance < RATIO * p[1].distance]
    if len(good) < INLIERS:
        return 0.0
    here = np.array([reference[1][m.queryIdx].pt for m in good], np.float32)
    there = np.array([frame[1][m.trainIdx].pt for m in good], np.float32)
    found: tuple[Array | None, Array] = cv2.findHomography(there, here, cv2.RANSAC, 3.0)
    matrix, kept = found
    if matrix is None or int(np.sum(kept)) < INLIERS:
        return 0.0
    return _blocks_again(reference[0], frame[0], matrix)


def _blocks_again(reference: Array, frame: Array, matrix: Array) -> float:
    height, width = reference.shape
    back = cv2.warpPerspective(frame, matrix, (width, height), flags=cv2.INTER_LINEAR)
    a, b = (_blocks(p.astype(np.float32)) for p in (reference, np.asarray(back)))
    a, b = (p - p.mean(axis=1, keepdims=True) for p in (a, b))
    power = np.sqrt((a * a).mean(axis=1)), np.sqrt((b * b).mean(axis=1))
    textured = power[0] > TEXTURE
    if not textured.any():
        return 0.0
    alike = (a * b).mean(axis=1) / np.maximum(power[0] * power[1], 1e-6)
    return float((alike[textured] >= SAME).mean())


def _blocks(picture: Array) -> Array:
    rows, columns = (n // BLOCK for n in picture.shape)
    cut = picture[: rows * BLOCK, : columns * BLOCK]
    return cut.reshape(rows, BLOCK, columns, BLOCK).swapaxes(1, 2).reshape(-1, BLOCK * BLOCK)


METRIC = Metric(
    name="copy_paste",
    version="1",
    needs=frozenset({"frames", "indices", "gallery"}),
    outputs=(Output(name="copy_paste", unit="share", direction=Direction.LOWER),),
    deterministic=True,
    measure=measure,
)
