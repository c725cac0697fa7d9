"""What a new cut changes, and which takes still cover it. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from benchmarks.domain.cut import Cut, CutClip, Frames

COVERS, CUT_ONLY, SHORT, STILL = "cut and handles", "cut only", "too short", "a still"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A shot's place in a cut, in the plate's numbers."""

    used: Frames
    handles: Frames  # frames wanted before and after

    @property
    def whole(self) -> Frames:
        """Give cut and handles."""
        return self.used[0] - self.handles[0], self.used[1] + self.handles[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A shot that both cuts have, at other frames."""

    shot: str
    before: Place
    after: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Whether a take still covers a shot."""

    shot: str
    take: str
    span: Frames | None  # of the plate; None = a still
    covers: str  # COVERS, CUT_ONLY, SHORT, STILL
    lacks: Frames = (0, 0)  # frames missing before and after, handles included


def place(clip: CutClip, handles: int) -> Place:
    """Give where a clip's shot stands; dissolves need their frames whatever was asked."""
    first, last = (frame + clip.shift for frame in clip.used)
    wanted = (max(handles, clip.overlap[0]), max(handles, clip.overlap[1]))
    return Place(used=(first, last), handles=(min(wanted[0], max(first, 0)), wanted[1]))


def frames_of_plate(clip: CutClip, spot: Place) -> Frames:
    """Give which numbers of a sequence a shot needs: cut and handles, as far as there are any.

    A plate that runs faster in the cut shows more frames, a frozen one a single frame.
    """
    shown = max(1, round(clip.length * abs(clip.speed)))
    first, last = spot.whole[0], spot.used[0] + shown - 1 + spot.handles[1]
    if clip.available is not None:
        there = (clip.available[0] + clip.shift, clip.available[1] + clip.shift)
        first, last = max(first, there[0]), min(last, there[1])
    return first, last


def changes(before: Mapping[str, Place], after: Mapping[str, Place]) -> Iterator[Change]:
    """Give every shot of both whose frames differ."""
    for shot, was in before.items():
        now = after.get(shot)
        if now is not None and now != was:
            yield Change(shot=shot, before=was, after=now)


def laid(first_asked: Place, frames: int) -> Frames:
    """Say which frames of the plate a take stands for.

    A take as long as cut and handles begins with the handle, a shorter one with the cut: generated
    takes have no handles unless they were asked for.
    """
    whole = first_asked.whole
    wanted = whole[1] - whole[0] + 1
    first = whole[0] if frames >= wanted else first_asked.used[0]
    return first, first + frames - 1


def coverage(shot: str, after: Place, takes: Iterable[tuple[str, Frames | None]]) -> list[Coverage]:
    """Say of each take (id, span of the plate or None for a still) whether it covers a place."""
    return [_one(shot, after, take, span) for take, span in takes]


def _one(shot: str, after: Place, take: str, span: Frames | None) -> Coverage:
    if span is None:
        return Coverage(shot=shot, take=take, span=None, covers=STILL)
    whole = after.whole
    lacks = (max(0, span[0] - whole[0]), max(0, whole[1] - span[1]))
    covers = COVERS
    if lacks != (0, 0):
        inside = span[0] <= after.used[0] and after.used[1] <= span[1]
        covers = CUT_ONLY if inside else SHORT
    return Coverage(shot=shot, take=take, span=span, covers=covers, lacks=lacks)


def table(cut: Cut, named: Mapping[str, CutClip]) -> list[dict[str, object]]:
    """Give one row a shot, for people and programs."""
    return [
        {
            "shot": shot,
            "clip": clip.name,
            "reel": clip.reel,
            "media": clip.media,
            "cut": [clip.used[0] + clip.shift, clip.used[1] + clip.shift],
            "record": [cut.start + clip.record, cut.start + clip.record + clip.length - 1],
            "handles": list(clip.handles) if clip.handles else None,
            "speed": clip.speed,
            "markers": len(clip.remarks),
            "cdl": clip.cdl is not None,
        }
        for shot, clip in named.items()
    ]
