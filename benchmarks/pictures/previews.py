"""What people see instead of the bytes that came in: written anew, smaller, without a word."""

import hashlib
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import get_ident

import cv2
import numpy as np

from benchmarks.pictures.pixels import Darkroom, Pixels
from benchmarks.pictures.watermark import laid_over, mark, words
from benchmarks.ports import Media
from router.api.ports import Media as Shown
from router.uploads.kinds import CLIPS, HEAD, NotTaken, kind_of

SIDE = 1600  # pixels, longer side
QUALITY = 90
CLIP_MARK = (1280, 720)  # a mark for clips is drawn once and scaled to each
_FORM, _SEEN = "p1", "s1-"  # change when previews are made another way
STALE_S = 2 * 3600.0


@dataclass(frozen=True, slots=True)
class Previews:
    """Pictures of at most 1600 px and clips without their container's words, kept by content.

    `folder` holds what was made, each under its partner; None = it is made anew each time. Whoever
    asks has asked whether one may.
    """

    media: Media
    darkroom: Darkroom
    folder: Path | None

    def preview(self, partner: str, sha256: str, seen: tuple[str, datetime] | None = None) -> Shown:
        """Give the preview of stored media; by whom it is seen, and when, is written over it.

        Raises:
            BadInput: the stored bytes cannot be decoded.
            StoreCorrupt: nothing is stored under this name.
        """
        with self.media.path(partner, sha256).open("rb") as file:
            head = file.read(HEAD)
        if is_clip(head):
            return self._seen_clip(partner, sha256, seen)
        kept = self._kept(partner, f"{sha256}.{_FORM}.jpg")
        small = _read(kept) or self._keep(kept, self._small(self.media.get(partner, sha256)))
        return Shown(data=_marked(small, words(*seen)) if seen else small, mime="image/jpeg")

    def clean(self, partner: str, sha256: str) -> Shown:
        """Give a clip whose pictures are as they were where browsers play them; nothing else."""
        return self._clip(partner, sha256, "")

    def _seen_clip(self, partner: str, sha256: str, seen: tuple[str, datetime] | None) -> Shown:
        """Mark a clip by the hour: players ask range by range, and it must stay the same."""
        if seen is None:
            return self._clip(partner, sha256, "")
        who, when = seen
        hour = when.replace(minute=0, second=0, microsecond=0)
        for old in (self.folder / partner).glob(f"{sha256}.{_SEEN}*") if self.folder else ():
            if old.stat().st_mtime < hour.timestamp() - STALE_S:
                old.unlink(missing_ok=True)
        return self._clip(partner, sha256, words(who, hour))

    def _small(self, data: bytes) -> bytes:
        return jpeg(self.darkroom.picture(data, SIDE))

    def _clip(self, partner: str, sha256: str, marked: str) -> Shown:
        told = _SEEN + hashlib.sha256(marked.encode()).hexdigest()[:16] if marked else _FORM
        for mime, ending in (("video/mp4", "mp4"), ("video/webm", "webm")):
            kept = self._kept(partner, f"{sha256}.{told}.{ending}")
            if known := _read(kept):
                return Shown(data=known, mime=mime)
        mime, made = self._written(self.media.get(partner, sha256), marked)
        ending = mime.rpartition("/")[2]
        self._keep(self._kept(partner, f"{sha256}.{told}.{ending}"), made)
        return Shown(data=made, mime=mime)

    def _written(self, data: bytes, marked: str) -> tuple[str, bytes]:
        if not marked:
            return self.darkroom.proxy(data)
        with tempfile.NamedTemporaryFile() as raw:
            raw.write(mark(CLIP_MARK, marked).tobytes())
            raw.flush()
            return self.darkroom.proxy(data, (Path(raw.name), CLIP_MARK))

    def _kept(self, partner: str, name: str) -> Path | None:
        return self.folder / partner / name if self.folder else None

    def _keep(self, place: Path | None, data: bytes) -> bytes:
        if place is None:
            return data
        place.parent.mkdir(parents=True, exist_ok=True)
        half = place.with_suffix(f".{get_ident()}.part")  # two threads may make the same one
        half.write_bytes(data)
        half.replace(place)
        return data


def _read(place: Path | None) -> bytes | None:
    return place.read_bytes() if place and place.is_file() else None


def is_clip(data: bytes) -> bool:
    """Tell a clip from a picture by its beginning; what is neither is no clip."""
    try:
        return kind_of(data[:HEAD]) in CLIPS
    except NotTaken:
        return False


def jpeg(pixels: Pixels) -> bytes:
    """Write RGB pixels as a JPEG that says nothing but them."""
    options = [cv2.IMWRITE_JPEG_QUALITY, QUALITY]
    _, data = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), options)
    return bytes(data.tobytes())


def _marked(small: bytes, text: str) -> bytes:
    """Write over a preview; it is ours, so it is opened here."""
    shown = cv2.imdecode(np.frombuffer(small, np.uint8), cv2.IMREAD_COLOR)
    pixels = np.asarray(cv2.cvtColor(np.asarray(shown), cv2.COLOR_BGR2RGB), np.uint8)
    return jpeg(laid_over(pixels, mark((pixels.shape[1], pixels.shape[0]), text)))
