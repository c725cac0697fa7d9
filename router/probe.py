"""What bytes really are: type, size in pixels, frames; whatever the sender called them."""

import io
import queue
import tempfile
import warnings
import weakref
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from router.domain.errors import BadInput

if TYPE_CHECKING:
    from router.decode import Decoder

PICTURES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp", "TIFF": "image/tiff"}
MAX_PIXELS = 64_000_000
_PNG_END = b"IEND\xaeB`\x82"  # the last chunk with its checksum


class Undecodable(BadInput):
    """The bytes hold no picture or clip that we can read."""

    code = "undecodable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a header says."""

    mime: str
    width: int  # pixels
    height: int  # pixels
    frames: int = 1
    fps: float = 0.0


@dataclass(slots=True, weakref_slot=True)
class Prober:
    """Reads headers: of pictures in this process, of clips in a jailed child.

    Its children end with it, at the latest when this process does.
    """

    _idle: "queue.SimpleQueue[Decoder]" = field(default_factory=queue.SimpleQueue)

    def __post_init__(self) -> None:
        """See to it that no child outlives its prober."""
        weakref.finalize(self, _end, self._idle)

    def probe(self, data: bytes) -> Facts:
        """Say what the bytes are; raises Undecodable."""
        return self._clip(data) if _looks_like_a_clip(data) else _picture(data)

    def close(self) -> None:
        """End the children that are idle."""
        _end(self._idle)

    def _clip(self, data: bytes) -> Facts:
        from router.decode import Decoder, Unreadable

        decoder = Decoder(threads=1) if self._idle.empty() else self._idle.get()
        try:
            with tempfile.NamedTemporaryFile(suffix=".clip") as file:
                file.write(data)
                file.flush()
                found = decoder.probe(Path(file.name))
        finally:
            self._idle.put(decoder)
        if isinstance(found, Unreadable):
            raise _undecodable(found.reason)
        if found.still or found.frames < 1:
            raise _undecodable("a clip without frames")
        return Facts(
            mime=found.mime,
            width=found.width,
            height=found.height,
            frames=found.frames,
            fps=found.fps,
        )


def _end(idle: "queue.SimpleQueue[Decoder]") -> None:
    while not idle.empty():
        idle.get().close()


def _picture(data: bytes) -> Facts:
    """Read a picture's header and see that its end is there; decodes nothing."""
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=tuple(PICTURES)) as picture:
                kind, (width, height) = picture.format or "", picture.size
                if kind == "PNG":
                    picture.verify()  # the checksum of every chunk
    except UnidentifiedImageError as error:
        raise _undecodable(f"{len(data)} bytes of no known kind") from error
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise _undecodable(str(error)) from error
    except (OSError, SyntaxError, ValueError) as error:
        raise _undecodable(str(error)) from error
    if width * height > MAX_PIXELS:
        raise _undecodable(f"{width}x{height} pixels")
    if _is_cut_off(kind, data):
        raise _undecodable(f"a {kind} that ends early")
    return Facts(mime=PICTURES[kind], width=width, height=height)


def _is_cut_off(kind: str, data: bytes) -> bool:
    if kind == "PNG":
        return _PNG_END not in data
    if kind == "JPEG":
        return b"\xff\xd9" not in data[-4096:]
    if kind == "WEBP":
        return int.from_bytes(data[4:8], "little") + 8 > len(data)
    return False


def _looks_like_a_clip(data: bytes) -> bool:
    return data[4:8] == b"ftyp" or data[:4] == b"\x1a\x45\xdf\xa3"  # mp4, mov · matroska, webm


def _undecodable(found: str) -> Undecodable:
    kinds = ", ".join(PICTURES)
    return Undecodable(field="media", found=found, expected=f"a whole {kinds}, MP4, MOV or WebM")
