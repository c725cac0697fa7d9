"""What a picture's first bytes say: its real format and its raster. Nothing is decoded."""

import struct
from pathlib import Path

MAX_PIXELS = 64_000_000
_HEAD = 1 << 18  # enough for the headers of a camera JPEG
_START = {
    ".png": (b"\x89PNG\r\n\x1a\n",),
    ".jpg": (b"\xff\xd8\xff",),
    ".jpeg": (b"\xff\xd8\xff",),
    ".webp": (b"RIFF",),
    ".tif": (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
    ".tiff": (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
    ".exr": (b"\x76\x2f\x31\x01",),
    ".dpx": (b"SDPX", b"XPDS"),
}


def head(path: Path) -> bytes:
    """Read the first bytes of a file; empty where the disk does not give them."""
    try:
        with path.open("rb") as stream:
            return stream.read(_HEAD)
    except OSError:
        return b""


def is_what_it_says(path: Path, start: bytes) -> bool:
    """Say whether the content fits the suffix; other files than pictures always do."""
    return start.startswith(_START.get(path.suffix.lower(), (b"",)))


def raster(start: bytes) -> tuple[int, int] | None:
    """Give width and height in pixels of a PNG or JPEG, by its header; None = not known."""
    if start.startswith(_START[".png"]) and len(start) >= 24:
        width, height = struct.unpack(">II", start[16:24])
        return width, height
    if start.startswith(_START[".jpg"]):
        return _jpeg_raster(start)
    return None


def _jpeg_raster(start: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(start) and start[at] == 0xFF:
        marker = start[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            height, width = struct.unpack(">HH", start[at + 5 : at + 9])
            return width, height
        at += 2 + int.from_bytes(start[at + 2 : at + 4], "big")
    return None
