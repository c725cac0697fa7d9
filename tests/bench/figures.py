"""What is measured, and against what."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.bench.figure import Figure, sure
from tests.bench.luck import bytes_ as fuzzed
from tests.bench.luck import described, histories
from tests.bench.neighbour import lines as neighbour
from tests.bench.paid import paid_path
from tests.bench.quotas import makespan
from tests.bench.scoring import brief_of
from tests.bench.scoring import lines as takes_measured
from tests.bench.screens import lines as screens
from tests.bench.season import weather
from tests.bench.service import lines as service
from tests.bench.truth import lines as verdicts_held
from tests.bench.workers import lines as workers_together

SERVICE_S, NEIGHBOUR_S = 60.0, 20.0  # short; each has an option of its own


def every(folder: Path) -> Iterator[Figure]:
    """Measure everything, cheapest first."""
    yield help_time()
    yield from paid_path(folder / "router")
    yield from workers_together(folder / "workers")
    yield from service(folder / "service", SERVICE_S)
    yield from neighbour(folder / "neighbour", NEIGHBOUR_S)
    yield from fuzzed()
    yield from histories()
    yield from described(folder / "described")
    yield from makespan(folder / "quotas")
    yield from season(folder / "season")
    yield from weather(folder / "weather")
    yield from scoring(folder / "clip")
    yield from verdicts_held(folder / "truth")
    yield from ranking(folder / "votes")
    yield from report(folder / "report")
    yield from screens(folder / "dashboard")


def help_time() -> Figure:
    """`circletake --help`, beside Python that does nothing."""
    spent = _best(lambda: _run("-m", "dashboard.console", "--help"))
    floor = _best(lambda: _run("-c", "pass"))
    beside = f"python itself {floor:.3f} s"
    return Figure(name="circletake --help", value=spent, unit="s", limit=0.5, beside=beside)


def season(folder: Path) -> Iterator[Figure]:
    """12,800 takes through the router on a simulated clock, lane by lane beside their quotas."""
    from benchmarks.seasons.season import play
    from benchmarks.seasons.season import season as laid

    folder.mkdir(parents=True)
    found = play(folder, laid())
    sure(set(found.states) == {"settled"}, f"every take is there, found {found.states}")
    for lane in found.lanes:
        rate = "no rate" if lane.per_minute is None else f"{lane.per_minute:g} a minute"
        use = f"{lane.in_flight} at once, {rate}, {lane.seconds / 3600:.1f} h |{lane.chart()}|"
        name = f"season of 12,800 takes, {lane.name} ÷ its quota"
        yield Figure(name=name, value=lane.ratio, unit="×", limit=1.05, beside=use)


def scoring(folder: Path) -> Iterator[Figure]:
    """Measure a 6 s 720p clip in every way, beside the floor."""
    folder.mkdir(parents=True)
    yield from takes_measured(folder, brief_of(*_clip(folder)))


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


def ranking(folder: Path) -> Iterator[Figure]:
    """10,000 votes with intervals, in process and as a command."""
    import numpy as np

    from benchmarks.votes import ballots
    from benchmarks.votes.ranking import rank

    folder.mkdir(parents=True)
    chance, path = np.random.default_rng(0), folder / "votes.csv"
    liked, outcomes = np.linspace(0.5, -0.5, 8), ("left", "right", "tie")
    rows = ["rater,shot,left,right,outcome"]
    for _ in range(10_000):
        left, right = chance.choice(8, 2, replace=False)
        won = 0.83 / (1 + np.exp(liked[right] - liked[left]))
        said = chance.choice(3, p=[won, 0.83 - won, 0.17])
        who = f"r{chance.integers(24)},s{chance.integers(60)}"
        rows.append(f"{who},m{left},m{right},{outcomes[said]}")
    path.write_text("\n".join(rows), encoding="utf-8")
    read = ballots.read(path)
    sure(all(m.ci_low is not None for m in rank(read).models), "every model has an interval")
    beside = "8 models, 24 raters, 60 shots, 1,000 two-way replicates"
    yield Figure(
        name="ranking 10,000 votes with intervals",
        value=_best(lambda: rank(read), 3),
        unit="s",
        limit=0.3,
        beside=beside,
    )
    yield Figure(
        name="circletake votes rank, the same",
        value=_best(lambda: _run("-m", "dashboard.console", "votes", "rank", str(path)), 3),
        unit="s",
        limit=1.5,
        beside="the start of the console and of numpy included",
    )


def report(folder: Path) -> Iterator[Figure]:
    """Write the whole bundle: page, PDF, slides and tables of 12,800 takes."""
    from dashboard.printing.report import write
    from dashboard.testing.grown import grown

    document, assets = grown(12_800)
    spent = _best(lambda: write(document, assets, folder), rounds=2)
    takes, size = len(document["takes"]), sum(f.stat().st_size for f in folder.iterdir())
    yield Figure(
        name="findings report from a compiled document: page, PDF, slides, tables",
        value=spent,
        unit="s",
        limit=10,
        beside=f"{takes} takes, {len(assets)} pictures, {size / 1e6:.1f} MB; without compiling it",
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
