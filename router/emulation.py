"""The embedded emulator as a process of its own: started, spoken to over the wire, stopped.

Nobody imports the emulator. Its state, billing ledger, media and async jobs live in one folder, so
that a second start goes on where the first one ended.
"""

import fcntl
import json
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from router.domain.errors import Unreachable

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Emulator:
    """Where a running emulator listens, and what it keeps."""

    endpoint: str
    region: str
    access_key: str
    secret_key: str
    s3_endpoint: str
    bucket: str
    ledger: Path  # one JSON line a billed call


def arguments(  # noqa: PLR0913 - the emulator's own options, one to one
    *,
    state: Path,
    port: int = 0,
    ledger: Path | None = None,
    faults: Path | None = None,
    profiles: Path | None = None,
    speed: float = 1.0,
    instant: bool = False,
    as_json: bool = True,
    extra: Sequence[str] = (),
) -> list[str]:
    """Spell the command line of the emulator."""
    words = ["--state", str(state), "--port", str(port), "--speed", str(speed)]
    words += ["--ledger", str(ledger or state / "billing.jsonl")]
    words += ["--faults", str(faults)] if faults else []
    words += ["--profiles", str(profiles)] if profiles else []
    words += ["--instant"] if instant else []
    words += ["--json"] if as_json else []
    return [*words, *extra]


def run(words: Sequence[str]) -> int:
    """Serve in the foreground until stopped; gives the exit code."""
    return subprocess.run([sys.executable, "-m", "router.emulator", *words], check=False).returncode


@contextmanager
def running(words: Sequence[str], *, ledger: Path) -> Iterator[Emulator]:
    """Start the emulator, wait until it answers, stop it on leaving.

    Where one works on the same state folder already (another command of this home), that one is
    used, and left running.

    Raises:
        Unreachable: it did not come up.
    """
    ledger.parent.mkdir(parents=True, exist_ok=True)
    here = _at_work(ledger)
    if here:
        yield here
        return
    log = ledger.parent / "emulator.log"
    with log.open("a", encoding="utf-8") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "router.emulator", *words, "--with-parent"],
            stdin=subprocess.PIPE,  # closes when this process ends, however it ends
            stdout=subprocess.PIPE,
            stderr=errors,  # a file: a full pipe would stop the emulator
            text=True,
            start_new_session=True,  # Ctrl-C is ours: the jobs in flight settle first
        )
    try:
        yield _announced(process, ledger, log)
    finally:
        _stop(process)
        for pipe in (process.stdin, process.stdout):
            if pipe:
                pipe.close()


def _at_work(ledger: Path) -> Emulator | None:
    """Find the emulator that holds the lock of this state folder, if any does."""
    lock, where = ledger.parent / "lock", ledger.parent / "endpoint.json"
    if not (lock.exists() and where.exists()):
        return None
    with lock.open("r") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return Emulator(**json.loads(where.read_text(encoding="utf-8")), ledger=ledger)
    return None


def _announced(process: "subprocess.Popen[str]", ledger: Path, log: Path) -> Emulator:
    if process.stdout is None:
        raise Unreachable(field="emulator", found="no pipe", expected="a readable standard output")
    ready, _, _ = select.select([process.stdout], [], [], START_TIMEOUT_S)
    line = process.stdout.readline() if ready else ""
    if not line:
        _stop(process)
        said = log.read_text(encoding="utf-8").strip().splitlines()
        raise Unreachable(
            field="emulator",
            found=said[-1] if said else f"no answer in {START_TIMEOUT_S:.0f} s",
            expected="one JSON line with its endpoint",
        )
    return Emulator(**json.loads(line), ledger=ledger)


def _stop(process: "subprocess.Popen[str]") -> None:
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
