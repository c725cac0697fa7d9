"""One file, looked at: its kind by its bytes, its structure, its pictures in the jail."""

import queue
import re
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from router.decoding.decode import Decoder, Probe, Unreadable
from router.uploads.kinds import CLIPS, HEAD, NotTaken, is_active, kind_of
from router.uploads.structure import walk

PICTURE_BYTES, CLIP_BYTES, DOCUMENT_BYTES = 256 << 20, 512 << 20, 64 << 20
PICTURE_CPU_S, CLIP_CPU_S = 10, 60  # every frame of a clip is decoded once
MEMORY_MB = 1024  # beyond the decoder's libraries
WALL_S = 120.0  # on a machine that is busy with other things
# What a pack names beside pictures: by the end of its name, since nobody is ever shown it.
DOCUMENTS = frozenset(
    (".yaml", ".otio", ".edl", ".xml", ".fcpxml", ".aaf", ".cc", ".ccc", ".cdl", ".cube", ".clf",
     ".ctf", ".csp", ".3dl", ".lut", ".spi1d", ".spi3d", ".pdf", ".txt", ".md", ".ply", ".e57",
     ".las", ".laz", ".obj", ".usd", ".usdz", ".dpx", ".mxf")
)  # fmt: skip
DOCUMENT = "application/octet-stream"
_SUFFIXES = {"image/jpeg": {".jpg", ".jpeg"}, "image/tiff": {".tif", ".tiff"},
             "video/quicktime": {".mov"}, "video/x-matroska": {".mkv"},
             "image/x-exr": {".exr"}}  # fmt: skip
_BINARY = frozenset(
    (".aaf", ".pdf", ".e57", ".las", ".laz", ".usd", ".usdz", ".ply", ".dpx", ".mxf")
)
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a file is."""

    mime: str
    width: int = 0  # pixels, upright; 0 = no picture
    height: int = 0
    frames: int = 0
    notes: tuple[str, ...] = ()

    @property
    def is_media(self) -> bool:
        """Say whether it is a picture or clip."""
        return self.frames > 0


@dataclass(slots=True, weakref_slot=True)
class Eye:
    """Looks at files for several threads; each borrows a jailed child, which ends with it."""

    _pictures: "queue.SimpleQueue[Decoder]" = field(default_factory=queue.SimpleQueue)
    _clips: "queue.SimpleQueue[Decoder]" = field(default_factory=queue.SimpleQueue)

    def __post_init__(self) -> None:
        """See to it that no child outlives it."""
        weakref.finalize(self, _end, self._pictures, self._clips)

    def look(self, path: Path, name: str) -> Seen:
        """Say what a file is, whatever it is called.

        Raises:
            NotTaken: it is nothing that is taken in; says what to hand in instead.
        """
        with path.open("rb") as file:
            head = file.read(HEAD)
        suffix = Path(name).suffix.lower()
        if suffix in DOCUMENTS and not is_media(head):
            return _document(path, head, suffix)
        return self.media(path, name, decode=True)

    def media(self, path: Path, name: str, *, decode: bool) -> Seen:
        """Look at a picture or clip; without `decode` at its header and structure only.

        Raises:
            NotTaken: as `look`.
        """
        with path.open("rb") as file:
            kind = kind_of(file.read(HEAD))
        is_clip = kind in CLIPS
        most = CLIP_BYTES if is_clip else PICTURE_BYTES
        if path.stat().st_size > most:
            raise NotTaken(f"{path.stat().st_size} bytes", f"at most {most >> 20} MB")
        notes = walk(path, kind)
        with self._borrowed(is_clip=is_clip) as decoder:
            found = decoder.read(path, samples=1, side=64) if decode else decoder.probe(path)
        if isinstance(found, Unreadable):
            raise NotTaken(_UNPRINTABLE.sub("?", found.reason), _instead(is_clip=is_clip))
        facts = found if isinstance(found, Probe) else found.probe
        return Seen(
            mime=facts.mime,
            width=facts.width,
            height=facts.height,
            frames=facts.frames,
            notes=(*notes, *_named(name, facts.mime), *_told(facts)),
        )

    def close(self) -> None:
        """End the children that are idle."""
        _end(self._pictures, self._clips)

    @contextmanager
    def _borrowed(self, *, is_clip: bool) -> Iterator[Decoder]:
        idle = self._clips if is_clip else self._pictures
        try:
            decoder = idle.get_nowait()
        except queue.Empty:
            cpu = CLIP_CPU_S if is_clip else PICTURE_CPU_S
            decoder = Decoder(threads=1, wall_seconds=WALL_S, cpu_seconds=cpu, memory_mb=MEMORY_MB)
        try:
            yield decoder
        finally:
            idle.put(decoder)


def jail_kind() -> str:
    """Say what keeps decoding off the network: namespace, seccomp, both, or "open: …"."""
    with Decoder() as decoder:
        return decoder.walls()


def is_media(head: bytes) -> bool:
    """Say whether bytes begin like a picture or clip that is taken in."""
    try:
        kind_of(head)
    except NotTaken:
        return False
    return True


def _document(path: Path, head: bytes, suffix: str) -> Seen:
    """Take a file that nobody is shown; text must be text, and nothing a page with code in it."""
    size = path.stat().st_size
    if not size:
        raise NotTaken("an empty file", "a file with content")
    if size > DOCUMENT_BYTES and suffix not in {".dpx", ".mxf"}:
        raise NotTaken(f"{size} bytes", f"at most {DOCUMENT_BYTES >> 20} MB")
    if suffix not in _BINARY and b"\0" in head:
        raise NotTaken("bytes that are no text", f"the text of a {suffix} file")
    if is_active(head) and suffix not in {".xml", ".fcpxml", ".clf", ".ctf", ".cc", ".ccc", ".cdl"}:
        raise NotTaken("a document with markup (SVG, HTML, XML)", f"the content of a {suffix} file")
    return Seen(mime=DOCUMENT)


def _instead(*, is_clip: bool) -> str:
    if is_clip:
        return "MP4, MOV, WebM or MKV with one H.264, HEVC, ProRes, DNxHD, VP8, VP9 or AV1 stream"
    return "a whole PNG, JPEG, TIFF, WebP or EXR, at most 64 Mpx"


def _named(name: str, mime: str) -> Iterator[str]:
    suffix = Path(name).suffix.lower()
    right = _SUFFIXES.get(mime, {f".{mime.rpartition('/')[2]}"})
    if suffix not in right:
        yield f"taken as {mime}, whatever its name says"


def _told(facts: Probe) -> Iterator[str]:
    if facts.variable_rate:
        yield "its frame rate varies: frames are chosen by their time"
    for note in facts.notes:
        yield _UNPRINTABLE.sub("?", note)


def _end(*idle: "queue.SimpleQueue[Decoder]") -> None:
    for each in idle:
        while not each.empty():
            each.get().close()
