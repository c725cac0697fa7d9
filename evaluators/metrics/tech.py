"""tech: blur, noise, clipping and coding damage, as numbers that are not mixed into one.

On up to 6 of the sampled frames at their own raster; the median over frames. With a plate, its own
numbers stand beside in the evidence, because a soft lens or a grainy stock is no fault.

    .blur          perceptual blur, 0 = sharp .. 1 = blurred (Crete, Dolmiere, Ladret, Nicolas 2007)
    .noise         standard deviation of the noise in 8-bit code values, from the median absolute
                   deviation of the diagonal db2 wavelet band (Donoho, Johnstone 1994)
    .clipped_low   share of pixels with grey <= 1
    .clipped_high  share of pixels with grey >= 254
    .blockiness    mean step across the 8x8 grid above the mean step elsewhere, code values
                   (after Wang, Sheikh, Bovik 2002)
    .banding       share of pixels on a plateau of >= 8 equal pixels in a row that ends in a step of
                   2..16 code values: the terraces of a gradient with too few levels

All: lower is better. Blind to what is blurred or dark on purpose (depth of field, night), to detail
that was invented, to block grids that were moved or scaled, and .banding takes the flat colours of
cel animation for terraces.
"""

from functools import partial
from typing import Any

import cv2
import numpy as np

from evaluators.domain.brief import Brief
from evaluators.domain.score import Direction, Status
from evaluators.metric import Metric, Output, Reading, Readings, missing
from evaluators.views import Views
from router.decoding.decode import Unreadable

MOST_FRAMES = 6
LEAST_SIDE = 16  # pixels
BLUR_WINDOW = 11
DB2_HIGH = (-0.48296291314469025, 0.836516303737469, -0.22414386804185735, -0.12940952255092145)
NORMAL_MAD = 0.6744897501960817  # median absolute deviation of a unit normal
PLATEAU, STEP_FROM, STEP_TO = 8, 2, 16

Array = np.ndarray[Any, Any]


def measure(views: Views, brief: Brief) -> Readings:
    """Measure the take and, where there is one, the plate."""
    if min(views.probe.width, views.probe.height) < LEAST_SIDE:
        return missing(Status.NOT_MEASURED, f"smaller than {LEAST_SIDE} pixels")
    rows = _rows(views)
    plate = views.gallery.open(brief.plate) if brief.plate else None
    beside = None if plate is None or isinstance(plate, Unreadable) else _rows(plate)
    count = len(rows)
    readings: dict[str, Reading] = {}
    for name in rows[0][1]:
        values = [row[name] for _, row in rows]
        evidence: dict[str, Any] = {"frame": rows[int(np.argmax(values))][0]}
        if beside:
            evidence["plate"] = round(float(np.median([row[name] for _, row in beside])), 5)
        readings[f"tech.{name}"] = Reading(
            value=float(np.median(values)), n_used=count, n_expected=count, evidence=evidence
        )
    return readings


def _rows(views: Views) -> list[tuple[int, dict[str, float]]]:
    return [
        (views.indices[p], views.once("tech", p, partial(_numbers, views.frames[p])))
        for p in views.spread(MOST_FRAMES)
    ]


def _numbers(rgb: Array) -> dict[str, float]:
    grey = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY))
    return {
        "blur": blur(grey),
        "noise": float(np.mean([noise(rgb[..., c]) for c in range(3)])),
        "clipped_low": float((grey <= 1).mean()),
        "clipped_high": float((grey >= 254).mean()),
        "blockiness": blockiness(grey),
        "banding": banding(grey),
    }


def blur(grey: Array) -> float:
    """Share of edge strength that survives blurring again; uint8 (height, width)."""
    picture = grey.astype(np.float32)
    shares = []
    for window, order in (((1, BLUR_WINDOW), (0, 1)), ((BLUR_WINDOW, 1), (1, 0))):
        again = cv2.blur(picture, window, borderType=cv2.BORDER_REFLECT)
        sharp, soft = (
            np.abs(cv2.Sobel(p, cv2.CV_32F, *order, borderType=cv2.BORDER_REFLECT))[2:-1, 2:-1]
            for p in (picture, again)
        )
        total = float(sharp.sum())
        lost = float(np.maximum(0, sharp - soft).sum())
        shares.append((total - lost) / total if total else 1.0)
    return max(shares)


def noise(channel: Array) -> float:
    """Standard deviation of white noise in one uint8 channel."""
    high = np.array(DB2_HIGH, np.float32)
    band = cv2.sepFilter2D(channel, cv2.CV_32F, high, high)[::2, ::2]
    return float(np.median(np.abs(band)) / NORMAL_MAD)


def blockiness(grey: Array) -> float:
    """Extra step across every eighth line and column, at least 0."""
    extra = []
    for picture in (grey, grey.T):
        steps = np.asarray(cv2.absdiff(picture[1:], picture[:-1])).mean(axis=1)
        on_grid = np.arange(1, len(picture)) % 8 == 0
        if on_grid.any() and not on_grid.all():
            extra.append(float(steps[on_grid].mean() - steps[~on_grid].mean()))
    return max(0.0, float(np.mean(extra))) if extra else 0.0


def banding(grey: Array) -> float:
    """Share of pixels on terraces, along rows or along columns, whichever is more."""
    return max(_terraces(grey), _terraces(np.ascontiguousarray(grey.T)))


def _terraces(grey: Array) -> float:
    """Share of pixels on plateaus along rows that border, by a small step, on another plateau."""
    equal = (grey[:, 1:] == grey[:, :-1]).astype(np.uint8)
    long = cv2.morphologyEx(equal, cv2.MORPH_OPEN, np.ones((1, PLATEAU - 1), np.uint8)) > 0
    plateau = np.zeros(grey.shape, bool)
    plateau[:, 1:] |= long
    plateau[:, :-1] |= long
    step = cv2.absdiff(grey[:, 1:], grey[:, :-1])
    border = plateau[:, 1:] & plateau[:, :-1] & (step >= STEP_FROM) & (step <= STEP_TO)
    if not border.any():
        return 0.0
    starts = np.ones(grey.shape, bool)
    starts[:, 1:] = equal == 0
    run = np.cumsum(starts.ravel(), dtype=np.int32).reshape(grey.shape)
    is_terrace = np.zeros(int(run[-1, -1]) + 1, bool)
    is_terrace[run[:, :-1][border]] = True
    is_terrace[run[:, 1:][border]] = True
    return float(is_terrace[run].mean())


METRIC = Metric(
    name="tech",
    version="2",
    needs=frozenset({"probe", "frames", "indices", "gallery"}),
    outputs=(
        Output(name="tech.blur", unit="share", direction=Direction.LOWER),
        Output(name="tech.noise", unit="code_values", direction=Direction.LOWER),
        Output(name="tech.clipped_low", unit="share", direction=Direction.LOWER),
        Output(name="tech.clipped_high", unit="share", direction=Direction.LOWER),
        Output(name="tech.blockiness", unit="code_values", direction=Direction.LOWER),
        Output(name="tech.banding", unit="share", direction=Direction.LOWER),
    ),
    deterministic=True,
    measure=measure,
    over_range=True,
)
