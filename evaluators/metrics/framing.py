"""framing: is the shot as close, and the person where, the shot asks for?

The character's face of each looked-at frame, without references the largest; median over frames.

    framing           steps between the shot size that is shown and `spec.framing`; lower is better,
                      0 = as asked. By face height / frame height: ECU above 0.70, CU 0.30..0.70,
                      MCU 0.18..0.30, MS 0.10..0.18, WS below (no paper: usual sizes of a face). MWS
                      is either neighbour, EWS is not told from WS. OTS, POV, INSERT and TWO_SHOT
                      say no size: not_applicable
    framing.offset    distance of the face's centre from `spec.position`, percent of the width;
                      lower is better. Left, centre and right are 1/4, 1/2 and 3/4 of the width, and
                      count sideways only; [x, y] in shares count both ways
    framing.headroom  free height above the face's top, share of the frame; no direction

For other kinds than persons, a mask gives the subject's box, which tells offset and headroom but
no shot size; a mask that was drawn for a plate is moved to where that lies in the take. Blind to
faces that the detector misses: a wide shot with faces under 40 pixels is not_measured; `size` in
the evidence is what was read. The box runs from brow to chin, so that headroom contains the hair.
Sizes are defaults, not calibrated on anybody's footage.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from evaluators.domain.brief import Brief
from evaluators.domain.character import Kind
from evaluators.domain.score import Direction, Status
from evaluators.identity import shown
from evaluators.matte import ELSEWHERE, Matte, opened
from evaluators.metric import Metric, Output, Reading, Readings, missing
from evaluators.views import Views
from evaluators.vision.detectors import nobody
from evaluators.weights import NoWeights

SIZES = ("ECU", "CU", "MCU", "MS", "WS")
FROM = (0.70, 0.30, 0.18, 0.10)  # face height / frame height at which each but the last begins
ASKED: Mapping[str, tuple[str, ...]] = {
    **{size: (size,) for size in SIZES},
    "MWS": ("MS", "WS"),
    "EWS": ("WS",),
}
PLACES = {"left": 0.25, "centre": 0.5, "right": 0.75}

Box = tuple[float, float, float, float]  # x, y, width, height in shares of the frame


def measure(views: Views, brief: Brief) -> Readings:
    """Read size and place off faces, or place off the mask."""
    if brief.kind is Kind.PERSON:
        return _by_faces(views, brief)
    if brief.kind is None:
        return missing(Status.NOT_MEASURED, "kind not given: faces are not looked for")
    if brief.mask is None:
        return missing(Status.NOT_MEASURED, "where the subject is, is not known; give a mask")
    return _by_mask(views, brief)


def size_of(height: float) -> str:
    """Name the shot size for a face's share of the frame's height."""
    return next((s for s, start in zip(SIZES, FROM, strict=False) if height >= start), SIZES[-1])


def _by_faces(views: Views, brief: Brief) -> Readings:
    try:
        rows = sorted(shown(views, brief).items())
    except NoWeights as absent:
        return missing(Status.NOT_MEASURED, str(absent))
    if not rows:
        return missing(Status.NOT_MEASURED, nobody())
    boxes = [_shares(face.box, views) for _, face in rows]
    size = size_of(float(np.median([box[3] for box in boxes])))
    middle = rows[len(rows) // 2]
    evidence = {
        "frame": views.indices[middle[0]],
        "box": [int(v) for v in middle[1].box],
        "size": size,
        "asked": brief.spec.get("framing"),
    }
    expected = len(views.face_positions)
    readings = _places(boxes, brief, views, expected, evidence)
    return {"framing": _steps(size, brief, len(rows), expected, evidence), **readings}


def _by_mask(views: Views, brief: Brief) -> Readings:
    mask = opened(views, brief)
    if not isinstance(mask, Matte):
        return mask or missing(Status.NOT_MEASURED, "no mask")
    laid = [(p, mask.region(views, p)) for p in range(len(views.frames))]
    found = [(p, region.box) for p, region in laid if region and region.pixels.any()]
    if not found:
        empty = any(region for _, region in laid)
        return missing(Status.NOT_MEASURED, "the mask is empty" if empty else ELSEWHERE)
    middle, box = found[len(found) // 2]
    evidence = {"frame": views.indices[middle], "region": "mask", "box": list(box)}
    no_size = missing(Status.NOT_MEASURED, "the shot size is read off a face", **evidence)
    boxes = [_shares(box, views) for _, box in found]
    return {"framing": no_size, **_places(boxes, brief, views, len(laid), evidence)}


def _shares(box: tuple[int, int, int, int], views: Views) -> Box:
    across, down = views.probe.width, views.probe.height
    x, y, width, height = box
    return x / across, y / down, width / across, height / down


def _steps(
    size: str, brief: Brief, used: int, expected: int, evidence: Mapping[str, Any]
) -> Reading:
    asked = brief.spec.get("framing")
    if not asked:
        return missing(Status.NOT_APPLICABLE, "no framing asked for", **evidence)
    if asked not in ASKED:
        return missing(Status.NOT_APPLICABLE, f"{asked} says no shot size", **evidence)
    steps = min(abs(SIZES.index(size) - SIZES.index(a)) for a in ASKED[asked])
    return Reading(value=float(steps), n_used=used, n_expected=expected, evidence=evidence)


def _places(
    boxes: Sequence[Box], brief: Brief, views: Views, expected: int, evidence: Mapping[str, Any]
) -> dict[str, Reading]:
    used = len(boxes)
    room = float(np.median([box[1] for box in boxes]))
    readings = {
        "framing.headroom": Reading(value=room, n_used=used, n_expected=expected, evidence=evidence)
    }
    aim = _aim(brief.spec.get("position"))
    if aim is None:
        silent = missing(Status.NOT_APPLICABLE, "no position asked for", **evidence)
        return {"framing.offset": silent, **readings}
    shape = views.probe.height / views.probe.width
    offs = []
    for x, y, width, height in boxes:
        sideways = x + width / 2 - aim[0]
        upwards = 0.0 if aim[1] is None else (y + height / 2 - aim[1]) * shape
        offs.append(math.hypot(sideways, upwards) * 100)
    readings["framing.offset"] = Reading(
        value=float(np.median(offs)), n_used=used, n_expected=expected, evidence=evidence
    )
    return readings


def _aim(position: Any) -> tuple[float, float | None] | None:
    if isinstance(position, str):
        return (PLACES[position], None) if position in PLACES else None
    if isinstance(position, Sequence) and len(position) == 2:
        return float(position[0]), float(position[1])
    return None


METRIC = Metric(
    name="framing",
    version="2",
    needs=frozenset(
        {
            *("probe", "frames", "small", "faces", "face_positions", "indices", "gallery"),
            *("keypoints_at", "once"),
        }
    ),
    outputs=(
        Output(name="framing", unit="steps", direction=Direction.LOWER),
        Output(name="framing.offset", unit="percent_width", direction=Direction.LOWER),
        Output(name="framing.headroom", unit="share", direction=Direction.NONE),
    ),
    deterministic=False,  # rests on a detector
    measure=measure,
    over_range=True,
)
