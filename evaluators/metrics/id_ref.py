"""id_ref, id_coverage, id_worst: is it still the same face?

Up to 8 frames are searched for faces of 40 pixels and more (YuNet, else HOG: `detectors`), each
face becomes 128 numbers (King 2017, dlib ResNet). With d the Euclidean distance to the nearest
reference face:

    similarity    1 - d / 1.2, shown within 0..1; 0.5 lies at d = 0.6, the usual same-person limit
    assigned      the face that is the character's when the whole cast is told apart, d <= 0.75
    id_ref        median similarity over the frames with an assigned face        higher is better
    id_coverage   frames with an assigned face / frames searched                 higher is better
    id_worst      10th percentile of the similarity over these frames            higher is better

Similarity is taken from clear faces where there are any: a hand before the face costs as much
likeness as another person, and says nothing. Genuine pairs usually read 0.65..0.9. Measured for
kind `person` only: the network knows photographic, roughly frontal faces, and reads drawn ones,
animals and profiles as noise. Blind to hair, body and costume, and to whether a likeness is acted
or pasted (see copy_paste). Weaker on children and dark skin (training data): compare recipes on the
same character, not characters with each other. A frame without a face lowers coverage, never
similarity.
"""

import numpy as np

from evaluators.domain.brief import Brief
from evaluators.domain.score import Direction, Status
from evaluators.identity import Seen, Sightings, clear_ones, look
from evaluators.metric import Metric, Output, Reading, Readings
from evaluators.views import Views
from evaluators.vision.detectors import nobody

WORST = 10  # percentile


def measure(views: Views, brief: Brief) -> Readings:
    """Compare the faces of the take with those of the references."""
    found = look(views, brief)
    return found if isinstance(found, Reading) else _readings(found)


def _readings(found: Sightings) -> Readings:
    assigned = found.of()
    expected = len(found.frames)
    evidence = _evidence(found)
    shown = {**evidence, "faces": found.as_evidence()}
    coverage = Reading(
        value=len(assigned) / expected,
        n_used=len(assigned),
        n_expected=expected,
        evidence=evidence,
    )
    if not assigned:
        silent = Reading(
            value=None,
            status=Status.NOT_MEASURED,
            reason=_why_nobody(found),
            n_expected=expected,
            evidence=shown,
        )
        return {"id_ref": silent, "id_worst": silent, "id_coverage": coverage}
    judged = clear_ones(assigned)
    similar = [s.similarity for s in judged]
    values = {"id_ref": np.median(similar), "id_worst": np.percentile(similar, WORST)}
    measured = {
        name: Reading(value=float(v), n_used=len(judged), n_expected=expected, evidence=shown)
        for name, v in values.items()
    }
    return {**measured, "id_coverage": coverage}


def _evidence(found: Sightings) -> dict[str, object]:
    seen = [frame for frame in found.frames if frame]
    own = found.of()
    lost = [f for f in seen if not any(s.who == 0 for s in f) and any(s.who is None for s in f)]
    evidence: dict[str, object] = {
        "frames_with_faces": len(seen),
        "strangers": len(lost),
        "extra_faces": sum(s.who is None for f in seen for s in f) - len(lost),
        "covered_faces": sum(not s.face.clear for s in own),
    }
    if found.unused:
        evidence["unused_references"] = list(found.unused)
    nearest = [n for f in seen if (n := _nearest(f))]
    if nearest:
        worst = max(nearest, key=lambda s: (s.who is None, s.face.clear, s.distances[0]))
        evidence |= {"frame": worst.frame, "box": list(worst.face.box)}
        evidence["distance"] = round(worst.distances[0], 4)
    return evidence


def _nearest(frame: tuple[Seen, ...]) -> Seen | None:
    """Give the character's face in a frame, else the stranger's most like it."""
    own = [s for s in frame if s.who == 0] or [s for s in frame if s.who is None]
    return min(own, key=lambda s: s.distances[0]) if own else None


def _why_nobody(found: Sightings) -> str:
    faces = [s for frame in found.frames for s in frame]
    if any(s.who is None for s in faces):
        return "only faces unlike the reference"
    return "only other characters of the cast" if faces else nobody()


METRIC = Metric(
    name="id_ref",
    version="2",
    needs=frozenset({"faces", "face_positions", "indices", "gallery"}),
    outputs=(
        Output(name="id_ref", unit="similarity", direction=Direction.HIGHER),
        Output(name="id_coverage", unit="share", direction=Direction.HIGHER),
        Output(name="id_worst", unit="similarity", direction=Direction.HIGHER),
    ),
    deterministic=False,
    measure=measure,
    over_range=True,
)
