"""costume_texture: does the costume keep its weave and its cut?

    costume_texture = cosine of the descriptions of the costume in the take and in the most alike
                      costume reference; median over up to 4 frames

A description joins the histograms of uniform local binary patterns (8 points at radius 1, 16 at
radius 2; Ojala, Pietikainen, Maenpaa 2002) and HOG in cells of 8x8 (Dalal, Triggs 2005), each with
length 1, of the grey region fitted into 256x384 pixels. Range 0..1, higher is better. Where the
costume is, is decided as for costume_colour: mask, box, torso under the face; the evidence says by
which rule.

Not a share of anything: photographs of other things read 0.69..0.90, of the same thing from another
side 0.70..0.93 (boxed roughly; AUC 0.63, n 1,770 pairs), so that only takes of one pose, box and
light can be told apart by it. Blind to colour; and it cannot tell
another pose, another fold or a rougher box from another coat: each lowers it. Compare it between
takes of one shot, with one region.
"""

import numpy as np

from evaluators.costume import region_of_reference, worn
from evaluators.domain.brief import Brief
from evaluators.domain.score import Direction, Status
from evaluators.metric import Metric, Output, Reading, Readings, missing
from evaluators.views import Views
from evaluators.vision.texture import alike, texture
from evaluators.weights import NoWeights
from router.decoding.decode import Unreadable

MOST_FRAMES = 4


def measure(views: Views, brief: Brief) -> Readings:
    """Compare the region of some frames with every reference's."""
    if not brief.costume_refs:
        return missing(Status.NOT_APPLICABLE, "no reference (costume_refs)")
    try:
        goals = _goals(views, brief)
    except NoWeights as absent:
        return missing(Status.NOT_MEASURED, str(absent))
    if not goals:
        return missing(Status.NOT_MEASURED, "no readable costume reference")
    found = worn(views, brief)
    if isinstance(found, Reading):
        return found
    usable = [(p, region) for p, region in found if region.usable]
    if not usable:
        return missing(Status.NOT_MEASURED, "the region holds too few pixels")
    chosen = usable[:: -(-len(usable) // MOST_FRAMES)]
    rows = []
    for position, region in chosen:
        mine = texture(views.frames[position], region)
        value, name = max((alike(mine, goal), name) for name, goal in goals)
        rows.append((value, name, views.indices[position], region))
    value, name, frame, region = min(rows, key=lambda row: row[0])
    evidence = {
        "region": region.rule,
        "reference": name,
        "frame": frame,
        "box": list(region.box),
        "worst": round(value, 4),
    }
    return Reading(
        value=float(np.median([row[0] for row in rows])),
        n_used=len(rows),
        n_expected=min(MOST_FRAMES, len(views.frames)),
        evidence=evidence,
    )


def _goals(views: Views, brief: Brief) -> list[tuple[str, tuple[np.ndarray, np.ndarray]]]:
    goals = []
    for path in brief.costume_refs:
        picture = views.gallery.open(path)
        if isinstance(picture, Unreadable):
            continue
        region = region_of_reference(picture, brief)
        if region.usable:
            goals.append((path.name, texture(picture.frames[0], region)))
    return goals


METRIC = Metric(
    name="costume_texture",
    version="4",
    needs=frozenset(
        {
            *("probe", "frames", "small", "lab", "faces", "face_positions", "indices", "gallery"),
            *("keypoints_at", "once"),
        }
    ),
    outputs=(Output(name="costume_texture", unit="similarity", direction=Direction.HIGHER),),
    deterministic=False,  # another pose reads like another coat
    measure=measure,
    over_range=True,
)
