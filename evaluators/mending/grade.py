"""What would bring a take's light and colour to a reference: an ASC CDL, and what it cannot do.

The CDL is fitted on the take's sampled frames together, so that a clip gets one grade and no
flicker. Before and after are the parts of `colour_match`, measured the same way. Honest limits: a
CDL is ten numbers for the whole picture; it brings back nothing that is clipped, and moves no
colour in one place only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from evaluators.colour import delta_e_2000, lab
from evaluators.mending.cdl import CODE, Cdl, apply, as_cc, clipped, fit
from evaluators.metrics.colour_match import Look, compare, look
from evaluators.thresholds import LIMITS
from evaluators.views import Views

PARTS = ("w1", "delta_e", "stops", "wb_a", "wb_b", "contrast")
WORTH = 0.2  # share of the distance (w1) that a grade has to take away to be worth typing in
SEEN = 2.0  # delta_e of w1 under which two pictures look alike in colour
LOST = 0.05  # share of values at black or white beyond the reference's: picture that is gone
HALF = 0.5  # gained share from which a grade that leaves local light is still worth having
TILES, ALIKE, PATCHY = 4, 0.8, 6.0  # a side; correlation of one framing; delta_e of a tile
MOST_CLIPPED = 0.05  # share that the grade itself may clip before it is no remedy

Array = np.ndarray[Any, Any]


class Answer(StrEnum):
    """What a grade can do here."""

    MATCHES = "matches"  # nothing to do
    FIXES = "fixes"  # within every limit after the grade
    HELPS = "helps"  # clearly nearer, and still outside a limit
    CANNOT = "cannot"  # not by a CDL


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """A CDL with what it changes, part by part of `colour_match`."""

    answer: Answer
    reason: str  # in plain words
    cdl: Cdl
    before: Mapping[str, float]  # w1, delta_e, stops, wb_a, wb_b, contrast; take - reference
    after: Mapping[str, float]
    clips: float  # share of values that the grade drives to black or white
    frames: int
    bit_depth: int
    rendered: str | None = None  # the display transform of scene-linear material

    def cc(self, take: str, reference: str) -> str:
        """Write the CDL as the ASC's XML."""
        moved = ", ".join(f"{p} {self.before[p]:.2f} -> {self.after[p]:.2f}" for p in PARTS[:3])
        made = f"Brings {take} to the light and colour of {reference} ({moved})"
        return as_cc(self.cdl, take, made, *([self.rendered] if self.rendered else []))


def grade(take: Views, reference: Views) -> Grade:
    """Fit the CDL that brings a take to a reference, and measure what it does."""
    mine, goal = _values(take), _values(reference)
    cdl = fit(_points(mine), _points(goal))
    goals = [look(f, lab(f)) for f in reference.fine]
    beside = [goals[take.beside(p, reference)] for p in range(len(mine))]
    before = _parts([look(f, lab(f)) for f in take.fine], beside)
    made = [apply(f, cdl) for f in mine]
    after = _parts([_look(f) for f in made], beside)
    clips = float(np.mean([clipped(f, cdl) for f in mine]))
    lost = _lost(mine) - _lost(goal)
    patches = [_patchy(f, goal[take.beside(p, reference)]) for p, f in enumerate(made)]
    answer, reason = _answer(
        before, after, clips + min(0.0, lost), lost=lost, patchy=float(np.median(patches))
    )
    if answer is Answer.MATCHES:
        cdl, after, clips = Cdl(), before, 0.0
    return Grade(
        answer=answer,
        reason=reason,
        cdl=cdl,
        before=before,
        after=after,
        clips=clips,
        frames=len(mine),
        bit_depth=min(take.probe.bit_depth, reference.probe.bit_depth),
        rendered=take.probe.rendered or reference.probe.rendered,
    )


def over(parts: Mapping[str, float]) -> tuple[str, ...]:
    """Name the parts that are outside the default limits of `colour_match`."""
    return tuple(p for p in PARTS if abs(parts[p]) > LIMITS[f"colour_match.{p}"].threshold)


def _answer(
    before: Mapping[str, float],
    after: Mapping[str, float],
    clips: float,
    *,
    lost: float,
    patchy: float,
) -> tuple[Answer, str]:
    if not over(before) and before["w1"] <= SEEN:
        return Answer.MATCHES, "it matches already; no grade is needed"
    gained = 1.0 - after["w1"] / before["w1"] if before["w1"] else 0.0
    if reason := _obstacle(before, after, clips, lost=lost):
        return Answer.CANNOT, f"a CDL cannot fix this: {reason}"
    if patchy > PATCHY:
        local = f"the light differs from place to place (still delta E {patchy:.0f} in parts)"
        if gained < HALF:
            return Answer.CANNOT, f"a CDL cannot fix this: {local}"
        return Answer.HELPS, f"nearer, and a CDL cannot fix the rest: {local}"
    if left := ", ".join(over(after)):
        return Answer.HELPS, f"nearer, and still off in {left}: the rest is other content"
    return Answer.FIXES, "within every limit after this grade"


def _obstacle(
    before: Mapping[str, float], after: Mapping[str, float], clips: float, *, lost: float
) -> str | None:
    """Say what no grade of this kind gets over."""
    if lost > LOST:
        gone = f"{lost:.0%} more of the take than of the reference is pure black or white"
        return f"{gone}, and what is clipped is gone"
    if clips > MOST_CLIPPED:
        return f"it would clip {clips:.0%} of the picture"
    if after["w1"] > (1.0 - WORTH) * before["w1"]:
        moved = f"colours {before['w1']:.1f} -> {after['w1']:.1f}"
        return f"other things are in the picture, or other light in parts of it ({moved})"
    return None


def _values(views: Views) -> list[Array]:
    """The small frames with all their bits, RGB in 0..1."""
    return [f.astype(np.float64) / np.iinfo(f.dtype).max for f in views.fine]


def _points(frames: list[Array]) -> Array:
    return np.concatenate([f.reshape(-1, 3) for f in frames])


def _look(values: Array) -> Look:
    """A graded frame, rounded to 16 bits only: rounding to 8 would be part of the answer."""
    frame = _deep(values)
    return look(frame, lab(frame))


def _deep(values: Array) -> Array:
    return np.asarray(np.rint(values * 65535.0), np.uint16)


def _parts(looks: list[Look], goals: list[Look]) -> dict[str, float]:
    rows = [compare(mine, goal) for mine, goal in zip(looks, goals, strict=True)]
    return {part: float(np.median([row[part] for row in rows])) for part in PARTS}


def _patchy(mine: Array, goal: Array) -> float:
    """Delta_e of the tile at the 80th percentile, where both show the same framing; else 0.

    Two framings of one scene may differ from place to place, and no light is to blame.
    """
    if mine.shape != goal.shape:
        return 0.0
    if np.corrcoef(mine.mean(axis=2).ravel(), goal.mean(axis=2).ravel())[0, 1] < ALIKE:
        return 0.0
    means = [
        np.stack(
            [
                tile.mean(axis=(0, 1))
                for row in np.array_split(lab(_deep(f)), TILES)
                for tile in np.array_split(row, TILES, axis=1)
            ]
        )
        for f in (mine, goal)
    ]
    offs = [delta_e_2000(a, b) for a, b in zip(*means, strict=True)]
    return float(np.quantile(offs, 0.8))


def _lost(frames: list[Array]) -> float:
    """Share of values at black or white."""
    return float(np.mean([((f <= CODE / 2) | (f >= 1 - CODE / 2)).mean() for f in frames]))
