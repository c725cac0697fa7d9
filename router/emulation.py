"""The embedded emulator as a process of its own: started, spoken to over the wire, stopped.

Nobody imports the emulator. Its state, billing ledger, media and async jobs live in one folder, so
that a second start goes on where the first one ended. Several commands of one home share one: each
is a guest, and holds a shared lock on `guests` for as long as it needs the emulator, which goes
when its owner and the last guest have left.
"""

import fcntl
import json
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from router.domain.errors import Unreachable

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 10.0
_LOOK_S = 0.05


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
    used. It serves until both its owner and the last guest have left, in whichever order.

    Raises:
        Unreachable: it did not come up.
    """
    state = ledger.parent
    state.mkdir(parents=True, exist_ok=True)
    with (state / "guests").open("a") as guests:
        _wait_for(guests)
        here, process = _entered(words, ledger)
        try:
            yield here
        finally:
            if process:
                _leave(process, guests)
            fcntl.flock(guests, fcntl.LOCK_UN)  # for children that were forked meanwhile, too


def _entered(words: Sequence[str], ledger: Path) -> "tuple[Emulator, subprocess.Popen[str] | None]":
    """Find the emulator at work, or start one; who loses that race uses the winner's."""
    while True:
        here = _at_work(ledger)
        if here:
            return here, None
        process = _started(words, ledger.parent)
        here = _announced(process, ledger)
        if here:
            return here, process


def _started(words: Sequence[str], state: Path) -> "subprocess.Popen[str]":
    with (state / "emulator.log").open("a", encoding="utf-8") as errors:
        return subprocess.Popen(
            [sys.executable, "-m", "router.emulator", *words, "--with-parent"],
            stdin=subprocess.PIPE,  # closes when this process ends, however it ends
            stdout=subprocess.PIPE,
            stderr=errors,  # a file: a full pipe would stop the emulator
            text=True,
            start_new_session=True,  # Ctrl-C is ours: the jobs in flight settle first
        )


def _at_work(ledger: Path) -> Emulator | None:
    """Find the emulator that holds the lock of this state folder; one that starts is waited for."""
    where, until = ledger.parent / "endpoint.json", time.monotonic() + START_TIMEOUT_S
    while _is_locked(ledger.parent / "lock"):
        if _is_locked(where):  # one that nobody holds was left behind by a dead emulator
            return Emulator(**json.loads(where.read_text(encoding="utf-8")), ledger=ledger)
        if time.monotonic() > until:
            raise _not_up(f"starting for {START_TIMEOUT_S:.0f} s in another process")
        time.sleep(_LOOK_S)
    return None


def _is_locked(path: Path) -> bool:
    try:
        with path.open("r") as handle:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _wait_for(guests: IO[str]) -> None:
    """Become a guest; not of an emulator that is about to go, which is waited for."""
    until = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < until:
        try:
            fcntl.flock(guests, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_LOOK_S)
        else:
            return
    raise _not_up(f"one before it has been stopping for {START_TIMEOUT_S:.0f} s")


def _leave(process: "subprocess.Popen[str]", guests: IO[str]) -> None:
    """Stop what this process started, or leave it to the guests; it goes with the last one."""
    try:
        fcntl.flock(guests, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        process.returncode = 0  # it goes on without us: nobody here waits for its end
    else:  # nobody enters before this lock is gone
        _stop(process)
    _close(process)


def _announced(process: "subprocess.Popen[str]", ledger: Path) -> Emulator | None:
    """Read where it listens; None where another one was faster."""
    if process.stdout is None:
        raise _not_up("no pipe")
    ready, _, _ = select.select([process.stdout], [], [], START_TIMEOUT_S)
    line = process.stdout.readline() if ready else ""
    if line:
        return Emulator(**json.loads(line), ledger=ledger)
    _stop(process)
    _close(process)
    if _is_locked(ledger.parent / "lock"):
        return None
    log = ledger.parent / "emulator.log"
    said = log.read_text(encoding="utf-8").strip().splitlines()
    raise _not_up(said[-1] if said else f"no answer in {START_TIMEOUT_S:.0f} s")


def _not_up(found: str) -> Unreachable:
    return Unreachable(field="emulator", found=found, expected="one JSON line with its endpoint")


def _close(process: "subprocess.Popen[str]") -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe:
            pipe.close()


def _stop(process: "subprocess.Popen[str]") -> None:
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
