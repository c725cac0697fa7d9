"""Decode one file after another inside a jail; the only module of ours that imports PyAV.

Run as a child process by `router.decoding.decode`. Jobs come as JSON lines on standard input:
`{"path", "want": "probe" | "frames", "samples", "at", "deep", "threads"}`. Each answer is a row of
messages: four bytes of length, a JSON head, then `head["bytes"]` bytes of pixels.

    probe   the facts of the file
    luma    every frame: uint8, full range, about 320x180 pixels, never stretched
    rgb     the sampled frames: uint8 (height, width, 3), sRGB or Rec.709 code values
    deep    if asked for, the sampled frames of what has more than 8 bits: uint16 (height, width, 3)
    alpha   of a picture that has one: uint8 (height, width)
    values  asked for alone, of a plate: float32 (height, width, 3), through no view
    proxy, graded, review   a clip written anew: its bytes, and `mime` in the head
    end     all went well
    error   the reason, and the frame where decoding broke; nothing follows

A job may name `side`, the most pixels of a sampled frame's longer side. Started with
three numbers: CPU seconds for each file, MB of memory, files. `{"want": "jail"}` asks what keeps it
off the network.

Limits: CPU seconds and address space by rlimit, frames, pixels, container and codec by allow-list,
no network and no process of its own (`router.decoding.jail`).
"""

import itertools
import json
import resource
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO

import av
import cv2
import numpy as np

from router.decoding import blind, grade, jail, proxy, review
from router.decoding.pictures import looks_like_picture, read_picture
from router.decoding.sizes import small, within
from router.decoding.tags import HDR, Unusable
from router.decoding.values import read_values

CPU_SECONDS = 20  # for one file, unless told otherwise
JOBS = 64  # the parent starts a fresh child after that many, unless told otherwise
MEMORY_MB = 1536  # beyond the libraries, unless told otherwise
MAX_FRAMES = 1200
MAX_FPS = 240
MAX_PIXELS = 16_000_000  # of one frame of a clip
CONTAINERS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm"
CODECS = {"h264", "hevc", "prores", "vp8", "vp9", "av1", "dnxhd"}
HD_HEIGHT = 720  # untagged material: Rec.709 from here on, Rec.601 below
MATRICES = {1: "bt709", 5: "bt601", 6: "bt601", 9: "bt2020"}
SWSCALE = {"bt709": "ITU709", "bt601": "ITU601", "bt2020": "BT2020"}
DEEP_SIDE = 256  # pixels, of a clip: colour needs depth and no detail

Array = np.ndarray[Any, Any]


def main() -> None:
    """Serve until standard input closes."""
    cpu, memory, jobs = (int(word) for word in sys.argv[1:] or (CPU_SECONDS, MEMORY_MB, JOBS))
    cv2.setNumThreads(1)
    av.logging.set_level(None)
    walls = jail.lock(cpu_seconds=cpu, lifetimes=jobs + 1, memory=memory << 20)
    for line in sys.stdin.buffer:
        used = resource.getrusage(resource.RUSAGE_SELF)
        soft = int(used.ru_utime + used.ru_stime) + cpu
        resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.getrlimit(resource.RLIMIT_CPU)[1]))
        _serve({**json.loads(line), "walls": walls, "memory": memory}, sys.stdout.buffer)


def _serve(job: dict[str, Any], out: BinaryIO) -> None:
    try:
        for head, pixels in _answers(job):
            _write(out, head, pixels)
    except Unusable as reason:
        _write(out, {"kind": "error", "reason": str(reason), "frame": reason.frame}, None)
    except MemoryError:
        reason_text = f"needs more than {job['memory'] / 1024:g} GB of memory to decode"
        _write(out, {"kind": "error", "reason": reason_text, "frame": None}, None)
    else:
        _write(out, {"kind": "end"}, None)


def _write(out: BinaryIO, head: dict[str, Any], pixels: Array | None) -> None:
    if pixels is not None:
        head |= {"shape": pixels.shape, "bytes": pixels.nbytes, "dtype": pixels.dtype.str}
    text = json.dumps(head).encode()
    out.write(len(text).to_bytes(4, "little") + text)
    if pixels is not None:
        out.write(np.ascontiguousarray(pixels).data)
    out.flush()


Answers = Iterator[tuple[dict[str, Any], Array | None]]


def _answers(job: dict[str, Any]) -> Answers:
    if job["want"] == "jail":
        yield {"kind": "jail", "walls": job["walls"]}, None
        return
    with open(job["path"], "rb") as file:  # noqa: PTH123 - libav reads from the open file, never by name
        start = file.read(64)
        file.seek(0)
        if not start:
            raise Unusable("the file is empty")
        if job["want"] == "values":
            facts, pixels = read_values(job["path"], start)
            yield {"kind": "probe", **facts}, None
            yield {"kind": "values", "index": 0}, pixels
            return
        yield from (_picture if looks_like_picture(start) else _clip)(file, start, job)


def _picture(file: BinaryIO, _start: bytes, job: dict[str, Any]) -> Answers:
    facts, planes = read_picture(file, job["path"], header_only=job["want"] == "probe")
    yield {"kind": "probe", **facts}, None
    if planes:
        grey = np.asarray(cv2.cvtColor(planes["rgb"], cv2.COLOR_RGB2GRAY))
        yield {"kind": "luma", "index": 0}, small(grey)
    if not job.get("deep"):
        planes.pop("deep", None)
    for kind, pixels in planes.items():
        yield {"kind": kind, "index": 0}, within(pixels, job.get("side"))


def _clip(file: BinaryIO, start: bytes, job: dict[str, Any]) -> Answers:
    container = _opened(file)
    with container:
        stream = _one_stream(container)
        stamps = _stamps(container, stream)
        facts = _facts(container, stream, stamps, start)
        container.seek(0)
        stream.thread_type = "AUTO"
        stream.codec_context.thread_count = job.get("threads", 0)
        if job["want"] in WRITTEN:
            yield from WRITTEN[job["want"]](container, stream, facts, job)
            return
        wanted = set(job.get("at") or _sampled(stamps, job.get("samples", 16)))
        deep = bool(job.get("deep")) and facts["bit_depth"] > 8
        count = 0
        for count, frame in enumerate(_frames(container, stream), start=1):
            if count == 1:
                facts |= _turned(facts, frame)
                yield {"kind": "probe", **facts}, None
                if job["want"] == "probe":
                    return
            yield from _of_frame(frame, count - 1, facts)
            if count - 1 in wanted:
                yield from _sample(frame, count - 1, facts, deep=deep, side=job.get("side"))
        if count < len(stamps) - 2:  # hidden frames of some codecs have a packet and no picture
            raise Unusable(f"decoding stopped at frame {count} of {len(stamps)}", frame=count)


def _proxy(container: Any, stream: Any, facts: dict[str, Any], job: dict[str, Any]) -> Answers:
    """Write the clip anew; its rotation tag is looked up on its first frame."""
    told = _upright(container, stream, facts, job)
    given = _frames(container, stream), told, lambda frame: _rgb(frame, facts)
    if job["want"] == "blind":
        mime, data = blind.written(*given)
    else:
        mime, data = proxy.written(container, stream, *given)
    yield {"kind": job["want"], "index": 0, "mime": mime}, np.frombuffer(data, np.uint8)


def _graded(container: Any, stream: Any, facts: dict[str, Any], job: dict[str, Any]) -> Answers:
    """Write the clip anew with a gain on each frame."""
    _upright(container, stream, facts, job)
    frames = _frames(container, stream)
    with open(job["path"], "rb") as again, _opened(again) as sound:  # noqa: PTH123 - as above
        mime, data = grade.written(sound, stream, frames, facts, job["gains"])
    yield {"kind": "graded", "index": 0, "mime": mime}, np.frombuffer(data, np.uint8)


def _review(container: Any, stream: Any, facts: dict[str, Any], job: dict[str, Any]) -> Answers:
    """Write the clip anew with slate and burn-ins; the head names the encoder."""
    if facts["transfer"] != "sdr":
        raise Unusable("is HDR; a Rec.709 movie of its code values would show it wrongly")
    told = _upright(container, stream, facts, job)
    frames = _frames(container, stream)
    encoder, data = review.written(stream, frames, told, lambda frame: _rgb(frame, facts))
    yield {"kind": "review", "index": 0, "mime": encoder}, np.frombuffer(data, np.uint8)


WRITTEN = {"proxy": _proxy, "graded": _graded, "review": _review, "blind": _proxy}


def _upright(
    container: Any, stream: Any, facts: dict[str, Any], job: dict[str, Any]
) -> dict[str, Any]:
    """Learn from the first frame how the clip is turned; the job says it then."""
    first = next(_frames(container, stream), None)
    facts |= _turned(facts, first) if first is not None else {"rotation": 0}
    container.seek(0)
    return {**job, "turns": facts["rotation"] // 90}


def _opened(file: BinaryIO) -> Any:
    try:
        return av.open(file, container_options={"format_whitelist": CONTAINERS})
    except (av.FFmpegError, ValueError) as error:
        raise Unusable(
            "not a picture or clip that we accept (PNG, JPEG, WebP, TIFF, EXR; MP4, MOV, MKV,"
            " WebM), or its beginning or index is damaged"
        ) from error


def _one_stream(container: Any) -> Any:
    videos = container.streams.video
    if len(videos) != 1:
        raise Unusable(f"holds {len(videos)} video streams; exactly 1 is accepted")
    if any(s.type not in {"video", "audio", "data"} for s in container.streams):
        raise Unusable("holds subtitles or attachments; export picture and sound only")
    context = videos[0].codec_context
    name = context.codec.canonical_name if context is not None else "unknown"
    if name not in CODECS:
        raise Unusable(f"codec {name} is not accepted ({', '.join(sorted(CODECS))})")
    if not 0 < context.width * context.height <= MAX_PIXELS:
        raise Unusable(f"frames are {context.width}x{context.height} px; the limit is 16 Mpx")
    return videos[0]


def _stamps(container: Any, stream: Any) -> list[float]:
    """Presentation times of all packets in seconds, in order; reads the index, decodes nothing."""
    found: list[float] = []
    if stream.frames > MAX_FRAMES:
        raise Unusable(_too_long(str(stream.frames)))
    try:
        for packet in container.demux(stream):
            if packet.size:
                found.append(float((packet.pts or 0) * packet.time_base))
            if len(found) > MAX_FRAMES:
                raise Unusable(_too_long(_about(container, stream)))
    except av.FFmpegError as error:
        raise Unusable(f"the file breaks off after frame {len(found)}", frame=len(found)) from error
    if not found:
        raise Unusable("holds no frame")
    if stream.frames > len(found):
        at = len(found)
        raise Unusable(f"the file ends early: frame {at} of {stream.frames}", frame=at)
    return sorted(found)


def _too_long(frames: str) -> str:
    return f"{frames} frames; the limit is {MAX_FRAMES}, send the shot only"


def _about(container: Any, stream: Any) -> str:
    """Estimate how many frames there are, from the length and the rate that the header tells."""
    seconds = (container.duration or 0) / av.time_base
    frames = round(seconds * float(stream.average_rate or 0))
    return f"about {frames}" if frames > MAX_FRAMES else f"more than {MAX_FRAMES}"


def _facts(container: Any, stream: Any, stamps: list[float], start: bytes) -> dict[str, Any]:
    context = stream.codec_context
    fps = float(stream.average_rate or stream.guessed_rate or 0)
    if len(stamps) > 1 and not 0 < fps <= MAX_FPS:
        raise Unusable(f"{fps:g} frames per second; accepted are up to {MAX_FPS}")
    step = 1 / fps if fps else 0.0
    seconds = stamps[-1] - stamps[0] + step
    steps = [b - a for a, b in itertools.pairwise(stamps)]
    _whole(container, stream, seconds, len(stamps), longest=max([step, *steps]))
    matrix = MATRICES.get(int(context.colorspace or 2))
    pixel_aspect = stream.sample_aspect_ratio
    return {
        "still": False,
        "mime": _mime(container, start),
        "width": context.width,
        "height": context.height,
        "frames": len(stamps),
        "fps": fps,
        "seconds": seconds,
        "codec": context.codec.canonical_name,
        "pixel_format": context.pix_fmt or "",
        "bit_depth": context.format.components[0].bits if context.format else 8,
        "pixel_aspect": float(pixel_aspect) if pixel_aspect else 1.0,
        "full_range": int(context.color_range or 0) == 2 or "yuvj" in (context.pix_fmt or ""),
        "matrix": matrix or ("bt709" if context.height >= HD_HEIGHT else "bt601"),
        "transfer": HDR.get(int(context.color_trc or 0), "sdr"),
        "audio": bool(container.streams.audio),
        "variable_rate": any(abs(s - step) > step / 2 for s in steps),
        "notes": [] if matrix else ["colour matrix not tagged"],
    }


def _whole(container: Any, stream: Any, seconds: float, frames: int, *, longest: float) -> None:
    """Refuse a clip whose header promises more picture than there is, by three frames or 2 %."""
    promised = float(stream.duration * stream.time_base) if stream.duration else None
    if promised is None and not container.streams.audio and container.duration:
        promised = container.duration / av.time_base
    if promised is not None and promised > seconds * 1.02 + 3 * longest:
        raise Unusable(
            f"the file ends early: {seconds:.2f} s of {promised:.2f} s (frame {frames})",
            frame=frames,
        )


def _mime(container: Any, start: bytes) -> str:
    if start.startswith(b"\x1a\x45\xdf\xa3"):
        return "video/webm" if b"webm" in start else "video/x-matroska"
    brand = container.metadata.get("major_brand", "")
    return "video/quicktime" if brand.startswith("qt") else "video/mp4"


def _sampled(stamps: list[float], samples: int) -> set[int]:
    """Choose frames evenly spread over time; of a steady rate, that is over their numbers."""
    total = len(stamps)
    even = np.linspace(0, total - 1, min(samples, total))
    steps = np.diff(stamps)
    if total < 3 or steps.max() - steps.min() <= np.median(steps) / 2:
        return {round(float(i)) for i in even}
    times = np.asarray(stamps)
    goals = np.linspace(stamps[0], stamps[-1], min(samples, total))
    return {int(np.abs(times - goal).argmin()) for goal in goals}


def _frames(container: Any, stream: Any) -> Iterator[Any]:
    size = None
    count = 0
    try:
        for frame in container.decode(stream):
            size = size or (frame.width, frame.height)
            if (frame.width, frame.height) != size:
                raise Unusable(f"the picture size changes at frame {count}", frame=count)
            if frame.is_corrupt:
                raise Unusable(f"frame {count} is damaged", frame=count)
            count += 1
            if count > MAX_FRAMES:
                raise Unusable(_too_long(f"more than {MAX_FRAMES}"))
            yield frame
    except av.FFmpegError as error:
        raise Unusable(f"decoding broke at frame {count}", frame=count) from error


def _turned(facts: dict[str, Any], frame: Any) -> dict[str, Any]:
    turn = round(frame.rotation) % 360
    if turn % 90:
        raise Unusable(f"asks to be shown turned by {turn} degrees; export it upright")
    size = {"width": facts["width"], "height": facts["height"]}
    if turn % 180:
        size = {"width": facts["height"], "height": facts["width"]}
    return {**size, "rotation": turn}


def _of_frame(frame: Any, index: int, facts: dict[str, Any]) -> Answers:
    if frame.format.is_rgb or "yuyv" in frame.format.name:  # no luma plane of its own
        luma = small(np.asarray(cv2.cvtColor(_rgb(frame, facts), cv2.COLOR_RGB2GRAY)))
    else:
        luma = _luma(frame, full_range=facts["full_range"])
    yield {"kind": "luma", **_head(frame, index)}, np.rot90(luma, facts["rotation"] // 90)


def _sample(
    frame: Any, index: int, facts: dict[str, Any], *, deep: bool, side: int | None
) -> Answers:
    turns = facts["rotation"] // 90
    pixels = within(_rgb(frame, facts), side)
    yield {"kind": "rgb", **_head(frame, index)}, np.rot90(pixels, turns)
    if deep:
        scale = min(1.0, DEEP_SIDE / max(frame.width, frame.height))
        size = (max(1, round(frame.width * scale)), max(1, round(frame.height * scale)))
        pixels = _rgb(frame, facts, form="rgb48le", size=size)
        yield {"kind": "deep", **_head(frame, index)}, np.rot90(pixels, turns)


def _head(frame: Any, index: int) -> dict[str, Any]:
    return {"index": index, "time": float(frame.time or 0.0)}


def _rgb(
    frame: Any, facts: dict[str, Any], *, form: str = "rgb24", size: tuple[int, int] | None = None
) -> Array:
    width, height = size or (frame.width, frame.height)
    pixels: Array = frame.to_ndarray(
        format=form,
        width=width,
        height=height,
        src_colorspace=SWSCALE[facts["matrix"]],
        src_color_range="JPEG" if facts["full_range"] else "MPEG",
        interpolation="AREA" if size else "BICUBIC",
    )
    return pixels


def _luma(frame: Any, *, full_range: bool) -> Array:
    plane = frame.planes[0]
    bits = frame.format.components[0].bits
    kind, width = (np.dtype("uint8"), 1) if bits <= 8 else (np.dtype("<u2"), 2)
    rows = np.frombuffer(plane, kind).reshape(-1, plane.line_size // width)
    scaled = small(rows[: frame.height, : frame.width]).astype(np.float32) / (1 << (bits - 8))
    if not full_range:
        scaled = (scaled - 16) * (255 / 219)
    rounded: Array = np.clip(np.rint(scaled), 0, 255).astype(np.uint8)
    return rounded


if __name__ == "__main__":
    main()
