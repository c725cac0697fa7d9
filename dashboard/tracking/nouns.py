"""What is sent to a tracker, what a tracker has, and the steps between the two."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Standing(StrEnum):
    """A status in words that every tracker has one for."""

    REVIEW = "review"  # somebody is asked to look
    CHANGES = "changes"
    APPROVED = "approved"
    REJECTED = "rejected"
    OTHER = "other"  # says nothing about a take: to do, work in progress …


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """The last line of what we wrote into a tracker: whose it is, and what it is here."""

    kind: str  # take | scores | decision | findings
    owner: str  # of the partner: 8 hex digits
    id: str
    digest: str  # of the text, 12 hex digits

    @property
    def key(self) -> str:
        """Name the thing, whatever was said about it."""
        return f"{self.kind} {self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A shot as a tracker lists it."""

    shot: str  # SQ010_SH0020
    sequence: str
    description: str
    frames: tuple[int, int] | None  # of the cut, in the plate's numbers
    count: int | None
    fps: float

    @property
    def name(self) -> str:
        """Give its name inside its sequence: SH0020."""
        short = self.shot.removeprefix(f"{self.sequence}_")
        return short or self.shot


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A take as a tracker shows it: one revision."""

    take: str
    shot: str
    name: str  # SQ010_SH0020_genai_v003
    text: str  # with its mark
    mark: Mark
    sha256: str  # of the media as received
    size: int
    mime: str
    simulated: bool

    @property
    def file(self) -> str:
        """Name the media as received."""
        return f"{self.name}{SUFFIX.get(self.mime, '.bin')}"


SUFFIX = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
    "image/x-exr": ".exr",
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
    "video/webm": ".webm",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Something said about a take or shot after it was pushed."""

    shot: str
    take: str | None
    text: str  # with its mark
    mark: Mark
    standing: Standing | None = None  # None = the status stays as it is


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """Everything of one partner's campaign that a tracker shall have."""

    owner: str
    cards: tuple[Card, ...]
    versions: tuple[Version, ...]  # in the order of shots and versions
    remarks: tuple[Remark, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A file on an entry."""

    id: str
    name: str
    size: int


class Shown(StrEnum):
    """Whether an entry has its picture."""

    NO = "no"
    EMPTY = "empty"  # a place for it was made, and the picture never came
    YES = "yes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A comment, note or version that stands in a tracker."""

    id: str
    shot: str  # its shot there
    text: str
    at: datetime
    by: str
    role: str
    mark: Mark | None = None  # None = a person wrote it
    about: str | None = None  # the entry that it answers to or is on
    files: tuple[Attached, ...] = ()
    shown: Shown = Shown.NO


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Somebody changed a status in the tracker."""

    shot: str  # there
    entry: str | None  # the entry that it came with or is of
    standing: Standing
    word: str  # as it is called there
    by: str
    role: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A shot that stands in a tracker."""

    id: str
    sequence: str | None
    name: str
    shot: str | None = None  # ours, where we made it
    task: str | None = None  # of takes
    omitted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A project of a tracker, as far as it matters here."""

    place: str  # kitsu https://… project id: what is remembered is remembered of this
    project: str
    shots: tuple[Listed, ...]
    entries: tuple[Entry, ...]  # oldest first
    turns: tuple[Turn, ...] = ()  # oldest first


class Kind(StrEnum):
    """What a step does; in the order of one shot. All but `check` write."""

    SHOT = "shot"
    TASK = "task"
    VERSION = "version"
    ORIGINAL = "original"
    CHECK = "check"  # the media are there, and nobody remembers that they were read back
    PREVIEW = "preview"
    REMARK = "remark"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One write; each is looked for before it is made."""

    kind: Kind
    shot: str
    take: str | None = None
    remark: Remark | None = None

    @property
    def words(self) -> str:
        """Say what it does, for people."""
        of = self.take or (self.remark.mark.key if self.remark else "")
        return f"{self.kind.value} {self.shot} {of}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What keeps something from being pushed, and what would help."""

    shot: str
    found: str
    expected: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What stands in the tracker already, by our names."""

    shots: Mapping[str, str] = field(default_factory=dict)  # → their shot
    tasks: Mapping[str, str] = field(default_factory=dict)  # shot → their task
    entries: Mapping[str, Entry] = field(default_factory=dict)  # `take …` → their entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be written, in order, and what is not and why."""

    steps: tuple[Step, ...]
    known: Known
    problems: tuple[Problem, ...] = ()
    gone: tuple[str, ...] = ()  # pushed once, and deleted there since
    same: int = 0  # takes that are there whole
