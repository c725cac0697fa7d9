"""colour_match: how far the take's light and colour are from the plate's.

All at a long side of 256 pixels, in CIELAB (D65) of sRGB or Rec.709 code values; per sampled frame,
then the median over frames. A still plate serves all frames, a clip of as many frames
is compared frame by frame, another one with what it shows at the same time.

    .w1        sliced 1-Wasserstein distance of all Lab values, delta_e, lower is better, 0 = same.
               A pure shift by v reads about |v| / 2 (Rabin et al., SSVM 2011).
    .delta_e   CIEDE2000 between the mean Lab colours, lower is better (Sharma, Wu, Dalal 2005)
    .stops     log2(mean linear luminance of take / of plate): negative = darker. Signed
    .wb_a      mean a* of take - of plate: positive = more magenta. Signed
    .wb_b      mean b* of take - of plate: positive = warmer. Signed
    .contrast  (P95 - P5 of L*) of take - of plate: negative = flatter. Signed

Blind to layout: a mirrored take matches perfectly. `.delta_e` alone is also blind to content (a cat
can have an astronaut's mean); `.w1` sees that. Neither says whether the subject caused a difference
or the light did.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from evaluators.colour import delta_e_2000, linear_luma, profile, sliced_w1
from evaluators.domain.brief import Brief
from evaluators.domain.score import Direction, Status
from evaluators.metric import Metric, Output, Reading, Readings, missing
from evaluators.views import Views
from router.decoding.decode import Unreadable

THIN = 2  # every second pixel both ways is enough for a distribution
DARKEST = 1e-4  # linear luminance that counts as black, so that a black frame has finite stops

Array = np.ndarray[Any, Any]


def measure(views: Views, brief: Brief) -> Readings:
    """Compare every sampled frame with the plate."""
    if brief.plate is None:
        return missing(Status.NOT_APPLICABLE, "no reference (plate)")
    plate = views.gallery.open(brief.plate)
    if isinstance(plate, Unreadable):
        return missing(Status.NOT_MEASURED, f"unreadable plate: {plate.reason}")
    if plate.probe.transfer != "sdr":
        return missing(Status.NOT_MEASURED, "plate is HDR and not tone-mapped")
    goals = [_look(plate, p) for p in range(len(plate.frames))]
    rows = [
        compare(_look(views, p), goals[views.beside(p, plate)]) for p in range(len(views.frames))
    ]
    return {f"colour_match.{name}": _reading(name, rows, views) for name in rows[0]}


@dataclass(frozen=True, slots=True)
class Look:
    """What is compared of one frame."""

    profile: Array
    mean: Array  # Lab
    light: float  # mean linear luminance
    span: float  # P95 - P5 of L*


def _look(views: Views, position: int) -> Look:
    return views.once("look", position, lambda: look(views.fine[position], views.lab[position]))


def look(rgb: Array, lab: Array) -> Look:
    """Sum up one small frame; `rgb` uint8 or uint16, `lab` the same in CIELAB."""
    low, high = np.percentile(lab[..., 0], (5, 95))
    light = max(DARKEST, float(linear_luma(rgb).mean()))
    thinned = profile(lab[::THIN, ::THIN])
    return Look(thinned, lab.mean(axis=(0, 1)), light, float(high - low))


def compare(take: Look, plate: Look) -> dict[str, float]:
    """Give the parts of the difference, by their names."""
    return {
        "w1": sliced_w1(take.profile, plate.profile),
        "delta_e": delta_e_2000(take.mean, plate.mean),
        "stops": float(np.log2(take.light / plate.light)),
        "wb_a": float(take.mean[1] - plate.mean[1]),
        "wb_b": float(take.mean[2] - plate.mean[2]),
        "contrast": take.span - plate.span,
    }


def _reading(name: str, rows: list[dict[str, float]], views: Views) -> Reading:
    values = np.array([row[name] for row in rows])
    worst = int(np.abs(values).argmax())
    evidence = {"frame": views.indices[worst], "worst": round(float(values[worst]), 4)}
    count = len(rows)
    return Reading(
        value=float(np.median(values)), n_used=count, n_expected=count, evidence=evidence
    )


METRIC = Metric(
    name="colour_match",
    version="2",
    needs=frozenset({"frames", "fine", "lab", "indices", "gallery"}),
    outputs=(
        Output(name="colour_match.w1", unit="delta_e", direction=Direction.LOWER),
        Output(name="colour_match.delta_e", unit="delta_e", direction=Direction.LOWER),
        Output(name="colour_match.stops", unit="stops", direction=Direction.NONE),
        Output(name="colour_match.wb_a", unit="delta_e", direction=Direction.NONE),
        Output(name="colour_match.wb_b", unit="delta_e", direction=Direction.NONE),
        Output(name="colour_match.contrast", unit="delta_e", direction=Direction.NONE),
    ),
    deterministic=True,
    measure=measure,
    over_range=True,
)
