"""The one place where the three lower storeys meet: settings become a studio that works.

A studio opened on no wire only looks (status, reports, screens). Opened on a wire it can run, with
the job engine inside; the simulated wire brings the embedded emulator along, as a process of its
own.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.briefs import file_brief
from benchmarks.controls import Controls
from benchmarks.domain.campaign import Observation, Recipe
from benchmarks.domain.pack import ShotPack
from benchmarks.intake import take_in
from benchmarks.packs import check as packs
from benchmarks.pixels import Darkroom
from benchmarks.plan import Order, Plan, Stock, plan
from benchmarks.progress import Progress
from benchmarks.recipes import choose
from benchmarks.recipes import load as load_recipes
from benchmarks.repair import Repairer
from benchmarks.runner import Runner
from benchmarks.store.store import MIGRATIONS as OURS
from benchmarks.store.store import Store
from benchmarks.views.case import Case, gather
from benchmarks.views.document import Imprint, document
from benchmarks.views.pictures import Album, Easel
from benchmarks.wire import Guarded, Wire
from evaluators import panel, verdicts
from evaluators.domain.brief import Brief
from evaluators.domain.score import Scored
from evaluators.domain.verdict import AcceptanceLine, Verdict
from router import aws, catalog, dispatch, emulation, partners, settings, tasks
from router.backends import bedrock_async, bedrock_invoke
from router.clock import SystemClock
from router.domain.attempt import Attempt
from router.domain.errors import BadInput, UnknownName
from router.domain.ids import content_id
from router.domain.media import MediaRef
from router.domain.model import Model
from router.domain.partner import Partner
from router.jobs.engine import JobEngine
from router.media_folder import MediaFolder
from router.ports import Backend
from router.service import Router
from router.settings import Settings
from router.store import database
from router.tasks import Tasks
from router.workers import Worker, hold_name
from router.world import Options

MEASURING_PROCESSES = 2
DIALECTS = ("bedrock_invoke", "bedrock_async", "local")
EMULATOR_SPEED = 40.0  # waiting times of the embedded emulator are divided by this
_LOOPBACK = Options(poll_first_s=0.2, poll_most_s=1.0)  # a provider next door answers at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Studio:
    """Everything joined: what commands, service and worker act on."""

    settings: Settings
    clock: SystemClock
    catalogue: Mapping[str, Model]
    tasks: Tasks
    partners: Mapping[str, Partner]
    fictional: frozenset[str]  # partners of the demonstration, whose names may be shown
    recipes: Mapping[str, Recipe]
    media: MediaFolder
    store: Store
    router: Router
    wire: Wire
    runner: Runner
    jobs: JobEngine | None  # None = this process only looks

    def partner(self, name: str) -> Partner:
        """Give a partner; raises UnknownName."""
        if name not in self.partners:
            raise UnknownName("partner", name, self.partners)
        return self.partners[name]

    def pack(self, root: Path) -> ShotPack:
        """Read a pack; raises BadInput with its first mistake where it has any."""
        checked = packs.check(
            root, today=self.clock.now().date(), metrics=frozenset(panel.output_names())
        )
        if checked.pack is None or not checked.ok:
            count, first = len(checked.errors), checked.errors[0]
            expected = f"a sound pack; `circletake pack check {root}` lists all {count} mistakes"
            raise BadInput(field=str(root), found=str(first), expected=expected)
        return checked.pack

    def plan(
        self,
        *,
        partner: str,
        roots: Sequence[Path],
        recipes: Sequence[str],
        takes: int | None,
        budget_musd: int,
        simulated: bool,
    ) -> tuple[Plan, Mapping[str, MediaRef]]:
        """Lay out a campaign; gives it with the packs' files, taken into the media store."""
        asked = self.partner(partner)
        order = Order(
            partner=asked,
            packs=[self.pack(root) for root in roots],
            recipes=choose(self.recipes, recipes or asked.recipes),
            takes=takes,
            budget_musd=budget_musd,
            simulated=simulated,
        )
        files = {sha: ref for pack in order.packs for sha, ref in take_in(pack, self.media).items()}
        stock = Stock(catalogue=self.catalogue, media=files, dialects=DIALECTS)
        return plan(order, stock, now=self.clock.now()), files

    def case(self, campaign: str) -> Case:
        """Read a campaign with everything that is known about it; raises UnknownName."""
        partner = self.partner(self.store.owner(campaign))
        return gather(partner, campaign, store=self.store, router=self.router, now=self.clock.now())

    def judged(
        self, pack: ShotPack, shot: str, takes: Sequence[Path]
    ) -> Iterator[tuple[Scored, tuple[Verdict, ...]]]:
        """Measure any files as takes of a shot and answer its lines; raises UnknownName."""
        wanted = {s.id: s for s in pack.shots}
        if shot not in wanted:
            raise UnknownName("shot", shot, wanted)
        files = take_in(pack, self.media)
        briefs = [
            file_brief(row, take, wanted[shot], pack, files=files, media=self.media)
            for row, take in enumerate(takes)
        ]
        for scored in self.runner.judge(pack.partner, briefs):
            yield scored, self.runner.rule(wanted[shot].acceptance, scored)

    def campaign_of(self, take: str) -> str:
        """Say which campaign a take belongs to; raises UnknownName."""
        for partner in self.partners:
            found = self.router.takes(partner, ids=[take])
            if found:
                return found[0].account
        raise UnknownName("take", take, ["see `circletake campaign status`"])

    def observe(self, *, campaign: str, takes: Sequence[str], by: str, **words: str) -> Observation:
        """Keep a named person's own words; raises UnknownName, and BadInput for no name."""
        case = self.case(campaign)
        for take in takes:
            if take not in case.takes:
                raise UnknownName("take", take, case.takes)
        if not by.strip():
            raise BadInput(field="by", found=by, expected="the name of the person who says it")
        content = [case.partner.name, campaign, by, words, list(takes)]
        kept = Observation(
            partner=case.partner.name,
            id=content_id("observation", content),
            campaign=campaign,
            by=by,
            takes=tuple(takes),
            created_at=self.clock.now(),
            **words,
        )
        self.store.observe(kept)
        return kept

    def repairer(self) -> Repairer:
        """Give what plans and does repairs."""
        runner = self.runner
        return Repairer(
            router=self.router,
            jobs=runner.jobs,
            store=self.store,
            media=self.media,
            judge=runner.judge,
            rule=runner.rule,
            clock=self.clock,
            darkroom=Darkroom(),
            catalogue=self.catalogue,
            recipes=self.recipes,
        )

    def document(
        self, campaigns: Sequence[str], *, title: str, command: str, pictures: bool = True
    ) -> tuple[dict[str, Any], dict[str, bytes]]:
        """Compile the report document of some campaigns, and the pictures that it names."""
        easel = Easel()
        album = Album(
            media=self.media,
            darkroom=Darkroom(),
            draw=easel if pictures else None,
            folder=self.settings.home / "derived",
        )
        imprint = Imprint(
            title=title,
            now=self.clock.now(),
            code_version=version("circletake"),
            generated_by=command,
            reproduce="circletake campaign plan on the same sealed packs, recipes and seeds gives "
            "the same campaign id; resume completes it and pays for nothing twice",
            fictional=self.fictional,
        )
        try:
            return document([self.case(c) for c in campaigns], self.catalogue, album, imprint)
        finally:
            easel.close()


@contextmanager
def studio(
    home: Path | None,
    wire: Wire = Wire.NONE,
    *,
    on_progress: Callable[[Progress], None] | None = None,
    emulator: Sequence[str] = (),
) -> Iterator[Studio]:
    """Join the parts of one home, and take them apart on leaving.

    Args:
        home: state folder; None = from the environment.
        wire: whom paid calls talk to; NONE for looking only.
        on_progress: told how a running campaign stands.
        emulator: further options of the embedded emulator.
    """
    with ExitStack() as stack:
        yield _joined(stack, settings.read(home), wire, on_progress, emulator)


def wire_of(*, simulated: bool) -> Wire:
    """Choose the wire that a person asked for; never another one instead.

    Raises:
        BadInput: AWS was asked for, and there are no credentials; says both ways.
    """
    if simulated:
        return Wire.SIMULATED
    if not aws.has_credentials():
        raise BadInput(
            field="AWS credentials",
            found="none in the default credential chain",
            expected="credentials for a real run (it costs money), or --simulate for the emulator",
        )
    return Wire.AWS


def _joined(
    stack: ExitStack,
    here: Settings,
    wire: Wire,
    on_progress: Callable[[Progress], None] | None,
    emulator: Sequence[str],
) -> Studio:
    here.home.mkdir(parents=True, exist_ok=True)
    engine = database.connect(here.database)
    stack.callback(engine.dispose)
    database.migrate(engine, (database.MIGRATIONS, OURS))
    clock, catalogue, store = SystemClock(), catalog.load(), Store(engine)
    media, worker = MediaFolder(root=here.media), _named(here, wire)
    stack.callback(worker.release)
    fictional = here.home / "partners"
    known = partners.load(here.partners, *([fictional] if fictional.is_dir() else []))
    router = Router(
        settings=here,
        clock=clock,
        catalogue=catalogue,
        partners=known,
        engine=engine,
        media=media,
        backends=_backends(stack, here, wire, store, emulator),
        options=_LOOPBACK if wire is Wire.SIMULATED else Options(),
        worker=worker,
    )
    jobs: JobEngine | None = None
    if wire is not Wire.NONE:
        jobs = JobEngine(
            here.home / f"engine-{wire.value}.db",
            dispatch.handlers(router),
            worker=worker,
            log=here.log,
        )
        stack.callback(jobs.close)
        jobs.launch()
    runner = Runner(
        router=router,
        jobs=_Dispatched(jobs, catalogue),
        store=store,
        media=media,
        judge=partial(_judge, here.home / "scores"),
        rule=_rule,
        clock=clock,
        on_progress=on_progress,
    )
    tasks_ = tasks.load()
    return Studio(
        settings=here,
        clock=clock,
        catalogue=catalogue,
        tasks=tasks_,
        partners=known,
        fictional=frozenset(partners.load(fictional)) if fictional.is_dir() else frozenset(),
        recipes=load_recipes(catalogue, tasks_),
        media=media,
        store=store,
        router=router,
        wire=wire,
        runner=runner,
        jobs=jobs,
    )


def _named(here: Settings, wire: Wire) -> Worker:
    """Hold a worker's name; who only looks must not hold the name of one that works."""
    return hold_name(here.home / ("lookers" if wire is Wire.NONE else "workers"))


def _backends(
    stack: ExitStack, here: Settings, wire: Wire, store: Store, emulator: Sequence[str]
) -> Mapping[str, Backend]:
    """Give every dialect: on no wire they are known, for the gate, and never asked."""
    if wire is Wire.SIMULATED:
        clients = aws.Clients(_emulated(stack, here, emulator))
    else:
        clients = aws.Clients(
            bedrock_url=here.endpoint_bedrock, s3_url=here.endpoint_s3, bucket=here.bucket
        )
    spoken: dict[str, Backend] = {
        "bedrock_invoke": bedrock_invoke.build(clients),
        "bedrock_async": bedrock_async.build(clients),
    }

    @lru_cache(maxsize=256)
    def is_simulated(partner: str, account: str) -> bool | None:
        try:
            return store.campaign(partner, account).campaign.simulated
        except UnknownName:
            return None

    guarded = {
        name: Guarded(backend=backend, wire=wire, is_simulated=is_simulated)
        for name, backend in spoken.items()
    }
    return {**guarded, "local": Controls()}


def _emulated(stack: ExitStack, here: Settings, options: Sequence[str]) -> aws.Endpoint:
    state = here.home / "emulator"
    words = emulation.arguments(state=state, speed=EMULATOR_SPEED, extra=options)
    ledger = state / "billing.jsonl"
    found = stack.enter_context(emulation.running(words, ledger=ledger))
    return aws.Endpoint(
        bedrock_url=found.endpoint,
        s3_url=found.s3_endpoint,
        access_key=found.access_key,
        secret_key=found.secret_key,
        bucket=found.bucket,
    )


@dataclass(frozen=True, slots=True)
class _Dispatched:
    """Attempts become jobs; where nothing runs, asking for it is a mistake of ours."""

    engine: JobEngine | None
    catalogue: Mapping[str, Model]

    def enqueue(self, attempts: Sequence[Attempt]) -> None:
        """Hand attempts to the engine."""
        if self.engine is None:
            raise BadInput(field="wire", found="none", expected="a studio opened to run")
        dispatch.dispatch(self.engine, self.catalogue, attempts)


def _judge(root: Path, partner: str, briefs: Sequence[Brief]) -> Iterator[Scored]:
    """Measure over processes; results are cached per tenant."""
    workers = MEASURING_PROCESSES if len(briefs) > 1 else 0
    return panel.judge(briefs, workers=workers, cache=root / partner)


def _rule(lines: Sequence[AcceptanceLine], scored: Scored) -> tuple[Verdict, ...]:
    return verdicts.sheet(lines, scored.take, scored.scores)
