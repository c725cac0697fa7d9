"""Doing a plan: one write at a time, each remembered before the next."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from benchmarks.domain.tracked import Tracked
from dashboard.tracking.nouns import Board, Kind, Known, Plan, Sending, Step, Version
from dashboard.tracking.plan import file_of
from dashboard.tracking.port import Tracker
from router.domain.errors import BadInput, Busy
from router.domain.ids import sha256_of


class Memory(Protocol):
    """Where what a tracker was told is remembered."""

    def keep(self, one: Tracked) -> None:
        """Remember one thing."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Where media come from."""

    original: Callable[[str], bytes]  # sha256 → as received
    preview: Callable[[str], tuple[str, bytes] | str]  # take → name and bytes, or why there is none


@dataclass(frozen=True, slots=True, kw_only=True)
class Diary:
    """Whose sync this is, and where it is written down."""

    partner: str
    campaign: str
    memory: Memory
    now: Callable[[], datetime]


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What a sync did, and what a person should know of it."""

    done: list[Step] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    stopped: Busy | None = None  # the tracker broke in the middle
    at: Step | None = None  # where


class Push:
    """Carries out a plan against one tracker."""

    def __init__(
        self, tracker: Tracker, board: Board, sending: Sending, load: Load, diary: Diary
    ) -> None:
        """Join what a sync needs."""
        self._tracker, self._board = tracker, board
        self._load, self._diary = load, diary
        self._cards = {card.shot: card for card in sending.cards}
        self._versions = {version.take: version for version in sending.versions}

    def run(self, plan: Plan, tell: Callable[[str], None]) -> Outcome:
        """Do every step; a tracker that breaks ends it, and what was written is kept.

        Raises:
            Refused: the tracker refuses what is asked: no right, no such field.
        """
        outcome = Outcome()
        at = _Places(plan.known)
        for theirs, key in _adopted(plan):
            self._keep(key, theirs)
        for number, step in enumerate(plan.steps, start=1):
            tell(f"{number}/{len(plan.steps)}  {step.words}")
            try:
                left = self._do(step, at)
            except Busy as broke:
                outcome.stopped, outcome.at = broke, step
                return outcome
            if left:
                outcome.left_out.append(left)
            else:
                outcome.done.append(step)
        return outcome

    def _do(self, step: Step, at: "_Places") -> str | None:
        """Do one step; says why where it cannot be done for this take alone."""
        match step.kind:
            case Kind.SHOT:
                at.shots[step.shot] = self._made_shot(step.shot)
            case Kind.TASK:
                shot = at.shots[step.shot]
                at.tasks[step.shot] = self._tracker.make_task(self._board.project, shot)
            case Kind.VERSION:
                at.entries[f"take {step.take}"] = self._added(self._version(step), at)
            case Kind.ORIGINAL:
                return self._attached(self._version(step), at)
            case Kind.CHECK:
                return self._checked(self._version(step), at)
            case Kind.PREVIEW:
                return self._shown(self._version(step), at)
            case Kind.REMARK:
                self._said(step, at)
        return None

    def _version(self, step: Step) -> Version:
        return self._versions[str(step.take)]

    def _made_shot(self, shot: str) -> str:
        made = self._tracker.make_shot(self._board.project, self._cards[shot])
        self._keep(f"shot {shot}", made)
        return made

    def _added(self, version: Version, at: "_Places") -> str:
        shot, task = at.shots[version.shot], at.tasks[version.shot]
        made = self._tracker.add_version(shot, task, version)
        self._keep(version.mark.key, made)
        return made

    def _attached(self, version: Version, at: "_Places") -> str | None:
        """Attach the media as received, and read them back."""
        data = self._load.original(version.sha256)
        task, theirs = at.tasks[version.shot], at.entries[version.mark.key]
        file = self._tracker.attach(task, theirs, version.file, data)
        return self._read_back(version, file)

    def _checked(self, version: Version, at: "_Places") -> str | None:
        """Read back what an earlier sync attached and nobody remembers."""
        there = file_of(at.known.entries[version.mark.key], version)
        return self._read_back(version, there.id) if there else None

    def _read_back(self, version: Version, file: str) -> str | None:
        """Hold what is there against what we have: byte for byte."""
        if sha256_of(self._tracker.attached(file)) != version.sha256:
            return (
                f"{version.file}: what the tracker has is not what was sent; delete that "
                "attachment there and run this again"
            )
        self._keep(f"bytes {version.take}", file)
        return None

    def _shown(self, version: Version, at: "_Places") -> str | None:
        made = self._load.preview(version.take)
        if isinstance(made, str):
            return f"{version.name}: no preview: {made}"
        try:
            self._tracker.show(at.tasks[version.shot], at.entries[version.mark.key], *made)
        except BadInput as bad:
            return f"{version.name}: no preview: {bad}"
        return None

    def _said(self, step: Step, at: "_Places") -> None:
        remark = step.remark
        if remark is None:
            return
        entry = at.entries.get(f"take {remark.take}") if remark.take else None
        made = self._tracker.say(at.shots[step.shot], at.tasks[step.shot], entry, remark)
        self._keep(remark.mark.key, made)

    def _keep(self, mark: str, theirs: str) -> None:
        diary = self._diary
        diary.memory.keep(
            Tracked(
                partner=diary.partner,
                campaign=diary.campaign,
                place=self._board.place,
                mark=mark,
                theirs=theirs,
                at=diary.now(),
            )
        )


class _Places:
    """Their ids by our names, growing as things are made."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.shots = dict(known.shots)
        self.tasks = dict(known.tasks)
        self.entries = {key: entry.id for key, entry in known.entries.items()}


def _adopted(plan: Plan) -> Iterator[tuple[str, str]]:
    """Give what stands there already: an answer that was lost is remembered all the same."""
    for shot, theirs in plan.known.shots.items():
        yield theirs, f"shot {shot}"
    for key, entry in plan.known.entries.items():
        yield entry.id, key
