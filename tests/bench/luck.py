"""What chance finds, for as long as one likes: bytes, histories of the ledger, requests.

`python -m tests.bench --fuzz SECONDS` (for each parser), `--histories COUNT` (for each machine) and
`--described SECONDS` (for the whole service).
"""

import re
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench.figure import Figure, sure

FUZZ_S, DESCRIBED_S = 5, 60
HISTORIES = 20
STEPS = 30  # of each history


def bytes_(seconds: int = FUZZ_S) -> Iterator[Figure]:
    """Fuzz every parser of foreign bytes, guided by coverage, each in a process of its own."""
    from importlib.util import find_spec

    from tests.fuzz.__main__ import NAMES, run

    sure(find_spec("atheris") is not None, "atheris is installed")
    for name in NAMES:
        status, told = run(name, seconds)  # type: ignore[no-untyped-call]
        done = re.search(r"Done (\d+) runs", told)
        last = told.strip().splitlines()[-1] if told.strip() else "silence"
        yield Figure(
            name=f"inputs that break a parser: {name}",
            value=int(status != 0),
            unit="inputs",
            limit=0,
            beside=f"{done.group(1)} runs in {seconds} s" if done else last,
        )


def described(folder: Path, seconds: int = DESCRIBED_S) -> Iterator[Figure]:
    """Ask a served home whatever its description allows, and some of what it does not."""
    from tests.described import asked as asking
    from tests.described import owned

    with owned(folder) as url:
        seen = asking(url, seconds, seed=1)
    by_status = ", ".join(f"{n} × {status}" for status, n in sorted(seen.statuses.items()))
    yield Figure(
        name="answers that the service does not describe, or 5xx",
        value=len(seen.faults),
        unit="kinds",
        limit=0,
        beside=f"{seen.cases} cases in {seconds} s: {by_status} {' '.join(sorted(seen.faults))}",
    )


def histories(count: int = HISTORIES) -> Iterator[Figure]:
    """Let hypothesis invent histories of the ledger, and of wishes that are sent again and again.

    A history that breaks a rule ends the measuring with its shortest form.
    """
    from hypothesis import HealthCheck, settings
    from hypothesis.stateful import run_state_machine_as_test

    from tests.router.test_answers import Wishes
    from tests.router.test_money import Money

    asked = settings(
        max_examples=count,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    for machine, about in ((Money, "the ledger"), (Wishes, "wishes and their keys")):
        began = time.monotonic()
        run_state_machine_as_test(machine, settings=asked)
        yield Figure(
            name=f"histories that break a rule of {about}",
            value=0,
            unit="histories",
            limit=0,
            beside=f"{count} histories of up to {STEPS} steps, {time.monotonic() - began:.0f} s",
        )
