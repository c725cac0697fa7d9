"""prop_match: are the shot's props in the picture, in one piece?

    prop_match = min(1, inliers / 30) of the key point matches (ratio test 0.75) that one RANSAC
                 homography explains, between a picture of a prop and a frame; the best of up to 8
                 frames, then the median over the pictures that are found

SIFT (Lowe 2004), RANSAC (Fischler, Bolles 1981). Range 0..1, higher is better. A picture with fewer
than 8 matches in every frame is *not found*: it lowers the coverage, and is no 0, because a prop
that shows its other side, or has no texture, cannot be told from one that is not there. With none
found the take is not_measured. `found` in the evidence has each picture's own number.

For rigid, textured things. Blind to colour, to smooth things (fewer than 8 key points), to a prop
that is bent, mirrored, seen from more than about 30 degrees aside, or under 60 pixels in a frame
of 480; and to a second one that should not be there.
"""

import numpy as np

from evaluators.domain.brief import Brief
from evaluators.domain.score import Direction, Status
from evaluators.metric import Metric, Output, Reading, Readings, missing
from evaluators.views import Views
from evaluators.vision.keypoints import KeyPoints, matches, onto
from router.decoding.decode import Unreadable

LEAST = 8  # matches
FULL = 30  # inliers that count as certain
LEAST_INLIERS = 4  # a homography explains any four


def measure(views: Views, brief: Brief) -> Readings:
    """Look for every prop in some frames."""
    if not brief.props:
        return missing(Status.NOT_APPLICABLE, "no reference (props)")
    opened = [(path.name, views.gallery.open(path)) for path in brief.props]
    pictures = [(name, p.keypoints) for name, p in opened if not isinstance(p, Unreadable)]
    if not pictures:
        return missing(Status.NOT_MEASURED, "no readable picture of a prop")
    best = {name: _best(views, points) for name, points in pictures}
    absent = sorted(name for name, row in best.items() if row is None)
    found = {name: row for name, row in best.items() if row is not None}
    told = {"found": {n: round(row[0], 3) for n, row in found.items()}, "not_found": absent}
    if not found:
        return missing(Status.NOT_MEASURED, "not found: no picture of a prop", **told)
    worst = min(found, key=lambda name: found[name][0])
    return Reading(
        value=float(np.median([row[0] for row in found.values()])),
        n_used=len(found),
        n_expected=len(best),
        evidence={"frame": views.indices[found[worst][1]], "reference": worst, **told},
    )


def _best(views: Views, prop: KeyPoints) -> tuple[float, int] | None:
    """Give the highest value and its position; None where no frame has enough matches."""
    rows = []
    for position in views.face_positions:
        frame = views.keypoints_at(position)
        if len(matches(prop, frame)) < LEAST:
            continue
        laid = onto(prop, frame, least=LEAST_INLIERS)
        rows.append((min(1.0, laid.inliers / FULL) if laid else 0.0, -position))
    if not rows:
        return None
    value, position = max(rows)
    return value, -position


METRIC = Metric(
    name="prop_match",
    version="1",
    needs=frozenset({"frames", "indices", "gallery", "face_positions", "keypoints_at"}),
    outputs=(Output(name="prop_match", unit="share", direction=Direction.HIGHER),),
    deterministic=False,  # another side of the prop reads like another prop
    measure=measure,
    over_range=True,
)
