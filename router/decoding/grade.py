"""A clip with a gain on each frame, written anew inside the decode jail.

Frame count, times, raster, colour tags and up to 10 bits stay; sound moves packet by packet. 8-bit
4:2:0 becomes VP9, whose encoder is free to ship, in the container that it came in; all else, and
QuickTime, becomes ProRes. A clip with alpha is not touched. A gain below 1 leaves white where it
is, so that what is clipped does not turn grey.
"""

import io
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import av
import numpy as np

from router.decoding.tags import Unusable

BITS = 10  # the most that ProRes holds
SHOULDER = 8  # the power by which a darkening gain lets go towards white
WHITE, DEEP = 65535, "rgb48le"
ALPHA = ("yuva", "rgba", "argb", "gbra", "bgra", "ya")
_VP9 = {"crf": "12", "b:v": "0", "deadline": "realtime", "cpu-used": "7", "row-mt": "1"}
_FORMS = {"video/mp4": "mp4", "video/webm": "webm", "video/x-matroska": "matroska"}

Array = np.ndarray[Any, Any]


def written(
    sound: Any, stream: Any, frames: Iterator[Any], facts: dict[str, Any], gains: Sequence[Any]
) -> tuple[str, bytes]:
    """Write a clip anew; mime and bytes.

    Args:
        sound: the container, opened once more: its first packets of sound lie before zero, where
            no seeking leads.
        stream: the one video stream.
        frames: decodes them.
        facts: of the clip, as a probe says them.
        gains: of each frame, three numbers for R, G and B code values.

    Raises:
        Unusable: more than 10 bits, alpha, HDR, turned by a tag, or not one gain for each frame.
    """
    _checked(facts, gains)
    mime, name, pixel_format = _form(facts)
    form = _FORMS.get(mime, "mov")
    sink = io.BytesIO()
    try:
        sounds = _sounds(sound)
        with av.open(sink, "w", format=form, options={"fflags": "+bitexact"}) as out:
            target = _target(out, stream, name, pixel_format)
            tracks = {s.index: out.add_stream_from_template(s) for s in sound.streams.audio}
            for count, frame in enumerate(frames):
                out.mux(target.encode(_graded(frame, gains[count], facts, pixel_format)))
                while sounds and sounds[0][0] <= (frame.time or 0.0):
                    _moved(out, tracks, sounds.pop(0)[1])
            out.mux(target.encode())
            for _, packet in sounds:
                _moved(out, tracks, packet)
    except av.FFmpegError as error:
        raise Unusable("cannot be written anew: its codec or its sound does not fit") from error
    return mime, sink.getvalue()


def _checked(facts: dict[str, Any], gains: Sequence[Any]) -> None:
    if facts["bit_depth"] > BITS:
        raise Unusable(f"has {facts['bit_depth']} bits; {BITS} at most can be written anew")
    if any(word in facts["pixel_format"] for word in ALPHA):
        raise Unusable("has alpha, which is not written anew here")
    if facts["transfer"] != "sdr":
        raise Unusable("is HDR; a gain on its code values is not one of its light")
    if facts["rotation"]:
        raise Unusable("is shown turned; export it upright")
    if len(gains) != facts["frames"]:
        raise Unusable(f"has {facts['frames']} frames and {len(gains)} gains")


def _form(facts: dict[str, Any]) -> tuple[str, str, str]:
    """Choose mime, encoder and pixel format."""
    source = facts["pixel_format"]
    plain = source in {"yuv420p", "yuvj420p", "nv12"}
    if plain and facts["mime"] in _FORMS:
        return facts["mime"], "libvpx-vp9", "yuv420p"
    full = "444" in source or "rgb" in source or "gbr" in source
    return "video/quicktime", "prores_ks", "yuv444p10le" if full else "yuv422p10le"


def _target(out: Any, stream: Any, name: str, pixel_format: str) -> Any:
    rate = Fraction(stream.average_rate or 24)
    target = out.add_stream(name, rate=rate, options=dict(_VP9) if name == "libvpx-vp9" else {})
    source, context = stream.codec_context, target.codec_context
    target.width, target.height, target.pix_fmt = source.width, source.height, pixel_format
    context.time_base = stream.time_base
    context.color_range = source.color_range
    context.colorspace = source.colorspace
    context.color_primaries = source.color_primaries
    context.color_trc = source.color_trc
    if stream.sample_aspect_ratio:
        context.sample_aspect_ratio = stream.sample_aspect_ratio
    return target


def _sounds(container: Any) -> list[tuple[float, Any]]:
    """Read the packets of all sound, by time."""
    tracks = container.streams.audio
    if not tracks:
        return []
    packets = [packet for packet in container.demux(tracks) if packet.size]
    found = [(float((p.dts or 0) * p.time_base), p) for p in packets]
    return sorted(found, key=lambda timed: timed[0])


def _moved(out: Any, tracks: dict[int, Any], packet: Any) -> None:
    packet.stream = tracks[packet.stream.index]
    out.mux(packet)


def _graded(frame: Any, gain: Sequence[float], facts: dict[str, Any], pixel_format: str) -> Any:
    """Multiply one frame, in 16 bits a channel; one whose gain is 1 is only encoded anew."""
    fresh = frame
    source_range = "JPEG" if facts["full_range"] else "MPEG"
    colours = {"bt709": "ITU709", "bt601": "ITU601", "bt2020": "BT2020"}[facts["matrix"]]
    if any(g != 1.0 for g in gain):
        pixels = frame.to_ndarray(format=DEEP, src_colorspace=colours, src_color_range=source_range)
        made = _multiplied(pixels, np.asarray(gain, np.float32))
        fresh = av.VideoFrame.from_ndarray(made, format=DEEP).reformat(
            format=pixel_format, dst_colorspace=colours, dst_color_range=source_range
        )
    elif frame.format.name != pixel_format:
        fresh = frame.reformat(
            format=pixel_format,
            src_colorspace=colours,
            dst_colorspace=colours,
            src_color_range=source_range,
            dst_color_range=source_range,
        )
    fresh.pts, fresh.time_base = frame.pts, frame.time_base
    return fresh


def _multiplied(pixels: Array, gain: Array) -> Array:
    value = pixels.astype(np.float32) / WHITE
    hold = np.where(gain < 1.0, 1.0 - value**SHOULDER, 1.0)
    made = value * (1.0 + (gain - 1.0) * hold)
    return np.asarray(np.rint(np.clip(made, 0.0, 1.0) * WHITE), np.uint16)
