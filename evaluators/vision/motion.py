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
GRID = 16  # pixels between the places where the camera's own move is read off
# Pixels, and share of the way, by which such a place may differ from the move and count as still.
# Looser than this, a slowly moving person on a locked camera passes for a slow pan.
STEADY, STEADY_SHARE = 0.15, 0.02
LEAST_PLACES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Motion:
    """Per pair of neighbouring frames; arrays of length frames - 1."""

    warp: Array  # mean |next frame moved back - this frame| where both see the same, code values
    seen: Array  # share of pixels that entered `warp`
    speed: Array  # mean length of the flow, percent of the width per frame
    change: Array  # mean |next - this| without any motion compensation, code values
    # (frames - 1, 4): how the picture's centre moves right and down, percent of the width per
    # frame; how much it grows, percent; how far it turns clockwise, degrees
    camera: Array
    agreed: Array  # share of the places on the grid that this one move explains


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
    rows = np.zeros((len(luma) - 1, 9), np.float32)
    for i, (this, following) in enumerate(pairwise(luma)):
        change = float(cv2.absdiff(this, following).mean())
        if change == 0.0:
            rows[i] = (0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0)
            continue
        flow = np.asarray(flow_of.calc(this, following, None))
        rows[i] = (*_pair(this, following, flow, x, y), change, *_camera(flow))
    warp, seen, speed, change = rows.T[:4]
    return Motion(
        warp=warp, seen=seen, speed=speed, change=change, camera=rows[:, 4:8], agreed=rows[:, 8]
    )


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


def _camera(flow: Array) -> tuple[float, ...]:
    """Fit one similarity to the flow on a grid by RANSAC; zeros, and nothing agreed, without one.

    Fischler, Bolles: Random sample consensus, CACM 1981.
    """
    height, width = flow.shape[:2]
    places = np.mgrid[GRID // 2 : width : GRID, GRID // 2 : height : GRID].reshape(2, -1).T
    if len(places) < LEAST_PLACES:
        return 0.0, 0.0, 0.0, 0.0, 0.0
    ways = flow[places[:, 1], places[:, 0]]
    here = places.astype(np.float32)
    off = max(STEADY, STEADY_SHARE * float(np.median(np.hypot(*ways.T))))
    fit: Any = cv2.estimateAffinePartial2D
    matrix, kept = fit(
        here, here + ways, method=cv2.RANSAC, ransacReprojThreshold=off, maxIters=300
    )
    if matrix is None:
        return 0.0, 0.0, 0.0, 0.0, 0.0
    centre = np.array([width / 2, height / 2])
    moved = (matrix[:, :2] @ centre + matrix[:, 2] - centre) / width * 100
    grown = float(np.log(np.hypot(matrix[0, 0], matrix[1, 0]))) * 100
    turned = float(np.degrees(np.arctan2(matrix[1, 0], matrix[0, 0])))
    return float(moved[0]), float(moved[1]), grown, turned, float(kept.mean())


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
