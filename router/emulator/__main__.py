"""`python -m router.emulator`: serve a strict look-alike of AWS on loopback until stopped."""

import argparse
import fcntl
import ipaddress
import json
import os
import signal
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from router.emulator.options import Options

LIMITS = (
    ("port", 0, 65_535),
    ("speed", 0.001, 1e9),
    ("luma_concurrency", 1, 10_000),
    ("rpm", 0, 1_000_000),
    ("still_seconds", 0, 86_400),
    ("job_seconds", 0, 86_400),
)
LOOKS = 5


def parser() -> argparse.ArgumentParser:
    """Build the command line."""
    it = argparse.ArgumentParser(prog="python -m router.emulator", description=__doc__)
    it.add_argument("--host", default="127.0.0.1", help="address to listen on")
    it.add_argument("--port", type=int, default=0, help="0 takes a free one")
    it.add_argument("--state", type=Path, help="folder for keys, objects, jobs and the ledger")
    it.add_argument("--ledger", type=Path, help="billing ledger, JSON lines")
    it.add_argument("--faults", type=Path, help="JSON list of faults")
    it.add_argument("--profiles", type=Path, help="JSON {model: {fault: 0..1}} over the defaults")
    it.add_argument("--speed", type=float, default=1.0, help="divides every delay")
    it.add_argument("--instant", action="store_true", help="no delays, flat pictures")
    it.add_argument("--bucket", default="circletake-emulated", help="bucket that is there at once")
    it.add_argument("--region", default="us-west-2", help="region of that bucket")
    it.add_argument("--luma-concurrency", type=int, default=1, metavar="N")
    it.add_argument("--rpm", type=int, default=0, help="requests a minute per model; 0: no limit")
    it.add_argument("--still-seconds", type=float, default=2.0)
    it.add_argument("--job-seconds", type=float, default=30.0, help="for a film of five seconds")
    it.add_argument("--invocation-log", action=argparse.BooleanOptionalAction, default=True)
    it.add_argument("--json", action="store_true", help="print one JSON line when ready")
    it.add_argument("--with-parent", action="store_true", help="end when standard input closes")
    it.add_argument("--i-know", action="store_true", help="listen beyond loopback all the same")
    return it


def main(words: list[str] | None = None) -> int:
    """Read the command line and serve; 2 where it asks for what cannot be."""
    it = parser()
    said = it.parse_args(words)
    for name, low, high in LIMITS:
        if not low <= getattr(said, name) <= high:
            found = getattr(said, name)
            it.error(f"--{name.replace('_', '-')}: found {found}, expected {low:g} to {high:g}")
    if not said.i_know and not _is_loopback(said.host):
        it.error(f"--host {said.host} is not loopback; the emulator is for this machine only")
    with ExitStack() as stack:
        state = said.state or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if said.with_parent:
            threading.Thread(target=_end_with_the_parent, args=[state], daemon=True).start()
        return serve(_options(said, state))


def serve(options: Options) -> int:
    """Serve until SIGTERM or SIGINT; 0 after a clean stop, 2 where something given is wrong.

    One emulator works on a state folder at a time; `endpoint.json` in it says where.
    """
    options.state.mkdir(parents=True, exist_ok=True)
    with (options.state / "lock").open("w") as lock:
        if not _locked(lock):
            print(f"another emulator works on {options.state}", file=sys.stderr)
            return 2
        return _served(options)


def _locked(lock: IO[str]) -> bool:
    """Take the lock; once more a moment later, for whoever only looks holds it for an instant."""
    for _ in range(LOOKS):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.02)
        else:
            return True
    return False


def _served(options: Options) -> int:
    from router.emulator.faults import FaultsError
    from router.emulator.profiles import ProfileError
    from router.emulator.server import run

    try:
        return run(options, _announce)
    except (FaultsError, ProfileError, OSError) as error:
        print(error, file=sys.stderr)
        return 2


def _options(said: argparse.Namespace, state: Path) -> Options:
    return Options(
        state=state,
        ledger=said.ledger or state / "ledger.jsonl",
        host=said.host,
        port=said.port,
        faults=said.faults,
        profiles=said.profiles,
        speed=said.speed,
        instant=said.instant,
        bucket=said.bucket,
        region=said.region,
        luma_concurrency=said.luma_concurrency,
        requests_per_minute=said.rpm,
        still_seconds=said.still_seconds,
        job_seconds=said.job_seconds,
        invocation_log=said.invocation_log,
        as_json=said.json,
    )


def _end_with_the_parent(state: Path) -> None:
    """Wait until whoever started us is gone, killed or not: the pipe from it then closes.

    Others may be served meanwhile: each guest holds a shared lock, and the last one to leave lets
    us have it.
    """
    while os.read(0, 4096):  # not sys.stdin: its lock would be held when the interpreter ends
        pass
    state.mkdir(parents=True, exist_ok=True)
    with (state / "guests").open("a") as guests:
        fcntl.flock(guests, fcntl.LOCK_EX)
        os.kill(os.getpid(), signal.SIGTERM)
        threading.Event().wait()  # the lock ends with this process: nobody enters a house that goes


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _announce(options: Options, facts: dict[str, str]) -> None:
    _leave_word(options.state / "endpoint.json", json.dumps(facts))
    if options.as_json:
        print(json.dumps(facts), flush=True)
        return
    print("Emulated AWS; everything it makes is simulated. Stop it with Ctrl-C.")
    for name, value in facts.items():
        print(f"  {name:12} {value}", flush=True)


def _leave_word(where: Path, facts: str) -> None:
    """Say where we listen, under a lock that is ours for life: a dead emulator's word has none."""
    new = where.with_suffix(".new")
    new.unlink(missing_ok=True)
    handle = os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)  # our keys
    fcntl.flock(handle, fcntl.LOCK_EX)
    os.write(handle, facts.encode())
    new.replace(where)


if __name__ == "__main__":
    sys.exit(main())
