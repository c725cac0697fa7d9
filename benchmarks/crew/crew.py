"""A worker's crew: threads that run the campaigns and repairs which were handed in over HTTP.

Work is taken up by one statement, so several workers never share a piece. The shift gives a sign of
life for everything that its crew carries; whoever falls silent loses it to the next worker, and
nothing is paid twice, because a run is the same walk over content-derived ids once more.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

from benchmarks.domain.commission import Commission, CommissionState, Task
from benchmarks.notes.notebook import Notebook
from benchmarks.notes.refining import Refiner
from benchmarks.ports import Judge
from benchmarks.repairing.repair import Repairer
from benchmarks.running.wire import Wire
from benchmarks.studio import Studio
from evaluators.domain.brief import Brief
from evaluators.domain.score import Scored
from router.domain.errors import PlatformError
from router.jobs.duty import kind_of
from router.ports import Clock
from router.workers import Worker, hold_name, is_free

AT_ONCE = 4  # pieces of work; each has takes of its own in flight
ROUND = 5  # looks between two questions who is dead
STOP_S = 30.0  # how long a piece is given to come to rest

Tell = Callable[[str], None]
_LOG = logging.getLogger("circletake.crew")
_BROKEN = {
    "code": "broken",
    "field": "repair",
    "found": "a fault of ours",
    "expected": "none; the worker's log has it",
}


class ShiftOver(BaseException):
    """The worker was told to stop: unfinished work is laid down for the next one."""


@dataclass(frozen=True, slots=True)
class _Pausing:
    """A clock on which nobody sleeps past the end of the shift."""

    clock: Clock
    over: Event

    def now(self) -> datetime:
        return self.clock.now()

    def monotonic(self) -> float:
        return self.clock.monotonic()

    def sleep(self, seconds: float) -> None:
        if self.over.wait(seconds):
            raise ShiftOver


@dataclass(slots=True, kw_only=True)
class Crew:
    """Carries a few pieces of work at a time; serves one shift."""

    studio: Studio
    tell: Tell
    worker: Worker
    _looks: int = 0
    _over: Event = field(default_factory=Event)
    _measuring: Lock = field(default_factory=Lock)  # it fills every core by itself
    _carried: dict[Task, Thread] = field(default_factory=dict)

    def look(self) -> None:
        """Give signs of life for what is carried, and take up what waits."""
        now = self.studio.clock.now()
        self._carried = {t: thread for t, thread in self._carried.items() if thread.is_alive()}
        for task in self._carried:
            self.studio.store.commissions.beat(task, self.name, now)
        if self._looks % ROUND == 0:
            self._inherit()
        self._looks += 1
        for task in waiting(self.studio) if self._measures() else ():
            if len(self._carried) >= AT_ONCE:
                return
            if task not in self._carried and self._is_ours(task, now):
                thread = Thread(target=self._carry, args=[task], name=f"carries {task.id}")
                self._carried[task] = thread
                thread.start()

    @property
    def name(self) -> str:
        """Give the name under which work is carried."""
        return self.worker.run

    def stop(self) -> None:
        """Have everything laid down; another worker takes it up at once."""
        self._over.set()
        for thread in self._carried.values():
            thread.join(STOP_S)

    def _inherit(self) -> None:
        """Lay down for the dead what they carried; a worker knows who of its peers is dead."""
        store, simulated = self.studio.store.commissions, self.studio.wire is Wire.SIMULATED
        for partner in self.studio.partners:
            for task, runner in store.carried(partner, simulated=simulated):
                if runner != self.name and self.worker.is_dead(runner):
                    store.lay_down(task, runner)

    def _measures(self) -> bool:
        """Say whether campaigns and repairs are for this worker: carrying one is measuring it."""
        return self.studio.duty.measures(kind_of(self.studio.settings.measure))

    def _is_ours(self, task: Task, now: datetime) -> bool:
        return self.studio.store.commissions.take_up(task, self.name, now)

    def _carry(self, task: Task) -> None:
        what = "repair" if task.is_repair else "campaign"
        try:
            ended = self._repaired(task) if task.is_repair else self._run(task)
            self.tell(f"{what} {task.id}: {ended}")
        except ShiftOver:
            self.studio.store.commissions.lay_down(task, self.name)
        except PlatformError as error:
            self.tell(f"{what} {task.id}: stopped: {error}")
        except Exception:  # noqa: BLE001  # the outermost door of this thread
            _LOG.exception("a piece of work broke", extra={"kind": what, "campaign": task.id})
            if task.is_repair:  # a campaign's runner has noted that it was interrupted
                self._end(task, CommissionState.REFUSED, {"error": _BROKEN})

    def _run(self, task: Task) -> str:
        found = self.studio.reconcile(task.partner, task.id)
        lost = f"; {found.settled} of {found.asked} lost answers were found" if found.asked else ""
        self.tell(f"campaign {task.id}: taken up{lost}")
        runner = replace(
            self.studio.runner, name=self.name, clock=self._clock(), judge=self._judge()
        )
        return runner.resume(task.partner, task.id).state.value

    def _repaired(self, task: Task) -> str:
        wanted = self.studio.store.commissions.get(task.partner, task.id).commission
        repairer = self.studio.repairer()
        repairer.clock, repairer.judge = self._clock(), self._judge()
        repairer.by = wanted.by
        try:
            found = self._answered(wanted, repairer)
        except PlatformError as error:
            self._end(task, CommissionState.REFUSED, {"error": error.as_dict()})
            return str(error)
        finally:
            repairer.darkroom.close()
        self._end(task, CommissionState.DONE, found)
        return f"{len(found['children'])} children"

    def _answered(self, wanted: Commission, repairer: Repairer) -> dict[str, Any]:
        """Repair failed lines, or do what notes wish; gives what came of it."""
        case, most = self.studio.case(wanted.campaign), wanted.budget_musd
        if wanted.notes:
            (take,) = self.studio.router.takes(wanted.partner, ids=[wanted.take])
            book = Notebook(studio=self.studio, darkroom=repairer.darkroom)
            wished = book.wished(take, wanted.notes)
            return Refiner(repairer=repairer).refine(case, wished, budget_musd=most).as_json()
        found = repairer.repair(
            case,
            wanted.take,
            wanted.lines,
            matte=wanted.matte,
            rounds=wanted.rounds,
            budget_musd=most,
        )
        return found.as_json()

    def _end(self, task: Task, state: CommissionState, outcome: dict[str, object]) -> None:
        self.studio.store.commissions.end(task, state, outcome)

    def _clock(self) -> Clock:
        return _Pausing(self.studio.clock, self._over)

    def _judge(self) -> Judge:
        def judge(partner: str, briefs: Sequence[Brief]) -> Iterator[Scored]:
            with self._measuring:
                yield from self._until_over(self.studio.runner.judge(partner, briefs))

        return judge

    def _until_over(self, found: Iterable[Scored]) -> Iterator[Scored]:
        for scored in found:
            yield scored
            if self._over.is_set():
                raise ShiftOver


def waiting(studio: Studio) -> Iterator[Task]:
    """Give work of this wire that nobody carries."""
    simulated, now = studio.wire is Wire.SIMULATED, studio.clock.now()
    for partner in studio.partners:
        yield from studio.store.commissions.waiting(partner, now, simulated=simulated)


def sign_on(home: Path, wire: Wire) -> Worker:
    """Note that a worker of a wire is here, for as long as its process lives."""
    return hold_name(_folder(home, wire))


def someone_works(studio: Studio, wire: Wire) -> bool:
    """Say whether a worker is there to take work up: of this wire here, or on any machine."""
    if studio.settings.database_url:
        return studio.store.commissions.has_workers()
    return is_anybody_here(studio.settings.home, wire)


def is_anybody_here(home: Path, wire: Wire) -> bool:
    """Say whether a worker of a wire lives on this machine."""
    folder = _folder(home, wire)
    return any(not is_free(folder, path.stem) for path in sorted(folder.glob("*.lock")))


def _folder(home: Path, wire: Wire) -> Path:
    return home / "shifts" / wire.value
