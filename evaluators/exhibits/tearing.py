"""Tearing: the two neighbouring frames that fit worst, and where they do not fit.

The later frame is moved back along the optical flow; what then differs has torn, melted or popped.
Where the flow itself tears, something covers something else, and nothing is said.
"""

import cv2
import numpy as np

from evaluators.exhibits.paper import Array, Panel, heated
from evaluators.views import Views

SEEN, TOP = 8.0, 48.0  # code values: not shown below, last colour of the map
TORN = 0.5  # flow gradient in pixels per pixel, as in the measure


def panels(take: Views, pair: Views, first: int) -> list[Panel]:
    """Show a pair of frames and its error; `pair` is the take, decoded at these two frames."""
    luma = take.luma
    if first + 1 >= len(luma) or len(pair.frames) < 2:
        return [Panel(caption=f"frame {take.indices[0]}", pixels=take.frames[0])]
    error = _error(luma[first], luma[first + 1])
    return [
        Panel(caption=f"frame {first}", pixels=pair.frames[0]),
        Panel(caption=f"frame {first + 1}", pixels=pair.frames[1]),
        Panel(
            caption="does not follow",
            pixels=heated(pair.frames[0], error, TOP, floor=SEEN),
            scale=f"{SEEN:.0f}|{TOP:.0f}+ of 255",
        ),
    ]


def _error(this: Array, following: Array) -> Array:
    flow = np.asarray(
        cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST).calc(this, following, None)  # type: ignore[call-overload]
    )
    height, width = this.shape
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    to_x, to_y = x + flow[..., 0], y + flow[..., 1]
    moved = np.asarray(cv2.remap(following, to_x, to_y, cv2.INTER_LINEAR))
    error = np.asarray(cv2.absdiff(moved, this)).astype(np.float32)
    slopes = [np.abs(g) for part in cv2.split(flow) for g in np.gradient(np.asarray(part))]
    hidden = np.max(slopes, axis=0) > TORN
    outside = (to_x < 0) | (to_x > width - 1) | (to_y < 0) | (to_y > height - 1)
    error[hidden | outside] = np.nan
    return error
