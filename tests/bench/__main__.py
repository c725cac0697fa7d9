"""`make bench`: the figures of the design, each beside its peer or its floor in the same run.

Ratios count; absolute times differ from machine to machine.
"""

import sys
import tempfile
from pathlib import Path

from tests.bench import figures


def main() -> int:
    """Print one line a figure; 1 when one misses its limit."""
    missed = 0
    with tempfile.TemporaryDirectory(prefix="circletake-bench-") as folder:
        for figure in figures.every(Path(folder)):
            print(figure.line(), flush=True)
            missed += not figure.is_met
    print(f"{missed} missed" if missed else "all met")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
