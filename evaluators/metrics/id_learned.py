"""id_learned: id_ref.learned, is it still the same face to a second network?

YuNet's five points lay each face onto a template of 112 pixels (Umeyama, PAMI 1991); AuraFace makes
512 numbers of it (ResNet-100, trained with the ArcFace loss of Deng, Guo, Xue, Zafeiriou, CVPR
2019). With c the greatest cosine to a reference's face:

    id_ref.learned  median of c over the frames with an assigned face, -1..1, higher is better

Faces are given to characters as in id_ref: all expected ones at once, at the greatest sum, and to
nobody where c is below 0.2. That limit is the usual one and was never seen on real material: no
bytes of these weights have been run by the authors of this file. The scale is not that of id_ref
(0.5 there is not 0.5 here): never compare the two, and never mix takes measured by either.

Persons only, of whom photographs exist. Blind to what id_ref is blind to: hair, body, costume,
acting. Needs the weights of AuraFace and of YuNet (`circletake weights list`): HOG gives no points.
Without either it is not measured, and nothing else takes their place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from evaluators import weights
from evaluators.domain.brief import Brief
from evaluators.domain.character import Kind
from evaluators.domain.score import Direction, Status, Tier
from evaluators.embedders import embedding
from evaluators.embedders.embedding import Embedder
from evaluators.embedders.embedding_onnx import SIDE, aligned
from evaluators.embedders.embedding_store import Crop
from evaluators.identity import matched, of_persons, one_person
from evaluators.metric import Metric, Output, Reading, Readings, missing
from evaluators.views import Views
from evaluators.vision.detectors import nobody
from evaluators.vision.faces import Face
from evaluators.weights import NoWeights
from router.decoding.decode import Unreadable

NETWORK, EYES = "auraface", "yunet"
REJECT = 0.2  # cosine below which a face is nobody's

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Own:
    """The character's face in one frame."""

    frame: int
    face: Face
    cosine: float


def measure(views: Views, brief: Brief) -> Readings:
    """Compare the faces of the take with those of the references."""
    if not brief.refs:
        return missing(Status.NOT_APPLICABLE, "no reference")
    if refusal := of_persons(brief):
        return refusal
    try:
        embedder = embedding.of(NETWORK)
        weights.path_of(EYES)
        return seen_by(embedder, views, brief)
    except NoWeights as absent:
        return missing(Status.NOT_MEASURED, str(absent))


def seen_by(embedder: Embedder, views: Views, brief: Brief) -> Reading:
    """Compare with a network at hand; raises NoWeights where it is for tests only."""
    goals, unused = _goals(embedder, views, brief)
    if not len(goals[0]):
        return missing(Status.NOT_MEASURED, "no usable face in the references", unused=unused)
    found = [f for f in _assigned(embedder, views, goals) if f is not None]
    expected = len(views.face_positions)
    if not found:
        faces = sum(map(len, views.faces))
        reason = "only faces unlike the reference" if faces else nobody()
        return Reading(value=None, status=Status.NOT_MEASURED, reason=reason, n_expected=expected)
    clear = [f for f in found if f.face.clear] or found
    worst = min(clear, key=lambda f: f.cosine)
    return Reading(
        value=float(np.median([f.cosine for f in clear])),
        n_used=len(clear),
        n_expected=expected,
        evidence={
            "frame": worst.frame,
            "box": list(worst.face.box),
            "worst": round(worst.cosine, 4),
            **({"unused_references": unused} if unused else {}),
        },
        made_by=embedder.version,
    )


def given(cosines: Array) -> list[int | None]:
    """Give faces (rows) to characters (columns) at the greatest sum, or to nobody below REJECT."""
    return matched(1.0 - cosines, reject=1.0 - REJECT)


def _assigned(embedder: Embedder, views: Views, goals: Sequence[Array]) -> list[_Own | None]:
    return [
        _own(embedder, views, position, faces, goals)
        for position, faces in zip(views.face_positions, views.faces, strict=True)
    ]


def _own(
    embedder: Embedder, views: Views, position: int, faces: Sequence[Face], goals: Sequence[Array]
) -> _Own | None:
    usable = [f for f in faces if f.points]
    if not usable:
        return None
    rows = _embedded(embedder, views, position, usable)
    cosines = np.array([[float((goal @ row).max()) for goal in goals] for row in rows])
    who = given(cosines)
    if 0 not in who:
        return None
    i = who.index(0)
    return _Own(frame=views.indices[position], face=usable[i], cosine=float(cosines[i, 0]))


def _goals(embedder: Embedder, views: Views, brief: Brief) -> tuple[list[Array], list[str]]:
    """Give the rows of the brief's character first, then of each other person of the cast."""
    own, unused = _references(embedder, views, brief.refs)
    goals = [own]
    for mate in brief.cast:
        if mate.kind is Kind.PERSON and mate.character != brief.character:
            rows, lost = _references(embedder, views, mate.refs)
            unused += [f"{mate.character}: {why}" for why in lost]
            goals += [rows] if len(rows) else []
    return goals, unused


def _references(embedder: Embedder, views: Views, paths: Sequence[Path]) -> tuple[Array, list[str]]:
    rows: list[Array] = []
    unused: list[str] = []
    for path in paths:
        picture = views.gallery.open(path)
        if isinstance(picture, Unreadable):
            unused.append(f"{path.name}: {picture.reason}")
            continue
        found = list(zip(picture.face_positions, picture.faces, strict=True))
        usable = [(p, f[0]) for p, f in found if one_person(f) and f[0].points]
        rows += [_embedded(embedder, picture, p, [face])[0] for p, face in usable]
        if not usable:
            unused.append(
                f"{path.name}: {'several faces' if any(f for _, f in found) else 'no face'}"
            )
    return np.array(rows).reshape(-1, embedder.weights.dimension or 0), unused


def _embedded(embedder: Embedder, views: Views, position: int, faces: Sequence[Face]) -> Array:
    frame = views.frames[position]
    crops = [
        Crop(
            sha256=f"{views.sha256}/{face.points}",
            frame=views.indices[position],
            box=(0, 0, SIDE, SIDE),
            picture=aligned(frame, np.array(face.points)),
        )
        for face in faces
    ]
    return views.gallery.embeddings.of(embedder, crops)


METRIC = Metric(
    name="id_learned",
    version="1",
    needs=frozenset({"faces", "face_positions", "frames", "indices", "sha256", "gallery"}),
    outputs=(Output(name="id_ref.learned", unit="similarity", direction=Direction.HIGHER),),
    deterministic=False,
    measure=measure,
    tier=Tier.LEARNED,
    weights=(NETWORK, EYES),
)
