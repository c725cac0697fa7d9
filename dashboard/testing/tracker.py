"""A double of a production tracker that behaves as a real Kitsu (zou 1.0.97) was seen to.

It attaches a file of the same name twice without a word, keeps preview records whose picture never
came, knows times in whole seconds, and breaks on demand: before a write, or after it, so that the
answer is lost.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from benchmarks.domain.tracked import Tracked
from dashboard.tracking import marks
from dashboard.tracking.nouns import (
    Attached,
    Board,
    Card,
    Entry,
    Listed,
    Remark,
    Shown,
    Standing,
    Turn,
    Version,
)
from router.domain.errors import BadInput, UnknownName, Unreachable

PROJECT = "Paper Lantern"
BOT = "circletake"


@dataclass(slots=True)
class TrackerDouble:
    """One site with one project."""

    name: str = "kitsu"
    shots: list[Listed] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    writes: list[str] = field(default_factory=list)
    breaks: dict[int, str] = field(default_factory=dict)  # number of a write → before | after
    unreadable: frozenset[str] = frozenset()  # names of previews that it cannot process
    spoils: frozenset[str] = frozenset()  # names of files that it keeps otherwise
    _at: datetime = datetime(2026, 11, 21, 12, tzinfo=UTC)
    _ids: int = 0
    _asked: int = 0

    def board(self, project: str) -> Board:
        """Give the project."""
        if project != PROJECT:
            raise UnknownName("--project", project, [PROJECT])
        return Board(
            place="kitsu https://kitsu.example 1",
            project="1",
            shots=tuple(self.shots),
            entries=tuple(sorted(self.entries, key=lambda e: e.at)),
            turns=tuple(self.turns),
        )

    def close(self) -> None:
        """Hold nothing open."""

    def make_shot(self, project: str, card: Card) -> str:
        """Make a shot, or give the one of that name back."""
        del project
        with self._write(f"shot {card.shot}"):
            same = [s for s in self.shots if (s.sequence, s.name) == (card.sequence, card.name)]
            if not same:
                made = Listed(
                    id=self._new(), sequence=card.sequence, name=card.name, shot=card.shot
                )
                self.shots.append(made)
                same = [made]
        return same[0].id

    def make_task(self, project: str, shot: str) -> str:
        """Make the task of a shot, or give the one that is there."""
        del project
        with self._write(f"task {shot}"):
            where = next(i for i, s in enumerate(self.shots) if s.id == shot)
            task = self.shots[where].task or self._new()
            self.shots[where] = replace(self.shots[where], task=task)
        return task

    def add_version(self, shot: str, task: str, version: Version) -> str:
        """Add a comment that asks for a review."""
        del task
        with self._write(f"version {version.take}"):
            made = self._say(shot, version.text, BOT, "manager")
        return made.id

    def show(self, task: str, entry: str, name: str, data: bytes) -> None:
        """Make the record, then take the picture: two writes, and the second may fail."""
        del task, data
        if self._entry(entry).shown is Shown.NO:
            with self._write(f"record {name}"):
                self._change(entry, shown=Shown.EMPTY)
        if name in self.unreadable:
            raise BadInput(field=name, found="could not be processed", expected="a picture")
        with self._write(f"preview {name}"):
            self._change(entry, shown=Shown.YES)

    def attach(self, task: str, entry: str, name: str, data: bytes) -> str:
        """Attach a file, once more if it is asked once more."""
        del task
        with self._write(f"file {name}"):
            made = Attached(id=self._new(), name=name, size=len(data))
            self.files[made.id] = data[:-1] if name in self.spoils else data
            self._change(entry, files=(*self._entry(entry).files, made))
        return made.id

    def attached(self, file: str) -> bytes:
        """Read a file back."""
        return self.files[file]

    def say(self, shot: str, task: str, entry: str | None, remark: Remark) -> str:
        """Comment."""
        del task, entry
        with self._write(f"say {remark.mark.key}"):
            made = self._say(shot, remark.text, BOT, "manager")
        return made.id

    def hear(
        self, shot: str, text: str, *, by: str = "Ada Lovelace", about: str | None = None
    ) -> Entry:
        """Let a person say something."""
        return self._say(shot, text, by, "supervisor", about)

    def turn(self, shot: str, standing: Standing, *, by: str = "Ada Lovelace") -> None:
        """Let a person set a status."""
        self._at += timedelta(seconds=1)
        one = Turn(shot=shot, entry=None, standing=standing, word=standing.value, by=by,
                   role="supervisor", at=self._at)  # fmt: skip
        self.turns.append(one)

    def delete(self, entry: str) -> None:
        """Let a person delete something."""
        self.entries = [e for e in self.entries if e.id != entry]

    def rewrite(self, entry: str, text: str) -> None:
        """Let a person edit a text, and its mark away."""
        self._change(entry, text=text, mark=marks.found(text))

    def _say(self, shot: str, text: str, by: str, role: str, about: str | None = None) -> Entry:
        self._at += timedelta(seconds=1)
        made = Entry(
            id=self._new(), shot=shot, text=text, at=self._at, by=by, role=role,
            mark=marks.found(text) if by == BOT else None, about=about,
        )  # fmt: skip
        self.entries.append(made)
        return made

    def _entry(self, id_: str) -> Entry:
        return next(e for e in self.entries if e.id == id_)

    def _change(self, id_: str, **what: object) -> None:
        where = next(i for i, e in enumerate(self.entries) if e.id == id_)
        self.entries[where] = replace(self.entries[where], **what)  # type: ignore[arg-type]

    def _new(self) -> str:
        self._ids += 1
        return f"id-{self._ids}"

    @contextmanager
    def _write(self, what: str) -> Iterator[None]:
        self._asked += 1
        how = self.breaks.pop(self._asked, "")
        if how == "before":
            raise self._broke(what)
        yield
        self.writes.append(what)
        if how == "after":
            raise self._broke(what)

    @staticmethod
    def _broke(what: str) -> Unreachable:
        return Unreachable(field="kitsu.example", found=f"a server error at {what}", expected="it")


@dataclass(slots=True)
class MemoryDouble:
    """What was told, in a dictionary; `forgets` loses everything, as a kill before a write does."""

    rows: dict[str, str] = field(default_factory=dict)
    forgets: bool = False

    def keep(self, one: Tracked) -> None:
        """Remember one thing."""
        if not self.forgets:
            self.rows[one.mark] = one.theirs
