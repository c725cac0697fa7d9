"""A clip for review, written inside the decode jail: slate, burn-ins, a counter, a silent track.

H.264 in MP4 with Rec.709 tags, every frame of the take once and in order behind the slate. Whose
FFmpeg has no H.264 encoder gets VP9 in the same container. The parent draws: overlays and digits
arrive as raw RGBA, so that no text is set here.
"""

import io
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import av
import cv2
import numpy as np

from router.decoding.tags import Unusable

BT709, LIMITED = 1, 1
SOUND_HZ, SOUND_BLOCK = 48_000, 1024
# In order of preference: a free encoder first, where FFmpeg was built with it.
ENCODERS: tuple[tuple[str, dict[str, str]], ...] = (
    ("libopenh264", {"b:v": "12M"}),
    ("libx264", {"crf": "18", "preset": "veryfast", "threads": "1"}),
    ("libvpx-vp9", {"crf": "20", "b:v": "0", "deadline": "realtime", "cpu-used": "7"}),
)

Array = np.ndarray[Any, Any]


def written(
    stream: Any, frames: Iterator[Any], job: dict[str, Any], pixels: Callable[[Any], Array]
) -> tuple[str, bytes]:
    """Write the movie; the encoder's name and the bytes.

    Args:
        stream: the one video stream.
        frames: decodes it.
        job: `size` of the movie (width, height, even); `slate`, raw RGB, or None, shown for
            `slate_frames`; `overlays`, raw RGBA each; `states`, which overlay lies over each
            frame; `digits`, raw RGBA of ten `cell`s beside each other, drawn from `at` on;
            `first`, the number of the first frame; `turns`, quarter turns.
        pixels: turns a frame into RGB.

    Raises:
        Unusable: no frame, or another count than `states` has.
    """
    size = (int(job["size"][0]), int(job["size"][1]))
    rate = Fraction(stream.average_rate or 24).limit_denominator(1001)
    name, options = next(e for e in ENCODERS if e[0] in av.codecs_available)
    overlays = [_raw(path, (size[1], size[0], 4)) for path in job["overlays"]]
    width, height = job["cell"]
    digits = _raw(job["digits"], (height, width * 10, 4))
    sink = io.BytesIO()
    with av.open(sink, "w", format="mp4", options={"fflags": "+bitexact"}) as out:
        target = _target(out, name, options, rate, size)
        sound = out.add_stream("aac", rate=SOUND_HZ, layout="stereo")
        count = 0
        if job.get("slate"):
            slate = _raw(job["slate"], (size[1], size[0], 3))
            for count in range(1, job["slate_frames"] + 1):
                out.mux(target.encode(_frame(slate, count - 1, rate)))
        shown = -1
        for shown, frame in enumerate(frames):
            if shown >= len(job["states"]):
                raise Unusable(f"has more than the {shown} frames that its header tells")
            picture = _fitted(np.rot90(pixels(frame), job["turns"]), size)
            picture = _laid(picture, overlays[job["states"][shown]], (0, 0))
            for place, digit in enumerate(f"{job['first'] + shown:04d}"):
                cell = digits[:, int(digit) * width : (int(digit) + 1) * width]
                corner = (job["at"][0] + place * width, job["at"][1])
                picture = _laid(picture, cell, corner)
            out.mux(target.encode(_frame(picture, count + shown, rate)))
        if shown < 0:
            raise Unusable("holds no frame")
        out.mux(target.encode())
        _silence(out, sound, float((count + shown + 1) / rate))
    return name, sink.getvalue()


def _target(
    out: Any, name: str, options: dict[str, str], rate: Fraction, size: tuple[int, int]
) -> Any:
    target = out.add_stream(name, rate=rate, options=dict(options))
    target.width, target.height, target.pix_fmt = size[0], size[1], "yuv420p"
    context = target.codec_context
    context.time_base = 1 / rate
    context.color_primaries = context.color_trc = context.colorspace = BT709
    context.color_range = LIMITED
    return target


def _frame(picture: Array, number: int, rate: Fraction) -> Any:
    fresh = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24").reformat(
        format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG"
    )
    fresh.pts, fresh.time_base = number, 1 / rate
    return fresh


def _silence(out: Any, sound: Any, seconds: float) -> None:
    """Write as much silence as there is picture: trackers' normalisers fail on mute movies."""
    quiet = np.zeros((2, SOUND_BLOCK), np.float32)
    for block in range(max(1, round(seconds * SOUND_HZ / SOUND_BLOCK))):
        part = av.AudioFrame.from_ndarray(quiet, format="fltp", layout="stereo")
        part.sample_rate, part.pts = SOUND_HZ, block * SOUND_BLOCK
        part.time_base = Fraction(1, SOUND_HZ)
        out.mux(sound.encode(part))
    out.mux(sound.encode())


def _fitted(picture: Array, size: tuple[int, int]) -> Array:
    if (picture.shape[1], picture.shape[0]) == size:
        return np.array(picture)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))


def _laid(picture: Array, over: Array, corner: tuple[int, int]) -> Array:
    """Lay RGBA over a part of a picture, where it has any colour at all."""
    x, y = corner
    rows = np.flatnonzero(over[..., 3].any(axis=1))
    for top, bottom in _runs(rows):
        band = over[top : bottom + 1]
        under = picture[y + top : y + bottom + 1, x : x + over.shape[1]]
        share = band[..., 3:].astype(np.float32) / 255
        under[...] = np.rint(under * (1 - share) + band[..., :3] * share).astype(np.uint8)
    return picture


def _runs(rows: Array) -> Iterator[tuple[int, int]]:
    for run in np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1) if rows.size else ():
        yield int(run[0]), int(run[-1])


def _raw(path: str, shape: tuple[int, ...]) -> Array:
    with open(path, "rb") as file:  # noqa: PTH123 - by the path that the parent gives
        return np.frombuffer(file.read(), np.uint8).reshape(shape)
