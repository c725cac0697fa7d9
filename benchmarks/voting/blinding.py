"""What raters see of two takes: alike in everything but the picture, so that nothing tells whose.

Same raster, same rate, same length, same codec, same number of bytes; nothing of the files' own
words. Both are made before either is given, so that neither comes first because it was easier.
"""

import binascii
import struct
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from threading import Lock, get_ident

import numpy as np

from benchmarks.domain.pack import ShotPack
from benchmarks.domain.study import Side, Slot
from benchmarks.pictures.pixels import Darkroom, Pixels, fitted, png
from benchmarks.ports import Media
from router.api.ports import Media as Shown
from router.decoding.decode import Probe
from router.domain.errors import BadInput

LONG_SIDE = 1280  # pixels
GREY = 60  # code value around a picture of another shape
FORM = "b1"  # change when they are made another way
MOST_FRAMES = 1200
VOID, LEAST_VOID = 0xEC, 9  # of Matroska: an element that nobody reads
PNG_END = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """What both sides of a question are made to."""

    size: tuple[int, int]  # width, height, even
    rate: tuple[int, int]  # frames a second, numerator and denominator
    frames: int  # 1 = stills


@dataclass(slots=True, kw_only=True)
class Blinds:
    """Makes and keeps what raters see; threads may share it."""

    media: Media
    darkroom: Darkroom
    folder: Path | None = None  # None = made anew each time
    _known: dict[str, Probe] = field(default_factory=dict)
    _gates: dict[str, Lock] = field(default_factory=dict)

    def gauge(self, slot: Slot, pack: ShotPack) -> Gauge:
        """Say what both sides of a question are made to; as long as the shorter one."""
        size = even(pack.raster)
        clips = [s for s in (slot.left, slot.right) if s.mime.startswith("video/")]
        if not clips:
            return Gauge(size=size, rate=(1, 1), frames=1)
        rate = rational(pack.fps)
        seconds = min(self._probe(slot.partner, side).seconds for side in clips)
        frames = min(MOST_FRAMES, max(1, round(Fraction(seconds) * rate)))
        return Gauge(size=size, rate=(rate.numerator, rate.denominator), frames=frames)

    def pair(self, slot: Slot, pack: ShotPack) -> tuple[Shown, Shown]:
        """Give both sides of a question, left first, of one length in bytes.

        Raises:
            BadInput: stored bytes that cannot be decoded.
        """
        with self._gates.setdefault(slot.left.code, Lock()):
            gauge = self.gauge(slot, pack)
            left = self._made(slot.partner, slot.left, gauge)
            right = self._made(slot.partner, slot.right, gauge)
        most = max(len(left.data), len(right.data)) + LEAST_VOID + PNG_END
        return padded(left, most), padded(right, most)

    def _made(self, partner: str, side: Side, gauge: Gauge) -> Shown:
        clip = side.mime.startswith("video/")
        mime = "video/webm" if clip else "image/png"
        told = "-".join(str(n) for n in (*gauge.size, *gauge.rate, gauge.frames))
        place = (
            self.folder / partner / f"{side.sha256}.{FORM}-{told}.{mime.rpartition('/')[2]}"
            if self.folder
            else None
        )
        if place and place.is_file():
            return Shown(data=place.read_bytes(), mime=mime)
        whole = self.media.get(partner, side.sha256)
        if clip:
            mime, data = self.darkroom.blind(whole, gauge.size, gauge.rate, gauge.frames)
        else:
            data = png(laid(self.darkroom.picture(whole), gauge.size))
        if place:
            _keep(place, data)
        return Shown(data=data, mime=mime)

    def _probe(self, partner: str, side: Side) -> Probe:
        if side.sha256 not in self._known:
            self._known[side.sha256] = self.darkroom.probe(self.media.get(partner, side.sha256))
        return self._known[side.sha256]


def even(raster: tuple[int, int]) -> tuple[int, int]:
    """Give the raster of a pack, at most LONG_SIDE wide or high, in even numbers."""
    scale = min(1.0, LONG_SIDE / max(raster))
    width, height = (max(2, round(side * scale) // 2 * 2) for side in raster)
    return width, height


def rational(fps: float) -> Fraction:
    """Give a rate as it is meant: 23.976 is 24000/1001."""
    whole = round(fps * 1.001)
    broadcast = Fraction(whole * 1000, 1001)
    if abs(fps - round(fps)) > 1e-4 and abs(float(broadcast) - fps) < 5e-3:
        return broadcast
    return Fraction(fps).limit_denominator(1001)


def laid(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """Lay a picture whole into a raster (width, height), grey around it; uint8 RGB."""
    inner = fitted(pixels, size)
    height, width = inner.shape[:2]
    left, top = (size[0] - width) // 2, (size[1] - height) // 2
    whole = np.full((size[1], size[0], 3), GREY, np.uint8)
    whole[top : top + height, left : left + width] = inner
    return whole


def padded(shown: Shown, length: int) -> Shown:
    """Fill up to a length with what no decoder looks at.

    Raises:
        BadInput: neither PNG nor WebM, or too long already.
    """
    missing = length - len(shown.data)
    if shown.mime == "video/webm" and missing >= LEAST_VOID:
        size = (missing - LEAST_VOID) | 1 << 56
        filling = bytes([VOID]) + size.to_bytes(8, "big") + bytes(missing - LEAST_VOID)
        return Shown(data=shown.data + filling, mime=shown.mime)
    if shown.mime == "image/png" and missing >= PNG_END:
        body = b"fiLl" + bytes(missing - PNG_END)
        chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", binascii.crc32(body))
        return Shown(data=shown.data[:-PNG_END] + chunk + shown.data[-PNG_END:], mime=shown.mime)
    raise BadInput(field="side", found=shown.mime, expected="a PNG or WebM, shorter than that")


def _keep(place: Path, data: bytes) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    half = place.with_suffix(f".{get_ident()}.part")  # two processes may make the same one
    half.write_bytes(data)
    half.replace(place)
