"""One optical-flow pass over the small luma of a clip; what temporal measures are made of."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import cv2
import numpy as np

Array = np.ndarray[Any, Any]

STILL = 0.25  # mean change in code values under which a frame repeats the last one
FROZEN_SHARE = 0.9  # of all pairs: the whole clip stands still
TORN = 0.5  # flow gradient in pixels per pixel: beyond it, something covers something else


@dataclass(frozen=True, slots=True, kw_only=True)
class Motion:
    """Per pair of neighbouring frames; arrays of length frames - 1."""

    warp: Array  # mean |next frame moved back - this frame| where both see the same, code values
    seen: Array  # share of pixels that entered `warp`
    speed: Array  # mean length of the flow, percent of the width per frame
    change: Array  # mean |next - this| without any motion compensation, code values


def follow(luma: Array) -> Motion | None:
    """Follow the picture from frame to frame with DIS flow; None where there is one frame.

    Kroeger, Timofte, Dai, Van Gool: Fast optical flow using dense inverse search, ECCV 2016.

    Args:
        luma: uint8 (frames, height, width).
    """
    if len(luma) < 2:
        return None
    height, width = luma.shape[1:]
    flow_of: Any = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    rows = np.zeros((len(luma) - 1, 4), np.float32)
    for i, (this, following) in enumerate(pairwise(luma)):
        change = float(cv2.absdiff(this, following).mean())
        if change == 0.0:
            rows[i] = (0.0, 1.0, 0.0, 0.0)
            continue
        flow = np.asarray(flow_of.calc(this, following, None))
        rows[i] = (*_pair(this, following, flow, x, y), change)
    return Motion(warp=rows[:, 0], seen=rows[:, 1], speed=rows[:, 2], change=rows[:, 3])


def changes(luma: Array) -> Array:
    """Mean absolute change from frame to frame, code values; length frames - 1."""
    return np.array([cv2.absdiff(a, b).mean() for a, b in pairwise(luma)])


def stands_still(change: Array) -> bool:
    """Tell a frozen clip by its `changes`."""
    return len(change) > 0 and bool((change < STILL).mean() >= FROZEN_SHARE)


def _pair(this: Array, following: Array, flow: Array, x: Array, y: Array) -> tuple[float, ...]:
    height, width = this.shape
    to_x, to_y = x + flow[..., 0], y + flow[..., 1]
    moved = np.asarray(cv2.remap(following, to_x, to_y, cv2.INTER_LINEAR))
    inside = (to_x >= 0) & (to_x <= width - 1) & (to_y >= 0) & (to_y <= height - 1)
    seen = inside & ~_torn(flow)
    error = cv2.absdiff(moved, this)
    warp = float(error[seen].mean()) if seen.any() else 0.0
    speed = float(cv2.magnitude(flow[..., 0], flow[..., 1]).mean()) / width * 100
    return warp, float(seen.mean()), speed


def _torn(flow: Array) -> Array:
    """Mark both sides of every place where neighbours move apart."""
    torn = np.zeros(flow.shape[:2], bool)
    for part in cv2.split(flow):
        across = np.abs(part[:, 1:] - part[:, :-1]) > TORN
        down = np.abs(part[1:] - part[:-1]) > TORN
        torn[:, 1:] |= across
        torn[:, :-1] |= across
        torn[1:] |= down
        torn[:-1] |= down
    return torn
