"""`make bench`: the figures of the design, each beside its peer or its floor in the same run.

Ratios count; absolute times differ from machine to machine.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from tests.bench import faults, figures, kills, paid, workers


def main() -> int:
    """Print one line a figure; 1 when one misses its limit.

    With `--kills N` it kills workers N times instead, at moments that `--seed` decides; with
    `--crash N` three times among N jobs; with `--memory N` it watches the memory of N takes; with
    `--faults` it runs the tests of the forty faults and prints the fault matrix; with `--workers`
    it lets two workers share one PostgreSQL, and kills that.
    """
    words = argparse.ArgumentParser(prog="make bench", description=main.__doc__)
    words.add_argument("--kills", type=int, default=0)
    words.add_argument("--crash", type=int, default=0)
    words.add_argument("--memory", type=int, default=0)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--faults", action="store_true")
    words.add_argument("--workers", action="store_true")
    asked = words.parse_args()
    with tempfile.TemporaryDirectory(prefix="circletake-bench-") as folder:
        if asked.faults:
            return _told(faults.lines(Path(folder)))
        if asked.workers:
            shared = workers.lines(Path(folder) / "workers")
            return _told((f.line(), f.is_met) for f in shared)
        if asked.kills:
            return _told(kills.lines(Path(folder), asked.kills, asked.seed))
        if asked.crash:
            return _told(kills.crash(Path(folder) / "crash", asked.crash, asked.seed))
        if asked.memory:
            found = paid.memory(Path(folder) / "memory", asked.memory)
            return _told([(found.line(), found.is_met)])
        return _told((f.line(), f.is_met) for f in figures.every(Path(folder)))


def _told(lines: Iterable[tuple[str, bool]]) -> int:
    missed = 0
    for line, held in lines:
        print(line, flush=True)
        missed += not held
    print(f"{missed} missed" if missed else "all met")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
