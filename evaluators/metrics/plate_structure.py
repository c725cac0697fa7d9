"""plate_structure: is what stands in the plate still there, in its place and in its shape?

The first, middle and last sampled frame are each laid onto the plate (key points and RANSAC,
refined by ECC; ECC alone where there are too few key points), brought to the plate's raster, and
compared where both have pixels. Without registration there is no number: an unregistered SSIM
reads a pan of 4 pixels as worse than a heavy blur. Median over frames.

    plate_structure          SSIM of grey, Gaussian window 11x11, sigma 1.5, K1 0.01, K2 0.03, data
                             range 255 (views have 8 bits), valid crop (Wang, Bovik, Sheikh,
                             Simoncelli 2004); inside the plate's alpha where it has one; -1..1,
                             higher is better
    plate_structure.inliers  share of the key point matches that one homography explains, 0..1,
                             higher is better; not measured where ECC registered alone
    plate_structure.shift    mean way of the four corners off the plate's frame, percent of the
                             plate's width; lower is better, 0 = same framing

A still plate serves all frames, a clip of as many frames is compared frame by frame, another one
with what it shows at the same time. Blind to colour, to whatever
the camera's own parallax covers (it reads as change), and to what lies outside the common part
(`overlap` in the evidence). Neither says whether a change was wanted.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from evaluators.domain.brief import Brief
from evaluators.domain.score import Direction, Status
from evaluators.metric import Metric, Output, Reading, Readings, missing
from evaluators.views import Views
from evaluators.vision.registration import Registration, corners_moved, register
from evaluators.vision.structure import BORDER, ssim_map
from router.decoding.decode import Unreadable

LEAST_SIDE = 32  # pixels
LEAST_OVERLAP = 0.2  # of the plate
STANDS = 1.0  # pixels: a registration that moves no corner further may have moved none

Array = np.ndarray[Any, Any]


def measure(views: Views, brief: Brief) -> Readings:
    """Register and compare three frames."""
    if brief.plate is None:
        return missing(Status.NOT_APPLICABLE, "no reference (plate)")
    plate = views.gallery.open(brief.plate)
    if isinstance(plate, Unreadable):
        return missing(Status.NOT_MEASURED, f"unreadable plate: {plate.reason}")
    if plate.probe.transfer != "sdr":
        return missing(Status.NOT_MEASURED, "plate is HDR and not tone-mapped")
    if min(*_size(views), *_size(plate)) < LEAST_SIDE:
        return missing(Status.NOT_MEASURED, f"smaller than {LEAST_SIDE} pixels")
    tried = [(p, _row(views, p, plate)) for p in views.key_positions]
    rows = [row for _, row in tried if row is not None]
    if not rows:
        return missing(Status.NOT_MEASURED, "no registration: the plate is not found in the take")
    return _readings(rows, len(tried), [views.indices[p] for p, row in tried if row is None])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    frame: int
    ssim: float
    inliers: float | None
    shift: float  # percent of the plate's width
    overlap: float  # share of the plate that is compared
    rule: str
    box: list[int]  # where the take differs most, in the plate's pixels


def _row(views: Views, position: int, plate: Views) -> _Row | None:
    at = views.beside(position, plate)
    size = _size(plate)
    found = register(plate.keypoints_at(at), views.keypoints_at(position), size, _size(views))
    if found is None:
        return None
    before, after = (_grey(v.frames[p]) for v, p in ((plate, at), (views, position)))
    compared = _compared(before, after, found, plate.alpha)
    if compared is None:
        return None
    similarity, box, overlap = compared
    moved = corners_moved(found.matrix, _size(views), size)
    return _Row(
        frame=views.indices[position],
        ssim=similarity,
        inliers=found.inliers,
        shift=float(np.hypot(*moved.T).mean() / size[0] * 100),
        overlap=overlap,
        rule=found.rule,
        box=box,
    )


def _compared(
    plate: Array, take: Array, found: Registration, alpha: Array | None
) -> tuple[float, list[int], float] | None:
    """SSIM where both have pixels; as it stands too, if the registration hardly moves it."""
    matrices = [found.matrix]
    moved = corners_moved(found.matrix, take.shape[::-1], plate.shape[::-1])
    if take.shape == plate.shape and np.abs(moved).max() < STANDS:
        matrices.append(np.eye(3))
    best: tuple[float, list[int], float] | None = None
    for matrix in matrices:
        laid, valid = _laid(take, plate.shape, matrix)
        if alpha is not None:
            valid &= _eroded(alpha >= 128)
        if valid.mean() < LEAST_OVERLAP:
            continue
        similar = ssim_map(plate, laid, data_range=255)
        value = min(1.0, float(similar[valid].mean(dtype=np.float64)))
        if best is None or value > best[0]:
            best = value, _worst(similar, valid), float(valid.mean())
    return best


def _laid(take: Array, shape: tuple[int, ...], matrix: Array) -> tuple[Array, Array]:
    """Bring the take to the plate's raster, and say which pixels have a whole window there."""
    height, width = shape
    scale = float(np.sqrt(abs(np.linalg.det(matrix[:2, :2]))))
    if scale < 0.7:  # a larger take: soften before pixels are left out
        take = np.asarray(cv2.GaussianBlur(take, (0, 0), 0.45 / scale))
    laid = cv2.warpPerspective(take, matrix, (width, height), flags=cv2.INTER_CUBIC)
    full = np.full(take.shape, 255, np.uint8)
    there = cv2.warpPerspective(full, matrix, (width, height), flags=cv2.INTER_NEAREST)
    return np.asarray(laid), _eroded(np.asarray(there) == 255)


def _eroded(pixels: Array) -> Array:
    side = 2 * BORDER + 1
    kernel = np.ones((side, side), np.uint8)
    how = {"borderType": cv2.BORDER_CONSTANT, "borderValue": 0}
    return np.asarray(cv2.erode(pixels.astype(np.uint8), kernel, **how)) > 0  # type: ignore[call-overload]


def _worst(similar: Array, valid: Array) -> list[int]:
    """Box the place, an eighth of the picture wide, where the two differ most."""
    height, width = similar.shape
    side = (max(1, width // 8), max(1, height // 8))
    differs = np.where(valid, 1 - similar, 0)
    _, _, _, (x, y) = cv2.minMaxLoc(cv2.blur(differs, side))
    left = min(max(0, x - side[0] // 2), width - side[0])
    top = min(max(0, y - side[1] // 2), height - side[1])
    return [left, top, *side]


def _readings(rows: list[_Row], expected: int, unregistered: list[int]) -> Readings:
    worst = min(rows, key=lambda row: row.ssim)
    evidence = {
        "frame": worst.frame,
        "box": worst.box,
        "worst": round(worst.ssim, 4),
        "rule": worst.rule,
        "overlap": round(worst.overlap, 4),
        "unregistered": unregistered,
    }

    def reading(values: list[float]) -> Reading:
        value = float(np.median(values))
        return Reading(value=value, n_used=len(values), n_expected=expected, evidence=evidence)

    inliers = [row.inliers for row in rows if row.inliers is not None]
    no_points = missing(Status.NOT_MEASURED, "registered by ECC, without key points", **evidence)
    return {
        "plate_structure": reading([row.ssim for row in rows]),
        "plate_structure.inliers": reading(inliers) if inliers else no_points,
        "plate_structure.shift": reading([row.shift for row in rows]),
    }


def _size(views: Views) -> tuple[int, int]:
    return views.probe.width, views.probe.height


def _grey(rgb: Array) -> Array:
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY))


METRIC = Metric(
    name="plate_structure",
    version="2",
    needs=frozenset({"probe", "frames", "indices", "gallery", "key_positions", "keypoints_at"}),
    outputs=(
        Output(name="plate_structure", unit="similarity", direction=Direction.HIGHER),
        Output(name="plate_structure.inliers", unit="share", direction=Direction.HIGHER),
        Output(name="plate_structure.shift", unit="percent_width", direction=Direction.LOWER),
    ),
    deterministic=False,  # arithmetic, but a wanted change reads like an unwanted one
    measure=measure,
    over_range=True,
)
