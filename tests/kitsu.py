"""A real Kitsu (zou) for tests, in an environment of its own: `make kitsu` installs it.

The server is AGPL: it runs as processes of its own, is never imported and never shipped. Its
records are in a PostgreSQL of the tests (`tests/postgres.py`), its key-value store is fakeredis
behind a socket. Everything listens on loopback and ends with the tests.
"""

import os
import socket
import subprocess
import time
import urllib.request
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import postgres

ROOT = Path(__file__).parents[1]
ADMIN, PASSWORD = "supervisor@paperlantern.example", "a-long-word-for-tests"
_PATIENCE_S = 90.0
_STORE = """
import sys
from fakeredis import TcpFakeServer
server = TcpFakeServer(("127.0.0.1", int(sys.argv[1])), server_type="redis")
server.daemon_threads = True
server.serve_forever()
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kitsu:
    """A server that runs."""

    url: str  # as gazu wants it: with /api
    folder: Path
    took_s: float  # from nothing to the first answer


def environment() -> Path:
    """Give the environment that zou is installed in; skips where there is none."""
    named = os.environ.get("CIRCLETAKE_ZOU")
    folder = Path(named) if named else ROOT / ".venv-zou"
    if not (folder / "bin" / "zou").is_file():
        pytest.skip(f"no Kitsu server in {folder.name}: `make kitsu` installs it (about 0.7 GB)")
    return folder


@contextmanager
def running(folder: Path):
    """Start PostgreSQL, a key-value store and zou; nothing of them is left behind."""
    programs = environment() / "bin"
    began = time.monotonic()
    with ExitStack() as stack:
        records, store, port = _free(), _free(), _free()
        try:
            server = stack.enter_context(postgres.running(port=records))
        except postgres.Absent as why:
            pytest.skip(f"no PostgreSQL on this machine: {why}")
        server.execute("CREATE DATABASE zoudb TEMPLATE template0")
        env = _env(folder, records, store)
        stack.enter_context(_process([programs / "python", "-c", _STORE, str(store)], env, folder))
        _until(store)
        for words in (["init-db"], ["init-data"], ["create-admin", "--password", PASSWORD, ADMIN]):
            _run([programs / "zou", *words], env, folder)
        options = ("--workers", "1", "--threads", "4", "--timeout", "120")
        command = [programs / "gunicorn", *options, "-b", f"127.0.0.1:{port}", "zou.app:app"]
        stack.enter_context(_process(command, env, folder))
        url = f"http://127.0.0.1:{port}"
        _answers(url, folder)
        # Behind /api in production, where a web server takes the prefix away.
        yield Kitsu(url=url, folder=folder, took_s=time.monotonic() - began)


def _env(folder: Path, records: int, store: int) -> dict[str, str]:
    for name in ("previews", "tmp", "plugins"):
        (folder / name).mkdir(exist_ok=True)
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "SECRET_KEY": "a key of these tests only",
        "DB_HOST": "127.0.0.1",
        "DB_PORT": str(records),
        "DB_USERNAME": postgres.SUPERUSER,
        "DB_PASSWORD": "",
        "DB_DATABASE": "zoudb",
        "KV_HOST": "127.0.0.1",
        "KV_PORT": str(store),
        "PREVIEW_FOLDER": str(folder / "previews"),
        "TMP_DIR": str(folder / "tmp"),
        "PLUGIN_FOLDER": str(folder / "plugins"),
        "INDEXER_PORT": "1",
        "MAIL_ENABLED": "False",
        "MAIL_CHECK_DELIVERABILITY": "False",
        "SKIP_NORMALIZATION_FULL": "true",
        "BCRYPT_LOG_ROUNDS": "4",
    }


@contextmanager
def _process(command: list[object], env: dict[str, str], folder: Path):
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            [str(word) for word in command],
            env=env,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            preexec_fn=postgres._die_with_us,  # noqa: PLW1509  # one system call, no locks
        )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _run(command: list[object], env: dict[str, str], folder: Path) -> None:
    words = [str(word) for word in command]
    done = subprocess.run(
        words, env=env, cwd=folder, capture_output=True, text=True, timeout=_PATIENCE_S, check=False
    )
    assert done.returncode == 0, f"{words}: {done.stdout[-1000:]}{done.stderr[-3000:]}"


def _answers(url: str, folder: Path) -> None:
    until = time.monotonic() + _PATIENCE_S
    while True:
        try:
            with urllib.request.urlopen(url, timeout=10):
                return
        except OSError:
            said = (folder / "log").read_text(encoding="utf-8", errors="replace")[-3000:]
            assert time.monotonic() < until, said
            time.sleep(0.2)


def _until(port: int) -> None:
    until = time.monotonic() + _PATIENCE_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=2).close()
        except OSError:
            assert time.monotonic() < until
            time.sleep(0.05)
        else:
            return


def _free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
