"""Decode pictures and clips in a jailed child process; nothing foreign is parsed in this process.

    with Decoder() as decoder:
        facts = decoder.probe(path)                 # header only
        decoded = decoder.read(path, samples=16)    # one pass: every frame's luma, 16 frames in RGB

A file that cannot be decoded is data, not an exception: the answer is then `Unreadable` with the
reason. One decoder serves one thread; its child is started on first use, used for many files, and
killed when a file takes too long.
"""

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

JOBS_PER_CHILD = 64
WALL_SECONDS = 60.0  # for one file, whatever the machine is busy with
CPU_SECONDS, MEMORY_MB = 20, 1536  # for one file; memory beyond the libraries
ROOT = Path(__file__).parents[2]
SPENT = "memory to decode"  # what a child says whose memory is full: the next file gets another
SIGNALS = {24: "more than {} s of CPU time", 9: "more time than it may take"}

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """The file cannot be decoded."""

    reason: str
    frame: int | None = None  # where decoding broke


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """The facts of a picture or clip, upright."""

    still: bool
    mime: str
    width: int  # pixels
    height: int  # pixels
    codec: str
    pixel_format: str
    bit_depth: int
    frames: int = 1
    fps: float = 0.0
    seconds: float = 0.0
    pixel_aspect: float = 1.0
    rotation: int = 0  # degrees applied, counter-clockwise
    full_range: bool = True
    matrix: str = "srgb"  # bt601 | bt709 | bt2020 for a clip
    transfer: str = "sdr"  # sdr | pq | hlg
    audio: bool = False
    variable_rate: bool = False
    alpha_coverage: float | None = None  # mean alpha 0..1; None = no alpha
    rendered: str | None = None  # the display transform that we chose for scene-linear values
    primaries: list[float] | None = None  # x, y of R, G, B and white, where a plate is tagged
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plane:
    """One message of pixels: `luma` of every frame, `rgb` and `deep` of the sampled, `alpha`."""

    kind: str
    index: int  # frame, from 0
    time: float  # seconds
    pixels: Array  # uint8; `deep` uint16; `values` float32


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """One pass over a file."""

    probe: Probe
    luma: Array  # uint8 (frames, height, width), full range, about 320x180 pixels, never stretched
    rgb: tuple[Array, ...]  # the sampled frames, uint8 (height, width, 3)
    indices: tuple[int, ...]  # frame numbers of `rgb`
    alpha: Array | None = None  # uint8 (height, width), of a picture that has one
    # The sampled frames of what has more than 8 bits, uint16 (height, width, 3), 65535 = white; a
    # picture whole, a clip's frames at a long side of 256 pixels. Empty for 8 bits.
    deep: tuple[Array, ...] = ()
    times: tuple[float, ...] = ()  # of every frame, seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """A plate's own values."""

    probe: Probe
    pixels: Array  # float32 (height, width, 3), as in the file; integers divided by their largest


class Decoder:
    """A decode child and the pipe to it; a context manager."""

    def __init__(
        self,
        *,
        threads: int = 0,
        wall_seconds: float = WALL_SECONDS,
        cpu_seconds: int = CPU_SECONDS,
        memory_mb: int = MEMORY_MB,
        jobs: int = JOBS_PER_CHILD,
    ) -> None:
        """Start nothing yet.

        `threads`: of the codec, 0 = as many as it likes. `jobs`: files that one child sees.
        """
        self._threads = threads
        self._limits = (cpu_seconds, memory_mb, jobs)
        self._wall_seconds = wall_seconds
        self._child: subprocess.Popen[bytes] | None = None
        self._jobs = 0

    def probe(self, path: Path) -> Probe | Unreadable:
        """Read the header; decodes no frame."""
        answers = [m for m in self.stream(path, want="probe") if not isinstance(m, Plane)]
        return answers[-1] if answers else Unreadable(reason="holds no frame")

    def read(
        self, path: Path, *, samples: int = 16, at: Sequence[int] = (), side: int | None = None
    ) -> Decoded | Unreadable:
        """Decode once: luma of every frame and some frames in RGB.

        Args:
            path: the file.
            samples: how many frames, evenly spread over time.
            at: the numbers of the frames instead.
            side: the most pixels of a sampled frame's longer side; then there is no `deep`.
        """
        probe: Probe | None = None
        planes: dict[str, list[Plane]] = {"luma": [], "rgb": [], "deep": [], "alpha": []}
        for message in self.stream(path, samples=samples, at=at, deep=side is None, side=side):
            if isinstance(message, Unreadable):
                return message
            if isinstance(message, Probe):
                probe = message
            else:
                planes[message.kind].append(message)
        if probe is None or not planes["luma"] or not planes["rgb"]:
            return Unreadable(reason="holds no frame")
        return Decoded(
            probe=probe,
            luma=np.stack([p.pixels for p in planes["luma"]]),
            rgb=tuple(p.pixels for p in planes["rgb"]),
            indices=tuple(p.index for p in planes["rgb"]),
            alpha=planes["alpha"][0].pixels if planes["alpha"] else None,
            deep=tuple(p.pixels for p in planes["deep"]),
            times=tuple(p.time for p in planes["luma"]),
        )

    def stream(
        self,
        path: Path,
        *,
        want: str = "frames",
        samples: int = 16,
        at: Sequence[int] = (),
        deep: bool = False,
        side: int | None = None,
    ) -> Iterator[Probe | Plane | Unreadable]:
        """Give the messages as they come; must be read to the end. Unreadable is the last one."""
        if not path.is_file():
            yield Unreadable(reason="no such file" if not path.exists() else "not a file")
            return
        job = {
            "path": str(path.resolve()),
            "want": want,
            "samples": samples,
            "at": list(at),
            "deep": deep,
            "threads": self._threads,
            "side": side,
        }
        yield from self._asked(job)

    def values(self, path: Path) -> Values | Unreadable:
        """Read a plate (OpenEXR, DPX, TIFF, PNG) as floats, shown through no view."""
        probe: Probe | None = None
        for message in self.stream(path, want="values"):
            if isinstance(message, Unreadable):
                return message
            if isinstance(message, Probe):
                probe = message
            elif probe is not None:
                return Values(probe=probe, pixels=message.pixels)
        return Unreadable(reason="holds no picture")

    def proxy(
        self, path: Path, mark: tuple[Path, tuple[int, int]] | None = None
    ) -> tuple[str, bytes] | Unreadable:
        """Write a clip anew, as people may see it: mime and bytes; no tags, no sound.

        `mark`: a file of raw RGBA and its width and height, laid over every frame.
        """
        drawn = {"mark": str(mark[0]), "mark_size": mark[1]} if mark else {}
        return self._written(path, {"want": "proxy", **drawn})

    def graded(
        self, path: Path, gains: Sequence[Sequence[float]]
    ) -> tuple[str, bytes] | Unreadable:
        """Write a clip anew, each frame multiplied by its gains of R, G, B: mime and bytes."""
        return self._written(path, {"want": "graded", "gains": [list(g) for g in gains]})

    def review(self, path: Path, drawn: dict[str, Any]) -> tuple[str, bytes] | Unreadable:
        """Write a clip for review as MP4: the encoder's name and bytes.

        `drawn`: slate, overlays, digits and where they lie (`router.decoding.review.written`).
        """
        return self._written(path, {"want": "review", **drawn})

    def blind(
        self, path: Path, size: tuple[int, int], rate: tuple[int, int], count: int
    ) -> tuple[str, bytes] | Unreadable:
        """Write a clip anew in this raster, rate (numerator, denominator) and count of frames."""
        return self._written(path, {"want": "blind", "size": size, "rate": rate, "count": count})

    def _written(self, path: Path, asked: dict[str, Any]) -> tuple[str, bytes] | Unreadable:
        job = {"path": str(path.resolve()), "threads": self._threads, **asked}
        found: tuple[str, bytes] | None = None
        for message in self._asked(job):
            if isinstance(message, Unreadable):
                return message
            if isinstance(message, Plane):
                found = message.kind, message.pixels.tobytes()
        return found or Unreadable(reason="not a clip")

    def walls(self) -> str:
        """Say what keeps the child off the network: namespace, seccomp, both, or "open: …"."""
        job = {"path": "", "want": "jail"}
        return next((m for m in self._asked(job) if isinstance(m, str)), "open: no child starts")

    def _asked(self, job: dict[str, Any]) -> Iterator[Any]:
        child = self._ready()
        watchdog = threading.Timer(self._wall_seconds, child.kill)
        watchdog.start()
        finished = spent = False
        try:
            _send(child, job)
            for message in _messages(child):
                finished = finished or message is None or isinstance(message, Unreadable)
                spent = isinstance(message, Unreadable) and SPENT in message.reason
                if message is not None:
                    yield message
            if not finished:
                yield Unreadable(reason=_death(child, self._limits[0]))
        finally:
            watchdog.cancel()
            if spent or not finished:
                self.close()

    def cpu_seconds(self) -> float:
        """Tell the CPU time that the running child has used (Linux), for timings."""
        if self._child is None:
            return 0.0
        numbers = Path(f"/proc/{self._child.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(numbers[11]) + int(numbers[12])) / os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        """End the child."""
        child, self._child, self._jobs = self._child, None, 0
        if child is None:
            return
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            with contextlib.suppress(BrokenPipeError):
                if pipe:
                    pipe.close()

    def __enter__(self) -> Self:
        """Use as a context manager."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the child."""
        self.close()

    def _ready(self) -> subprocess.Popen[bytes]:
        if self._jobs >= self._limits[2] or (self._child and self._child.poll() is not None):
            self.close()
        if self._child is None:
            self._child = subprocess.Popen(
                [sys.executable, "-P", "-m", "router.decoding.child", *map(str, self._limits)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
            )
        self._jobs += 1
        return self._child


def _send(child: subprocess.Popen[bytes], job: dict[str, Any]) -> None:
    assert child.stdin is not None  # noqa: S101 - opened as a pipe above
    try:
        child.stdin.write(json.dumps(job).encode() + b"\n")
        child.stdin.flush()
    except BrokenPipeError:
        return  # the child is dead; reading tells how it died


def _messages(child: subprocess.Popen[bytes]) -> Iterator[Probe | Plane | Unreadable | str | None]:
    """Read one answer; None is its proper end, and silence a child that died."""
    assert child.stdout is not None  # noqa: S101 - opened as a pipe above
    pipe = child.stdout
    known = {f.name for f in fields(Probe)}
    while len(size := pipe.read(4)) == 4:
        head = json.loads(pipe.read(int.from_bytes(size, "little")))
        kind = head.pop("kind")
        if kind == "end":
            yield None
            return
        if kind == "jail":
            yield head["walls"]
            continue
        if kind == "error":
            yield Unreadable(reason=head["reason"], frame=head["frame"])
            return
        if kind == "probe":
            head["notes"] = tuple(head.get("notes", ()))
            yield Probe(**{k: v for k, v in head.items() if k in known})
            continue
        pixels = pipe.read(head["bytes"])
        if len(pixels) < head["bytes"]:
            return
        array = np.frombuffer(pixels, head["dtype"]).reshape(head["shape"])
        kind = head.get("mime", kind)  # of a clip written anew
        yield Plane(kind=kind, index=head["index"], time=head.get("time", 0.0), pixels=array)


def _death(child: subprocess.Popen[bytes], cpu_seconds: int) -> str:
    code = child.wait()
    why = SIGNALS.get(-code, f"the decoder died (status {code})").format(cpu_seconds)
    return f"could not be decoded safely: {why}"
