"""A whole season on a simulated clock: how close the queues come to what the quotas allow.

Real are the gate, acceptance, dispatch, and the whole way of an attempt: leave, turnstile, money,
store, polling, what follows from a setback. Simulated are the provider, the pictures, and time: of
all worker threads only one runs, and when it sleeps, the one whose sleep ends first goes on. The
job engine stands aside: each queue has as many workers as calls at once, whereas a process of the
engine shares its threads among all queues.
"""

import heapq
import itertools
import random
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from threading import Semaphore

from benchmarks.domain.season import MINUTE, Answered, LaneRun, Season, SeasonRun
from benchmarks.planning.forecast import CLIP_S, STILL_S
from router import catalog, dispatch
from router.admission.pricing import actual_musd
from router.attempts.world import Options
from router.domain.clearance import Clearance
from router.domain.errors import UnknownName
from router.domain.ids import content_id
from router.domain.media import MediaRef
from router.domain.model import Model, Quota
from router.domain.partner import Partner, Window
from router.domain.request import Request
from router.jobs.job import Job, QueueSpec
from router.ports import Call, Delivered, Outcome, Running, Setback
from router.service import Router
from router.settings import Settings
from router.store import database

BEGIN = datetime(2027, 3, 1, 6, 0, tzinfo=UTC)
ACCOUNT = "season"
CAP_MUSD = 10**12
TURNED_AWAY_S = 0.3
# Illustrative quotas (calls a minute, calls at once) of seven still models, from bound by the rate
# to bound by the calls at once; with 4 at once and 20 a minute both bind at about the same time.
QUOTAS = ((20.0, 10), (20.0, 6), (20.0, 4), (60.0, 16), (None, 4), (6.0, 4), (120.0, 8))
CLIPS = (None, 1)
PARTNER = Partner(
    name="season",
    display_name="Season",
    tier="vfx_studio",
    window=Window(opens=date(2027, 3, 1), findings_due=date(2027, 5, 31)),
    budget_musd=CAP_MUSD,
    regions=("us-west-2",),
    providers=(),
    recipes=(),
    retention_days=30,
    review_roles=(),
    illustrative=True,
)


def season(shots: int = 400, takes: int = 4) -> Season:
    """Lay out a season: seven lanes of stills and one of clips, eight recipes in all."""
    rows = catalog.load()
    stills = (_lane(rows["sd35-large"], n, quota) for n, quota in enumerate(QUOTAS, 1))
    return Season(models=(*stills, _lane(rows["luma-ray2"], 8, CLIPS)), shots=shots, takes=takes)


def play(home: Path, asked: Season) -> SeasonRun:
    """Work through a season; `home` is an empty folder for its state."""
    engine = database.connect(home / "season.db")
    database.migrate(engine)
    clock, catalogue = SteppedClock(), {m.key: m for m in asked.models}
    desks = {
        m.key: Desk(clock=clock, model=m, chance=chance_of(asked, m), busy_share=asked.busy)
        for m in asked.models
    }
    provider = Provider(desks)
    router = Router(
        settings=Settings(
            home=home, partners=home, endpoint_bedrock=None, endpoint_s3=None, bucket=None
        ),
        clock=clock,
        catalogue=catalogue,
        partners={PARTNER.name: PARTNER},
        engine=engine,
        media=NoMedia(),
        backends={m.dialect: provider for m in asked.models},
        options=Options(min_free_bytes=0, spare_bytes=4096),
    )
    router.open_account(PARTNER.name, ACCOUNT, CAP_MUSD)
    hall = Hall(clock=clock, advance=dispatch.handlers(router)[dispatch.ADVANCE])
    dispatch.dispatch(hall, catalogue, router.submit(requests_of(asked)))
    hall.work()
    balance = router.balance(PARTNER.name, ACCOUNT)
    engine.dispose()
    return SeasonRun(
        lanes=tuple(desk.told() for desk in desks.values()),
        states=hall.states,
        billed_musd=sum(desk.billed_musd for desk in desks.values()),
        spent_musd=balance.spent_musd,
        reserved_musd=balance.reserved_musd,
    )


@dataclass(slots=True)
class SteppedClock:
    """Time for threads of which one runs at once; satisfies router.ports.Clock.

    A thread that sleeps hands over to the one that is due next, and time jumps there.
    """

    seconds: float = 0.0
    _due: list[tuple[float, int, Semaphore]] = field(default_factory=list)
    _order: "itertools.count[int]" = field(default_factory=itertools.count)

    def now(self) -> datetime:
        """Give the simulated time of day."""
        return BEGIN + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        """Give the simulated seconds."""
        return self.seconds

    def sleep(self, seconds: float) -> None:
        """Let the others run until this thread is due again."""
        if not self._due or self.seconds + seconds < self._due[0][0]:
            self.seconds += seconds  # nobody else is due before
            return
        mine = self.enlist(seconds)
        self.hand_over()
        mine.acquire()

    def enlist(self, seconds: float = 0.0) -> Semaphore:
        """Book a turn; whoever acquires what is given runs when it comes."""
        turn = Semaphore(0)
        heapq.heappush(self._due, (self.seconds + seconds, next(self._order), turn))
        return turn

    def hand_over(self) -> None:
        """Wake whoever is due next, and move time there."""
        if self._due:
            self.seconds, _, turn = heapq.heappop(self._due)
            turn.release()


@dataclass(slots=True, kw_only=True)
class Hall:
    """As many workers for each queue as its calls at once; satisfies router.dispatch.Jobs."""

    clock: SteppedClock
    advance: Callable[[str, str], str]
    states: dict[str, int] = field(default_factory=dict)  # how jobs ended, counted
    _crew: dict[str, int] = field(default_factory=dict)
    _jobs: dict[str, deque[Job]] = field(default_factory=dict)

    def open_queues(self, queues: Sequence[QueueSpec]) -> None:
        """Make queues."""
        for queue in queues:
            self._crew[queue.name] = queue.in_flight
            self._jobs.setdefault(queue.name, deque())

    def enqueue(self, jobs: Sequence[Job]) -> None:
        """Accept jobs in their order."""
        for job in jobs:
            self._jobs[job.queue].append(job)

    def work(self) -> None:
        """Stay until every job has ended."""
        crew = [queue for queue, many in self._crew.items() for _ in range(many)]
        turns = [self.clock.enlist() for _ in crew]
        with ThreadPoolExecutor(len(crew)) as pool:
            working = [pool.submit(self._worker, *of) for of in zip(crew, turns, strict=True)]
            self.clock.hand_over()
        for worker in working:
            worker.result()

    def _worker(self, queue: str, turn: Semaphore) -> None:
        turn.acquire()
        try:
            while self._jobs[queue]:
                partner, attempt = self._jobs[queue].popleft().args
                ended = self.advance(partner, attempt)
                self.states[ended] = self.states.get(ended, 0) + 1
        finally:
            self.clock.hand_over()


@dataclass(slots=True, kw_only=True)
class Desk:
    """The provider's side of one lane: keeps its quotas strictly, and a book of its own."""

    clock: SteppedClock
    model: Model
    chance: random.Random
    busy_share: float
    answered: list[Answered] = field(default_factory=list)
    began: dict[str, float] = field(default_factory=dict)  # attempt → when
    ends: dict[str, float] = field(default_factory=dict)  # attempt → when
    billed_musd: int = 0
    busy: int = 0
    throttled: int = 0
    _recent: deque[float] = field(default_factory=deque)

    def admit(self, call: Call) -> str:
        """Take a call on, or say in a word why not."""
        now, quota = self.clock.seconds, self.model.quota
        while self._recent and now - self._recent[0] >= MINUTE:
            self._recent.popleft()
        at_once = sum(end > now for end in self.ends.values())
        rate = quota.requests_per_minute
        if at_once >= quota.in_flight or (rate is not None and len(self._recent) >= rate):
            self.throttled += 1
            return "throttled"
        if self.chance.random() < self.busy_share:
            self.busy += 1
            return "unavailable"
        typical = CLIP_S[5] if self.model.modality == "video" else STILL_S
        self._recent.append(now)
        self.began[call.attempt] = now
        self.ends[call.attempt] = now + typical * self.chance.lognormvariate(0.0, 0.2)
        return ""

    def deliver(self, call: Call) -> Delivered:
        """Answer, and bill."""
        ended = self.ends.pop(call.attempt)
        began = self.began.pop(call.attempt)
        self.answered.append(Answered(began=began, ended=ended, seen=self.clock.seconds))
        units = float(call.request.seconds or 1)
        self.billed_musd += actual_musd(self.model, call.request, units)
        return Delivered(
            data=call.attempt.encode(),
            mime="video/mp4" if call.request.seconds else "image/png",
            seed=call.request.seed,
            provider_ref=f"req-{call.attempt}",
            simulated=True,
            billed_units=units,
        )

    def told(self) -> LaneRun:
        """Say how the lane was worked through."""
        return LaneRun(
            name=self.model.alias,
            in_flight=self.model.quota.in_flight,
            per_minute=self.model.quota.requests_per_minute,
            calls=sorted(self.answered, key=lambda c: c.began),
            busy=self.busy,
            throttled=self.throttled,
        )


@dataclass(frozen=True, slots=True)
class Provider:
    """All desks behind one wire; satisfies router.ports.Backend."""

    desks: Mapping[str, Desk]

    def send(self, call: Call) -> Outcome:
        """Answer a still when it is done; start a clip."""
        desk = self.desks[call.model.key]
        refused = desk.admit(call)
        if refused:
            desk.clock.sleep(TURNED_AWAY_S)
            return Setback(kind="busy", code=refused, reason="not now", simulated=True)
        if call.request.seconds:
            return Running(provider_ref=f"job-{call.attempt}", simulated=True)
        desk.clock.sleep(desk.ends[call.attempt] - desk.clock.seconds)
        return desk.deliver(call)

    def poll(self, call: Call, provider_ref: str) -> Outcome:
        """Say how a clip stands."""
        desk = self.desks[call.model.key]
        if desk.clock.seconds < desk.ends[call.attempt]:
            return Running(provider_ref=provider_ref, simulated=True)
        return desk.deliver(call)

    def find(self, call: Call) -> Outcome | None:  # noqa: ARG002 - nothing is ever lost here
        """Know of no lost answer."""
        return None


class NoMedia:
    """Keeps nothing; satisfies router.ports.MediaStore."""

    def put(self, partner: str, data: bytes, mime: str) -> MediaRef:  # noqa: ARG002 - the port's
        """Name the bytes."""
        return MediaRef(sha256=sha256(data).hexdigest(), mime=mime, size=len(data))

    def get(self, partner: str, sha256: str) -> bytes:
        """Have nothing; raises UnknownName."""
        raise UnknownName("media", sha256, (), hint=partner)

    def has(self, partner: str, sha256: str) -> bool:  # noqa: ARG002 - the port's
        """Have nothing."""
        return False


def chance_of(asked: Season, model: Model) -> random.Random:
    """Give a lane luck of its own."""
    return random.Random(f"{asked.seed}/{model.key}")  # noqa: S311 - a simulation, no secret


def _lane(row: Model, number: int, quota: tuple[float | None, int]) -> Model:
    per_minute, in_flight = quota
    return replace(
        row,
        key=f"lane-{number}",
        alias=f"{'clips' if row.modality == 'video' else 'stills'} {number}",
        quota=Quota(requests_per_minute=per_minute, in_flight=in_flight, source="illustrative"),
    )


def requests_of(asked: Season) -> list[Request]:
    """Ask for every take of every shot, lane by lane."""
    return [
        _request(model, shot, take)
        for shot in range(asked.shots)
        for model in asked.models
        for take in range(asked.takes)
    ]


def _request(model: Model, shot: int, take: int) -> Request:
    film = model.modality == "video"
    return Request(
        partner=PARTNER.name,
        id=content_id("request", [model.key, shot, take]),
        account=ACCOUNT,
        model=model.key,
        operation="text_to_video" if film else "text_to_image",
        prompt=f"shot {shot}, take {take}",
        clearance=Clearance(
            permitted=("still_image", "moving_image"), expires_on=None, evidence_sha256="0" * 64
        ),
        seed=None if film else 1000 * shot + take + 1,
        aspect="16:9",
        seconds=5 if film else None,
        resolution="540p" if film else None,
    )
