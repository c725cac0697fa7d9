"""What metrics look at: views of one take, each computed on first use and then shared by all.

A take is decoded once. The other files of a brief (plate, mask, references) are opened through the
gallery, which keeps the last ones open: a plate is decoded once for all takes of a shot.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from evaluators.cache import Cache, file_sha256, key_of
from evaluators.colour import lab, small
from evaluators.embedders.embedding_store import Store
from evaluators.vision.detectors import detector
from evaluators.vision.faces import VERSION as FACES_VERSION
from evaluators.vision.faces import Face, find
from evaluators.vision.keypoints import KeyPoints, describe
from evaluators.vision.motion import Motion, follow
from router.decoding.decode import Decoded, Decoder, Probe, Unreadable

SAMPLES = 16  # frames in RGB, evenly spread
FACE_FRAMES = 8  # of these, where faces are looked for
FINE_TRIES = 3  # frames without a large face that are searched for small ones

Array = np.ndarray[Any, Any]
T = TypeVar("T")


class Views:
    """One decoded picture or clip, seen in several ways."""

    def __init__(self, decoded: Decoded, gallery: "Gallery", *, sha256: str | None = None) -> None:
        """Keep the pixels; everything else is made on demand."""
        self._decoded = decoded
        self.gallery = gallery
        self._sha256 = sha256
        self._keypoints: dict[int, KeyPoints] = {}
        self._made: dict[tuple[str, int], Any] = {}

    @property
    def decoded(self) -> Decoded:
        """What the decoder gave."""
        return self._decoded

    @property
    def first(self) -> int:
        """Number of the first frame that is seen: what positions in `luma` count from."""
        return 0

    @property
    def times(self) -> tuple[float, ...]:
        """When every frame is shown, seconds."""
        return self._decoded.times

    @property
    def probe(self) -> Probe:
        """Facts of the file."""
        return self._decoded.probe

    @property
    def sha256(self) -> str | None:
        """Hash of the file's bytes; None where nobody asked for it."""
        return self._sha256

    @property
    def luma(self) -> Array:
        """Every frame: uint8 (frames, height, width), about 320x180 pixels."""
        return self._decoded.luma

    @property
    def frames(self) -> tuple[Array, ...]:
        """The sampled frames, uint8 (height, width, 3)."""
        return self._decoded.rgb

    @property
    def indices(self) -> tuple[int, ...]:
        """Frame numbers of `frames`."""
        return self._decoded.indices

    @property
    def alpha(self) -> Array | None:
        """Alpha of a picture that has one, uint8 (height, width)."""
        return self._decoded.alpha

    @cached_property
    def small(self) -> tuple[Array, ...]:
        """The sampled frames at a long side of 256 pixels, uint8."""
        return tuple(small(f) for f in self.frames)

    @property
    def deep(self) -> tuple[Array, ...]:
        """The sampled frames with all their bits, uint16; empty where 8 bits are all there is."""
        return self._decoded.deep

    @cached_property
    def fine(self) -> tuple[Array, ...]:
        """`small` with all the bits that there are: uint16, or uint8."""
        return tuple(small(f) for f in self.deep) if self.deep else self.small

    @cached_property
    def lab(self) -> tuple[Array, ...]:
        """`fine` in CIELAB, float32."""
        return tuple(lab(f) for f in self.fine)

    @property
    def keypoints(self) -> KeyPoints:
        """Key points of the first frame: what a reference is recognised by."""
        return self.keypoints_at(0)

    def keypoints_at(self, position: int) -> KeyPoints:
        """Key points of one of `frames`, found once."""
        if position not in self._keypoints:
            self._keypoints[position] = describe(self.frames[position])
        return self._keypoints[position]

    @property
    def key_positions(self) -> tuple[int, ...]:
        """Positions in `frames` where pictures are laid onto each other: first, middle and last."""
        last = len(self.frames) - 1
        return tuple(sorted({0, last // 2, last}))

    @cached_property
    def motion(self) -> Motion | None:
        """One flow pass over `luma`; None for a still."""
        return follow(self.luma)

    def luma_beside(self, other: "Views") -> Array | None:
        """Give the other's luma frame by frame; None where it is no clip of the same shape."""
        return other.luma if other.luma.shape == self.luma.shape else None

    def spread(self, most: int) -> tuple[int, ...]:
        """Choose some positions in `frames`, evenly."""
        return tuple(range(0, len(self.frames), -(-len(self.frames) // most)))

    def once(self, name: str, position: int, make: Callable[[], T]) -> T:
        """Give what a metric makes of one of `frames`; made at most once a take."""
        key = (name, position)
        if key not in self._made:
            self._made[key] = make()
        made: T = self._made[key]
        return made

    def in_step(self, other: "Views") -> bool:
        """Say whether each frame has its own in the other: as many frames, or one is a still."""
        return 1 in (len(self.luma), len(other.luma)) or other.indices == self.indices

    def beside(self, position: int, other: "Views") -> int:
        """Give the position in the other's `frames` that belongs to one of ours.

        Of a clip of as many frames the same one, of another clip the nearest in time.
        """
        if self.in_step(other):
            return min(position, len(other.frames) - 1)
        since = np.array([other.times[i] for i in other.indices]) - other.times[0]
        when = self.times[self.indices[position]] - self.times[0]
        return int(np.abs(since - when).argmin())

    @cached_property
    def face_positions(self) -> tuple[int, ...]:
        """Positions in `frames` where faces are looked for: at most 8, evenly spread."""
        last = len(self.frames) - 1
        count = min(FACE_FRAMES, len(self.frames))
        return tuple(sorted({round(float(i)) for i in np.linspace(0, last, count)}))

    @cached_property
    def faces(self) -> tuple[tuple[Face, ...], ...]:
        """Faces at `face_positions`; small ones only where a few tries show that there are any.

        May raise NoWeights.
        """
        found = [find(self.frames[p], fine=False) for p in self.face_positions]
        empty = [i for i, faces in enumerate(found) if not faces]
        tries = empty[:: max(1, len(empty) // FINE_TRIES)]
        for i in tries:
            found[i] = find(self.frames[self.face_positions[i]])
        if any(found[i] for i in tries):
            for i in set(empty) - set(tries):
                found[i] = find(self.frames[self.face_positions[i]])
        return tuple(found)


class Gallery:
    """Opens the files of briefs, in one decoder, and remembers the last ones."""

    def __init__(self, decoder: Decoder, *, cache: Cache | None = None, keep: int = 24) -> None:
        """Use one decoder; `cache` keeps faces of references by content."""
        self._decoder = decoder
        self._cache = cache
        self._keep = keep
        self._open: OrderedDict[str, Views | Unreadable] = OrderedDict()
        self.embeddings = Store(cache)
        self._hashes: dict[tuple[Path, int, int], str] = {}

    def sha256(self, path: Path) -> str | None:
        """Hash a file once for as long as it does not change; None where it cannot be read."""
        try:
            stat = path.stat()
            key = (path, stat.st_mtime_ns, stat.st_size)
            if key not in self._hashes:
                self._hashes[key] = file_sha256(path)
        except OSError:
            return None
        return self._hashes[key]

    def fresh(
        self, path: Path, *, samples: int = SAMPLES, at: Sequence[int] = ()
    ) -> Views | Unreadable:
        """Decode a take, or only the frames numbered `at`; it is not remembered."""
        decoded = self._decoder.read(path, samples=samples, at=at)
        return (
            decoded
            if isinstance(decoded, Unreadable)
            else Views(decoded, self, sha256=self.sha256(path))
        )

    def open(self, path: Path) -> Views | Unreadable:
        """Open a plate, mask or reference; decoded at most once while it is remembered."""
        sha = self.sha256(path) or str(path)
        if sha not in self._open:
            self._open[sha] = self.fresh(path)
            if len(self._open) > self._keep:
                self._open.popitem(last=False)
        self._open.move_to_end(sha)
        return self._open[sha]

    def faces(self, path: Path) -> tuple[tuple[Face, ...], ...] | Unreadable:
        """Faces of a reference, frame by frame, from the cache where it knows them.

        May raise NoWeights.
        """
        key = key_of("faces", FACES_VERSION, detector().name, self.sha256(path))
        stored = self._cache.get(key) if self._cache else None
        if stored is not None:
            return tuple(tuple(_face(row) for row in frame) for frame in stored)
        views = self.open(path)
        if isinstance(views, Unreadable):
            return views
        if self._cache:
            self._cache.put(key, [[asdict(face) for face in frame] for frame in views.faces])
        return views.faces


def _face(row: dict[str, Any]) -> Face:
    x, y, width, height = row["box"]
    points = tuple((float(px), float(py)) for px, py in row["points"])
    kept = {"box": (x, y, width, height), "points": points, "embedding": tuple(row["embedding"])}
    return Face(**{**row, **kept})
