"""copy_paste: is a reference itself in the take, rather than a new picture of the same thing?

    copy_paste = share of the reference's textured 16x16 blocks that come back with a correlation
                 of at least 0.95, after one homography; of the best reference, in the least alike
                 of three frames (a clip may start from its reference, and must then leave it)

SIFT key points (Lowe 2004), ratio test 0.75, RANSAC homography (Fischler, Bolles 1981) with at
least 12 inliers; the take is then warped onto the reference and compared block by block. Range
0..1, lower is better; above 0.5 the take is flagged. A pasted reference scores high on identity and
costume, and is no performance. Nothing registered reads 0. Blind to a copied part that is less than
half of the reference, to mirrored copies, and to references with fewer than 12 key points
(not_measured).
"""

from pathlib import Path
from typing import Any

import cv2
import numpy as np

from evaluators.domain.brief import Brief
from evaluators.domain.score import Direction, Status
from evaluators.keypoints import KeyPoints, describe, onto
from evaluators.metric import Metric, Output, Reading, Readings, missing
from evaluators.views import Views
from router.decode import Unreadable

BLOCK = 16  # pixels
TEXTURE = 4.0  # standard deviation in code values that a block needs to be compared
SAME = 0.95

Array = np.ndarray[Any, Any]


def measure(views: Views, brief: Brief) -> Readings:
    """Look for every reference in three frames."""
    if not brief.refs:
        return missing(Status.NOT_APPLICABLE, "no reference")
    references = [(p.name, r) for p in brief.refs if (r := _reference(views, p)) is not None]
    if not references:
        return missing(Status.NOT_MEASURED, "no reference with enough texture to be found again")
    last = len(views.frames) - 1
    rows = []
    for position in sorted({0, last // 2, last}):
        frame = describe(views.frames[position])
        shares = [(_share(r, frame), name) for name, r in references]
        rows.append((*max(shares), views.indices[position]))
    value, name, index = min(rows)
    evidence = {"frame": index, "reference": name}
    return Reading(value=value, n_used=len(rows), n_expected=len(rows), evidence=evidence)


def _reference(views: Views, path: Path) -> KeyPoints | None:
    picture = views.gallery.open(path)
    if isinstance(picture, Unreadable) or not picture.keypoints.enough:
        return None
    return picture.keypoints


def _share(reference: KeyPoints, frame: KeyPoints) -> float:
    matrix = onto(reference, frame)
    return 0.0 if matrix is None else _blocks_again(reference.grey, frame.grey, matrix)


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
