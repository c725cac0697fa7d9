"""`make bench`: the figures of the design, each beside its peer or its floor in the same run.

Ratios count; absolute times differ from machine to machine.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from tests.bench import (
    deploy,
    faults,
    figures,
    kills,
    luck,
    neighbour,
    paid,
    screens,
    season,
    service,
    truth,
    workers,
)
from tests.bench.figure import Figure

Line = tuple[str, bool]


def main() -> int:
    """Print one line a figure; 1 when one misses its limit.

    With `--kills N` it kills workers N times instead, at moments that `--seed` decides; with
    `--crash N` three times among N jobs; with `--memory N` it watches the memory of N takes; with
    `--faults` it runs the tests of the forty faults and prints the fault matrix; with `--workers`
    it lets two workers share one PostgreSQL, and kills that; with `--deploy` it starts each service
    of one host alone, and measures it; with `--season` it plays 12,800 takes in bad weather, brings
    their books back from a copy, and plays a tenth with real workers; with `--service SECONDS` it
    loads a service, on a shared PostgreSQL with `--postgres`; with `--neighbour SECONDS` one
    partner floods it; with `--truth 3 4 5` verdicts and repairs are held against those turns of
    planted faults only; with `--dashboard` people look at 12,800 takes on the screens; with `--fuzz
    SECONDS`, `--histories COUNT` and `--described SECONDS` chance looks for what breaks.
    """
    words = argparse.ArgumentParser(prog="make bench", description=main.__doc__)
    for name in ("kills", "crash", "memory"):
        words.add_argument(f"--{name}", type=int, default=0)
    words.add_argument("--seed", type=int, default=1)
    for name in ("service", "neighbour"):
        words.add_argument(f"--{name}", type=float, metavar="SECONDS")
    words.add_argument("--fuzz", type=int, metavar="SECONDS", help="for each parser")
    words.add_argument("--described", type=int, metavar="SECONDS", help="for the whole service")
    words.add_argument("--histories", type=int, metavar="COUNT", help="for each machine")
    words.add_argument("--truth", type=int, nargs="+", metavar="TURN", help="from 0")
    for name in ("faults", "workers", "postgres", "deploy", "season", "dashboard"):
        words.add_argument(f"--{name}", action="store_true")
    with tempfile.TemporaryDirectory(prefix="circletake-bench-") as folder:
        return _told(_chosen(words.parse_args(), Path(folder)))


def _chosen(asked: argparse.Namespace, folder: Path) -> Iterable[Line]:
    """Give what was asked for; everything that is short where nothing was."""
    if asked.faults:
        return faults.lines(folder)
    if asked.kills:
        return kills.lines(folder, asked.kills, asked.seed)
    if asked.crash:
        return kills.crash(folder / "crash", asked.crash, asked.seed)
    return ((figure.line(), figure.is_met) for figure in _figures(asked, folder))


def _figures(asked: argparse.Namespace, folder: Path) -> Iterable[Figure]:
    ways: dict[str, Callable[[Any], Iterable[Figure]]] = {
        "workers": lambda _: workers.lines(folder / "workers"),
        "deploy": lambda _: deploy.lines(folder / "deploy"),
        "dashboard": lambda _: screens.lines(folder / "dashboard"),
        "season": lambda _: season.whole(folder / "season"),
        "service": lambda s: service.lines(folder, s, postgres=asked.postgres),
        "truth": lambda turns: truth.lines(folder / "truth", turns),
        "neighbour": lambda s: neighbour.lines(folder, s),
        "fuzz": luck.bytes_,
        "described": lambda s: luck.described(folder / "described", s),
        "histories": luck.histories,
        "memory": lambda takes: [paid.memory(folder / "memory", takes)],
    }
    for name, way in ways.items():
        if said := getattr(asked, name):
            return way(said)
    return figures.every(folder)


def _told(lines: Iterable[Line]) -> int:
    missed = 0
    for line, held in lines:
        print(line, flush=True)
        missed += not held
    print(f"{missed} missed" if missed else "all met")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
