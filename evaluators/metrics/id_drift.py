"""id_drift: does the face stay itself within the take?

    id_drift        1 - mean similarity of the take's other faces to their medoid   lower is better
    id_drift.slope  similarity lost per sampled step, least squares over all pairs of faces that
                    lie 1, 2, 4 or 8 steps apart                                    lower is better

Similarity as in id_ref (King 2017), over the clear faces of up to 8 frames. The slope tells drift,
which grows with time, from unrest, which does not; no paper, close to the gap decay of EntityBench
(2026). With references, the character's face of each frame, or the only other clear one: a face
that turns into a stranger is drift and not a gap. Without, frames with one clear face.

A clip that stands still cannot drift: not_applicable, so that it is never first; evidence always
holds the motion beside it. Blind to a face that is wrong from the first frame on (id_ref), and to
what changes between the sampled frames. A judgement on a whole take: single pairs of real frames
differ by more than many a drift.
"""

from typing import Any

import numpy as np

from evaluators.domain.brief import Brief
from evaluators.domain.score import Direction, Status
from evaluators.identity import SCALE, Sightings, look, of_persons, one_person, own_or_only
from evaluators.metric import Metric, Output, Reading, Readings, missing
from evaluators.views import Views
from evaluators.vision.faces import Face
from evaluators.vision.motion import stands_still
from evaluators.weights import NoWeights

STEPS = (1, 2, 4, 8)
LEAST = 3  # faces: fewer show no course

Array = np.ndarray[Any, Any]
Track = list[tuple[int, Face]]  # position among the searched frames, and the face there


def measure(views: Views, brief: Brief) -> Readings:
    """Follow one face through the take."""
    if refusal := of_persons(brief):
        return refusal
    motion = views.motion
    if motion is None:
        return missing(Status.NOT_APPLICABLE, "a still picture")
    speed = round(float(np.mean(motion.speed)), 4)
    if stands_still(motion.change):
        reason = "the clip stands still: nothing could drift"
        return missing(Status.NOT_APPLICABLE, reason, motion=speed, frozen=True)
    found = _tracked(views, brief)
    if isinstance(found, Reading):
        return found
    track = [(p, f) for p, f in found if f.clear]
    expected = len(views.face_positions)
    if len(track) < LEAST:
        return Reading(
            value=None,
            status=Status.NOT_MEASURED,
            reason=f"{len(track)} clear faces; a course needs {LEAST}",
            n_expected=expected,
            evidence={"motion": speed},
        )
    return _readings(track, views, expected, speed)


def steadiness(faces: Array) -> tuple[float, float, int]:
    """Reduce embeddings (n, 128), with their positions in the first column, to drift and slope.

    Returns:
        1 - mean similarity of the others to the medoid, similarity lost per step, index of the
        farthest face.
    """
    places, rows = faces[:, 0], faces[:, 1:]
    alike = np.clip(1 - np.linalg.norm(rows[:, None] - rows[None], axis=2) / SCALE, 0.0, 1.0)
    medoid = int(alike.mean(axis=1).argmax())
    first, second = np.triu_indices(len(rows), 1)
    apart = places[second] - places[first]
    kept = np.isin(apart, STEPS)
    x, y = apart[kept], alike[first, second][kept]
    varied = len(np.unique(x)) > 1
    slope = -float(np.polyfit(x, y, 1)[0]) if varied else 0.0
    others = np.delete(alike[medoid], medoid)  # its likeness to itself says nothing
    return float(1 - others.mean()), slope, int(alike[medoid].argmin())


def _readings(track: Track, views: Views, expected: int, speed: float) -> Readings:
    drift, slope, farthest = steadiness(np.array([[p, *f.embedding] for p, f in track]))
    place, face = track[farthest]
    evidence = {
        "frame": views.indices[views.face_positions[place]],
        "box": list(face.box),
        "motion": speed,
    }
    values = {"id_drift": max(0.0, drift), "id_drift.slope": slope}
    return {
        name: Reading(value=v, n_used=len(track), n_expected=expected, evidence=evidence)
        for name, v in values.items()
    }


def _tracked(views: Views, brief: Brief) -> Track | Reading:
    try:
        if not brief.refs:
            return [(i, faces[0]) for i, faces in enumerate(views.faces) if one_person(faces)]
        found = look(views, brief)
    except NoWeights as absent:
        return missing(Status.NOT_MEASURED, str(absent))
    return found if isinstance(found, Reading) else _course(found)


def _course(found: Sightings) -> Track:
    picked = ((i, own_or_only(frame)) for i, frame in enumerate(found.frames))
    return [(i, seen.face) for i, seen in picked if seen]


METRIC = Metric(
    name="id_drift",
    version="2",
    needs=frozenset({"faces", "face_positions", "indices", "gallery", "motion"}),
    outputs=(
        Output(name="id_drift", unit="similarity", direction=Direction.LOWER),
        Output(name="id_drift.slope", unit="similarity", direction=Direction.LOWER),
    ),
    deterministic=False,
    measure=measure,
    over_range=True,
)
