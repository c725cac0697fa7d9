"""copy_paste: is a reference itself in the take, rather than a new picture of the same thing?

    copy_paste = share of the reference's textured 16x16 blocks that come back with a correlation
                 of at least 0.95, after one homography; of the best reference, in the least alike
                 of three frames (a clip may start from its reference, and must then leave it)

SIFT key points (Lowe 2004), ratio test 0.75, RANSAC homography (Fischler, Bolles 1981) with at
least 12 inliers, refined by ECC (Evangelidis, Psarakis 2008); the take is laid onto the reference
and compared block by block. Range 0..1, lower is better; above 0.8 the take is flagged. A pasted
reference scores high on identity and costume, and is no performance: laid into another picture at
a size that shows it, relit, or in a good JPEG it reads 0.85..1; halved in size or coded hard
0.6..0.9. A new picture made from the reference at little strength reads up to 0.77. Nothing
registered reads 0. Blind to a copied part of less than most of the reference, to mirrored copies,
and to references with fewer than 12 key points (not_measured).
"""

import contextlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from evaluators.domain.brief import Brief
from evaluators.domain.score import Direction, Status
from evaluators.metric import Metric, Output, Reading, Readings, missing
from evaluators.views import Views
from evaluators.vision.keypoints import KeyPoints, onto
from evaluators.vision.registration import scaling
from router.decoding.decode import Unreadable

BLOCK = 16  # pixels
TEXTURE = 4.0  # standard deviation in code values that a block needs to be compared
SAME = 0.95
REFINE = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 12, 1e-5)

Array = np.ndarray[Any, Any]


def measure(views: Views, brief: Brief) -> Readings:
    """Look for every reference in three frames."""
    if not brief.refs:
        return missing(Status.NOT_APPLICABLE, "no reference")
    references = [(p.name, r) for p in brief.refs if (r := _reference(views, p)) is not None]
    if not references:
        return missing(Status.NOT_MEASURED, "no reference with enough texture to be found again")
    rows: list[tuple[float, str, int]] = []
    for position in reversed(views.key_positions):  # a clip is least like its reference at the end
        rgb, frame = views.frames[position], views.keypoints_at(position)
        enough = min((row[0] for row in rows), default=None)
        shares = [(_share(r, frame, rgb, enough), name) for name, r in references]
        rows.append((*max(shares), views.indices[position]))
    value, name, index = min(rows)
    evidence = {"frame": index, "reference": name}
    return Reading(value=value, n_used=len(rows), n_expected=len(rows), evidence=evidence)


def _reference(views: Views, path: Path) -> KeyPoints | None:
    picture = views.gallery.open(path)
    if isinstance(picture, Unreadable) or not picture.keypoints.enough:
        return None
    return picture.keypoints


def _share(reference: KeyPoints, frame: KeyPoints, rgb: Array, enough: float | None) -> float:
    """Share of one reference in one frame; refined only below `enough`, which another frame has."""
    laid = onto(reference, frame)
    if laid is None:
        return 0.0
    grey = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY))
    grey, back = _onto_reference(grey, frame.grey.shape, laid.matrix)
    if enough is not None:
        rough = _blocks_again(reference.grey, _warped(grey, back, reference.grey))
        if rough >= enough:
            return rough
    back = _refined(grey, back, reference.grey)
    return _blocks_again(reference.grey, _warped(grey, back, reference.grey))


def _onto_reference(grey: Array, found_at: tuple[int, ...], matrix: Array) -> tuple[Array, Array]:
    """Give the take at its own raster, softened where it shrinks, and the way back to it."""
    shrink = scaling((grey.shape[1], grey.shape[0]), (found_at[1], found_at[0]))
    forward = matrix @ shrink
    scale = float(np.sqrt(abs(np.linalg.det(forward[:2, :2]))))
    if scale < 1.0:
        grey = np.asarray(cv2.GaussianBlur(grey, (0, 0), 0.45 / max(scale, 0.05)))
    back = np.linalg.inv(forward)
    return grey, (back / back[2, 2]).astype(np.float32)


def _refined(grey: Array, back: Array, reference: Array) -> Array:
    """Find the way back to a fraction of a pixel."""
    refined = back.copy()
    refine: Any = cv2.findTransformECC
    with contextlib.suppress(cv2.error):  # does not converge: the key points' answer stands
        refine(reference, grey, refined, cv2.MOTION_HOMOGRAPHY, REFINE, None, 1)
        return refined
    return back


def _warped(grey: Array, back: Array, reference: Array) -> Array:
    height, width = reference.shape
    how = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpPerspective(grey, back, (width, height), flags=how))


def _blocks_again(reference: Array, back: Array) -> float:
    """Share of the reference's textured blocks that correlate with what was laid onto it."""
    a, b = (_blocks(p.astype(np.float32)) for p in (reference, back))
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
    version="3",
    needs=frozenset({"frames", "indices", "gallery", "key_positions", "keypoints_at"}),
    outputs=(Output(name="copy_paste", unit="share", direction=Direction.LOWER),),
    deterministic=True,
    measure=measure,
    over_range=True,
)
