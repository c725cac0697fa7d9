"""What a deployment costs before anybody works: build input, cold starts, idle memory, leaving.

The services of deploy/compose.yaml as processes of this machine (tests/compose.py), on a real
PostgreSQL and a folder for media; each start is timed to the first healthy answer of its own check.
"""

import fnmatch
import os
import signal
import socket
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench.figure import Figure, sure

ROOT = Path(__file__).parents[2]
STARTS = 3
IDLE_S = 5.0
LOOK_S = 0.1


def lines(folder: Path) -> Iterator[Figure]:
    """Measure one after the other, so that each has the machine to itself."""
    from tests import postgres
    from tests.compose import Place, read

    folder.mkdir(parents=True)
    yield _input()
    with postgres.running() as server:
        place = Place(folder, read({"CIRCLETAKE_REHEARSE": "--simulate"}), _stands_in(server))
        _hand_over(folder)
        server.execute("CREATE DATABASE circletake OWNER circletake_owner")
        done = place.run("migrate")
        sure(done.returncode == 0, f"the database is made: {done.stderr[-300:]}")
        for name, port in (("api", "8400"), ("worker-1", ""), ("dashboard", "8501")):
            yield from _service(place, name, place.stands_in.get(port, ""))


def _input() -> Figure:
    """Add up what goes to the builder of the image after its list of exceptions."""
    rules = (ROOT / "deploy/Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    kept = [rule[1:] for rule in rules if rule.startswith("!")]
    left = [rule.removeprefix("**/") for rule in rules if rule.startswith("**/")]
    files = [
        path
        for start in kept
        for path in ([ROOT / start] if (ROOT / start).is_file() else (ROOT / start).rglob("*"))
        if path.is_file()
        and not any(fnmatch.fnmatch(part, rule) for part in path.parts for rule in left)
    ]
    size = sum(path.stat().st_size for path in files)
    whole = sum(p.stat().st_size for p in (ROOT / ".venv").rglob("*") if p.is_file())
    return Figure(
        name="image: bytes that go to the builder",
        value=size / 1e6,
        unit="MB",
        limit=20,
        beside=f"{len(files)} files; this machine's environment holds {whole / 1e9:.1f} GB",
    )


def _service(place: Any, name: str, port: str) -> Iterator[Figure]:
    starts, memory, leaving = [], [], []
    for _ in range(STARTS):
        began = time.monotonic()
        child = place.start(name)
        while not _answers(place, name, port):
            sure(child.poll() is None, f"{name} comes up: {place.said(name)[-300:]}")
            time.sleep(LOOK_S)
        starts.append(time.monotonic() - began)
        time.sleep(IDLE_S)
        memory.append(_memory(child.pid))
        told = time.monotonic()
        child.send_signal(signal.SIGTERM)
        sure(child.wait(60) == 0, f"{name} leaves with 0")
        leaving.append(time.monotonic() - told)
    plain = name.removesuffix("-1")
    yield _figure(f"{plain}: cold start to the first sign of life", starts, "s", 30)
    yield _figure(f"{plain}: memory when idle (PSS, children too)", memory, "MB", 1500)
    yield _figure(f"{plain}: from SIGTERM to the end, idle", leaving, "s", 15)


def _figure(name: str, values: list[float], unit: str, limit: float) -> Figure:
    beside = f"n={len(values)}, {min(values):.1f} to {max(values):.1f}"
    return Figure(name=name, value=statistics.median(values), unit=unit, limit=limit, beside=beside)


def _answers(place: Any, name: str, port: str) -> bool:
    """Look for the open port, or the worker's pulse: a health check would take time of its own."""
    if not port:
        home = Path(place.environment(name)["CIRCLETAKE_HOME"])
        return any((home / "workers").glob("*.pulse"))
    try:
        socket.create_connection(("127.0.0.1", int(port)), 0.5).close()
    except OSError:
        return False
    return bool(place.is_healthy(name))


def _memory(pid: int) -> float:
    """Add up what a process group really holds, in MB; shared pages are shared out."""
    group, held = os.getpgid(pid), 0
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                if os.getpgid(int(folder.name)) == group:
                    text = (folder / "smaps_rollup").read_text(encoding="utf-8")
                    held += next(int(n.split()[1]) for n in text.splitlines() if n[:4] == "Pss:")
            except (OSError, StopIteration):
                continue
    return held / 1000


def _stands_in(server: Any) -> dict[str, str]:
    place = f"@/circletake?host={server.folder / 'socket'}"
    ports = {"8400": _free(), "8501": _free()}
    return {"@database:5432/circletake": place, "s3://circletake/media": "", **ports}


def _hand_over(folder: Path) -> None:
    (folder / "secrets").mkdir()
    for name in ("database_password", "database_owner_password", "pepper", "audit_key"):
        (folder / "secrets" / name).write_bytes(b"0123456789abcdef" * 2)
    (folder / "secrets" / "aws_credentials").write_text("[default]\n", encoding="utf-8")
    (folder / "secrets" / "oidc").write_bytes(b"")
    (folder / "volumes" / "partners").mkdir(parents=True)


def _free() -> str:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return str(found.getsockname()[1])
