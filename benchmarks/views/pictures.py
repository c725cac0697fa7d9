"""The pictures of a report: thumbnails, evidence, repairs; derived once, then kept by content."""

import queue
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import get_ident

import cv2
import numpy as np

from benchmarks.pictures.pixels import Darkroom, Pixels, png, thumbnail
from benchmarks.ports import Media
from evaluators.domain.brief import Brief
from evaluators.domain.verdict import Verdict
from evaluators.evidence import picture
from evaluators.views import Gallery
from router.decoding.decode import Decoder
from router.domain.errors import BadInput
from router.domain.ids import content_id

DECODERS = 2  # children that decode pictures at the same time
Draw = Callable[[Brief, Verdict], bytes | None]  # a small PNG that shows why


@dataclass(slots=True)
class Easel:
    """Draws evidence for several threads; each keeps its last pictures open, as a shot's plate."""

    _idle: "queue.SimpleQueue[tuple[Decoder, Gallery]]" = field(default_factory=queue.SimpleQueue)

    def __call__(self, brief: Brief, verdict: Verdict) -> bytes | None:
        """Draw what a verdict rests on, as PNG; None where there is nothing to show."""
        try:
            decoder, gallery = self._idle.get_nowait()
        except queue.Empty:
            decoder = Decoder(threads=1)
            gallery = Gallery(decoder)
        try:
            return picture(brief, verdict, gallery)
        finally:
            self._idle.put((decoder, gallery))

    def close(self) -> None:
        """End the decoders."""
        while not self._idle.empty():
            self._idle.get()[0].close()


@dataclass(slots=True, kw_only=True)
class Album:
    """Collects the pictures that a document names.

    `folder` keeps derived pictures by content, each under its partner; without one, every report
    derives them anew.
    """

    media: Media
    darkroom: Darkroom
    draw: Draw | None = None
    folder: Path | None = None
    names_only: bool = False  # for a document whose pictures nobody will look at
    assets: dict[str, bytes] = field(default_factory=dict)

    def thumb(self, name: str, partner: str, sha256: str) -> str | None:
        """Add a thumbnail of stored media; None where it cannot be read."""
        if self.names_only:
            return name
        return self._add(
            name,
            self._kept(partner, f"{sha256}.jpg", lambda: self._thumbnail(partner, sha256)),
        )

    def thumbs(self, wanted: Sequence[tuple[str, str, str]]) -> list[str | None]:
        """Add many thumbnails (name, partner, sha256), decoded side by side."""
        with ThreadPoolExecutor(DECODERS) as pool:
            return list(pool.map(lambda one: self.thumb(*one), wanted))

    def has(self, name: str) -> bool:
        """Say whether a picture of this name is to be had."""
        return self.names_only or name in self.assets

    def evidences(self, wanted: Sequence[tuple[str, str, Brief, Verdict]]) -> list[str | None]:
        """Add many evidence pictures (name, partner, brief, verdict), drawn side by side."""
        with ThreadPoolExecutor(DECODERS) as pool:
            return list(pool.map(lambda one: self.evidence(*one), wanted))

    def evidence(self, name: str, partner: str, brief: Brief, verdict: Verdict) -> str | None:
        """Add the picture behind a verdict; None where there is nothing to show.

        The files of the brief are fetched where the picture has to be drawn.
        """
        draw = self.draw
        if draw is None:
            return None

        def drawn() -> bytes | None:
            for sha256 in brief.known.values():
                self.media.path(partner, sha256)
            return draw(brief, verdict)

        said = [verdict.take, verdict.line.number, verdict.by, str(verdict.ruling), verdict.value]
        key = content_id("evidence", said)
        return self._add(name, self._kept(partner, f"{key}.png", drawn))

    def repair(self, stem: str, partner: str, shas: tuple[str, str, str]) -> dict[str, str]:
        """Add before, after, difference and matte of a repair; `shas`: parent, child, matte."""
        names = {k: f"repair/{stem}-{k}.png" for k in ("before", "after", "difference", "matte")}
        if self.names_only:
            return names
        before, after, matte = (self.darkroom.picture(self.media.get(partner, s)) for s in shas)
        drawn = (before, after, difference(before, after), matte)
        for name, pixels in zip(names.values(), drawn, strict=True):
            self.assets[name] = png(_small(pixels))
        return names

    def _thumbnail(self, partner: str, sha256: str) -> bytes | None:
        try:
            return thumbnail(self.darkroom.picture(self.media.get(partner, sha256)))
        except BadInput:
            return None

    def _add(self, name: str, data: bytes | None) -> str | None:
        if data is None:
            return None
        self.assets[name] = data
        return name

    def _kept(self, partner: str, key: str, make: Callable[[], bytes | None]) -> bytes | None:
        place = self.folder / partner / key if self.folder else None
        if place and place.is_file():
            return place.read_bytes()
        data = make()
        if place and data is not None:
            place.parent.mkdir(parents=True, exist_ok=True)
            half = place.with_suffix(f".{get_ident()}.part")  # two threads may make the same one
            half.write_bytes(data)
            half.replace(place)
        return data


def difference(before: Pixels, after: Pixels, gain: float = 8.0) -> Pixels:
    """Show where two pictures differ: mid grey is no change, amplified around it."""
    if before.shape != after.shape:
        after = np.asarray(cv2.resize(after, before.shape[1::-1]), np.uint8)
    change = after.astype(np.float32) - before.astype(np.float32)
    return np.asarray(np.clip(128.0 + gain * change, 0, 255), np.uint8)


def _small(pixels: Pixels, side: int = 960) -> Pixels:
    longest = max(pixels.shape[:2])
    if longest <= side:
        return pixels
    size = (round(pixels.shape[1] * side / longest), round(pixels.shape[0] * side / longest))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
