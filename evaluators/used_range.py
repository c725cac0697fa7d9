"""Which frames of a clip the cut uses, and so what its verdicts rest on; pure.

A clip is longer than the cut: a fault outside what is used spoils nothing. The used range is, in
this order:

    1. the frames that a person chose;
    2. the best window: as long as the brief wants (`spec.least_seconds`: cut and handles, in
       seconds, so that neither the clip's rate nor an uneven one matters). Of all windows the one
       with the fewest faults; of these, the one whose worst pair of frames is least bad; of these,
       the one nearest to the middle; of these, the earliest;
    3. the whole take, where no length is wanted or the clip is no longer.

A fault is a pair of neighbouring frames of which one is black, or the second repeats the first. How
bad a pair is: the larger of its warp error and of the jump of its mean luma, each over the limit
of its line; a jump from before the window is none of its own. Only time is looked at, never
likeness or colour: a window that was chosen by a face would praise that face. The temporal numbers
of a best window are flattered by the choice, those of a person's choice are not.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from evaluators.domain.brief import Brief
from evaluators.domain.score import Score, Scored, Used
from evaluators.thresholds import LIMITS
from evaluators.views import Views
from evaluators.vision.motion import STILL

RULE = "2"  # version: change it with the choice
BLACK = 12.6  # mean luma that a black frame cannot exceed: 99 % up to 10, the rest white
BEST, WHOLE = "best window", "whole take"
DIGITS = 3  # of how bad a window is: below, windows are alike

Array = np.ndarray[Any, Any]


def used_range(views: Views, brief: Brief) -> Used | None:
    """Say which frames count; None for what has no two frames."""
    frames = len(views.luma)
    if frames < 2 or views.probe.still:
        return None
    whole = Used(first=0, last=frames - 1, frames=frames, chosen=WHOLE)
    lost = ""
    if brief.used is not None:
        first, last = brief.used
        who = f"by {brief.used_by}" if brief.used_by else "by the manifest"
        if first < frames - 1 and last > first:
            return replace(whole, first=first, last=min(last, frames - 1), chosen=who)
        lost = f"; frames {first}-{last}, chosen {who}, are not two frames of the clip"
    wanted = float(brief.spec.get("least_seconds") or 0.0)
    found = windows(np.array(views.times), views.probe.fps, wanted)
    if not found or views.motion is None:
        return replace(whole, chosen=WHOLE + lost)
    first, last = best(found, troubles(views.luma, views.motion.warp, views.motion.change))
    return replace(whole, first=first, last=last, chosen=BEST + lost)


def windows(times: Array, fps: float, seconds: float) -> list[tuple[int, int]]:
    """Give every stretch of at least some seconds; none where the whole clip is no longer.

    Args:
        times: of every frame, seconds, ascending.
        fps: how long the last frame stays.
        seconds: wanted; half a frame less will do.
    """
    if seconds <= 0 or fps <= 0 or len(times) < 2:
        return []
    ends = np.append(times[1:], times[-1] + 1 / fps)
    lasts = np.searchsorted(ends, times + seconds - 0.5 / fps)
    found = [(i, max(int(j), i + 1)) for i, j in enumerate(lasts) if max(j, i + 1) < len(times)]
    return [] if found in ([], [(0, len(times) - 1)]) else found


@dataclass(frozen=True, slots=True)
class Troubles:
    """Of every pair of neighbouring frames."""

    faults: Array  # bool
    size: Array  # how bad it is
    alone: Array  # how bad it is where a window begins with it: a jump is told by the pair before


def troubles(luma: Array, warp: Array, change: Array) -> Troubles:
    """Give for every pair of frames whether it is a fault, and how bad it is."""
    mean = luma.reshape(len(luma), -1).mean(axis=1)
    black = mean <= BLACK
    faults = black[1:] | black[:-1] | (change < STILL)
    steps = np.diff(mean)
    jumps = np.abs(np.diff(steps, prepend=steps[:1])) / 2
    limits = (LIMITS["temporal.warp"].threshold, LIMITS["temporal.flicker"].threshold)
    torn = warp / limits[0]
    return Troubles(faults, np.maximum(torn, jumps / limits[1]), torn)


def best(found: list[tuple[int, int]], told: Troubles) -> tuple[int, int]:
    """Choose a window: fewest faults, then the least bad worst pair, then the middle, the first."""
    before = np.append(0, np.cumsum(told.faults))
    middle = len(told.size) / 2

    def rank(window: tuple[int, int]) -> tuple[int, float, float, int]:
        first, last = window
        inside = max(told.alone[first], *told.size[first + 1 : last])
        worst = round(float(inside), DIGITS)
        off = abs((first + last) / 2 - middle)
        return int(before[last] - before[first]), worst, off, first

    return min(found, key=rank)


def said(scores: tuple[Score, ...], first: int, last: int, chosen: str) -> tuple[Score, ...]:
    """Let scores say which frames they rest on."""
    where = {"range": [first, last], "chosen": chosen}
    return tuple(replace(s, evidence={**s.evidence, **where}) for s in scores)


def deciding(scored: Scored) -> tuple[Score, ...]:
    """Give the scores that verdicts rest on: of the used range, else of the whole take.

    Each says which. A still says nothing.
    """
    used = scored.used
    if used is None:
        return scored.scores
    mine = {(s.metric, s.character): s for s in used.scores}
    why = used.chosen if used.is_whole else WHOLE
    whole = said(scored.scores, 0, used.frames - 1, why)
    return tuple(mine.get((s.metric, s.character), s) for s in whole)
