"""The search after a purge: every file that is left, for every word and picture that was there."""

import json
import mmap
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SHORTEST = 12  # characters; shorter ones are codes that everybody uses
MOST = 4000  # patterns
KEY = 8  # bytes that a place is found by; the rest is compared there


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """What was looked for, where, and what was found."""

    patterns: int
    files: int
    bytes: int
    hits: tuple[str, ...]  # places, never what was found there


def prose(texts: Iterable[str]) -> Iterator[str]:
    """Give what people wrote: strings with a space in them, from texts and from JSON."""
    for text in texts:
        yield from (s for s in _strings(_read(text)) if _is_prose(s))


def variants(text: str) -> Iterator[bytes]:
    """Give the forms in which a text can lie in a file: plain, in JSON, and in base64."""
    plain = text.encode()[:200]
    yield plain
    yield json.dumps(text).encode()[1:-1][:200]
    for shift in range(3):  # of the three ways in which it can fall on groups of three bytes
        inner = b64encode(b"\0" * shift + plain)
        yield inner[4 if shift else 0 : -4]


def sample(data: bytes) -> bytes | None:
    """Give bytes by which a picture or clip is known; None where they could be anybody's."""
    at = len(data) // 2
    found = data[at : at + 48]
    return found if len(set(found)) >= 16 else None


def search(places: Sequence[Path], patterns: Iterable[bytes]) -> Searched:
    """Look through files for patterns; memory stays small, whatever their size."""
    wanted = sorted({p for p in patterns if len(p) >= SHORTEST})[:MOST]
    hits, count, size = [], 0, 0
    for path in places:
        length = path.stat().st_size
        count, size = count + 1, size + length
        if length >= SHORTEST and _is_in(path, wanted):
            hits.append(str(path))
    return Searched(patterns=len(wanted), files=count, bytes=size, hits=tuple(hits))


def found_in(data: Any, patterns: Sequence[bytes]) -> bool:
    """Say whether one of these patterns stands in some bytes."""
    import numpy as np

    if not patterns or len(data) < KEY:
        return False
    by_key: dict[int, list[bytes]] = {}
    for pattern in patterns:
        by_key.setdefault(int.from_bytes(pattern[:KEY], "little"), []).append(pattern)
    keys = np.array(sorted(by_key), np.uint64)
    block = 1 << 24
    for start in range(0, len(data), block):
        piece = bytes(data[start : start + block + KEY - 1])
        for shift in range(min(KEY, len(piece) - KEY + 1)):
            whole = (len(piece) - shift) // KEY
            row = np.frombuffer(piece, "<u8", count=whole, offset=shift)
            near = keys[np.minimum(np.searchsorted(keys, row), len(keys) - 1)]
            for place in np.flatnonzero(near == row):
                at = start + shift + int(place) * KEY
                if any(data[at : at + len(p)] == p for p in by_key[int(row[place])]):
                    return True
    return False


def _is_in(path: Path, patterns: Sequence[bytes]) -> bool:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return found_in(data, patterns)


def _read(text: str) -> Any:
    """Read JSON; what is none is a text that somebody wrote."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _strings(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for value in data.values():
            yield from _strings(value)
    elif isinstance(data, list):
        for value in data:
            yield from _strings(value)


def _is_prose(text: str) -> bool:
    return len(text) >= SHORTEST and " " in text.strip()
