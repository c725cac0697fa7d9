"""What is measured, and against what."""

import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

TAKES = 600
NOOPS = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured number with its limit."""

    name: str
    value: float
    unit: str
    limit: float
    beside: str  # the peer or floor of the same run
    at_least: bool = False  # True = the value has to reach the limit

    @property
    def is_met(self) -> bool:
        """Say whether it keeps its limit."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def line(self) -> str:
        """Write it for a person."""
        sign, mark = ("≥" if self.at_least else "≤"), ("met   " if self.is_met else "MISSED")
        return (
            f"{mark} {self.name:52} {self.value:9.3f} {self.unit:10} "
            f"({sign} {self.limit:g})  {self.beside}"
        )


def every(folder: Path) -> Iterator[Figure]:
    """Measure everything, cheapest first."""
    yield help_time()
    yield from paid_path(folder / "router")
    yield from season(folder / "season")
    yield from scoring(folder / "clip")
    yield from report(folder / "report")


def help_time() -> Figure:
    """`circletake --help`, beside Python that does nothing."""
    spent = _best(lambda: _run("-m", "dashboard.console", "--help"))
    floor = _best(lambda: _run("-c", "pass"))
    beside = f"python itself {floor:.3f} s"
    return Figure(name="circletake --help", value=spent, unit="s", limit=0.5, beside=beside)


def paid_path(folder: Path) -> Iterator[Figure]:
    """Requests through engine, ledger, boto3 and the wire, beside the engine's own no-op."""
    folder.mkdir(parents=True)
    noop = _engine_noop(folder / "noop")
    rate, cpu = _takes(folder)
    beside = f"engine's one-step no-op {1000 * noop:.2f} ms CPU"
    yield Figure(
        name="durable paid path, emulator --instant",
        value=rate,
        unit="takes/s",
        limit=80,
        beside=f"{TAKES} takes, 16 in flight, on the cores that the emulator uses too",
        at_least=True,
    )
    yield Figure(
        name="CPU a take in our process", value=1000 * cpu, unit="ms", limit=8, beside=beside
    )
    yield Figure(name="CPU a take ÷ no-op", value=cpu / noop, unit="×", limit=2.2, beside=beside)


def _takes(folder: Path) -> tuple[float, float]:
    from router import aws, catalog, dispatch, testing
    from router.backends import bedrock_invoke
    from router.clock import SystemClock
    from router.jobs.engine import JobEngine
    from router.testing_emulator import running_emulator
    from router.testing_router import open_router
    from router.workers import hold_name

    row = catalog.load()["sd35-large"]
    model = replace(row, quota=replace(row.quota, in_flight=16, requests_per_minute=None))
    with running_emulator(folder / "emulator", instant=True) as emulator:
        endpoint = aws.Endpoint(
            bedrock_url=emulator.endpoint,
            s3_url=emulator.endpoint,
            access_key=emulator.access_key,
            secret_key=emulator.secret_key,
            bucket=emulator.bucket,
        )
        backends = {"bedrock_invoke": bedrock_invoke.build(aws.Clients(endpoint))}
        home = folder / "home"
        home.mkdir()
        worker = hold_name(home / "workers")
        router = open_router(
            home, backends, clock=SystemClock(), cap_musd=10**12, worker=worker, models=(model,)
        )
        log = home / "log"
        engine = JobEngine(home / "engine.db", dispatch.handlers(router), worker=worker, log=log)
        wanted = [testing.request(n, model=model.key) for n in range(TAKES)]
        attempts = router.submit(wanted)
        dispatch.dispatch(engine, {model.key: model}, attempts)
        cpu, wall = _cpu(), time.perf_counter()
        engine.launch()
        _sure(engine.wait(300), "every job ends")
        spent, took = _cpu() - cpu, time.perf_counter() - wall
        engine.close()
        states = {a.state.value for a in router.attempts(wanted[0].partner)}
        _sure(states == {"settled"}, f"every take is there, found {states}")
    return TAKES / took, spent / TAKES


def _engine_noop(folder: Path) -> float:
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
    cpu = _cpu()
    engine.launch()
    _sure(engine.wait(300), "every no-op ends")
    spent = _cpu() - cpu
    engine.close()
    worker.release()
    return spent / NOOPS


def season(folder: Path) -> Iterator[Figure]:
    """12,800 takes through the router on a simulated clock, lane by lane beside their quotas."""
    from benchmarks.season import play
    from benchmarks.season import season as laid

    folder.mkdir(parents=True)
    found = play(folder, laid())
    _sure(set(found.states) == {"settled"}, f"every take is there, found {found.states}")
    for lane in found.lanes:
        rate = "no rate" if lane.per_minute is None else f"{lane.per_minute:g} a minute"
        use = f"{lane.in_flight} at once, {rate}, {lane.seconds / 3600:.1f} h |{lane.chart()}|"
        name = f"season of 12,800 takes, {lane.name} ÷ its quota"
        yield Figure(name=name, value=lane.ratio, unit="×", limit=1.05, beside=use)


def scoring(folder: Path) -> Iterator[Figure]:
    """All metrics on a 6 s 720p clip, beside one decode, one flow pass and one face pass."""
    from evaluators.domain.brief import Brief
    from evaluators.domain.character import Kind
    from evaluators.timing import against_floor

    folder.mkdir(parents=True)
    take, reference = _clip(folder)
    brief = Brief(
        row=0,
        take="clip",
        path=take,
        refs=(reference,),
        plate=reference,
        character="mara",
        kind=Kind.PERSON,
        spec={"width": 1280, "height": 720, "fps": 24},
    )
    timing = against_floor(brief)
    beside = f"floor {timing.floor_cpu_s:.2f} CPU-s, all metrics {timing.measured_cpu_s:.2f} CPU-s"
    yield Figure(
        name="scoring a 6 s 720p take ÷ floor",
        value=timing.ratio,
        unit="×",
        limit=1.5,
        beside=beside,
    )


def _clip(folder: Path) -> tuple[Path, Path]:
    """Film a portrait with a slow push-in and grain, through the emulator's own encoder."""
    from skimage import data

    start = folder / "start.npy"
    import numpy as np

    np.save(start, data.astronaut(), allow_pickle=False)
    film = folder / "film.mp4"
    code = (
        "import sys, numpy as np; from pathlib import Path\n"
        "from router.emulator.painter import clip, film\n"
        "from router.emulator.profiles import Profile\n"
        "start = np.load(sys.argv[1], allow_pickle=False)\n"
        "frames = clip.frames(prompt='slow push in', seed=7, size=(1280, 720), seconds=6, fps=24,\n"
        "    start=start, end=None, loop=False, profile=Profile(noise=0.2))\n"
        "Path(sys.argv[2]).write_bytes(film.encode(frames, size=(1280, 720), fps=24))\n"
    )
    _run("-c", code, str(start), str(film))
    import cv2

    reference = folder / "reference.png"
    cv2.imwrite(str(reference), np.ascontiguousarray(data.astronaut()[..., ::-1]))
    return film, reference


def report(folder: Path) -> Iterator[Figure]:
    """Write the page of a sample document."""
    from dashboard.report import write
    from dashboard.testing_report import sample

    document, assets = sample()
    spent = _best(lambda: write(document, assets, folder), rounds=2)
    takes = len(document["takes"])
    yield Figure(
        name="findings report from a compiled document",
        value=spent,
        unit="s",
        limit=10,
        beside=f"{takes} takes, {len(assets)} pictures; 12,800 takes are not measured yet",
    )


def _run(*words: str) -> None:
    subprocess.run([sys.executable, *words], check=True, capture_output=True)


def _best(act: Callable[[], Any], rounds: int = 5) -> float:
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        act()
        times.append(time.perf_counter() - start)
    return min(times)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _sure(held: bool, promise: str) -> None:
    if not held:
        raise AssertionError(promise)
