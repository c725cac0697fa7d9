"""A file without a signature, matched back to a take of this home: by pixels, else by looks.

The fingerprint is a difference hash: each of 16 x 16 bits says whether a spot is brighter than the
one to its left (N. Krawetz, "Kind of Like That", 2013). It survives re-encoding and scaling, not
mirroring, turning or cropping, and two takes of one plate may share most of it: it finds
candidates and proves nothing. Files from outside are decoded in the jail.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from router.domain.take import Take
from router.provenance.standing import Match

if TYPE_CHECKING:
    import numpy as np

    from router.decoding.decode import Decoder

    Pixels = np.ndarray[Any, np.dtype[np.uint8]]

SIDE = 16
CLOSE = 0.10  # of the bits; chance alone makes half of them differ
FRAMES = 3
FAR = 24.0  # of 255, on average: flat pictures share their bits and not their colours
WORST_RE_ENCODED = 24.0  # of 255: a part that differs by more was changed, not only re-encoded
_GRID = 48  # parts along each side, when two pictures are compared by parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a file looks like: some frames, small and as they are."""

    bits: "np.ndarray[Any, np.dtype[np.bool_]]"  # (frames, SIDE * SIDE)
    parts: "np.ndarray[Any, np.dtype[np.float32]]"  # (frames, _GRID, _GRID, 3), 0 to 255
    exact: tuple[tuple[tuple[int, ...], str], ...]  # shape and sha-256 of each frame's pixels


def look(path: Path, decoder: "Decoder") -> Look | None:
    """Look at a picture or clip; None where it cannot be decoded."""
    import hashlib

    import numpy as np

    from router.decoding.decode import Unreadable

    found = decoder.read(path, samples=FRAMES)
    if isinstance(found, Unreadable):
        return None
    frames = found.rgb
    return Look(
        bits=np.stack([_bits(frame) for frame in frames]),
        parts=np.stack([_reduced(frame, _GRID, _GRID) for frame in frames]),
        exact=tuple((f.shape, hashlib.sha256(f.tobytes()).hexdigest()) for f in frames),
    )


def nearest(
    asked: Look, takes: Iterable[tuple[Take, Path]], decoder: "Decoder"
) -> tuple[Match, ...]:
    """Give the takes that a file is or looks like, the closest first."""
    found = [match for take, path in takes if (match := _match(asked, take, path, decoder))]
    found.sort(key=lambda m: (not m.exact, m.distance, m.worst_part, m.take))
    return tuple(found)


def _match(asked: Look, take: Take, path: Path, decoder: "Decoder") -> Match | None:
    import numpy as np

    seen = look(path, decoder)
    if seen is None or len(seen.bits) != len(asked.bits):
        return None
    distance = float(np.mean(seen.bits != asked.bits))
    exact = seen.exact == asked.exact
    apart = np.abs(seen.parts - asked.parts)
    if not exact and (distance > CLOSE or float(apart.mean()) > FAR):
        return None
    return Match(
        partner=take.partner,
        take=take.id,
        exact=exact,
        distance=round(distance, 4),
        worst_part=round(float(apart.max()), 1),
    )


def kept(
    takes: Iterable[Take], path_of: Callable[[Take], Path], *, moves: bool
) -> Iterator[tuple[Take, Path]]:
    """Give the takes that could be meant, each content once."""
    seen: set[str] = set()
    for take in takes:
        if take.media.is_video is moves and take.media.sha256 not in seen:
            seen.add(take.media.sha256)
            yield take, path_of(take)


def _bits(frame: "Pixels") -> "np.ndarray[Any, np.dtype[np.bool_]]":
    import numpy as np

    grey = _reduced(frame, SIDE + 1, SIDE) @ np.array([0.299, 0.587, 0.114], dtype=np.float32)
    return (grey[:, 1:] > grey[:, :-1] + 0.5).ravel()


def _reduced(frame: "Pixels", wide: int, high: int) -> "np.ndarray[Any, np.dtype[np.float32]]":
    import cv2
    import numpy as np

    small = cv2.resize(frame, (wide, high), interpolation=cv2.INTER_AREA)
    reduced: np.ndarray[Any, np.dtype[np.float32]] = small.astype(np.float32)
    return reduced
