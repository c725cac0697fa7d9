"""The job engine: DBOS behind ten verbs; nothing else of ours knows it.

The engine promises that a job that was enqueued is run to its end at least once, on some worker. It
does not promise "only once": handlers are re-entrant. Its database holds names and ids only.
"""

import functools
import itertools
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any, ParamSpec, TypeVar

from dbos import DBOS, DBOSClient, DBOSConfig, EnqueueOptions
from dbos import DBOSPortableJSONSerializer as Json
from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import InterfaceError, OperationalError

from router.jobs.job import Job, QueueSpec
from router.jobs.queues import Queues
from router.telling.log import open_log
from router.workers import Worker

# Raised by hand when a handler's arguments change their meaning, never by editing code.
VERSION = "jobs-1"
_PAUSE_S = 0.15
THREADS = 16
ADOPT_S = 5.0  # between two looks for dead workers
_JOIN_S = 2.0
_LOOK_S = 0.5  # how often a busy worker that waits looks at other queues and workers
_NAME = "circletake"
_SCHEMA = "dbos"
_LIVE = ["PENDING", "ENQUEUED", "DELAYED"]
_LOG = logging.getLogger("circletake.jobs")
_OUTAGE_S = 60.0  # how long a database server that restarts is waited for

P = ParamSpec("P")
T = TypeVar("T")
Handler = Callable[..., object]


def _patient(verb: Callable[P, T]) -> Callable[P, T]:
    """Repeat a verb while the database server is away: each of ours may be said twice."""

    @functools.wraps(verb)
    def said(*args: P.args, **named: P.kwargs) -> T:
        until = time.monotonic() + _OUTAGE_S
        while True:
            try:
                return verb(*args, **named)
            except (OperationalError, InterfaceError):
                if time.monotonic() > until:
                    raise
                time.sleep(_PAUSE_S)

    return said


class JobEngine:
    """One worker's engine. `launch` runs jobs here; without it this process only enqueues."""

    def __init__(
        self,
        database: Path | str,
        handlers: Mapping[str, Handler],
        queues: Sequence[QueueSpec] = (),
        *,
        worker: Worker,
        log: Path | None,
        threads: int = THREADS,
        schema: str = _SCHEMA,
    ) -> None:
        """Open the engine's own file (SQLite) or its schema in a database (a PostgreSQL URL).

        A file is brought up to date; a schema was, by `install`. Runs nothing yet.
        """
        open_log(log)
        self._handlers = handlers
        self._worker = worker
        self._threads = threads
        self._engine = _opened(database)
        self._url = _url(self._engine)
        self._schema = schema
        self._launched = False
        self._active: Callable[[], Sequence[str]] = list  # ids of what is under way here
        self._missed: set[tuple[str, int | None]] = set()
        self._takes_more: list[Event] = []
        self._leaving = Event()
        self._adopting: Thread | None = None
        self._running = 0
        self._gate = Lock()
        self._idle = Event()  # nothing runs here
        self._idle.set()
        if isinstance(database, Path):
            DBOS.migrate(self._url)
        self._client = DBOSClient(
            system_database_engine=self._engine, serializer=Json(), dbos_system_schema=schema
        )
        self._queues = Queues(self._client)
        self.open_queues(queues)

    @property
    def worker(self) -> Worker:
        """Give the name under which jobs run here."""
        return self._worker

    @_patient
    def open_queues(self, queues: Sequence[QueueSpec]) -> None:
        """Make queues, or set their limits; a running worker serves a new one within a second."""
        self._queues.open(queues)

    @_patient
    def enqueue(self, jobs: Sequence[Job]) -> None:
        """Accept jobs, all or none. One that waits or runs already is not taken twice.

        One whose earlier run has ended is run again: who enqueues says that there is work left.
        """
        wanted = {job.id: job for job in jobs}
        ended = self._ended(list(wanted))
        with self._engine.begin() as connection:
            for job in wanted.values():
                options: EnqueueOptions = {
                    "workflow_name": job.handler,
                    "queue_name": job.queue,
                    "workflow_id": ended.get(job.id, job.id),
                    "app_version": VERSION,
                }
                self._client.enqueue_in_transaction(connection, options, *job.args)

    def launch(self, listens: Sequence[str] | None = None) -> None:
        """Start to work: own unfinished jobs first, then those of dead workers, then the queues.

        Args:
            listens: the queues that this worker takes jobs from; None = all.
        """
        config: DBOSConfig = {
            "name": _NAME,
            "system_database_url": self._url,
            "system_database_engine": self._engine,
            "dbos_system_schema": self._schema,
            "executor_id": self._worker.slot,
            "application_version": VERSION,
            "serializer": Json(),
            "log_level": "WARNING",
            "run_migrations": False,
            "max_executor_threads": self._threads,
        }
        engine = DBOS(config=config)
        for name, handler in self._handlers.items():
            DBOS.workflow(name=name, max_recovery_attempts=None)(self._guarded(name, handler))
        if listens is not None:
            DBOS.listen_queues(listens)
        DBOS.launch()
        self._active = engine._active_workflows_set.activeList  # noqa: SLF001  # it asks itself so
        self._takes_more = list(engine.background_thread_stop_events)
        self._launched = True
        self.adopt()
        self._adopting = Thread(target=self._go_on_adopting, name="adopts", daemon=True)
        self._adopting.start()

    @_patient
    def adopt(self) -> int:
        """Take over the unfinished jobs of workers that are dead; says how many."""
        rows = self._client.list_workflows(status="PENDING", load_input=False, load_output=False)
        others = {r.executor_id for r in rows if r.executor_id not in {None, self._worker.slot}}
        return sum(self._adopt_from(str(slot)) for slot in others)

    @_patient
    def take_up_missed(self) -> int:
        """Queue again what counts as running here and does not; says how many.

        A connection that breaks as a claim is committed leaves a job that is ours in the records
        and that nobody runs. Missing at two looks in a row it is taken for such a one; while every
        thread is busy a job may merely wait for its turn.
        """
        rows = self._client.list_workflows(
            status="PENDING", executor_id=self._worker.slot, load_input=False, load_output=False
        )
        here = set(self._active())
        if len(here) >= self._threads:
            self._missed = set()
            return 0
        queues = {(r.workflow_id, r.updated_at): r.queue_name for r in rows if r.queue_name}
        missed = {claim for claim in queues if claim[0] not in here}
        again, self._missed = missed & self._missed, missed - self._missed
        for claim in again:
            self._client.resume_workflow(claim[0], queue_name=queues[claim])
        return len(again)

    @_patient
    def pending(self, queues: Sequence[str] | None = None) -> int:
        """Say how many jobs wait or run, in some queues or in all."""
        rows = self._client.list_workflows(
            status=_LIVE,
            queue_name=list(queues) if queues is not None else None,
            queues_only=True,
            load_input=False,
            load_output=False,
        )
        return len(rows)

    def wait(self, timeout_s: float, *, queues: Sequence[str] | None = None) -> bool:
        """Wait until no job waits or runs; False when the time is over first."""
        until = time.monotonic() + timeout_s
        while self._any_pending(queues):
            left = until - time.monotonic()
            if left <= 0.0:
                return False
            self._idle.wait(min(left, _LOOK_S))  # while something runs here, something is pending
            time.sleep(_PAUSE_S)
        return True

    @_patient
    def forget(self, jobs: Sequence[str]) -> None:
        """Delete the records of ended jobs, by the ids under which they were enqueued."""
        for some in _chunks(list(jobs)):
            rows = self._client.list_workflows(
                workflow_id_prefix=some, load_input=False, load_output=False
            )
            ids = [r.workflow_id for r in rows if r.status not in _LIVE]
            if ids:
                self._client.delete_workflows(ids)

    @property
    def running(self) -> int:
        """How many jobs run here; after `close`, how many did not stop in time."""
        return self._running

    def take_no_more(self) -> None:
        """Leave what waits to other workers; what runs goes on. There is no way back."""
        self._leaving.set()
        for stop in self._takes_more:
            stop.set()

    def close(self, timeout_s: int = 10) -> None:
        """Take no more jobs, let those that run come to a stop, and leave.

        What does not stop in time is whoever's that finds its worker gone.
        """
        self._leaving.set()
        if self._adopting is not None:
            self._adopting.join(_JOIN_S)
        if self._launched:
            patience = timeout_s if self._running else 0
            DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=patience)
            self._launched = False
        self._client.destroy()
        self._engine.dispose()

    def _go_on_adopting(self) -> None:
        """Look for dead workers for as long as this one lives: its peers die at any time."""
        while not self._leaving.wait(ADOPT_S):
            try:
                self.adopt()
                self.take_up_missed()
            except Exception:  # noqa: BLE001  # this thread's outermost door; it looks again
                _LOG.exception("looking for dead workers broke")

    def _guarded(self, name: str, handler: Handler) -> Callable[..., str]:
        def run(*args: str) -> str:
            with self._counted():
                try:
                    return str(handler(*args))
                except Exception:
                    _LOG.exception("a job broke", extra={"attempt": args[-1] if args else None})
                    raise

        run.__qualname__ = name
        return run

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._gate:
            self._running += 1
            self._idle.clear()
        try:
            yield
        finally:
            with self._gate:
                self._running -= 1
                if not self._running:
                    self._idle.set()

    @_patient
    def _any_pending(self, queues: Sequence[str] | None) -> bool:
        rows = self._client.list_workflows(
            status=_LIVE,
            queue_name=list(queues) if queues is not None else None,
            queues_only=True,
            limit=1,
            load_input=False,
            load_output=False,
        )
        return bool(rows)

    def _adopt_from(self, slot: str) -> int:
        """Resume as the holder of the dead worker's lock: the engine itself does not guard it."""
        with self._worker.holding_dead(slot) as held:
            if not held:
                return 0
            rows = self._client.list_workflows(
                status="PENDING", executor_id=slot, load_input=False, load_output=False
            )
            for row in rows:
                # Without its queue it would land on one without limits.
                self._client.resume_workflow(row.workflow_id, queue_name=row.queue_name)
            return len(rows)

    def _ended(self, ids: Sequence[str]) -> dict[str, str]:
        """Give a fresh id for each job whose earlier runs have all ended."""
        status: dict[str, str] = {}
        for some in _chunks(ids):
            rows = self._client.list_workflows(
                workflow_ids=some, load_input=False, load_output=False
            )
            status |= {row.workflow_id: row.status for row in rows}
        return {name: self._next_id(name) for name, is_ in status.items() if is_ not in _LIVE}

    def _next_id(self, name: str) -> str:
        rows = self._client.list_workflows(
            workflow_id_prefix=f"{name}+", load_input=False, load_output=False
        )
        status = {row.workflow_id: row.status for row in rows}
        tries = (f"{name}+{n}" for n in itertools.count(1))
        return next(t for t in tries if status.get(t, "ENQUEUED") in _LIVE)


def install(admin_url: str, schema: str, application: str) -> None:
    """Bring the engine's schema in a PostgreSQL up to date; the application's role gets its rows.

    Args:
        admin_url: of the role that may create it.
        schema: its name; engines in different schemas know nothing of each other.
        application: the role that workers come as.
    """
    DBOS.migrate(admin_url, schema=schema, application_role=application)


def _chunks(ids: Sequence[str], size: int = 500) -> Iterator[list[str]]:
    for start in range(0, len(ids), size):
        yield list(ids[start : start + size])


def _opened(database: Path | str) -> Engine:
    if isinstance(database, Path):
        database.parent.mkdir(parents=True, exist_ok=True)
        return _durable_engine(database)
    return create_engine(make_url(database), pool_size=24, pool_use_lifo=True, pool_pre_ping=True)


def _url(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def _durable_engine(path: Path) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(path)), pool_size=24, pool_use_lifo=True
    )

    @event.listens_for(engine, "connect")
    def _(connection: Any, _record: object) -> None:
        connection.isolation_level = "IMMEDIATE"  # DBOS sets this on engines of its own making only
        for pragma in (
            "busy_timeout=30000",
            "foreign_keys=ON",
            "journal_mode=WAL",
            "synchronous=FULL",
            "cache_size=-1024",  # KiB for each connection
        ):
            connection.execute(f"PRAGMA {pragma}")

    return engine
