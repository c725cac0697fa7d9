"""A cut as an editor handed it in: clips in order, with their frames, handles, notes and grades."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

Frames = tuple[int, int]  # first and last, the last one included


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """A marker on a clip."""

    frame: int  # of the source, at the cut's rate
    name: str
    comment: str = ""
    colour: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cdl:
    """A grade by the ASC Color Decision List, version 1.2."""

    slope: tuple[float, float, float]
    offset: tuple[float, float, float]
    power: tuple[float, float, float]
    saturation: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CutClip:
    """One clip of the picture track; frame numbers count at the cut's rate."""

    number: int  # 1 for the first clip of the cut
    name: str
    track: int  # 1 for the lowest picture track
    used: Frames  # of the source
    record: int  # first frame in the cut, counted from 0
    available: Frames | None = None  # of the source; None = the file does not say
    overlap: Frames = (0, 0)  # frames that dissolves need before and after
    reel: str = ""
    media: str = ""  # as written; of a sequence with %04d; "" = no reference
    sequence_start: int | None = None  # number in the file name of the first available frame
    speed: float = 1.0  # 0 = freeze, negative = backwards
    remarks: tuple[Remark, ...] = ()
    cdl: Cdl | None = None
    shot: str = ""  # our own id, where the file carries it
    slot: Frames | None = None  # what it used before takes were first put into it
    enabled: bool = True

    @property
    def length(self) -> int:
        """Give the frames in the cut."""
        return self.used[1] - self.used[0] + 1

    @property
    def is_sequence(self) -> bool:
        """Say whether the media are numbered pictures."""
        return self.sequence_start is not None

    @property
    def shift(self) -> int:
        """Give what turns a source frame into the number in a sequence's file names."""
        if self.sequence_start is None or self.available is None:
            return 0
        return self.sequence_start - self.available[0]

    @property
    def handles(self) -> Frames | None:
        """Give the frames that there are before and after; None = not said."""
        if self.available is None:
            return None
        return self.used[0] - self.available[0], self.available[1] - self.used[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A whole cut."""

    name: str
    rate: Fraction  # frames per second, exact: 24000/1001
    clips: tuple[CutClip, ...]
    start: int = 0  # frame of the record timecode at which the cut begins
    metadata: Mapping[str, str] = field(default_factory=dict)  # ours
    notes: tuple[str, ...] = ()  # what was read leniently, or left out
