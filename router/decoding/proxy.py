"""A clip as people see it, written anew inside the decode jail: nothing of its container is left.

What every browser plays (8-bit H.264, VP8, VP9, AV1) keeps its pictures bit for bit: packets move
to a new container without tags, chapters, sound or user data; what encoders write into the stream
itself about themselves (SEI) is taken out. Everything else, and what gets a mark drawn over it, is
decoded and encoded as VP9, whose encoder is free to ship.
"""

import io
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import av
import av.bitstream
import cv2
import numpy as np

from router.decoding.tags import Unusable

SIDE = 1280  # pixels, longer side, of what is encoded anew
_FREE = {"crf": "32", "b:v": "0", "deadline": "realtime", "cpu-used": "8", "row-mt": "1"}
# Codec → container and the filter that takes out what its encoder says of itself.
_PLAYED = {
    "h264": ("mp4", "filter_units=remove_types=6"),
    "vp8": ("webm", None),
    "vp9": ("webm", None),
    "av1": ("mp4", "filter_units=remove_types=5"),
}
MIMES = {"mp4": "video/mp4", "webm": "video/webm"}

Array = np.ndarray[Any, Any]
Pixels = Callable[[Any], Array]


def written(
    container: Any, stream: Any, frames: Iterator[Any], job: dict[str, Any], pixels: Pixels
) -> tuple[str, bytes]:
    """Write a clip anew.

    Args:
        container: opened, at its beginning.
        stream: its one video stream.
        frames: decodes them; only used where the pictures are written anew.
        job: with `mark`, the raw RGBA of what is laid over each frame, and `turns`, quarter turns.
        pixels: turns a frame into RGB.

    Returns:
        mime and bytes.
    """
    codec = stream.codec_context
    form = _PLAYED.get(codec.codec.canonical_name)
    plain = form and codec.pix_fmt in {"yuv420p", "yuvj420p"} and not job["turns"]
    if form and plain and not job.get("mark"):
        return _moved(container, stream, *form)
    return _encoded(stream, frames, job, pixels)


def _moved(container: Any, stream: Any, form: str, cleaning: str | None) -> tuple[str, bytes]:
    sink = io.BytesIO()
    try:
        with _new(sink, form) as out:
            target = out.add_stream_from_template(stream, opaque=True)  # no encoder is asked
            target.metadata.clear()
            cleaned = av.bitstream.BitStreamFilterContext(cleaning, stream) if cleaning else None
            for packet in container.demux(stream):
                if packet.dts is None and packet.size == 0:
                    continue
                for clean in cleaned.filter(packet) if cleaned else (packet,):
                    clean.stream = target
                    out.mux(clean)
            for clean in cleaned.filter(None) if cleaned else ():
                clean.stream = target
                out.mux(clean)
    except av.FFmpegError as error:
        raise Unusable("its pictures cannot be moved to a new file") from error
    return MIMES[form], sink.getvalue()


def _encoded(
    stream: Any, frames: Iterator[Any], job: dict[str, Any], pixels: Pixels
) -> tuple[str, bytes]:
    sink, target, mark = io.BytesIO(), None, None
    rate = Fraction(stream.average_rate or 24).limit_denominator(1001)
    base = Fraction(1, 90_000)
    with _new(sink, "webm") as out:
        for frame in frames:
            shown = np.rot90(_even(pixels(frame)), job["turns"])
            if target is None:
                target = out.add_stream("libvpx-vp9", rate=rate, options=dict(_FREE))
                target.height, target.width = shown.shape[:2]
                target.pix_fmt = "yuv420p"
                target.codec_context.time_base = base
                mark = _mark(job, (target.width, target.height))
            fresh = av.VideoFrame.from_ndarray(_laid(shown, mark), format="rgb24")
            fresh.pts, fresh.time_base = round((frame.time or 0.0) / base), base
            out.mux(target.encode(fresh))
        if target is None:
            raise Unusable("holds no frame")
        out.mux(target.encode())
    return MIMES["webm"], sink.getvalue()


def _new(sink: io.BytesIO, form: str) -> Any:
    options = {"movflags": "frag_keyframe+empty_moov+default_base_moof"} if form == "mp4" else {}
    return av.open(sink, "w", format=form, options={**options, "fflags": "+bitexact"})


def _even(pixels: Array) -> Array:
    """Scale to a longer side of SIDE at most, in even numbers, as 4:2:0 wants it."""
    height, width = pixels.shape[:2]
    scale = min(1.0, SIDE / max(height, width))
    size = tuple(max(2, round(v * scale) // 2 * 2) for v in (width, height))
    if size == (width, height):
        return pixels
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))


def _mark(job: dict[str, Any], size: tuple[int, int]) -> Array | None:
    """Read what is laid over: raw RGBA of `mark_size`, scaled to the frame."""
    if not job.get("mark"):
        return None
    width, height = job["mark_size"]
    with open(job["mark"], "rb") as file:  # noqa: PTH123 - by the path that the parent gives
        raw = np.frombuffer(file.read(width * height * 4), np.uint8)
    return np.asarray(cv2.resize(raw.reshape(height, width, 4), size, interpolation=cv2.INTER_AREA))


def _laid(pixels: Array, mark: Array | None) -> Array:
    if mark is None:
        return np.ascontiguousarray(pixels)
    share = mark[..., 3:].astype(np.float32) / 255
    return np.asarray(np.rint(pixels * (1 - share) + mark[..., :3] * share), np.uint8)
