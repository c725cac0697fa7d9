"""id_ref, id_coverage, id_worst: is it still the same face?

Up to 8 frames are searched for faces (dlib HOG, score >= 0.5, >= 40 pixels), each face becomes 128
numbers (King 2017, dlib ResNet). With d the Euclidean distance to the nearest reference face:

    similarity    1 - d / 1.2, shown within 0..1; 0.5 lies at d = 0.6, the usual same-person limit
    assigned      the face of a frame that is nearest to the references, if d <= 0.75
    id_ref        median similarity over the frames with an assigned face        higher is better
    id_coverage   frames with an assigned face / frames searched                 higher is better
    id_worst      10th percentile of the similarity over these frames            higher is better

Genuine pairs usually read 0.65..0.9. Measured for kind `person` only: the network knows
photographic, roughly frontal faces, and reads drawn ones, animals and profiles as noise. Blind to
hair, body and costume, and to whether a likeness is acted or pasted (see copy_paste). Weaker on
children and dark skin (training data): compare recipes on the same character, not characters with
each other. A frame without a face lowers coverage, never similarity.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from evaluators.domain.brief import Brief
from evaluators.domain.character import Kind
from evaluators.domain.score import Direction, Status
from evaluators.faces import Face
from evaluators.metric import Metric, Output, Reading, Readings, missing
from evaluators.views import Views
from evaluators.weights import NoWeights
from router.decode import Unreadable

SCALE = 1.2  # distance of similarity 0
REJECT = 0.75  # distance from which on it is somebody else
CLEARLY_LARGER = 2.0  # a reference with several faces is used if one is this much larger
WORST = 10  # percentile

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class _Seen:
    frame: int
    face: Face
    distance: float


def measure(views: Views, brief: Brief) -> Readings:
    """Compare the faces of the take with those of the references."""
    if not brief.refs:
        return missing(Status.NOT_APPLICABLE, "no reference")
    if brief.kind is None:
        return missing(Status.NOT_MEASURED, "kind not given")
    if brief.kind is not Kind.PERSON:
        reason = f"face identity is for persons; this is a {brief.kind.value}"
        return missing(Status.NOT_APPLICABLE, reason)
    try:
        goal, unused = _references(views, brief)
        if not len(goal):
            return missing(Status.NOT_MEASURED, "no usable face in the references", unused=unused)
        frames = views.faces
    except NoWeights as absent:
        return missing(Status.NOT_MEASURED, str(absent))
    seen = [
        _nearest(views.indices[p], faces, goal)
        for p, faces in zip(views.face_positions, frames, strict=True)
        if faces
    ]
    return _readings(seen, frames, unused)


def _references(views: Views, brief: Brief) -> tuple[Array, list[str]]:
    """Give embeddings (n, 128) and the names of references that could not be used."""
    rows: list[tuple[float, ...]] = []
    unused: list[str] = []
    for path in brief.refs:
        frames = views.gallery.faces(path)
        if isinstance(frames, Unreadable):
            unused.append(f"{path.name}: {frames.reason}")
            continue
        usable = [f[0].embedding for f in frames if f and _one_person(f)]
        rows += usable
        if not usable:
            unused.append(f"{path.name}: {'several faces' if any(frames) else 'no face'}")
    return np.array(rows).reshape(-1, 128), unused


def _one_person(faces: tuple[Face, ...]) -> bool:
    return len(faces) == 1 or faces[0].box[3] >= CLEARLY_LARGER * faces[1].box[3]


def _nearest(frame: int, faces: tuple[Face, ...], goal: Array) -> _Seen:
    """With one character to find, the best assignment is the nearest face."""
    distances = [float(np.linalg.norm(goal - np.array(f.embedding), axis=1).min()) for f in faces]
    best = int(np.argmin(distances))
    return _Seen(frame, faces[best], distances[best])


def _readings(
    seen: list[_Seen], frames: tuple[tuple[Face, ...], ...], unused: list[str]
) -> Readings:
    assigned = [s for s in seen if s.distance <= REJECT]
    used, expected = len(assigned), len(frames)
    evidence: dict[str, object] = {
        "frames_with_faces": len(seen),
        "strangers": len(seen) - used,
        "extra_faces": sum(max(0, len(f) - 1) for f in frames),
    }
    if unused:
        evidence["unused_references"] = unused
    if seen:
        worst = max(seen, key=lambda s: s.distance)
        evidence |= {"frame": worst.frame, "box": list(worst.face.box)}
        evidence["distance"] = round(worst.distance, 4)
    coverage = Reading(value=used / expected, n_used=used, n_expected=expected, evidence=evidence)
    if not assigned:
        reason = "only faces unlike the reference" if seen else "no face found"
        silent = Reading(
            value=None,
            status=Status.NOT_MEASURED,
            reason=reason,
            n_expected=expected,
            evidence=evidence,
        )
        return {"id_ref": silent, "id_worst": silent, "id_coverage": coverage}
    similar = np.clip([1 - s.distance / SCALE for s in assigned], 0.0, 1.0)
    values = {"id_ref": np.median(similar), "id_worst": np.percentile(similar, WORST)}
    measured = {
        name: Reading(value=float(v), n_used=used, n_expected=expected, evidence=evidence)
        for name, v in values.items()
    }
    return {**measured, "id_coverage": coverage}


METRIC = Metric(
    name="id_ref",
    version="1",
    needs=frozenset({"faces", "face_positions", "indices", "gallery"}),
    outputs=(
        Output(name="id_ref", unit="similarity", direction=Direction.HIGHER),
        Output(name="id_coverage", unit="share", direction=Direction.HIGHER),
        Output(name="id_worst", unit="similarity", direction=Direction.HIGHER),
    ),
    deterministic=False,
    measure=measure,
)
