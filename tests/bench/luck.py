"""What chance finds, for as long as one likes: bytes for the parsers, histories for the ledger.

`python -m tests.bench --fuzz SECONDS` (for each parser) and `--histories COUNT` (for each machine).
"""

import re
import time
from collections.abc import Iterator

from tests.bench.figure import Figure, sure

FUZZ_S = 5
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
