"""Flicker of a whole clip's light, measured and taken out: one gain for each frame and channel.

How much lighter each frame is than the one before is read along the optical flow, so that what
moves through the picture, and a camera that turns to a window, change nothing: the ratio of what
both frames see, without the places that disagree. What these ratios add up to is smoothed over one
second by robust local regression of second degree (Cleveland: Robust locally weighted regression
and smoothing scatterplots, JASA 1979), which keeps fades and a light that breathes; it starts anew
where a light is switched. A frame's gain carries it to the smooth curve; changes beyond MOST are
events and stay.

Blind to flicker of a part of the picture. That is on purpose: there it may be a candle.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import cv2
import numpy as np

LEAST_FRAMES = 8  # fewer say nothing about a trend
NEEDED = 0.003  # typical jump of the light, as a share, under which nothing is changed
MOST = 0.3  # natural logarithm of a gain: what changes more is no flicker
STANDS = 0.001  # a gain nearer to 1 is none
DARK, LIGHT = 12, 240  # code values between which a ratio tells something
LEAST_SEEN = 0.05  # of the pixels, that a channel's ratio is read from
APART = 0.1  # natural logarithm: places that differ more from the median show something else
SWITCHED = 0.1  # share by which a light changes at once when it is switched, beyond any flicker
TURNS = 3  # of the robust regression

Array = np.ndarray[Any, Any]


def gains(frames: Sequence[Array], fps: float) -> Array | None:
    """Say what each frame has to be multiplied with; None = nothing that flickers.

    Args:
        frames: every frame, small, uint8 RGB (H, W, 3) code values.
        fps: frames per second.

    Returns:
        float64 (frames, 3), of code values in R, G, B.
    """
    if len(frames) < LEAST_FRAMES or fps <= 0:
        return None
    light = exposure(frames)
    half = max(2, round(fps / 2))
    wanted = np.concatenate([_smooth(light[a:b], half) for a, b in _scenes(light, half)])
    off = np.log(np.maximum(wanted, 1e-6) / light)
    if np.median(np.abs(np.diff(off.mean(axis=1)))) < NEEDED:
        return None
    off[np.abs(off).max(axis=1) > MOST] = 0.0
    off[np.abs(off) < STANDS] = 0.0
    return np.asarray(np.exp(off))


def exposure(frames: Sequence[Array]) -> Array:
    """Give how light each frame is beside the others, (frames, 3); 1 = as the middle one of all."""
    flow_of: Any = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    height, width = frames[0].shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    steps = np.zeros((len(frames), 3))
    for i, (this, following) in enumerate(pairwise(frames), start=1):
        greys = (cv2.cvtColor(f, cv2.COLOR_RGB2GRAY) for f in (this, following))
        flow = np.asarray(flow_of.calc(*greys, None))
        to_x, to_y = x + flow[..., 0], y + flow[..., 1]
        moved = cv2.remap(following.astype(np.float32), to_x, to_y, cv2.INTER_LINEAR)
        inside = (to_x >= 0) & (to_x <= width - 1) & (to_y >= 0) & (to_y <= height - 1)
        steps[i] = _ratios(this[inside].astype(np.float32), np.asarray(moved)[inside])
    level = np.exp(np.clip(np.cumsum(steps, axis=0), -20, 20))
    return np.asarray(level / np.median(level, axis=0))


def _ratios(this: Array, following: Array) -> Array:
    """Give the logarithm of how much lighter the second is, for each channel; pixels (n, 3)."""
    found = [_ratio(this[:, c], following[:, c]) for c in range(3)]
    known = [f for f in found if f is not None]
    rest = float(np.median(known)) if known else 0.0
    return np.array([rest if f is None else f for f in found])


def _ratio(this: Array, following: Array) -> float | None:
    both = np.minimum(this, following), np.maximum(this, following)
    told = (both[0] > DARK) & (both[1] < LIGHT)
    if told.sum() < max(1, LEAST_SEEN * len(this)):
        return None
    a, b = this[told], following[told]
    each = np.log(b / a)
    same = np.abs(each - np.median(each)) < APART
    return float(np.log(b[same].sum() / a[same].sum()))  # sums, because dark code values are coarse


def _scenes(light: Array, half: int) -> Iterator[tuple[int, int]]:
    """Give the stretches between two switches of a light."""
    level = light.mean(axis=1)
    jumps = np.abs(np.diff(level)) / np.minimum(level[1:], level[:-1])
    usual = 5 * float(np.median(jumps))
    edges = [0]
    for at in np.flatnonzero(jumps > usual + SWITCHED) + 1:
        before, after = level[max(0, at - half // 2) : at], level[at : at + half // 2]
        stays = abs(np.median(after) - np.median(before)) > 0.6 * abs(level[at] - level[at - 1])
        if stays and min(at - edges[-1], len(level) - at) >= LEAST_FRAMES // 2:
            edges.append(int(at))
    yield from pairwise([*edges, len(level)])


def _smooth(light: Array, half: int) -> Array:
    """Fit a parabola around each frame, by weights of distance and of how well a frame fits."""
    places = np.arange(len(light))
    trust, made = np.ones(len(light)), light
    for _ in range(TURNS):
        made = np.stack(
            [_fitted(light, trust, places - i, _reach(int(i), len(light), half)) for i in places]
        )
        rest = np.abs(light - made).mean(axis=1)
        scale = 6 * float(np.median(rest))
        if scale < 1e-9:
            break
        trust = np.maximum((1 - np.minimum(rest / scale, 1) ** 2) ** 2, 1e-3)
    return made


def _reach(place: int, count: int, half: int) -> int:
    """Reach further to one side where the other ends, so that as many frames are heard."""
    return half + max(0, half - place, half - (count - 1 - place))


def _fitted(light: Array, trust: Array, off: Array, half: int) -> Array:
    near = np.abs(off) <= half
    away = off[near] / (half + 1)
    weights = np.sqrt(trust[near] * (1 - np.abs(away) ** 3) ** 3)[:, None]
    terms = np.stack([np.ones_like(away), away, away**2], axis=1)
    return np.asarray(np.linalg.lstsq(terms * weights, light[near] * weights, rcond=None)[0][0])
