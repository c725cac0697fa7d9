"""temporal: does the picture hold together from frame to frame?

On every frame's luma at about 320x180, with one optical-flow pass (DIS; Kroeger et al., ECCV 2016):

    .warp             mean |next frame moved back along the flow - this frame| where both see the
                      same, mean over pairs; code values, lower is better
                      (after Lai et al., Learning blind video temporal consistency, ECCV 2018)
    .flicker          median |change of the mean luma| after removing a trend of one second;
                      code values, lower is better
    .motion           mean length of the flow, percent of the width per frame; no direction
    .warp_per_motion  warp / (0.05 + motion); code values, lower is better

A still is not_applicable. A frozen clip has the best warp there is: it is flagged `frozen`, and
.warp must never be read without .motion. Blind to what is shown: a face that melts slowly and
smoothly is consistent here. Covered and uncovered areas are left out where the flow tears.
"""

from typing import Any

import numpy as np

from evaluators.domain.brief import Brief
from evaluators.domain.score import Direction, Status
from evaluators.metric import Metric, Output, Reading, Readings, missing
from evaluators.views import Views
from evaluators.vision.motion import Motion, stands_still

EPSILON = 0.05  # percent of the width: what counts as standing still
APART = (2, 5, 10, 20, 50)  # frames

Array = np.ndarray[Any, Any]


def measure(views: Views, _brief: Brief) -> Readings:
    """Reduce the flow pass to four numbers."""
    motion = views.motion
    if motion is None:
        return missing(Status.NOT_APPLICABLE, "a still picture")
    warp, speed = float(np.mean(motion.warp)), float(np.mean(motion.speed))
    values = {
        "warp": warp,
        "flicker": flicker(views.luma, views.probe.fps),
        "motion": speed,
        "warp_per_motion": warp / (EPSILON + speed),
    }
    evidence = _evidence(motion, views.luma, views.first)
    count = len(motion.warp)
    return {
        f"temporal.{name}": Reading(value=value, n_used=count, n_expected=count, evidence=evidence)
        for name, value in values.items()
    }


def flicker(luma: Array, fps: float) -> float:
    """Median jump of the mean luma once slow changes of light are gone, code values."""
    mean = luma.reshape(len(luma), -1).mean(axis=1)
    half = max(1, round(fps / 2))
    padded = np.pad(mean, half, mode="reflect", reflect_type="odd") if len(mean) > half else mean
    window = np.ones(2 * half + 1) / (2 * half + 1)
    if len(padded) == len(mean):
        trend = np.linspace(mean[0], mean[-1], len(mean))
    else:
        trend = np.convolve(padded, window, mode="valid")
    return float(np.median(np.abs(np.diff(mean - trend))))


def _evidence(motion: Motion, luma: Array, first: int) -> dict[str, Any]:
    worst = int(motion.warp.argmax())
    return {
        "frame": first + worst,
        "worst": round(float(motion.warp[worst]), 3),
        "seen": round(float(motion.seen.mean()), 4),
        "frozen": stands_still(motion.change),
        "alike_at": {str(d): _alike(luma, d) for d in APART if d < len(luma)},
    }


def _alike(luma: Array, apart: int) -> float:
    """Mean correlation of frames some way apart: how fast the picture leaves itself."""
    firsts = range(0, len(luma) - apart, max(1, (len(luma) - apart) // 4))
    return round(float(np.mean([_correlation(luma[i], luma[i + apart]) for i in firsts])), 4)


def _correlation(a: Array, b: Array) -> float:
    x, y = (p.astype(np.float32) - p.mean() for p in (a, b))
    scale = float(np.sqrt((x * x).sum() * (y * y).sum()))
    return float((x * y).sum() / scale) if scale else 1.0


METRIC = Metric(
    name="temporal",
    version="1",
    needs=frozenset({"probe", "luma", "motion"}),
    outputs=(
        Output(name="temporal.warp", unit="code_values", direction=Direction.LOWER),
        Output(name="temporal.flicker", unit="code_values", direction=Direction.LOWER),
        Output(name="temporal.motion", unit="percent_width_per_frame", direction=Direction.NONE),
        Output(name="temporal.warp_per_motion", unit="code_values", direction=Direction.LOWER),
    ),
    deterministic=True,
    measure=measure,
    over_range=True,
)
