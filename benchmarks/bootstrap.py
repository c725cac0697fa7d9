"""The one place where the three lower storeys meet: settings become a studio that works.

A studio opened on no wire only looks (status, reports, screens). Opened on a wire it can run, with
the job engine inside; the simulated wire brings the embedded emulator along, as a process of its
own.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache, partial
from pathlib import Path

from sqlalchemy import Engine

from benchmarks.demo import build as demonstration
from benchmarks.pictures.pixels import Darkroom
from benchmarks.planning.recipes import load as load_recipes
from benchmarks.ports import Judge, Media
from benchmarks.running.controls import Controls
from benchmarks.running.progress import Progress
from benchmarks.running.runner import Runner
from benchmarks.running.sight import Eyes
from benchmarks.running.wire import (
    Guarded,
    Wire,
    engine_database,
    engine_schema,
    purse_is_simulated,
)
from benchmarks.schema import records
from benchmarks.store.store import Store
from benchmarks.studio import Studio
from evaluators import panel, verdicts, weights
from evaluators.cache import Cache
from evaluators.domain.brief import Brief
from evaluators.domain.score import Scored
from evaluators.domain.verdict import AcceptanceLine, Verdict
from evaluators.used_range import deciding
from router import catalog, dispatch, emulation, partners, settings, tasks
from router.admission.retention import Modes
from router.admission.rules import HouseRules
from router.attempts.world import Options
from router.audit.opening import audit_log
from router.backends import bedrock_async, bedrock_invoke, litellm_image, sagemaker_async
from router.clock import SystemClock
from router.cloud import aws, quota_file
from router.cloud.account import Account
from router.cloud.invocation_log import InvocationLog
from router.domain.attempt import Attempt
from router.domain.errors import BadInput, UnknownName
from router.domain.model import LifecycleStatus, Model
from router.domain.partner import Partner
from router.jobs.duty import Duty
from router.jobs.engine import JobEngine
from router.leases import lease_name
from router.llm.asking import Asking, Voice
from router.llm.language import LanguageClient
from router.llm.litellm_loop import LoopThread
from router.media_folder import MediaFolder
from router.ports import Backend
from router.service import Router
from router.settings import Settings
from router.telling.trace import traces_to
from router.vault.columns import attach
from router.vault.opening import vault_of
from router.vault.vault import Vault
from router.workers import Worker, hold_name

MEASURING_PROCESSES = 2
MOST_THREADS = 64
EMULATOR_SPEED = 40.0  # waiting times of the embedded emulator are divided by this
# A provider next door answers at once, or is not there.
EVERYTHING = Duty()
_LOOPBACK = Options(poll_first_s=0.2, poll_most_s=1.0, patience=timedelta(minutes=1))


@contextmanager
def studio(
    home: Path | None,
    wire: Wire = Wire.NONE,
    *,
    on_progress: Callable[[Progress], None] | None = None,
    emulator: Sequence[str] = (),
    works: bool = True,
    duty: Duty = EVERYTHING,
) -> Iterator[Studio]:
    """Join the parts of one home, and take them apart on leaving.

    Args:
        home: state folder; None = from the environment.
        wire: whom paid calls talk to; NONE for looking only.
        on_progress: told how a running campaign stands.
        emulator: further options of the embedded emulator.
        works: with the job engine; without it a wire is only asked free questions.
        duty: which of the work this process does.
    """
    with ExitStack() as stack:
        working = duty if works else None
        yield _joined(stack, settings.read(home), wire, on_progress, emulator, working)


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
    duty: Duty | None,
) -> Studio:
    here.home.mkdir(parents=True, exist_ok=True, mode=0o700)  # faces lie there
    clock, catalogue, tasks_ = SystemClock(), _catalogue(here), tasks.load()
    vault = vault_of(here, clock)
    engine = _database(stack, here, vault)
    known = partners.load(*here.partner_folders)
    store, media = Store(engine, known), _media(here)
    worker = None if wire is Wire.NONE else _held(stack, here, engine)
    clients = _clients(stack, here, wire, emulator)
    traces = stack.enter_context(traces_to(here.otlp_endpoint))
    account = Account(clients=clients, clock=clock) if _is_account(here, wire) else None
    modes = account.data_retention if account else None
    loop = _loop(stack)
    backends = _backends(clients, loop, wire, store)
    router = Router(
        settings=here,
        clock=clock,
        catalogue=catalogue,
        partners=known,
        engine=engine,
        media=media,
        backends=backends,
        rules=HouseRules(clock=clock, runnable_dialects=tuple(backends), modes=modes),
        options=_LOOPBACK if wire is Wire.SIMULATED else Options(),
        worker=worker,
        traces=traces,
    )
    jobs = _working(stack, here, wire, router, worker, duty) if worker and duty else None
    judge = partial(_judge, here, vault)
    runner = _runner(router, _Dispatched(jobs, catalogue), store, media, judge, on_progress)
    voice = _voice(clients, loop, wire)
    return Studio(
        asking=_asking(engine, catalogue, known, worker, voice, modes),
        vault=vault,
        audit=audit_log(here, engine, clock, known),
        settings=here,
        clock=clock,
        catalogue=catalogue,
        tasks=tasks_,
        partners=known,
        fictional=frozenset(demonstration.PARTNERS),
        recipes=load_recipes(catalogue, tasks_),
        media=media,
        store=store,
        router=router,
        wire=wire,
        runner=runner,
        jobs=jobs,
        account=account,
        duty=duty or EVERYTHING,
    )


def _catalogue(here: Settings) -> Mapping[str, Model]:
    """Give the models, with the quotas of this account where they were read."""
    return quota_file.applied(catalog.load(), here.home / quota_file.NAME)


def _asking(
    engine: Engine,
    catalogue: Mapping[str, Model],
    known: Mapping[str, Partner],
    worker: Worker | None,
    voice: Voice | None,
    modes: Modes | None,
) -> Asking:
    return Asking(
        engine=engine,
        clock=SystemClock(),
        catalogue=catalogue,
        partners=known,
        worker=worker,
        voice=voice,
        modes=modes,
    )


def _runner(
    router: Router,
    jobs: "_Dispatched",
    store: Store,
    media: Media,
    judge: Judge,
    on_progress: Callable[[Progress], None] | None,
) -> Runner:
    return Runner(
        router=router,
        jobs=jobs,
        store=store,
        media=media,
        judge=judge,
        rule=_rule,
        clock=SystemClock(),
        sight=Eyes(media=media, darkroom=Darkroom()),
        on_progress=on_progress,
        traces=router.traces,
    )


def _database(stack: ExitStack, here: Settings, vault: Vault) -> Engine:
    engine = stack.enter_context(records(here))
    attach(engine, vault)
    return engine


def _media(here: Settings) -> Media:
    """Keep media in the folder of this home, or in the bucket that the environment names."""
    if here.media_url is None:
        return MediaFolder(root=here.media)
    from router.media_s3 import MediaBucket, place_of

    place = place_of(here.media_url)
    return MediaBucket(
        client=aws.clients_of(here).archive(here.region),
        bucket=place.bucket,
        prefix=place.prefix,
        copies=here.media,
        kms_key=here.kms_key,
    )


def _threads(catalogue: Mapping[str, Model]) -> int:
    """Give each call that the quotas allow at once a thread, so that no lane waits for another."""
    live = (m for m in catalogue.values() if m.lifecycle.status is not LifecycleStatus.RETIRED)
    return min(MOST_THREADS, sum(dispatch.jobs_at_once(m) for m in live))


def _working(
    stack: ExitStack, here: Settings, wire: Wire, router: Router, worker: Worker, duty: Duty
) -> JobEngine:
    """Launch the job engine; on leaving it stops first, then the worker's name is free again."""
    engine = JobEngine(
        engine_database(here, wire),
        dispatch.handlers(router),
        worker=worker,
        log=here.log_sink,
        threads=_threads(_catalogue(here)),
        schema=engine_schema(wire),
    )
    stack.callback(engine.close, duty.drain_s)
    stack.callback(router.stop)  # first: films that are waited for go on in the next process
    engine.launch(duty.listens)
    return engine


def _is_account(here: Settings, wire: Wire) -> bool:
    """Say whether there is an account to read: what answers on this machine is nobody's."""
    return wire is Wire.SIMULATED or here.is_aws


def _clients(stack: ExitStack, here: Settings, wire: Wire, emulator: Sequence[str]) -> aws.Clients:
    if wire is Wire.SIMULATED:
        return aws.Clients(_emulated(stack, here, emulator))
    return aws.clients_of(here)


def _held(stack: ExitStack, here: Settings, engine: Engine) -> Worker:
    """Take a worker's name: on this machine, or among those that share the database."""
    worker: Worker = lease_name(engine) if here.database_url else hold_name(here.home / "workers")
    stack.callback(worker.release)
    return worker


def _loop(stack: ExitStack) -> LoopThread:
    """Give the one thread of litellm; it starts with the first question, and ends on leaving."""
    loop = LoopThread()
    stack.callback(loop.close)
    return loop


def _voice(clients: aws.Clients, loop: LoopThread, wire: Wire) -> Voice | None:
    """Let questions be asked on this wire; nothing is opened before the first one."""
    if wire is Wire.NONE:
        return None
    return Voice(
        speaks=LanguageClient(clients, loop),
        looks=InvocationLog(clients),
        simulated=wire is Wire.SIMULATED,
    )


def _backends(
    clients: aws.Clients, loop: LoopThread, wire: Wire, store: Store
) -> Mapping[str, Backend]:
    """Give every dialect: on no wire they are known, for the gate, and never asked."""
    spoken: dict[str, Backend] = {
        "bedrock_invoke": bedrock_invoke.build(clients),
        "bedrock_async": bedrock_async.build(clients),
        "sagemaker_async": sagemaker_async.build(clients),
        "litellm_image": litellm_image.build(clients, loop),
    }

    @lru_cache(maxsize=256)
    def is_simulated(partner: str, account: str) -> bool | None:
        try:
            return store.campaign(partner, account).campaign.simulated
        except UnknownName:
            return purse_is_simulated(account)

    guarded = {
        name: Guarded(backend=backend, wire=wire, is_simulated=is_simulated)
        for name, backend in spoken.items()
    }
    return {**guarded, "local": Controls()}


def _emulated(stack: ExitStack, here: Settings, options: Sequence[str]) -> aws.Endpoint:
    state = here.home / "emulator"
    words = emulation.arguments(
        state=state, profiles=here.profiles, speed=EMULATOR_SPEED, extra=options
    )
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


def _judge(here: Settings, vault: Vault, partner: str, briefs: Sequence[Brief]) -> Iterator[Scored]:
    """Measure over processes; results are cached per tenant."""
    weights.use(here.weights)
    workers = MEASURING_PROCESSES if len(briefs) > 1 else 0
    kept = Cache(here.home / "scores" / partner, vault.lock(partner))  # faces lie there
    return panel.judge(briefs, workers=workers, cache=kept)


def _rule(lines: Sequence[AcceptanceLine], scored: Scored) -> tuple[Verdict, ...]:
    return verdicts.sheet(lines, scored.take, deciding(scored))
