"""The durable paid path, side by side with plain boto3 threads and LiteLLM's Router.

The same pictures from the same emulator in the same run. What a peer leaves out (journal, ledger,
checks, an answer on disk before anything else) it does not pay for; the figures say what it costs.
"""

import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from router.domain.model import Model
from router.testing.emulator import Emulator, running_emulator
from tests.bench import peers
from tests.bench.figure import Figure, cpu_s, sure

TAKES = 600
NOOPS = 600
ROUNDS = 3
LONG = 3000  # takes of the run whose memory is watched
EARLY = 1000
SLOW_S = 2.0  # answers that come after everybody's read timeout
PLENTY_MUSD = 10**12


def paid_path(folder: Path) -> Iterator[Figure]:
    """Rate, CPU, calls on a timeout, budget under a rush, memory."""
    folder.mkdir(parents=True)
    yield from rate(folder)
    yield timeout(folder / "timeout")
    yield overshoot(folder / "budget")
    yield memory(folder / "memory")


def rate(folder: Path) -> Iterator[Figure]:
    """Requests through engine, ledger, boto3 and the wire, beside peers and the engine's no-op."""
    with running_emulator(folder / "emulator", instant=True) as emulator:
        noops, runs = [], []
        for number in range(ROUNDS):  # in turns: CPU time depends on what else the machine does
            noops.append(engine_noop(folder / f"noop-{number}"))
            runs.append(run(folder / f"home-{number}", emulator, TAKES))
        noop, ours = min(noops), min(runs, key=lambda one: one.cpu_s)
        found = {side: peers.measured(side, "rate", emulator, TAKES) for side in peers.NAMES}
    states = {state for one in runs for state in one.states}
    sure(states == {"settled"}, f"every take is there, found {states}")
    rates = ", ".join(f"{peers.NAMES[s]} {f['rate']:.0f}" for s, f in found.items())
    cpus = ", ".join(f"{peers.NAMES[s]} {f['cpu_ms']:.2f}" for s, f in found.items())
    yield Figure(
        name="durable paid path, emulator --instant",
        value=TAKES / ours.wall_s,
        unit="takes/s",
        limit=80,
        beside=f"{rates}: {TAKES} takes, 16 at once, on the cores that the emulator uses too",
        at_least=True,
    )
    cpu = ours.cpu_s / TAKES
    beside = f"{cpus}; engine's one-step no-op {1000 * noop:.2f}"
    yield Figure(
        name="CPU a take in our process", value=1000 * cpu, unit="ms", limit=8, beside=beside
    )
    yield Figure(
        name="CPU a take ÷ no-op",
        value=cpu / noop,
        unit="×",
        limit=2.2,
        beside=f"no-op = 1; best of {ROUNDS} rounds each",
    )


def timeout(folder: Path) -> Figure:
    """Provider calls that one picture costs when its answer comes after the read timeout."""
    folder.mkdir()
    slow = {"model": peers.MODEL, "operation": "InvokeModel", "after": 0, "count": -1}
    faults = folder / "faults.json"
    faults.write_text(json.dumps([{**slow, "fault": "slow", "args": {"seconds": SLOW_S}}]))
    calls = {}
    with running_emulator(folder / "emulator", instant=True, faults=faults) as emulator:
        for side in peers.NAMES:
            with _billed(emulator, calls, side):
                late = peers.measured(side, "timeout", emulator, 1)
            sure(late["raised"] == 1, f"{side} gives up")
        with _billed(emulator, calls, "ours"):
            ours = run(folder / "home", emulator, 1, timeout_s=peers.TIMEOUT_S)
        sure(ours.states == {"unknown"}, f"an answer that came too late, found {ours.states}")
    beside = ", ".join(f"{name} {calls[side]}" for side, name in peers.NAMES.items())
    return Figure(
        name="paid calls for one picture on a read timeout",
        value=calls["ours"],
        unit="calls",
        limit=1,
        beside=f"{beside}: each with its defaults",
    )


def overshoot(folder: Path) -> Figure:
    """What was billed over the cap when 64 calls came at once, in caps."""
    folder.mkdir()
    calls: dict[str, int] = {}
    cap = peers.BUDGET_CALLS
    with running_emulator(folder / "emulator", instant=True) as emulator:
        for side in peers.NAMES:
            with _billed(emulator, calls, side):
                peers.measured(side, "budget", emulator, peers.RUSH)
        with _billed(emulator, calls, "ours"):
            musd = round(cap * peers.PRICE_USD * 1_000_000)
            ours = run(folder / "home", emulator, peers.RUSH, at_once=peers.RUSH, cap_musd=musd)
        sure(ours.states == {"settled", "parked"}, f"some wait for money, found {ours.states}")
        sure(calls["ours"] == cap, f"the whole budget is used, found {calls['ours']} calls")
    times = {side: max(0, count - cap) / cap for side, count in calls.items()}
    return Figure(
        name=f"billed over the cap, {peers.RUSH} calls at once",
        value=times["ours"],
        unit="× the cap",
        limit=0,
        beside=f"read-then-insert ledger over boto3 {times['boto3']:.1f}, "
        f"LiteLLM Router's budget limiter {times['litellm']:.1f}",
    )


def memory(folder: Path, takes: int = LONG) -> Figure:
    """How much this process grows from take 1,000 to the last one."""
    folder.mkdir()
    with running_emulator(folder / "emulator", instant=True) as emulator:
        early: list[float] = []
        ended = threading.Event()

        def watch() -> None:
            while not ended.wait(0.1):
                if _calls(emulator) >= EARLY:
                    early.append(_resident_mb())
                    return

        watcher = threading.Thread(target=watch)
        watcher.start()
        ours = run(folder / "home", emulator, takes)
        ended.set()
        watcher.join()
    sure(ours.states == {"settled"}, f"every take is there, found {ours.states}")
    sure(bool(early), "the watcher saw the early takes")
    return Figure(
        name=f"memory growth, take {EARLY:,} to {takes:,}",
        value=ours.resident_mb - early[0],
        unit="MB",
        limit=20,
        beside=f"{early[0]:.0f} MB at take {EARLY:,}, the engine and both databases included",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one run of ours came to."""

    states: frozenset[str]
    wall_s: float
    cpu_s: float
    resident_mb: float  # when the last job ended


def run(
    home: Path,
    emulator: Emulator,
    calls: int,
    *,
    at_once: int = 16,
    cap_musd: int = PLENTY_MUSD,
    timeout_s: float | None = None,
) -> Run:
    """Take so many pictures through router and engine, on a home of its own."""
    from router import dispatch
    from router.backends import bedrock_invoke
    from router.clock import SystemClock
    from router.cloud import aws
    from router.jobs.engine import JobEngine
    from router.testing import doubles
    from router.testing.routing import open_router
    from router.workers import hold_name

    model = _model(at_once, timeout_s)
    endpoint = aws.Endpoint(
        bedrock_url=emulator.endpoint,
        s3_url=emulator.endpoint,
        access_key=emulator.access_key,
        secret_key=emulator.secret_key,
        bucket=emulator.bucket,
    )
    backends = {"bedrock_invoke": bedrock_invoke.build(aws.Clients(endpoint))}
    home.mkdir()
    worker = hold_name(home / "workers")
    router = open_router(
        home, backends, clock=SystemClock(), cap_musd=cap_musd, worker=worker, models=(model,)
    )
    log = home / "log"
    engine = JobEngine(home / "engine.db", dispatch.handlers(router), worker=worker, log=log)
    wanted = [doubles.request(n, model=model.key) for n in range(calls)]
    attempts = router.submit(wanted)
    dispatch.dispatch(engine, {model.key: model}, attempts)
    cpu, wall = cpu_s(), time.perf_counter()
    engine.launch()
    sure(engine.wait(max(300.0, calls / 20.0)), "every job ends")
    spent, took, resident = cpu_s() - cpu, time.perf_counter() - wall, _resident_mb()
    engine.close()
    worker.release()
    states = frozenset(a.state.value for a in router.attempts(wanted[0].partner))
    return Run(states=states, wall_s=took, cpu_s=spent, resident_mb=resident)


def _model(at_once: int, timeout_s: float | None) -> Model:
    from router import catalog

    row = catalog.load()["sd35-large"]
    quota = replace(row.quota, in_flight=at_once, requests_per_minute=None)
    return replace(row, quota=quota, timeout_s=timeout_s or row.timeout_s)


@contextmanager
def _billed(emulator: Emulator, calls: dict[str, int], side: str) -> Iterator[None]:
    """Count what the provider bills, late answers included."""
    before = _calls(emulator)
    yield
    time.sleep(SLOW_S + 0.5)
    calls[side] = _calls(emulator) - before


def _calls(emulator: Emulator) -> int:
    return emulator.ledger.read_bytes().count(b"\n") if emulator.ledger.exists() else 0


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def engine_noop(folder: Path) -> float:
    """Give the CPU seconds of a job that does nothing: what durability costs at least."""
    from dbos import DBOS

    from router.jobs.engine import JobEngine
    from router.jobs.job import Job, QueueSpec
    from router.workers import hold_name

    folder.mkdir()
    worker = hold_name(folder / "workers")

    def nothing(_partner: str, _attempt: str) -> object:
        return DBOS.run_step({"name": "nothing"}, lambda: "done")

    engine = JobEngine(
        folder / "engine.db", {"nothing": nothing}, worker=worker, log=folder / "log"
    )
    engine.open_queues([QueueSpec(name="q", in_flight=16)])
    engine.enqueue(
        [Job(id=f"job-{n}", handler="nothing", queue="q", args=("p", str(n))) for n in range(NOOPS)]
    )
    cpu = cpu_s()
    engine.launch()
    sure(engine.wait(300), "every no-op ends")
    spent = cpu_s() - cpu
    engine.close()
    worker.release()
    return spent / NOOPS
