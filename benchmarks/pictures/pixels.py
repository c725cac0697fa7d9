"""Pictures as pixels: foreign bytes are decoded in a jailed child, ours are encoded here."""

import contextlib
import queue
import tempfile
import weakref
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from router.decoding.decode import Decoded, Decoder, Probe, Unreadable
from router.domain.errors import BadInput

WRITE_CPU_S, WRITE_WALL_S = 180, 300.0  # for a clip whose every frame is encoded anew
MOST_FRAMES = 1200  # of a clip: no longer one is decoded

Pixels = np.ndarray[Any, np.dtype[np.uint8]]


@dataclass(slots=True, weakref_slot=True)
class Darkroom:
    """Decodes for several threads; each one borrows a child. The children end with it."""

    _idle: "queue.SimpleQueue[Decoder]" = field(default_factory=queue.SimpleQueue)
    _writers: "queue.SimpleQueue[Decoder]" = field(default_factory=queue.SimpleQueue)

    def __post_init__(self) -> None:
        """See to it that no child outlives its darkroom."""
        weakref.finalize(self, _end, self._idle, self._writers)

    def frames(self, data: bytes, samples: int = 1, side: int | None = None) -> tuple[Pixels, ...]:
        """Decode evenly spread frames of a picture or clip, uint8 RGB (H, W, 3).

        `side`: the most pixels of the longer side; None = as large as they are.

        Raises:
            BadInput: the bytes hold no picture or clip that can be decoded.
        """
        return self._read(data, samples=samples, side=side).rgb

    def picture(self, data: bytes, side: int | None = None) -> Pixels:
        """Decode a picture, or the middle frame of a clip, uint8 RGB (H, W, 3)."""
        frames = self.frames(data, 3, side)
        return frames[len(frames) // 2]

    def proxy(
        self, data: bytes, mark: tuple[Path, tuple[int, int]] | None = None
    ) -> tuple[str, bytes]:
        """Write a clip anew, without its container's words and sound: mime and bytes.

        `mark`: a file of raw RGBA, width and height, laid over every frame.

        Raises:
            BadInput: the bytes hold no clip that can be decoded.
        """
        return self._written(data, lambda decoder, path: decoder.proxy(path, mark))

    def film(self, data: bytes, side: int) -> Decoded:
        """Decode every frame of a clip, at most `side` pixels on its longer side.

        Raises:
            BadInput: the bytes hold no clip that can be decoded.
        """
        return self._read(data, at=range(MOST_FRAMES), side=side)

    def graded(self, data: bytes, gains: Sequence[Sequence[float]]) -> tuple[str, bytes]:
        """Write a clip anew, each frame multiplied by its gains of R, G, B: mime and bytes.

        Raises:
            BadInput: the clip cannot be decoded, or not be written without a loss.
        """
        return self._written(data, lambda decoder, path: decoder.graded(path, gains))

    def review(self, data: bytes, drawn: dict[str, Any]) -> tuple[str, bytes]:
        """Write a clip for review, as `Decoder.review`: the encoder's name and bytes.

        Raises:
            BadInput: the clip cannot be decoded, or is HDR.
        """
        return self._written(data, lambda decoder, path: decoder.review(path, drawn))

    def blind(
        self, data: bytes, size: tuple[int, int], rate: tuple[int, int], count: int
    ) -> tuple[str, bytes]:
        """Write a clip anew in this raster, rate and count of frames: mime and bytes.

        Raises:
            BadInput: the bytes hold no clip that can be decoded.
        """
        return self._written(data, lambda decoder, path: decoder.blind(path, size, rate, count))

    def probe(self, data: bytes) -> Probe:
        """Read the facts of a picture or clip, upright.

        Raises:
            BadInput: the bytes hold neither.
        """
        decoder = Decoder(threads=1) if self._idle.empty() else self._idle.get()
        try:
            with _lying(data) as path:
                found = decoder.probe(path)
        finally:
            self._idle.put(decoder)
        if isinstance(found, Unreadable):
            raise BadInput(field="picture", found=found.reason, expected="a readable picture")
        return found

    def _read(self, data: bytes, **how: Any) -> Decoded:
        decoder = Decoder(threads=1) if self._idle.empty() else self._idle.get()
        try:
            with _lying(data) as path:
                found = decoder.read(path, **how)
        finally:
            self._idle.put(decoder)
        if isinstance(found, Unreadable):
            raise BadInput(field="picture", found=found.reason, expected="a readable picture")
        return found

    def _written(
        self, data: bytes, write: Callable[[Decoder, Path], tuple[str, bytes] | Unreadable]
    ) -> tuple[str, bytes]:
        try:
            decoder = self._writers.get_nowait()
        except queue.Empty:
            decoder = Decoder(threads=1, wall_seconds=WRITE_WALL_S, cpu_seconds=WRITE_CPU_S)
        try:
            with _lying(data) as path:
                found = write(decoder, path)
        finally:
            self._writers.put(decoder)
        if isinstance(found, Unreadable):
            raise BadInput(field="clip", found=found.reason, expected="a readable clip")
        return found

    def mask(self, data: bytes, size: tuple[int, int]) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Decode a matte at a size (width, height): True = white = may change."""
        grey = self.picture(data).max(axis=2)
        if (grey.shape[1], grey.shape[0]) != size:
            grey = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_NEAREST))
        return np.asarray(grey > 127)

    def close(self) -> None:
        """End the children."""
        _end(self._idle, self._writers)


@contextlib.contextmanager
def _lying(data: bytes) -> Iterator[Path]:
    """Lay bytes down as a file for as long as it is read."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        yield Path(file.name)


def _end(*idle: "queue.SimpleQueue[Decoder]") -> None:
    for each in idle:
        while not each.empty():
            each.get().close()


def png(pixels: Pixels) -> bytes:
    """Write RGB pixels without loss."""
    done, data = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    if not done:
        raise ValueError(f"pixels of shape {pixels.shape} cannot be written as PNG")
    return bytes(data.tobytes())


def thumbnail(pixels: Pixels, side: int = 320, quality: int = 80) -> bytes:
    """Write a small JPEG, at most `side` pixels on its longer side."""
    small = fitted(pixels, (side, side)) if max(pixels.shape[:2]) > side else pixels
    options = [cv2.IMWRITE_JPEG_QUALITY, quality]
    _, data = cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), options)
    return bytes(data.tobytes())


def fitted(pixels: Pixels, box: tuple[int, int]) -> Pixels:
    """Scale to the largest size inside a box (width, height), never stretched."""
    height, width = pixels.shape[:2]
    scale = min(box[0] / width, box[1] / height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(pixels, size, interpolation=way), np.uint8)
