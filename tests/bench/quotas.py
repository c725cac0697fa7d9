"""1,200 trials through the real engine on a clock that runs faster: how close it comes to quotas.

Real are the engine with its queues and threads, the router, its store and its files; only the
provider is scripted, and its seconds are shorter. What the engine loses between two jobs counts as
so many times more.
"""

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock

from benchmarks.domain.season import Answered, LaneRun
from benchmarks.planning.forecast import STILL_S
from router import dispatch
from router.domain.model import Model, Quota
from router.jobs.engine import JobEngine
from router.ports import Call, Outcome, Setback
from router.testing import doubles
from router.testing.routing import open_router
from router.workers import hold_name
from tests.bench.figure import Figure, sure

SPEED = 10.0
# Calls a minute, calls at once: bound by the rate, by both, and by the calls at once. All take
# about as long, so that each is as near to the end as the others.
QUOTAS = ((20.0, 10), (20.0, 6), (20.0, 4), (20.0, 8), (None, 4), (None, 3))
TRIALS = 1200
DIALECT = "bedrock_invoke"
LIMIT = 1.10
PLENTY_MUSD = 10**12


@dataclass(frozen=True, slots=True, kw_only=True)
class FastClock:
    """A clock that runs `speed` times as fast; satisfies router.ports.Clock."""

    speed: float
    began: float = field(default_factory=time.monotonic)
    noon: datetime = field(default_factory=lambda: datetime.now(UTC))

    def now(self) -> datetime:
        """Give its time of day."""
        return self.noon + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        """Give its seconds since it was set going."""
        return self.speed * (time.monotonic() - self.began)

    def sleep(self, seconds: float) -> None:
        """Wait for some of its seconds."""
        time.sleep(seconds / self.speed)


@dataclass(slots=True)
class Provider:
    """Answers when its time has come, and remembers when; satisfies router.ports.Backend."""

    clock: FastClock
    answered: dict[str, list[Answered]] = field(default_factory=dict)  # by model
    chance: random.Random = field(default_factory=lambda: random.Random(1))
    _gate: Lock = field(default_factory=Lock)

    def send(self, call: Call) -> Outcome:
        """Take as long as a still does."""
        with self._gate:
            seconds = STILL_S * self.chance.lognormvariate(0.0, 0.2)
        began = self.clock.monotonic()
        self.clock.sleep(seconds)
        ended = self.clock.monotonic()
        with self._gate:
            told = self.answered.setdefault(call.model.key, [])
            told.append(Answered(began=began, ended=ended, seen=ended))
        return doubles.delivered(call)

    def poll(self, call: Call, provider_ref: str) -> Outcome:
        """Have no jobs."""
        return Setback(kind="rejected", code="no_jobs", reason="answers at once")

    def find(self, call: Call) -> Outcome | None:
        """Know of no lost answer."""
        return None


def makespan(folder: Path, trials: int = TRIALS, speed: float = SPEED) -> Iterator[Figure]:
    """Work so many trials off, lanes in parallel, and give makespan ÷ what the quotas allow."""
    lanes = play(folder, trials, speed)
    bound = max(lane.bound_s for lane in lanes)
    worst = max(lanes, key=lambda lane: lane.ratio)
    spent = max(lane.seconds for lane in lanes)
    yield Figure(
        name=f"{trials:,} trials, real engine, makespan ÷ quotas' bound",
        value=spent / bound,
        unit="×",
        limit=LIMIT,
        beside=f"{spent:.0f} s on a clock {speed:g} times as fast, bound {bound:.0f} s; "
        f"worst of {len(lanes)} lanes {worst.ratio:.3f} (rate {worst.per_minute or 'none'}, "
        f"{worst.in_flight} at once)",
    )


def play(home: Path, trials: int, speed: float) -> Sequence[LaneRun]:
    """Give how each lane was worked through; `home` must not exist yet."""
    home.mkdir(parents=True)
    models = tuple(_lane(number, quota) for number, quota in enumerate(QUOTAS))
    clock = FastClock(speed=speed)
    provider, worker = Provider(clock), hold_name(home / "workers")
    router = open_router(
        home, {DIALECT: provider}, clock=clock, models=models, worker=worker, cap_musd=PLENTY_MUSD
    )
    threads = sum(dispatch.jobs_at_once(m) for m in models)
    engine = JobEngine(
        home / "engine.db",
        dispatch.handlers(router),
        worker=worker,
        log=home / "log",
        threads=threads,
    )
    wanted = [doubles.request(n, model=models[n % len(models)].key) for n in range(trials)]
    dispatch.dispatch(engine, doubles.by_key(models), router.submit(wanted))
    start = clock.monotonic()
    engine.launch()
    sure(engine.wait(600), "every job ends")
    engine.close()
    worker.release()
    found = {a.state.value for a in router.attempts(wanted[0].partner)}
    sure(found == {"settled"}, f"every take is there, found {found}")
    return [_told(model, provider.answered[model.key], start) for model in models]


def _lane(number: int, quota: tuple[float | None, int]) -> Model:
    per_minute, in_flight = quota
    limits = Quota(requests_per_minute=per_minute, in_flight=in_flight, source="illustrative")
    return replace(doubles.model(f"lane-{number}", dialect=DIALECT), quota=limits)


def _told(model: Model, calls: Sequence[Answered], start: float) -> LaneRun:
    since = [
        Answered(began=c.began - start, ended=c.ended - start, seen=c.seen - start) for c in calls
    ]
    return LaneRun(
        name=model.key,
        in_flight=model.quota.in_flight,
        per_minute=model.quota.requests_per_minute,
        calls=sorted(since, key=lambda c: c.began),
        busy=0,
        throttled=0,
    )
