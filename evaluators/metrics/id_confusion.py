"""id_confusion: is each of several characters told from the others?

    id_confusion              share of the frames, of those in which somebody of the cast is seen,
                              where a face is as like another character as the one it was given
                              to: similarity to the other >= similarity to its own - 0.02
                              lower is better
    id_confusion.extra_faces  faces of nobody of the cast, mean over the frames; lower is better

Assignment as in id_ref (Hungarian method, Kuhn 1955), with the brief's `cast`; persons only.
Blind to who is missing (id_coverage says that) and to which of two look-alikes stands where. People
who look alike to the network read as confused although nothing is wrong: look at the faces.
"""

from evaluators.domain.brief import Brief
from evaluators.domain.character import Kind
from evaluators.domain.score import Direction, Status
from evaluators.identity import Seen, Sightings, look, similarity
from evaluators.metric import Metric, Output, Reading, Readings, missing
from evaluators.views import Views

MARGIN = 0.02  # of similarity


def measure(views: Views, brief: Brief) -> Readings:
    """Look in each frame whether somebody could as well be somebody else."""
    if not any(mate.kind is Kind.PERSON for mate in brief.cast):
        return missing(Status.NOT_APPLICABLE, "no other person of the cast is given")
    found = look(views, brief)
    if isinstance(found, Reading):
        return found
    if len(found.names) == 1:
        reason = "no usable face in the references of the cast"
        return missing(Status.NOT_MEASURED, reason, unused=list(found.unused))
    return _readings(found)


def _readings(found: Sightings) -> Readings:
    expected = len(found.frames)
    extra = [s for frame in found.frames for s in frame if s.who is None]
    evidence = {"cast": list(found.names), "faces": found.as_evidence()}
    count = Reading(
        value=len(extra) / expected, n_used=expected, n_expected=expected, evidence=evidence
    )
    peopled = [frame for frame in found.frames if any(s.who is not None for s in frame)]
    if not peopled:
        nobody = Reading(
            value=None,
            status=Status.NOT_MEASURED,
            reason="nobody of the cast was found",
            n_expected=expected,
            evidence=evidence,
        )
        return {"id_confusion": nobody, "id_confusion.extra_faces": count}
    mistaken = [s for frame in peopled for s in frame if _confused(s)]
    if mistaken:
        worst = min(mistaken, key=_lead)
        evidence |= {"frame": worst.frame, "box": list(worst.face.box)}
    share = Reading(
        value=len({s.frame for s in mistaken}) / len(peopled),
        n_used=len(peopled),
        n_expected=expected,
        evidence=evidence,
    )
    return {"id_confusion": share, "id_confusion.extra_faces": count}


def _confused(seen: Seen) -> bool:
    return seen.who is not None and _lead(seen) <= MARGIN


def _lead(seen: Seen) -> float:
    """How much more like its own character than the next one a given face is."""
    others = [d for i, d in enumerate(seen.distances) if i != seen.who]
    return seen.similarity - similarity(min(others))


METRIC = Metric(
    name="id_confusion",
    version="1",
    needs=frozenset({"faces", "face_positions", "indices", "gallery"}),
    outputs=(
        Output(name="id_confusion", unit="share", direction=Direction.LOWER),
        Output(name="id_confusion.extra_faces", unit="count", direction=Direction.LOWER),
    ),
    deterministic=False,
    measure=measure,
    over_range=True,
)
