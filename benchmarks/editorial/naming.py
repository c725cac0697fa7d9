"""Which shot each clip of a cut is: by our mark, by an earlier import, by name, by order.

Names follow the naming of visual-effects sequences: SQ010_SH0020, sequence and shot.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from benchmarks.domain.cut import Cut, CutClip, Frames

BY_NAME, BY_ORDER = "name", "order"
SEQUENCE = "SQ010"
_ID = re.compile(r"[A-Z0-9]{2,8}_[A-Z0-9]{2,8}")
# Sequence and shot in a longer name. One letter is a camera's roll or a version, never a shot.
_NAMED = re.compile(
    r"(?<![A-Za-z0-9])([A-Za-z]{2,4}\d{2,4})[_. -]"
    r"((?:[A-Za-z]{2,3})?\d{3,5}[A-Za-z]?)(?![A-Za-z0-9])"
)
_NOT_A_SHOT = ("PL", "TK")  # element and take
_LAST = re.compile(r"(\D*)(\d+)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What an earlier import remembered of a shot."""

    shot: str
    key: str  # of the clip
    used: Frames


def named(
    cut: Cut, how: str = BY_NAME, known: Mapping[str, Known] | None = None, sequence: str = SEQUENCE
) -> Mapping[str, CutClip]:
    """Give shot → clip for every enabled clip of a cut, in the order of the cut.

    Args:
        cut: as read.
        how: BY_NAME finds SQ010_SH0020 in the names of clips, BY_ORDER counts by tens.
        known: shots of an earlier import, by id: the same clip stays the same shot.
        sequence: of shots that are counted.
    """
    before = dict(known or {})
    found: dict[str, CutClip] = {}
    last = 0
    waiting: list[tuple[CutClip, str | None]] = [
        (clip, _told(clip, how, before)) for clip in cut.clips if clip.enabled
    ]
    reserved = {*before, *(id_ for _, id_ in waiting if id_)}
    for clip, told in waiting:
        id_ = told or _counted(sequence, last, reserved)
        if id_ in found:
            id_ = _again(id_, reserved | set(found))
        found[id_] = clip
        reserved.add(id_)
        number = _LAST.match(id_.partition("_")[2])
        last = int(number[2]) if number else last
        if told in before:
            before.pop(told)
    return found


def key(clip: CutClip) -> str:
    """Name a clip by what stays the same from cut to cut: its media, else reel and name."""
    stem = PurePosixPath(clip.media.replace("\\", "/")).name
    return stem or f"{clip.reel}|{clip.name}"


def _told(clip: CutClip, how: str, known: Mapping[str, Known]) -> str | None:
    if _ID.fullmatch(clip.shot):
        return clip.shot
    same = [k for k in known.values() if k.key == key(clip)]
    if same:
        return max(same, key=lambda k: _common(k.used, clip.used)).shot
    return next(_in_names(clip), None) if how == BY_NAME else None


def _in_names(clip: CutClip) -> Iterator[str]:
    for text in (clip.name, PurePosixPath(clip.media.replace("\\", "/")).name, clip.reel):
        for match in _NAMED.finditer(text):
            sequence, shot = match[1].upper(), match[2].upper()
            if not shot.startswith(_NOT_A_SHOT):
                yield f"{sequence}_{shot}"


def _common(one: Frames, other: Frames) -> int:
    return min(one[1], other[1]) - max(one[0], other[0])


def _counted(sequence: str, last: int, taken: set[str]) -> str:
    """Give the next free number, by tens; between two known shots the half way."""
    tens = (last // 10 + 1) * 10
    tries = [tens, *range(last + 5, tens, 5), *range(last + 1, tens), *range(tens + 10, 99_999, 10)]
    return next(i for n in tries if (i := f"{sequence}_SH{n:04d}") not in taken)


def _again(id_: str, taken: set[str]) -> str:
    """Give a clip of a shot that the cut comes back to an id of its own."""
    letters = (chr(c) for c in range(ord("B"), ord("Z") + 1))
    fits = (f"{id_}{letter}" for letter in letters if len(id_.partition("_")[2]) < 8)
    fallback = (f"{id_.partition('_')[0]}_X{n:04d}" for n in range(1, 9_999))
    return next(i for i in (*fits, *fallback) if i not in taken)
