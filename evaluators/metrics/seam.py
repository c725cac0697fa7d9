"""seam: does what was made sit beside what was shot as if one camera had seen both?

At the matte's edge: a ring just inside is compared with a ring just outside (4 % of the short side
wide, 2 pixels and `spec.feather` next to the edge left out), on up to 8 sampled frames; the median
over frames. All are inside - outside and signed, unless said otherwise; 0 is a perfect seam.

    seam.grain      standard deviation of the noise, code values, of the fine or the twice as coarse
                    band, where the two differ more; negative = cleaner inside. From the median
                    absolute deviation of the diagonal db2 wavelet band (Donoho, Johnstone 1994), on
                    the flatter half of each ring, so that texture counts less
    seam.sharpness  share of the edges' strength that is lost when blurred with sigma 1.5, on the
                    strongest fifth of each ring's edges; negative = softer inside (after Crete,
                    Dolmiere, Ladret, Nicolas 2007). Not measured where a ring has no edges
    seam.black      2nd percentile of the grey, code values; negative = deeper black inside. Not
                    measured unless both rings reach below 64: a bright thing has no black
    seam.colour     CIEDE2000 between the median colours (Sharma, Wu, Dalal 2005), delta_e, not
                    signed; lower is better
    seam.flicker    median change from frame to frame of inside - outside, mean luma of the rings,
                    over every frame, code values; lower is better. A still is not_applicable

`over_time` in the evidence is the standard deviation over the frames. Blind to content: a white
shirt beside a black wall is a colour seam of 80 and none at all, so that no line fails by this;
read it against the plate's or another take's. Grain depends on brightness, which differs too.
"""

from itertools import pairwise
from typing import Any

import cv2
import numpy as np

from evaluators.colour import delta_e_2000, lab
from evaluators.domain.brief import Brief
from evaluators.domain.score import Direction, Status
from evaluators.matte import alike
from evaluators.metric import Metric, Output, Reading, Readings, missing
from evaluators.views import Views
from evaluators.vision.rings import GUARD, Sides, sides

MOST_FRAMES = 8
LEAST_SIDE = 32  # pixels
LEAST = 200  # pixels of a ring
SHADOW = 64  # code values
FLAT, STRONG = 50, 80  # percentiles of the gradient: what is flat, what is an edge
LEAST_EDGE = 4.0  # code values per pixel
SOFTEN = 1.5  # pixels
DB2_HIGH = np.array(
    [-0.48296291314469025, 0.836516303737469, -0.22414386804185735, -0.12940952255092145],
    np.float32,
)
NORMAL_MAD = 0.6744897501960817  # median absolute deviation of a unit normal
BANDS = (1, 2)  # pixels

Array = np.ndarray[Any, Any]
Row = dict[str, Any]


def measure(views: Views, brief: Brief) -> Readings:
    """Compare both sides of the edge on some frames, and their light on all."""
    mask = alike(views, brief)
    if isinstance(mask, Reading):
        return mask
    if min(views.probe.width, views.probe.height) < LEAST_SIDE:
        return missing(Status.NOT_MEASURED, f"smaller than {LEAST_SIDE} pixels")
    guard = GUARD + max(0, int(brief.spec.get("feather", 0)))
    positions = views.spread(MOST_FRAMES)
    rows = [row for p in positions if (row := _row(views, p, mask, guard))]
    if not rows:
        return missing(Status.NOT_MEASURED, "the matte has no edge inside the picture")
    readings = {f"seam.{name}": _reading(name, rows, len(positions)) for name in
                ("grain", "sharpness", "black", "colour")}  # fmt: skip
    return {**readings, "seam.flicker": _flicker(views, mask)}


def _row(views: Views, position: int, mask: Views, guard: int) -> Row | None:
    inside = mask.frames[views.beside(position, mask)].max(axis=2) >= 128
    rings = sides(inside, guard=guard)
    if min(rings.inside.sum(), rings.outside.sum()) < LEAST:
        return None
    x, y, width, height = cv2.boundingRect((rings.inside | rings.outside).astype(np.uint8))
    part = np.s_[y : y + height, x : x + width]
    rgb = views.frames[position][part]
    near = Sides(inside=rings.inside[part], outside=rings.outside[part])
    grey = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)).astype(np.float32)
    slope = _slope(np.asarray(cv2.GaussianBlur(grey, (0, 0), 2.0)))
    return {
        "frame": views.indices[position],
        "box": [int(x), int(y), int(width), int(height)],
        "grain": grain(grey, slope, near),
        "sharpness": sharpness(grey, slope, near),
        "black": black(grey, near),
        "colour": colour(rgb, near),
    }


def grain(grey: Array, slope: Array, rings: Sides) -> float:
    """Signed difference of the noise in the band where it is largest, code values."""
    flat = [r & (slope <= np.percentile(slope[r], FLAT)) for r in (rings.inside, rings.outside)]
    off = []
    for band in BANDS:
        size = (grey.shape[1] // band, grey.shape[0] // band)
        if min(size) < 8:
            break
        picture = cv2.resize(grey, size, interpolation=cv2.INTER_AREA) if band > 1 else grey
        high = np.abs(cv2.sepFilter2D(picture, cv2.CV_32F, DB2_HIGH, DB2_HIGH))
        where = [cv2.resize(f.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
                 for f in flat]  # fmt: skip
        if min(w.sum() for w in where) < 16:
            break
        inside, outside = (float(np.median(high[w])) / NORMAL_MAD for w in where)
        off.append(inside - outside)
    return max(off, key=abs) if off else 0.0


def sharpness(grey: Array, slope: Array, rings: Sides) -> float | None:
    """Signed difference of what a blur takes from the edges, share; None without edges."""
    sharp = _slope(grey)
    soft = _slope(np.asarray(cv2.GaussianBlur(grey, (0, 0), SOFTEN)))
    lost = []
    for ring in (rings.inside, rings.outside):
        edges = ring & (slope >= max(LEAST_EDGE, float(np.percentile(slope[ring], STRONG))))
        if edges.sum() < LEAST // 10:
            return None
        total = float(sharp[edges].sum())
        lost.append(float(np.maximum(0, sharp - soft)[edges].sum()) / total)
    return lost[0] - lost[1]


def black(grey: Array, rings: Sides) -> float | None:
    """Signed difference of the deepest shadows, code values; None where a side has none."""
    inside, outside = (float(np.percentile(grey[r], 2)) for r in (rings.inside, rings.outside))
    return inside - outside if max(inside, outside) < SHADOW else None


def colour(rgb: Array, rings: Sides) -> float:
    """CIEDE2000 between the median colours of both sides."""
    medians = [np.median(rgb[r], axis=0) for r in (rings.inside, rings.outside)]
    inside, outside = lab(np.rint([medians]).astype(np.uint8))[0]
    return delta_e_2000(inside, outside)


def _slope(grey: Array) -> Array:
    across, down = (cv2.Sobel(grey, cv2.CV_32F, *order, scale=1 / 8) for order in ((1, 0), (0, 1)))
    return np.asarray(cv2.magnitude(across, down))


def _reading(name: str, rows: list[Row], expected: int) -> Reading:
    found = [row for row in rows if row[name] is not None]
    if not found:
        absent = "edges" if name == "sharpness" else "shadows"
        return missing(Status.NOT_MEASURED, f"no {absent} on both sides of the matte's edge")
    values = np.array([row[name] for row in found])
    worst = found[int(np.abs(values).argmax())]
    evidence = {
        "frame": worst["frame"],
        "box": worst["box"],
        "worst": round(float(worst[name]), 4),
        "over_time": round(float(values.std()), 4),
    }
    return Reading(
        value=float(np.median(values)), n_used=len(found), n_expected=expected, evidence=evidence
    )


def _flicker(views: Views, mask: Views) -> Reading:
    luma = views.luma
    if len(luma) < 2:
        return missing(Status.NOT_APPLICABLE, "a still picture")
    least = np.min([frame.max(axis=2) for frame in mask.frames], axis=0)
    small = cv2.resize(least, luma.shape[:0:-1], interpolation=cv2.INTER_AREA)
    rings = sides(np.asarray(small) >= 128, guard=1)
    if min(rings.inside.sum(), rings.outside.sum()) < LEAST // 4:
        return missing(Status.NOT_MEASURED, "too little of the picture lies beside the edge")
    off = [float(f[rings.inside].mean() - f[rings.outside].mean()) for f in luma]
    steps = np.abs([b - a for a, b in pairwise(off)])
    evidence = {
        "frame": views.first + int(steps.argmax()) + 1,
        "worst": round(float(steps.max()), 3),
    }
    count = len(steps)
    return Reading(value=float(np.median(steps)), n_used=count, n_expected=count, evidence=evidence)


METRIC = Metric(
    name="seam",
    version="2",
    needs=frozenset({"probe", "frames", "luma", "indices", "gallery"}),
    outputs=(
        Output(name="seam.grain", unit="code_values", direction=Direction.NONE),
        Output(name="seam.sharpness", unit="share", direction=Direction.NONE),
        Output(name="seam.black", unit="code_values", direction=Direction.NONE),
        Output(name="seam.colour", unit="delta_e", direction=Direction.LOWER),
        Output(name="seam.flicker", unit="code_values", direction=Direction.LOWER),
    ),
    deterministic=False,  # two things may differ because they are two things
    measure=measure,
    over_range=True,
)
