"""The structure of a picture, walked without decoding: size, pages, metadata, a whole end.

Nothing is allocated that the file merely promises: chunks are stepped over, text is inflated up to
its limit only. PNG (W3C, third edition), JPEG (ITU-T T.81), WebP (RFC 9649), TIFF 6.0 and BigTIFF.
"""

import re
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from mmap import ACCESS_READ, mmap
from pathlib import Path

from router.uploads.kinds import NotTaken

MAX_PIXELS = 64_000_000
MAX_TEXT = 4 << 20  # bytes of metadata, inflated
ANIMATED = "animated or multi-page images are not accepted"
A_CLIP = "one picture a file; movement as a clip (MP4, MOV, WebM)"
# The last of any fill bytes is enough: looking for all of them is quadratic in their number.
_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]", re.DOTALL)
_FRAMES = frozenset((*range(0xC0, 0xD0),)) - {0xC4, 0xC8, 0xCC}  # start-of-frame markers
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8,
          13: 4, 16: 8, 17: 8, 18: 8}  # fmt: skip
_PLACES, _LENGTHS = (273, 324), (279, 325)  # of strips and tiles
_MOST_TAGS, _MOST_NUMBERS = 4096, 1 << 20
_MOST_PARTS = 1 << 18  # chunks, segments or boxes that are stepped over
_MOST_TEXTS = 4096
_USUAL = "a TIFF as it is usually written"


def walk(path: Path, kind: str) -> tuple[str, ...]:
    """Walk a picture that is of a kind by its beginning; gives notes for whoever hands it in.

    Raises:
        NotTaken: more than 64 Mpx, several pictures, too much metadata, or it ends early.
    """
    step = _WALKS.get(kind)
    if step is None:
        return ()
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        try:
            end = step(data)
        except (struct.error, IndexError, OverflowError) as error:  # or past any file's end
            raise _short(kind, len(data)) from error
        rest = len(data) - end
        if rest < 0:
            raise _short(kind, len(data))
        return (f"{rest} bytes after the picture's end are never shown",) if rest else ()


def _short(kind: str, at: int) -> NotTaken:
    name = kind.upper().replace("WEBP", "WebP")
    return NotTaken(f"file ends early ({name} truncated at byte {at})", "the whole file")


def _crumbs(kind: str, most: int = _MOST_PARTS) -> NotTaken:
    return NotTaken(f"{kind} of too many parts", f"at most {most}, as it is usually written")


def _size(width: int, height: int) -> None:
    if width < 1 or height < 1:
        raise NotTaken(f"image is {width}x{height} px", "at least one pixel")
    if width * height > MAX_PIXELS:
        raise NotTaken(f"image is {width}x{height} px", "at most 64 Mpx, the limit")


def _no_more_text(total: int, texts: int = 1) -> None:
    if total > MAX_TEXT or texts > _MOST_TEXTS:
        raise NotTaken("metadata too large", f"at most {MAX_TEXT >> 20} MB of texts and profiles")


def _png(data: mmap) -> int:
    at, text, texts = 8, 0, 0
    for _ in range(_MOST_PARTS):
        size: int
        size, name = struct.unpack_from(">I4s", data, at)
        end: int = at + 12 + size
        if end > len(data):
            raise _short("png", len(data))
        if name == b"IHDR":
            _size(*struct.unpack_from(">II", data, at + 8))
        elif name == b"acTL":
            raise NotTaken(f"an animated PNG; {ANIMATED}", A_CLIP)
        elif name in {b"tEXt", b"zTXt", b"iTXt", b"iCCP", b"eXIf"}:
            text += size + _inflated(data[at + 8 : at + 8 + min(size, MAX_TEXT + 1)], name)
            texts += 1
            _no_more_text(text, texts)
        elif name == b"IEND":
            return end
        at = end
    raise _crumbs("a PNG")


def _inflated(body: bytes, name: bytes) -> int:
    """Count what a compressed text holds, up to a byte more than is allowed."""
    if name == b"iTXt":
        rest = body.partition(b"\0")[2]
        if rest[:1] != b"\1":
            return 0
        packed = rest[2:].split(b"\0", 2)[-1]
    elif name in {b"zTXt", b"iCCP"}:
        packed = body.partition(b"\0")[2][1:]
    else:
        return 0
    try:
        return len(zlib.decompressobj().decompress(packed, MAX_TEXT + 1))
    except zlib.error as error:
        raise NotTaken("metadata damaged", "readable texts and profiles, or none") from error


def _jpeg(data: mmap) -> int:
    at, text, sized = 2, 0, False
    for _ in range(_MOST_PARTS):
        match = _MARKER.search(data, at)
        if match is None:
            raise _short("jpeg", len(data))
        marker, at = match[0][-1], match.end()
        if marker == 0xD9:
            if not sized:
                raise _short("jpeg", len(data))
            return at
        if marker == 0x01:
            continue
        (size,) = struct.unpack_from(">H", data, at)
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 3)
            _size(width, height)
            sized = True
        elif 0xE0 <= marker <= 0xEF or marker == 0xFE:
            text += size
            _no_more_text(text)
        at += size
    raise _crumbs("a JPEG")


def _webp(data: mmap) -> int:
    end = int.from_bytes(data[4:8], "little") + 8
    if end > len(data):
        raise _short("webp", len(data))
    at, text, sized, parts = 12, 0, False, 0
    while at + 8 <= end:
        if (parts := parts + 1) > _MOST_PARTS:
            raise _crumbs("a WebP")
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if name in {b"ANIM", b"ANMF"} or (name == b"VP8X" and data[at + 8] & 0x02):
            raise NotTaken(f"an animated WebP; {ANIMATED}", A_CLIP)
        if name in {b"VP8X", b"VP8 ", b"VP8L"}:
            _size(*_WEBP_SIZE[name](data, at + 8))
            sized = True
        elif name in {b"EXIF", b"XMP ", b"ICCP"}:
            text += size
            _no_more_text(text)
        at += 8 + size + size % 2
    if not sized or at > end + 1:
        raise _short("webp", len(data))
    return end + end % 2 if end + 1 == len(data) else end


def _extended(data: mmap, at: int) -> tuple[int, int]:
    width, height = data[at + 4 : at + 7], data[at + 7 : at + 10]
    return int.from_bytes(width, "little") + 1, int.from_bytes(height, "little") + 1


def _lossy(data: mmap, at: int) -> tuple[int, int]:
    width, height = struct.unpack_from("<HH", data, at + 6)
    return width & 0x3FFF, height & 0x3FFF


def _lossless(data: mmap, at: int) -> tuple[int, int]:
    (bits,) = struct.unpack_from("<I", data, at + 1)
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1


_WEBP_SIZE: Mapping[bytes, Callable[[mmap, int], tuple[int, int]]] = {
    b"VP8X": _extended,
    b"VP8 ": _lossy,
    b"VP8L": _lossless,
}


def _tiff(data: mmap) -> int:
    order = "<" if data[:2] == b"II" else ">"
    (magic,) = struct.unpack_from(f"{order}H", data, 2)
    word, first = ("Q", 8) if magic == 43 else ("I", 4)
    (at,) = struct.unpack_from(f"{order}{word}", data, first)
    tags, following = _directory(data, order, word, at)
    if following:
        raise NotTaken(f"a TIFF of several pages; {ANIMATED}", "one page a file")
    width, height = (next(iter(tags.get(tag, ())), 0) for tag in (256, 257))
    _size(width, height)
    for place, length in zip(_PLACES, _LENGTHS, strict=True):
        pairs = zip(tags.get(place, ()), tags.get(length, ()), strict=False)
        if any(start + size > len(data) for start, size in pairs):
            raise _short("tiff", len(data))
    return len(data)  # its parts may stand in any order: there is no end to have bytes after


def _directory(
    data: mmap, order: str, word: str, at: int
) -> tuple[dict[int, tuple[int, ...]], int]:
    """Read the tags of one page, and where the next one begins (0 = nowhere)."""
    count_form, width = ("Q", 8) if word == "Q" else ("H", 4)
    (count,) = struct.unpack_from(f"{order}{count_form}", data, at)
    if count > _MOST_TAGS:
        raise NotTaken("a TIFF with too many tags", f"at most {_MOST_TAGS}")
    at += struct.calcsize(count_form)
    entry, tags, text, numbers = 4 + 2 * width, {}, 0, 0
    for number in range(count):
        place = at + number * entry
        tag, kind, many = struct.unpack_from(f"{order}HH{word}", data, place)
        size = _SIZES.get(kind, 1) * many
        if tag not in {*_PLACES, *_LENGTHS}:
            text += size
            _no_more_text(text)
        if tag in {256, 257, *_PLACES, *_LENGTHS}:
            numbers += many
            if tag in tags or numbers > _MOST_NUMBERS:
                raise NotTaken("a TIFF whose tags stand twice or name too many parts", _USUAL)
            value = place + 4 + width
            if size > width:
                (value,) = struct.unpack_from(f"{order}{word}", data, value)
            tags[tag] = tuple(_numbers(data, order, kind, many, value))
    (following,) = struct.unpack_from(f"{order}{word}", data, at + count * entry)
    return tags, following


def _numbers(data: mmap, order: str, kind: int, many: int, at: int) -> Iterator[int]:
    form = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}.get(kind)
    if form is None:
        raise NotTaken("a TIFF whose sizes are no numbers", _USUAL)
    if at + many * struct.calcsize(form) > len(data):
        raise _short("tiff", len(data))
    yield from struct.unpack_from(f"{order}{many}{form}", data, at)


def _boxes(data: mmap) -> int:
    """Step over the boxes of an MP4 or MOV (ISO/IEC 14496-12): each ends inside the file."""
    at, parts = 0, 0
    while at + 8 <= len(data):
        if (parts := parts + 1) > _MOST_PARTS:
            raise _crumbs("a clip")
        size, head = int.from_bytes(data[at : at + 4], "big"), 8
        if size == 1:
            size, head = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        if size == 0:  # the last one, to the end
            return len(data)
        if size < head or at + size > len(data):
            raise _short("mp4", len(data))
        at += size
    if at != len(data):
        raise _short("mp4", len(data))
    return at


_WALKS: Mapping[str, Callable[[mmap], int]] = {
    "png": _png,
    "jpeg": _jpeg,
    "webp": _webp,
    "tiff": _tiff,
    "mp4": _boxes,
}
