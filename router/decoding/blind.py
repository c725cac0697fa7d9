"""A clip for a blind question, written inside the decode jail: raster, rate, length all as told.

Two takes of one question leave here alike in everything but their pictures: what is decoded is
fitted into the same raster on neutral grey, sampled at the same rate and cut to the same count.
"""

import io
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import av
import cv2
import numpy as np

from router.decoding.tags import Unusable

GREY = 60  # code value around a picture that has another shape
MIME = "video/webm"
# A frame that is whole in every twelve: stepping is quick in both directions.
_FREE = {"crf": "24", "b:v": "0", "deadline": "realtime", "cpu-used": "8", "row-mt": "1", "g": "12"}

Array = np.ndarray[Any, Any]


def written(
    frames: Iterator[Any], job: dict[str, Any], pixels: Callable[[Any], Array]
) -> tuple[str, bytes]:
    """Write the clip; mime and bytes.

    Args:
        frames: decodes the clip, with times.
        job: `size` (width, height, even), `rate` (numerator, denominator), `count` of frames, and
            `turns`, quarter turns.
        pixels: turns a frame into RGB.

    Raises:
        Unusable: no frame.
    """
    size = (int(job["size"][0]), int(job["size"][1]))
    rate, sink = Fraction(*job["rate"]), io.BytesIO()
    with av.open(sink, "w", format="webm", options={"fflags": "+bitexact"}) as out:
        target = out.add_stream("libvpx-vp9", rate=rate, options=dict(_FREE))
        target.width, target.height, target.pix_fmt = *size, "yuv420p"
        target.codec_context.time_base = 1 / rate
        for number, frame in enumerate(_sampled(frames, rate, int(job["count"]))):
            shown = fitted(np.rot90(pixels(frame), job["turns"]), size)
            fresh = av.VideoFrame.from_ndarray(shown, format="rgb24")
            fresh.pts, fresh.time_base = number, 1 / rate
            out.mux(target.encode(fresh))
        out.mux(target.encode())
    return MIME, sink.getvalue()


def _sampled(frames: Iterator[Any], rate: Fraction, count: int) -> Iterator[Any]:
    """Give the frame that is seen at the middle of each place; the last one stands."""
    shown = next(frames, None)
    if shown is None:
        raise Unusable("holds no frame")
    start = shown.time or 0.0
    coming = next(frames, None)
    for place in range(count):
        middle = start + float((place + Fraction(1, 2)) / rate)
        while coming is not None and (coming.time or 0.0) <= middle:
            shown, coming = coming, next(frames, None)
        yield shown


def fitted(pixels: Array, size: tuple[int, int]) -> Array:
    """Lay a picture whole into a raster (width, height), grey around it; uint8 RGB."""
    height, width = pixels.shape[:2]
    scale = min(size[0] / width, size[1] / height)
    inner = (max(1, round(width * scale)), max(1, round(height * scale)))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    laid = np.full((size[1], size[0], 3), GREY, np.uint8)
    left, top = (size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2
    laid[top : top + inner[1], left : left + inner[0]] = cv2.resize(
        np.ascontiguousarray(pixels), inner, interpolation=way
    )
    return laid
