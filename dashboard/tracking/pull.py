"""What people said in a tracker, as observations and as wishes. Pure.

A status there never circles a take: it is told, and a named person circles. A note becomes an
observation in its author's own words, and its role says where it comes from.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from benchmarks.domain.campaign import Observation
from dashboard.tracking.nouns import Board, Entry, Known, Sending, Standing, Turn
from router.domain.ids import content_id

LONGEST = 4000  # characters of a note that are kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A status that somebody set in the tracker, for a named person here to act on."""

    shot: str
    take: str | None
    standing: Standing
    word: str  # as it is called there
    by: str
    role: str
    at: datetime

    @property
    def what_now(self) -> str:
        """Say what a person does about it."""
        if self.take is None:
            return "nothing of ours was shown when it was set"
        if self.standing is Standing.APPROVED:
            return f'circletake circle {self.take} --by "NAME" --role ROLE, if you decide so'
        if self.standing in {Standing.CHANGES, Standing.REJECTED}:
            return f"circletake repair {self.take} --lines N, or another take"
        return "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a tracker's people said."""

    observations: tuple[Observation, ...]
    wishes: tuple[Wish, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ear:
    """Whose campaign is listened for, and in which tracker."""

    partner: str
    campaign: str
    tracker: str  # Kitsu, Flow


def heard(ear: Ear, sending: Sending, board: Board, there: Known) -> Heard:
    """Give what people said about our takes; the latest wish of each take counts."""
    shots = {theirs: ours for ours, theirs in there.shots.items()}
    takes = {e.id: key.removeprefix("take ") for key, e in there.entries.items()
             if key.startswith("take ")}  # fmt: skip
    ours = {e.id for e in there.entries.values()}
    about = _About(board, takes)
    kept = {version.take for version in sending.versions}
    notes = tuple(
        _observation(ear, entry, about, kept)
        for entry in board.entries
        if entry.shot in shots and entry.mark is None and entry.id not in ours
        and entry.text.strip()
    )  # fmt: skip
    return Heard(observations=notes, wishes=tuple(_wishes(board, shots, about)))


class _About:
    """Which take something in a tracker is about."""

    def __init__(self, board: Board, takes: Mapping[str, str]) -> None:
        self._takes = takes
        self._entries = {e.id: e for e in board.entries}
        self._ours = [e for e in board.entries if e.id in takes]

    def said(self, entry: str | None) -> str | None:
        """Follow an entry to the revision that it stands on."""
        seen: set[str] = set()
        while entry and entry not in seen:
            if entry in self._takes:
                return self._takes[entry]
            seen.add(entry)
            one = self._entries.get(entry)
            if one is not None and one.mark is not None and one.mark.kind == "scores":
                return one.mark.id
            entry = one.about if one else None
        return None

    def shown(self, shot: str, at: datetime) -> str | None:
        """Give the latest of our revisions that stood on a shot at a time."""
        before = [e for e in self._ours if e.shot == shot and e.at <= at]
        return self._takes[max(before, key=lambda e: e.at).id] if before else None


def _observation(ear: Ear, entry: Entry, about: _About, kept: set[str]) -> Observation:
    said = about.said(entry.about)
    take = said or about.shown(entry.shot, entry.at)
    where = f"in {ear.tracker}"
    if said is None:
        where += ", on the latest revision of then" if take else ", on the shot"
    words = entry.text.strip()
    return Observation(
        partner=ear.partner,
        id=content_id("observation", [ear.partner, ear.campaign, ear.tracker, entry.id, words]),
        campaign=ear.campaign,
        by=entry.by,
        role=f"{entry.role or 'person'} {where}",
        text=words[:LONGEST],
        takes=(take,) if take in kept and take else (),
        severity="note",
        created_at=entry.at,
    )


def _wishes(board: Board, shots: Mapping[str, str], about: _About) -> Iterator[Wish]:
    last: dict[tuple[str, str | None], tuple[Turn, str | None]] = {}
    for turn in board.turns:
        if turn.shot in shots and turn.standing is not Standing.OTHER:
            take = about.said(turn.entry) or about.shown(turn.shot, turn.at)
            last[turn.shot, take] = turn, take
    for turn, take in last.values():
        yield Wish(
            shot=shots[turn.shot],
            take=take,
            standing=turn.standing,
            word=turn.word,
            by=turn.by,
            role=turn.role,
            at=turn.at,
        )
