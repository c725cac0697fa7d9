"""Several workers on one PostgreSQL: how evenly they share, and what a restart of it costs.

Each worker is a process; its jobs note in a table who did them. The database is a real server,
started here (tests/postgres.py).
"""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.bench.figure import Figure, sure

JOBS = 3000
IN_FLIGHT = 8
RESTARTED = 1000
SCHEMA = "engine_bench"
_WORKER = """
import signal, sys, threading, time
from pathlib import Path
import psycopg
from router.jobs.engine import JobEngine
from router.leases import lease_name
from router.store import database

url, log, schema = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
plain = url.replace("postgresql+psycopg://", "postgresql://")
name, local = lease_name(database.connect(url)), threading.local()

def note(job):
    if not hasattr(local, "connection") or local.connection.broken:
        local.connection = psycopg.connect(plain, autocommit=True)
    local.connection.execute("INSERT INTO done (job, worker) VALUES (%s, %s)", (job, name.slot))

def advance(partner, job):
    for _ in range(300):
        try:
            return note(job)
        except psycopg.OperationalError:  # the server is away
            time.sleep(0.1)

engine = JobEngine(url, {"advance": advance}, worker=name, log=log, schema=schema)
over = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: over.set())
engine.launch()
print(name.slot, flush=True)
over.wait()
engine.close()
name.release()
"""


def lines(folder: Path) -> Iterator[Figure]:
    """Evenness and rate of two workers; jobs lost when the server is killed and started again."""
    from tests import postgres

    folder.mkdir(parents=True)
    with postgres.running() as server:
        yield from _evenness(server.migrated(), folder / "even")
        yield _restart(server.migrated(), folder / "restart")


def _evenness(made: Any, folder: Path) -> Iterator[Figure]:
    with _House(made, folder) as house:
        took = house.carry_out(JOBS)
        shares = sorted(Counter(worker for _, worker in house.done()).values())
    sure(sum(shares) == JOBS, f"each job once, found {sum(shares)}")
    off = max(abs(2 * share / JOBS - 1) for share in shares) if len(shares) == 2 else 1.0
    yield Figure(
        name="two workers share 3,000 jobs: off an even share",
        value=100 * off,
        unit="%",
        limit=10,
        beside=f"{' and '.join(map(str, shares))}, {JOBS / took:.0f} jobs/s, {IN_FLIGHT} at once",
    )


def _restart(made: Any, folder: Path) -> Figure:
    with _House(made, folder) as house:
        took = house.carry_out(RESTARTED, meanwhile=lambda: _crash(made.server))
        done = Counter(job for job, _ in house.done())
    return Figure(
        name="jobs lost when PostgreSQL is killed and starts again",
        value=RESTARTED - len(done),
        unit="jobs",
        limit=0,
        beside=f"{RESTARTED} jobs, {sum(done.values()) - len(done)} done again, {took:.0f} s",
    )


def _crash(server: Any) -> None:
    time.sleep(2.0)
    server.crash()
    time.sleep(1.0)
    server.start()


class _House:
    """Two workers of one database, and whoever hands jobs in."""

    def __init__(self, made: Any, folder: Path) -> None:
        folder.mkdir()
        self._made, self._folder, self._stack = made, folder, ExitStack()

    def __enter__(self) -> "_House":
        from router.jobs.engine import JobEngine, install
        from router.leases import lease_name
        from router.store import database
        from tests.postgres import APP

        install(self._made.admin_url, SCHEMA, APP)
        table = "CREATE TABLE done (n serial, job text, worker text)"
        self._told(f"{table}; GRANT ALL ON done, done_n_seq TO {APP}")
        url, log = self._made.url, self._folder / "log"
        name = lease_name(database.connect(url))
        self._jobs = JobEngine(url, {}, worker=name, log=log, schema=SCHEMA)
        self._stack.callback(name.release)
        self._stack.callback(self._jobs.close)
        for number in range(2):
            words = [sys.executable, "-c", _WORKER, url, str(self._folder / str(number)), SCHEMA]
            worker = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
            self._stack.enter_context(worker)
            self._stack.callback(worker.terminate)
            sure(bool(worker.stdout and worker.stdout.readline()), "a worker comes up")
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def carry_out(self, count: int, meanwhile: Any = None) -> float:
        """Have jobs done; gives the seconds from handing them in to the last one."""
        from router.jobs.job import Job, QueueSpec

        self._jobs.open_queues([QueueSpec(name="q", in_flight=IN_FLIGHT)])
        time.sleep(2.5)  # until both serve the queue
        began = time.monotonic()
        self._jobs.enqueue(
            [Job(id=f"job-{n}", handler="advance", queue="q", args=("p", f"job-{n}"))
             for n in range(count)]
        )  # fmt: skip
        if meanwhile:
            meanwhile()
        sure(self._jobs.wait(300), "every job ends")
        return time.monotonic() - began

    def done(self) -> list[tuple[str, str]]:
        """Say who did what."""
        import psycopg

        with psycopg.connect(_plain(self._made.url)) as connection:
            return connection.execute("SELECT job, worker FROM done").fetchall()

    def _told(self, statements: str) -> None:
        import psycopg

        with psycopg.connect(_plain(self._made.superuser_url), autocommit=True) as connection:
            connection.execute(statements.encode())


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://")
