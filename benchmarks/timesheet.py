"""Timers and timesheet entries: what a person says wins over what a timer counted."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from benchmarks.domain.labour import WORK, Labour
from benchmarks.reporting.baseline import standing
from benchmarks.store.store import Store
from router.domain.errors import BadInput, Conflict, UnknownName
from router.domain.ids import content_id
from router.ports import Clock

MOST_MINUTES = 7 * 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Timesheet:
    """Writes the timesheet of one campaign."""

    store: Store
    clock: Clock
    partner: str
    campaign: str
    shots: Collection[str]

    def log(
        self, *, shot: str, role: str, what: str, by: str, minutes: float | None, note: str = ""
    ) -> Labour:
        """Keep minutes, or start a timer (`minutes=None`).

        Raises:
            UnknownName: the campaign has no such shot.
            BadInput: nobody is named, or the minutes cannot be.
            Conflict: a timer of this person on this shot runs already.
        """
        if shot not in self.shots:
            raise UnknownName("shot", shot, self.shots)
        if what not in WORK:
            raise BadInput(field="what", found=what, expected=f"one of: {', '.join(WORK)}")
        entry = Labour(
            partner=self.partner,
            id="",
            campaign=self.campaign,
            shot=shot,
            role=_named("role", role),
            what=what,
            by=_named("by", by),
            minutes=None if minutes is None else _possible(minutes),
            at=self.clock.now(),
            note=note,
        )
        if minutes is None and any(_same(entry, e) for e in self.running()):
            expected = "one timer at a time for a shot and kind of work; stop it first"
            raise Conflict(field="timer", found=f"{by} on {shot} runs", expected=expected)
        return self._keep(entry)

    def stop(self, id_: str, minutes: float | None = None) -> Labour:
        """Stop a timer: with the minutes since its start, or those that its person says.

        Raises:
            UnknownName: no such timer runs.
        """
        running = {e.id: e for e in self.running()}
        if id_ not in running:
            raise UnknownName("timer", id_, running)
        begun = running[id_]
        counted = (self.clock.now() - begun.at).total_seconds() / 60
        found = counted if minutes is None else minutes
        return self._keep(
            replace(begun, minutes=_possible(found), at=self.clock.now(), corrects=id_)
        )

    def correct(self, id_: str, minutes: float, by: str, note: str = "") -> Labour:
        """Say how many minutes it really were; 0 strikes the entry out. The old one stays.

        Raises:
            UnknownName: no such entry counts.
            BadInput: somebody else wants to correct it.
        """
        known = {e.id: e for e in self.entries()}
        if id_ not in known:
            raise UnknownName("entry", id_, known)
        if known[id_].by != by.strip():
            raise BadInput(
                field="by", found=by, expected=f"{known[id_].by}, whose minutes they are"
            )
        return self._keep(
            replace(
                known[id_],
                minutes=_possible(minutes),
                at=self.clock.now(),
                corrects=id_,
                note=note or known[id_].note,
            )
        )

    def entries(self) -> tuple[Labour, ...]:
        """Give the entries that count."""
        return standing(self._all())

    def running(self) -> tuple[Labour, ...]:
        """Give the timers that run."""
        return tuple(e for e in self.entries() if e.minutes is None)

    def _all(self) -> Sequence[Labour]:
        return self.store.timesheet.entries(self.partner, self.campaign)

    def _keep(self, entry: Labour) -> Labour:
        content = [entry.partner, entry.campaign, entry.shot, entry.role, entry.what, entry.by]
        content += [str(entry.minutes), entry.at.isoformat(), entry.corrects, entry.note]
        kept = replace(entry, id=content_id("labour", content))
        self.store.timesheet.add(kept)
        return kept


def _same(one: Labour, other: Labour) -> bool:
    return (one.shot, one.by, one.what) == (other.shot, other.by, other.what)


def _named(field: str, value: str) -> str:
    if not value.strip():
        raise BadInput(field=field, found=value, expected="a name")
    return value.strip()


def _possible(minutes: float) -> float:
    if not math.isfinite(minutes) or not 0 <= minutes <= MOST_MINUTES:
        expected = f"0 to {MOST_MINUTES} minutes"
        raise BadInput(field="minutes", found=str(minutes), expected=expected)
    return round(minutes, 2)
