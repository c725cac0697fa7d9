"""Whose face is whose: the faces of a take, given to the characters that are expected in it.

Every face is given to at most one character and every character to at most one face of a frame, so
that the sum of distances is least (Kuhn 1955, Hungarian method); a face farther than `REJECT` from
everybody is given to nobody. With one character this is the nearest face. Several characters are
told apart only where all of them are given at once: each metric of identity looks here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from evaluators.domain.brief import Brief
from evaluators.domain.character import Kind
from evaluators.domain.score import Status
from evaluators.metric import Reading, missing
from evaluators.views import Views
from evaluators.vision.faces import Face
from evaluators.weights import NoWeights
from router.decoding.decode import Unreadable

SCALE = 1.2  # distance of similarity 0
REJECT = 0.75  # distance from which on it is somebody else
CLEARLY_LARGER = 2.0  # a picture with several faces shows one person if one is this much larger

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One face of one frame."""

    frame: int  # number in the take
    face: Face
    distances: tuple[float, ...]  # to each expected character, the brief's own first
    who: int | None  # which of them it was given to

    @property
    def similarity(self) -> float:
        """Likeness to whom it was given, else to the brief's own character; 0..1."""
        return similarity(self.distances[self.who or 0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Sightings:
    """All faces of a take's searched frames."""

    names: tuple[str | None, ...]  # expected characters with a usable reference, own first
    frames: tuple[tuple[Seen, ...], ...]
    unused: tuple[str, ...]  # references that could not be used, and why

    def of(self, who: int = 0) -> tuple[Seen, ...]:
        """Give the faces of one character, at most one a frame."""
        return tuple(s for frame in self.frames for s in frame if s.who == who)

    def as_evidence(self) -> list[dict[str, Any]]:
        """Say where each face is, whose it is, and how like."""
        return [
            {
                "frame": s.frame,
                "box": list(s.face.box),
                "character": None if s.who is None else self.names[s.who],
                "sim": round(s.similarity, 4),
                "distance": round(s.distances[s.who or 0], 4),
                "clear": s.face.clear,
            }
            for frame in self.frames
            for s in frame
        ]


def similarity(distance: float) -> float:
    """Turn a distance of embeddings into 0..1; 0.5 lies at 0.6, the usual same-person limit."""
    return min(1.0, max(0.0, 1.0 - distance / SCALE))


def of_persons(brief: Brief) -> Reading | None:
    """Say why faces are not looked at, or nothing where they may be."""
    if brief.kind is None:
        return missing(Status.NOT_MEASURED, "kind not given")
    if brief.kind is not Kind.PERSON:
        reason = f"face identity is for persons; this is a {brief.kind.value}"
        return missing(Status.NOT_APPLICABLE, reason)
    return None


def look(views: Views, brief: Brief) -> Sightings | Reading:
    """Give every face of a take to a character, or say why that cannot be done."""
    if not brief.refs:
        return missing(Status.NOT_APPLICABLE, "no reference")
    if refusal := of_persons(brief):
        return refusal
    try:
        goals, names, unused = _expected(views, brief)
        if not len(goals[0]):
            return missing(Status.NOT_MEASURED, "no usable face in the references", unused=unused)
        found = views.faces
    except NoWeights as absent:
        return missing(Status.NOT_MEASURED, str(absent))
    frames = tuple(
        _given(views.indices[p], faces, goals)
        for p, faces in zip(views.face_positions, found, strict=True)
    )
    return Sightings(names=names, frames=frames, unused=tuple(unused))


def clear_ones(seen: Sequence[Seen]) -> tuple[Seen, ...]:
    """Leave out covered and averted faces, unless there are no others: they say little of who."""
    return tuple(s for s in seen if s.face.clear) or tuple(seen)


def own_or_only(frame: Sequence[Seen]) -> Seen | None:
    """Pick the own character's face of a frame, else the only one that is nobody else's."""
    own = [s for s in frame if s.who == 0]
    free = [s for s in frame if s.who is None]
    if own:
        return own[0]
    return free[0] if len(free) == 1 else None


def shown(views: Views, brief: Brief) -> dict[int, Face]:
    """Give the character's face by position in `frames`; without references the largest.

    May raise NoWeights.
    """
    found = look(views, brief)
    if isinstance(found, Reading):
        every = zip(views.face_positions, views.faces, strict=True)
        return {p: max(faces, key=_area) for p, faces in every if faces}
    picked = ((p, own_or_only(f)) for p, f in zip(views.face_positions, found.frames, strict=True))
    return {p: seen.face for p, seen in picked if seen}


def _area(face: Face) -> int:
    return face.box[2] * face.box[3]


def one_person(faces: Sequence[Face]) -> bool:
    """Tell a picture of one person, also where others stand small behind."""
    if not faces:
        return False
    return len(faces) == 1 or faces[0].box[3] >= CLEARLY_LARGER * faces[1].box[3]


def matched(distances: Array, reject: float = REJECT) -> list[int | None]:
    """Give faces (rows) to characters (columns), or to nobody, at the least sum of distances."""
    from scipy.optimize import linear_sum_assignment

    faces, known = distances.shape
    costs = np.concatenate([distances, np.full((faces, faces), reject)], axis=1)
    rows, columns = linear_sum_assignment(costs)
    given = dict(zip(rows.tolist(), columns.tolist(), strict=True))
    return [given[i] if given[i] < known else None for i in range(faces)]


def _expected(views: Views, brief: Brief) -> tuple[list[Array], tuple[str | None, ...], list[str]]:
    """Give reference embeddings (n, 128) of the brief's character, and of the cast's persons."""
    own, unused = _references(views, brief.refs)
    goals, names = [own], [brief.character]
    for mate in brief.cast:
        if mate.kind is not Kind.PERSON or mate.character == brief.character:
            continue
        goal, lost = _references(views, mate.refs)
        unused += [f"{mate.character}: {why}" for why in lost]
        if len(goal):
            goals.append(goal)
            names.append(mate.character)
    return goals, tuple(names), unused


def _references(views: Views, paths: Sequence[Path]) -> tuple[Array, list[str]]:
    """Give embeddings (n, 128), of clear faces if there are any, and what could not be used."""
    found: list[Face] = []
    unused: list[str] = []
    for path in paths:
        frames = views.gallery.faces(path)
        if isinstance(frames, Unreadable):
            unused.append(f"{path.name}: {frames.reason}")
            continue
        usable = [faces[0] for faces in frames if one_person(faces)]
        found += usable
        if not usable:
            unused.append(f"{path.name}: {'several faces' if any(frames) else 'no face'}")
    best = [f for f in found if f.clear] or found
    return np.array([f.embedding for f in best]).reshape(-1, 128), unused


def _given(frame: int, faces: Sequence[Face], goals: list[Array]) -> tuple[Seen, ...]:
    if not faces:
        return ()
    distances = np.array(
        [[np.linalg.norm(g - np.array(f.embedding), axis=1).min() for g in goals] for f in faces]
    )
    return tuple(
        Seen(frame=frame, face=f, distances=tuple(float(v) for v in row), who=who)
        for f, row, who in zip(faces, distances, matched(distances), strict=True)
    )
