"""What bytes really are: type, size in pixels, frames; whatever the sender called them.

Bytes come from models and people alike. A walk of our own steps over a picture's structure; then
a jailed child opens it. Only a PNG's header and checksums are read here, in Python and by us.
"""

import queue
import struct
import tempfile
import threading
import weakref
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from router.domain.errors import BadInput
from router.uploads.kinds import CLIPS, HEAD, NotTaken, kind_of
from router.uploads.structure import walk

if TYPE_CHECKING:
    from router.decoding.decode import Decoder, Probe

KINDS = "a whole PNG, JPEG, WEBP, TIFF, MP4, MOV or WebM"
AT_ONCE = 2  # children for pictures: a header takes milliseconds, a child a tenth of a gigabyte
JOBS = 2000  # headers that a child reads before a fresh one takes its place
PICTURE_CPU_S = 5
_DEPTHS = {(bits, kind) for kind, depths in
           {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}.items()
           for bits in depths}  # fmt: skip


class Undecodable(BadInput):
    """The bytes hold no picture or clip that we can read."""

    code = "undecodable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a header says."""

    mime: str
    width: int  # pixels, upright
    height: int  # pixels, upright
    frames: int = 1
    fps: float = 0.0


@dataclass(slots=True, weakref_slot=True, kw_only=True)
class Children:
    """Jailed children that threads borrow; they end with this."""

    at_once: int = 64
    limits: Mapping[str, int] = field(default_factory=dict)
    idle: "queue.SimpleQueue[Decoder]" = field(default_factory=queue.SimpleQueue)
    _free: threading.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        """See to it that no child outlives it."""
        self._free = threading.Semaphore(self.at_once)
        weakref.finalize(self, _end, self.idle)

    @contextmanager
    def borrowed(self) -> "Iterator[Decoder]":
        """Give one to this thread, after those who came before."""
        from router.decoding.decode import Decoder

        with self._free:
            try:
                decoder = self.idle.get_nowait()
            except queue.Empty:
                decoder = Decoder(threads=1, **self.limits)
            try:
                yield decoder
            finally:
                self.idle.put(decoder)


@dataclass(slots=True, kw_only=True)
class Prober:
    """Reads headers, of clips in children of its own, of pictures in children that all share.

    Its own end with it, the shared ones with this process.
    """

    _clips: Children = field(default_factory=Children)

    def probe(self, data: bytes) -> Facts:
        """Say what the bytes are; raises Undecodable."""
        try:
            kind = _known(data)
            with tempfile.NamedTemporaryFile() as file:
                file.write(data)
                file.flush()
                walk(Path(file.name), kind)
                return (_png(data) if kind == "png" else None) or self._read(Path(file.name), kind)
        except NotTaken as error:
            raise _undecodable(str(error.found)) from error

    def close(self) -> None:
        """End its children that are idle."""
        _end(self._clips.idle)

    def _read(self, path: Path, kind: str) -> Facts:
        children = self._clips if kind in CLIPS else _for_pictures()
        with children.borrowed() as decoder:
            found = _probed(decoder, path)
        return Facts(
            mime=found.mime,
            width=found.width,
            height=found.height,
            frames=found.frames,
            fps=found.fps,
        )


@cache
def _for_pictures() -> Children:
    """Give the children that all probers of this process share."""
    return Children(at_once=AT_ONCE, limits={"cpu_seconds": PICTURE_CPU_S, "jobs": JOBS})


def _known(data: bytes) -> str:
    kind = kind_of(data[:HEAD])
    if kind == "exr":  # scene-linear: measured where a pack names it, no model's answer
        raise NotTaken("an EXR", KINDS)
    return kind


def _png(data: bytes) -> Facts | None:
    """Read a PNG by our own walk over its checksums; None = one that may be turned, for the jail.

    Nearly every answer is one: a child process would double what a take costs this process.
    Source: PNG (W3C, third edition), 5.3 and 11.2.1.
    """
    view, at = memoryview(data), 8
    if data[12:16] != b"IHDR" or (data[24], data[25]) not in _DEPTHS:
        raise _undecodable("a PNG without a header that has a meaning")
    width, height = struct.unpack_from(">II", data, 16)
    while True:  # the walk found an IEND, and every chunk within the file
        size, name = struct.unpack_from(">I4s", data, at)
        end = at + 12 + size
        if zlib.crc32(view[at + 4 : end - 4]) != int.from_bytes(view[end - 4 : end], "big"):
            raise _undecodable("a PNG whose checksums do not fit")
        if name == b"eXIf":
            return None
        if name == b"IEND":
            return Facts(mime="image/png", width=width, height=height)
        at = end


def _probed(decoder: "Decoder", path: Path) -> "Probe":
    from router.decoding.decode import Unreadable

    found = decoder.probe(path)
    if isinstance(found, Unreadable):
        raise _undecodable(found.reason)
    if found.frames < 1:
        raise _undecodable("a clip without frames")
    return found


def _end(idle: "queue.SimpleQueue[Decoder]") -> None:
    while not idle.empty():
        idle.get().close()


def _undecodable(found: str) -> Undecodable:
    return Undecodable(field="media", found=found, expected=KINDS)
