"""edge_width: is the picture soft? Read at its sharpest edges, where grain cannot hide it.

    edge_width = 5th percentile, over the ridges of the gradient with a contrast of 40 code values
                 or more within 8 pixels, of contrast / gradient, after a Gaussian of 0.8 pixels;
                 median over up to 4 sampled frames

Unit pixels, lower is better (an edge of Gaussian blur sigma reads 2.5 sigma; after Marziliano,
Dufaux, Winkler, Ebrahimi, ICIP 2002, whose edges are not chosen by contrast). About 2.8 is the
floor. Where tech.blur reads how much is left to blur, of paint and grain alike, this reads edges:
cut paper is 2.8..3.1, with grain of 9 code values 3.4, soft photographs 3.5..3.8; blurred with
sigma 1.6 pixels 4.9, with sigma 3.2 7.5. The same pictures read 0.33..0.35, 0.39..0.45 and
0.40..0.51 with tech.blur, which overlaps between pictures. Evidence holds the plate's own number.

Blind to a part that is soft while another is sharp (depth of field is no fault), to pictures
without 50 strong edges (fog: not measured), and to sharpening.
"""

from typing import Any

import cv2
import numpy as np

from evaluators.domain.brief import Brief
from evaluators.domain.score import Direction, Status
from evaluators.metric import Metric, Output, Reading, Readings, missing
from evaluators.views import Views
from router.decoding.decode import Unreadable

MOST_FRAMES = 4
CONTRAST = 40  # code values
REACH = 8  # pixels to each side
SMOOTH = 0.8  # pixels
LEAST = 50  # edges
SHARPEST = 0.05  # share of the edges

Array = np.ndarray[Any, Any]


def measure(views: Views, brief: Brief) -> Readings:
    """Measure some frames, and the plate beside them."""
    looked = views.spread(MOST_FRAMES)
    rows = [(p, width) for p in looked if (width := edge_width(views.frames[p]))]
    if not rows:
        return missing(Status.NOT_MEASURED, "no strong edges")
    plate = views.gallery.open(brief.plate) if brief.plate else None
    beside = None if plate is None or isinstance(plate, Unreadable) else edge_width(plate.frames[0])
    worst = max(rows, key=lambda row: row[1])
    return Reading(
        value=float(np.median([width for _, width in rows])),
        n_used=len(rows),
        n_expected=len(looked),
        evidence={
            "frame": views.indices[worst[0]],
            **({"plate": round(beside, 3)} if beside else {}),
        },
    )


def edge_width(rgb: Array) -> float | None:
    """Width of the sharpest edges, pixels; None without enough of them; uint8 (h, w, 3)."""
    grey = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)).astype(np.float32)
    smooth = np.asarray(cv2.GaussianBlur(grey, (0, 0), SMOOTH))
    across, down = (
        np.asarray(cv2.Sobel(smooth, cv2.CV_32F, *o, scale=1 / 8)) for o in ((1, 0), (0, 1))
    )
    steep = np.hypot(across, down)
    window = np.ones((2 * REACH + 1, 2 * REACH + 1), np.uint8)
    contrast = np.asarray(cv2.dilate(smooth, window)) - np.asarray(cv2.erode(smooth, window))
    ridge = steep >= np.asarray(cv2.dilate(steep, np.ones((3, 3), np.uint8)))
    edges = ridge & (contrast > CONTRAST) & (steep > 0)
    if int(edges.sum()) < LEAST:
        return None
    return float(np.quantile(contrast[edges] / steep[edges], SHARPEST))


METRIC = Metric(
    name="edge_width",
    version="2",
    needs=frozenset({"frames", "indices", "gallery"}),
    outputs=(Output(name="edge_width", unit="pixels", direction=Direction.LOWER),),
    deterministic=True,
    over_range=True,
    measure=measure,
)
