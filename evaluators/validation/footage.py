"""Is a real take called drift, and is a stranger? What the faces of real footage say.

The folder holds clips of people, one person a clip, no cuts. Who is who was told by their clothes,
never by a measurement. Every fourth frame is searched for faces; a stretch is eight searched frames
of one clip; a planted drift is a stretch whose second half is another person.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations
from pathlib import Path
from typing import Any

import numpy as np

from evaluators.flags import DRIFT, SLOPE
from evaluators.identity import SCALE, one_person
from evaluators.metrics.id_drift import LEAST, steadiness
from evaluators.thresholds import LIMITS
from evaluators.vision.detectors import detector
from evaluators.vision.faces import Face, find
from router.decoding.decode import Decoder, Unreadable

PEOPLE: Mapping[str, str] = {
    "again": "a", "help": "a", "yes": "a", "bird": "b", "milk": "b", "book": "c", "walk": "c",
    "eat": "d", "night": "d", "sister": "d",
}  # fmt: skip
EVERY = 4  # frames between the searched ones
STRETCH = 8  # searched frames: about a second
HOP = 2  # searched frames from stretch to stretch
USUAL = 0.6  # Euclidean distance, the limit that the network was published with

Array = np.ndarray[Any, Any]
Track = Sequence[Face | None]  # the clear face of each searched frame


@dataclass(frozen=True, slots=True, kw_only=True)
class Distances:
    """Between single faces of different frames."""

    pairs: int
    mean: float
    low: float  # 5th percentile
    high: float  # 95th percentile
    beyond: float  # share above the usual limit


@dataclass(frozen=True, slots=True, kw_only=True)
class FootageStudy:
    """What was found."""

    detector: str
    takes: int
    searched: int  # frames
    found: float  # share of them with a face
    takes_flagged: int  # whole real takes called drift
    stretches: int
    stretches_flagged: float  # share
    planted: int
    planted_flagged: float  # share
    within: Distances  # frames of one take
    same: Distances  # takes of one person
    other: Distances
    same_takes: int  # ordered pairs: reference of one take, the other one judged
    same_kept: float  # share whose similarity is above the limit
    other_takes: int
    other_passed: float  # share of strangers above the limit


def study(folder: Path) -> FootageStudy:
    """Follow every face; about 20 seconds of CPU for ten clips.

    Raises:
        NoWeights: there is no face network.
        ValueError: a clip cannot be read.
    """
    tracks: dict[str, Track] = {}
    seen = total = 0
    with Decoder() as decoder:
        for name in PEOPLE:
            frames = _faces(decoder, folder / f"{name}.mkv")
            total += len(frames)
            seen += sum(bool(faces) for faces in frames)
            tracks[name] = [f[0] if one_person(f) and f[0].clear else None for f in frames]
    stretches = [s for t in tracks.values() for s in _stretches(t)]
    planted = list(_planted(tracks))
    within, same, other = _compared(tracks)
    kept, passed = _judged(tracks)
    return FootageStudy(
        detector=detector().name,
        takes=len(tracks),
        searched=total,
        found=seen / total,
        takes_flagged=sum(drifts(_spread(t)) is True for t in tracks.values()),
        stretches=len(stretches),
        stretches_flagged=_share(drifts(s) for s in stretches),
        planted=len(planted),
        planted_flagged=_share(drifts(s) for s in planted),
        within=within,
        same=same,
        other=other,
        same_takes=len(kept),
        same_kept=float(np.mean(kept)),
        other_takes=len(passed),
        other_passed=float(np.mean(passed)),
    )


def drifts(track: Track) -> bool | None:
    """Say whether the flag `identity_drift` would be raised; None = too few clear faces."""
    rows = np.array([(i, *f.embedding) for i, f in enumerate(track) if f])
    if len(rows) < LEAST:
        return None
    drift, slope, _ = steadiness(rows)
    return drift > DRIFT or slope > SLOPE


def _share(answers: Iterator[bool | None]) -> float:
    known = [a for a in answers if a is not None]
    return float(np.mean(known))


def _faces(decoder: Decoder, path: Path) -> list[tuple[Face, ...]]:
    probe = decoder.probe(path)
    frames = 0 if isinstance(probe, Unreadable) else probe.frames
    decoded = decoder.read(path, at=range(0, frames, EVERY))
    if isinstance(decoded, Unreadable):
        raise ValueError(f"{path.name}: {decoded.reason}")  # noqa: TRY004 - a file, not a type
    return [find(frame, fine=False) for frame in decoded.rgb]


def _spread(track: Track) -> Track:
    return [track[round(float(i))] for i in np.linspace(0, len(track) - 1, STRETCH)]


def _stretches(track: Track) -> Iterator[Track]:
    for start in range(0, len(track) - STRETCH + 1, HOP):
        yield track[start : start + STRETCH]


def _planted(tracks: Mapping[str, Track]) -> Iterator[Track]:
    """Give a take's first half joined to the second half of one of another person."""
    for first, second in permutations(tracks, 2):
        if PEOPLE[first] != PEOPLE[second]:
            half = STRETCH // 2
            yield [*_spread(tracks[first])[:half], *_spread(tracks[second])[half:]]


def _rows(track: Track) -> Array:
    return np.array([f.embedding for f in _spread(track) if f])


def _compared(tracks: Mapping[str, Track]) -> tuple[Distances, Distances, Distances]:
    rows = {name: _rows(track) for name, track in tracks.items()}
    within = [_between(r, r)[np.triu_indices(len(r), 1)] for r in rows.values()]
    sides: dict[bool, list[Array]] = {True: [], False: []}
    for a, b in combinations(rows, 2):
        sides[PEOPLE[a] == PEOPLE[b]].append(_between(rows[a], rows[b]).ravel())
    return _summed(within), _summed(sides[True]), _summed(sides[False])


def _between(a: Array, b: Array) -> Array:
    return np.asarray(np.linalg.norm(a[:, None] - b[None], axis=2))


def _summed(parts: Sequence[Array]) -> Distances:
    every = np.concatenate(parts)
    low, high = np.percentile(every, (5, 95))
    return Distances(
        pairs=len(every),
        mean=float(every.mean()),
        low=float(low),
        high=float(high),
        beyond=float((every > USUAL).mean()),
    )


def _judged(tracks: Mapping[str, Track]) -> tuple[list[bool], list[bool]]:
    """Judge each take by each clear face of the others, as `id_ref` does: by the median."""
    limit = LIMITS["id_ref"].threshold
    rows = {name: _rows(track) for name, track in tracks.items()}
    sides: dict[bool, list[bool]] = {True: [], False: []}
    for take, goal in permutations(rows, 2):
        for reference in rows[goal]:
            far = np.linalg.norm(rows[take] - reference, axis=1)
            likeness = float(np.median(1 - far / SCALE))
            sides[PEOPLE[take] == PEOPLE[goal]].append(likeness >= limit)
    return sides[True], sides[False]
