"""A season in bad weather, on a simulated clock: calls go wrong, and workers are killed.

Real are the gate, acceptance, queues' limits, and the whole way of an attempt with its store and
its ledger, as in `season`. Each worker is a life: a name, and a clock that stops it. Whoever is
killed writes nothing more; what it had under way is taken over when its lease is over, and so long
it counts against the quota, as in the shared database. The provider knows nothing of our deaths:
a call that it took on is made, billed, and told of in its log.

Recipes have the price and the quota of their catalogue row, and ask all in one way: with words.
"""

import itertools
import random
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Semaphore

from benchmarks.domain.season import MINUTE, Endured, Season, Weather
from benchmarks.planning import recipes as rows
from benchmarks.seasons.counterpart import Counterpart, Killed, Life, Wire
from benchmarks.seasons.season import (
    ACCOUNT,
    CAP_MUSD,
    PARTNER,
    NoMedia,
    SteppedClock,
    chance_of,
    requests_of,
)
from router import catalog, dispatch, tasks
from router.admission.rules import HouseRules
from router.attempts.advance import Step
from router.attempts.reconcile import reconcile
from router.attempts.staging import Staging
from router.attempts.world import Options, World
from router.domain.attempt import Attempt, AttemptState
from router.domain.money import EntryKind
from router.jobs.job import Job, QueueSpec
from router.pacing.lanes import Lanes
from router.pacing.rate import Turnstile
from router.service import Router
from router.settings import Settings
from router.store import database
from router.store.arrows import Arrows
from router.store.database import Commits

# One for each of eight models, so that each has a queue of its own; seven of stills, one of clips.
RECIPES = (
    "text_only",
    "keyed_prompt",
    "text_fine",
    "style_frame",
    "style_transfer",
    "inpaint_matte",
    "outpaint",
    "video_from_text",
)
ENOUGH = (AttemptState.SETTLED, AttemptState.REFUSED)
OPTIONS = Options(min_free_bytes=0, spare_bytes=4096)


def documented(shots: int = 400, takes: int = 4) -> Season:
    """Lay out a season of eight recipes at the prices and quotas of the catalogue."""
    catalogue = catalog.load()
    known = rows.load(catalogue, tasks.load())
    still, clip = catalogue["sd35-large"], catalogue["luma-ray2"]
    models = []
    for name in RECIPES:
        row = catalogue[known[name].model]
        bare = clip if row.modality == "video" else still
        models.append(replace(bare, key=name, alias=name, price=row.price, quota=row.quota))
    return Season(models=tuple(models), shots=shots, takes=takes)


def endure(home: Path, asked: Season, weather: Weather | None = None) -> Endured:
    """Work through a season; `home` is an empty folder for its state."""
    sky = weather or Weather()
    engine = database.connect(home / "circletake.db")
    database.migrate(engine)
    clock, catalogue = SteppedClock(), {m.key: m for m in asked.models}
    counters = {
        m.key: Counterpart(clock=clock, model=m, chance=chance_of(asked, m), weather=sky)
        for m in asked.models
    }
    wires = tuple({m.dialect for m in asked.models})
    router = Router(
        settings=Settings(
            home=home, partners=home, endpoint_bedrock=None, endpoint_s3=None, bucket=None
        ),
        clock=clock,
        catalogue=catalogue,
        partners={PARTNER.name: PARTNER},
        engine=engine,
        media=NoMedia(),
        backends=dict.fromkeys(wires, Wire(clock=clock, counters=counters)),
        options=OPTIONS,
    )
    router.open_account(PARTNER.name, ACCOUNT, CAP_MUSD)
    place = World(
        engine=engine,
        arrows=Arrows(commits=Commits(engine), clock=clock, owner="nobody"),
        staging=Staging(home / "staging", spare_bytes=OPTIONS.spare_bytes),
        media=NoMedia(),
        clock=clock,
        rules=HouseRules(clock=clock, runnable_dialects=wires),
        worker=Life(number=0, clock=clock),
        catalogue=catalogue,
        partners={PARTNER.name: PARTNER},
        backends={},
        free_bytes=lambda: 2**40,
        options=OPTIONS,
        turnstile=Turnstile(),
        lanes=Lanes(),
    )
    crew = Crew(clock=clock, place=place, counters=counters, wires=wires, weather=sky)
    dispatch.dispatch(crew, catalogue, router.submit(requests_of(asked)))
    crew.work(random.Random(asked.seed))  # noqa: S311 - a simulation, no secret
    lanes, done_s = tuple(at.told() for at in counters.values()), clock.seconds
    found = _found(crew)
    told = _told(asked, crew, router, found)
    engine.dispose()
    return replace(told, lanes=lanes, seconds=done_s)


@dataclass(slots=True, kw_only=True)
class Crew:
    """So many workers, one of which is killed now and then; satisfies router.dispatch.Jobs."""

    clock: SteppedClock
    place: World
    counters: Mapping[str, Counterpart]
    wires: Sequence[str]
    weather: Weather
    kills: int = 0
    cut_off: int = 0
    left: int = 0
    lives: dict[str, Life] = field(default_factory=dict)  # all that ever were
    _steps: dict[str, Step] = field(default_factory=dict)  # of those that live
    _hands: dict[str, int] = field(default_factory=dict)  # queue → jobs at once
    _jobs: dict[str, deque[tuple[str, str]]] = field(default_factory=dict)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def open_queues(self, queues: Sequence[QueueSpec]) -> None:
        """Make queues."""
        for queue in queues:
            self._hands[queue.name] = queue.in_flight
            self._jobs.setdefault(queue.name, deque())

    def enqueue(self, jobs: Sequence[Job]) -> None:
        """Accept jobs in their order."""
        for job in jobs:
            partner, attempt = job.args
            self._jobs[job.queue].append((partner, attempt))
        self.left += len(jobs)

    def work(self, luck: random.Random) -> None:
        """Stay until every job has ended."""
        for _ in range(self.weather.workers):
            self.hire()
        hands = [queue for queue, many in self._hands.items() for _ in range(many)]
        turns = [self.clock.enlist() for _ in hands]
        reaper = self.clock.enlist()
        with ThreadPoolExecutor(len(hands) + 1) as pool:
            busy = [
                pool.submit(self._hand, queue, turn, random.Random(f"{n}"))  # noqa: S311
                for n, (queue, turn) in enumerate(zip(hands, turns, strict=True))
            ]
            busy.append(pool.submit(self._reap, reaper, luck))
            self.clock.hand_over()
        for one in busy:
            one.result()

    def hire(self) -> Step:
        """Begin a worker's life."""
        life = Life(number=next(self._numbers), clock=self.clock, others=self.lives)
        self.lives[life.run] = life
        wire = Wire(clock=life, counters=self.counters)
        world = replace(
            self.place,
            arrows=replace(self.place.arrows, clock=life, owner=life.run),
            clock=life,
            worker=life,
            backends=dict.fromkeys(self.wires, wire),
        )
        self._steps[life.run] = Step(world)
        return self._steps[life.run]

    def _hand(self, queue: str, turn: Semaphore, luck: random.Random) -> None:
        turn.acquire()
        try:
            while self._jobs[queue]:
                job = self._jobs[queue].popleft()
                step = luck.choice(list(self._steps.values()))
                try:
                    step.run(*job)
                except Killed:
                    self.cut_off += 1
                    self._jobs[queue].appendleft(job)
                else:
                    self.left -= 1
        finally:
            self.clock.hand_over()

    def _reap(self, turn: Semaphore, luck: random.Random) -> None:
        turn.acquire()
        sky = self.weather
        try:
            self.clock.sleep(sky.kill_every_s)
            while self.left:
                victim = luck.choice(list(self._steps))
                self.lives[victim].killed_at = self.clock.seconds
                del self._steps[victim]
                self.kills += 1
                self.clock.sleep(sky.restart_s)
                self.hire()
                self.clock.sleep(sky.kill_every_s - sky.restart_s)
        finally:
            self.clock.hand_over()


def _found(crew: Crew) -> int:
    """Look for lost answers once all is quiet, as `circletake ledger reconcile` does."""
    world = crew.hire().world
    crew.clock.seconds += 2 * MINUTE  # until the log tells of the last call
    return reconcile(world, PARTNER.name, ACCOUNT).settled


def _told(asked: Season, crew: Crew, router: Router, found: int) -> Endured:
    attempts = router.attempts(PARTNER.name, account=ACCOUNT)
    takes = router.takes(PARTNER.name, account=ACCOUNT)
    balance = router.balance(PARTNER.name, ACCOUNT)
    book = {a: c for at in crew.counters.values() for a, c in at.book.items()}
    owed = {a.id for a in attempts if a.state is AttemptState.SETTLED}
    taken = {t.attempt for t in takes}
    held = sum(a.state is AttemptState.UNKNOWN and a.id not in book for a in attempts)
    settled = [e.musd for e in router.ledger(PARTNER.name, ACCOUNT) if e.kind is EntryKind.SETTLE]
    return Endured(
        lanes=(),
        asked=len(attempts),
        states=Counter(a.state.value for a in attempts),
        kills=crew.kills,
        cut_off=crew.cut_off,
        found=found,
        lost=sum(a.state not in ENOUGH for a in attempts) - held,
        held=held,
        double=sum(c.times - 1 for c in book.values())
        + len(takes)
        - len({t.attempt for t in takes}),
        unowed=len(book.keys() ^ owed) + len(owed ^ taken),
        billed_musd=sum(c.musd * c.times for c in book.values()),
        spent_musd=balance.spent_musd,
        reserved_musd=balance.reserved_musd,
        entries_musd=sum(settled),
        by_recipe={m.key: _of_recipe(m.key, attempts) for m in asked.models},
        seconds=crew.clock.seconds,
    )


def _of_recipe(name: str, attempts: Sequence[Attempt]) -> tuple[int, int]:
    came = [a for a in attempts if a.model == name and a.state is AttemptState.SETTLED]
    return len(came), sum(a.spent_musd for a in came)
