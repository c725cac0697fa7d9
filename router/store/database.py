"""The database: opened durable, migrated from the first row, written in shared commits.

Every transaction names the partner whose rows it may see. On PostgreSQL the database itself sees to
that (store/isolation.py); on SQLite, which is for one house alone, the keys do.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, inspect
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from router.domain.errors import Unreachable

T = TypeVar("T")

MIGRATIONS = Path(__file__).parent / "migrations" / "versions"
_READS = "circletake_reads"
_PARTNER = "circletake_partner"  # whose rows a connection's transaction sees
# Lasts as long as its transaction: nothing of it is left on a connection that goes back.
_NAME_PARTNER = "SELECT set_config('app.tenant', %s, true)"
_OUTAGE_S = 60.0  # how long a server that restarts is waited for
_PAUSE_S = 0.25
_REPEATS = 8  # of work that other transactions got in the way of
_IN_THE_WAY = frozenset({"40001", "40P01"})  # serialization failure, deadlock


_LOOK: ContextVar["_Look | None"] = ContextVar("one look", default=None)


def connect(where: Path | str, *, pool_size: int = 24) -> Engine:
    """Open a database file (SQLite) or URL (PostgreSQL).

    SQLite runs in WAL with synchronous=FULL: a commit that returned survives a power cut. Every
    transaction takes the write lock at its start (BEGIN IMMEDIATE), so that a check and the write
    that relies on it cannot be torn apart; `reading` opens one that does not.
    """
    url = make_url(where) if isinstance(where, str) else URL.create("sqlite", database=str(where))
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_size=pool_size, pool_use_lifo=True)
    if url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = create_engine(
        url,
        pool_size=pool_size,
        pool_use_lifo=True,  # each connection fills a page cache of its own: use few
        connect_args={"check_same_thread": False},
    )
    event.listen(engine, "connect", _durable)
    event.listen(engine, "begin", _begin)
    return engine


def migrate(engine: Engine, locations: Sequence[Path] = (MIGRATIONS,)) -> None:
    """Bring the schema up to date: each location is an Alembic branch, run in the order given.

    A file whose branches are all up to date is left alone, whatever other branches it has: a
    storey below does not know the revisions of those above.
    """
    with engine.connect() as connection:
        if not heads(locations) <= _present(connection):
            upgrade(connection, locations)
            connection.commit()


def upgrade(connection: Connection, locations: Sequence[Path]) -> None:
    """Run what is missing of each branch, inside the caller's transaction where it has begun."""
    from alembic import command

    config = _config(locations)
    config.attributes["connection"] = connection
    for label in _branches(config, locations):
        command.upgrade(config, f"{label}@head")


def heads(locations: Sequence[Path]) -> frozenset[str]:
    """Name the newest revision of each branch."""
    from alembic.script import ScriptDirectory

    return frozenset(ScriptDirectory.from_config(_config(locations)).get_heads())


@contextmanager
def reading(engine: Engine, partner: str) -> Iterator[Connection]:
    """Open a transaction that only looks at one partner's rows, and never waits for a writer."""
    look = _LOOK.get()
    opened = look.at(partner) if look and look.engine is engine else _read(engine, partner)
    with opened as connection:
        yield connection


@contextmanager
def one_look(engine: Engine) -> Iterator[None]:
    """Let everything that is read inside, by this thread, be read in one transaction.

    Beginning, naming the partner and ending cost three ways to a server each; a page of a list
    reads a dozen things. On SQLite they are also of one moment: what is written meanwhile, by
    whomever, is seen by the next look.
    """
    look = _LOOK.get()
    if look and look.engine is engine:
        yield
        return
    look = _Look(engine)
    before = _LOOK.set(look)
    try:
        yield
    finally:
        _LOOK.reset(before)
        look.end()


@contextmanager
def writing(engine: Engine, partner: str) -> Iterator[Connection]:
    """Open a transaction on one partner's rows; what was written is durable when it is left."""
    if engine.dialect.name == "sqlite":
        with engine.begin() as connection:
            yield connection
        return
    with _began(engine, partner) as connection:
        yield connection
        connection.commit()


def turn_to(connection: Connection, partner: str) -> None:
    """Go on with another partner's rows in the same transaction, and with nobody else's."""
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql(_NAME_PARTNER, (partner,))
    connection.info[_PARTNER] = partner


@dataclass(slots=True)
class _Look:
    """A transaction that several readings share; it begins with the first of them."""

    engine: Engine
    _connection: Connection | None = None
    _opened: ExitStack = field(default_factory=ExitStack)

    @contextmanager
    def at(self, partner: str) -> Iterator[Connection]:
        """Give the transaction, turned to a partner; after that to whom it was turned before."""
        if self._connection is None:
            self._connection = self._opened.enter_context(_read(self.engine, partner))
        connection = self._connection
        before = connection.info[_PARTNER]
        try:
            _turned(connection, partner)
            yield connection
        except DBAPIError:
            self.end()  # nothing more can be read in it; the next reading begins anew
            raise
        finally:
            if self._connection is connection:
                _turned(connection, before)

    def end(self) -> None:
        """Give the transaction back."""
        self._connection = None
        self._opened.close()


@dataclass(slots=True)
class _Ticket(Generic[T]):
    """One caller's piece of work inside a shared commit."""

    work: Callable[[Connection], T]
    value: T | None = None
    error: BaseException | None = None
    done: bool = False


@dataclass(slots=True)
class Commits:
    """Writes of several threads, made durable by one commit.

    A commit costs a disk flush. Whoever gets the turn carries out everything that has queued up
    meanwhile in one transaction; nobody hears "done" before that flush. If one piece fails, all are
    rolled back and repeated one by one, so that only the guilty one sees its error.
    """

    engine: Engine
    _queue: list[_Ticket[Any]] = field(default_factory=list)
    _gate: Lock = field(default_factory=Lock)
    _turn: Lock = field(default_factory=Lock)

    def write(self, partner: str, work: Callable[[Connection], T]) -> T:
        """Run `work` on a partner's rows and return once it is durable; it may be run twice."""
        if self.engine.dialect.name != "sqlite":
            return _repeated(self.engine, partner, work)
        ticket: _Ticket[T] = _Ticket(work)
        with self._gate:
            self._queue.append(ticket)
        with self._turn:
            if not ticket.done:
                with self._gate:
                    batch, self._queue = self._queue, []
                self._carry_out(batch)
        if ticket.error is not None:
            raise ticket.error
        return ticket.value  # type: ignore[return-value]  # set whenever there is no error

    def _carry_out(self, batch: list[_Ticket[Any]]) -> None:
        try:
            if not self._done(batch):
                for ticket in batch:
                    self._done([ticket])
        except BaseException:  # this thread is told to stop; the others' work is still to be done
            left = [t for t in batch if not t.done]
            for ticket in left:
                ticket.value = None  # rolled back
            with self._gate:
                self._queue = left + self._queue
            raise

    def _done(self, batch: list[_Ticket[Any]]) -> bool:
        """Carry out in one transaction; False where some of several pieces failed, and all did."""
        try:
            with self.engine.begin() as connection:
                for ticket in batch:
                    ticket.value = ticket.work(connection)
        except Exception as error:  # noqa: BLE001  # handed on to the caller whose work it was
            if len(batch) > 1:
                return False
            batch[0].error = error
        for ticket in batch:
            ticket.done = True
        return True


def silent(error: OperationalError) -> Unreachable:
    """Say that the shared database does not answer, in the words of its driver."""
    found = str(error.orig).strip().partition("\n")[0]
    expected = "a PostgreSQL that answers; nothing was begun"
    return Unreachable(field="CIRCLETAKE_DATABASE", found=found, expected=expected)


def _turned(connection: Connection, partner: str) -> None:
    if connection.info[_PARTNER] != partner:
        turn_to(connection, partner)


@contextmanager
def _read(engine: Engine, partner: str) -> Iterator[Connection]:
    if engine.dialect.name == "sqlite":
        with engine.connect().execution_options(**{_READS: True}) as connection:
            turn_to(connection, partner)
            yield connection
        return
    with _began(engine, partner) as connection:
        yield connection


@contextmanager
def _began(engine: Engine, partner: str) -> Iterator[Connection]:
    """Begin a transaction in a partner's name; a server that restarts is waited for."""
    until, pause = time.monotonic() + _OUTAGE_S, 0.0
    while True:
        connection = None
        try:
            connection = engine.connect()
            turn_to(connection, partner)
            break
        except OperationalError as error:
            if connection is not None:
                connection.close()
            if time.monotonic() > until:
                raise silent(error) from error
            time.sleep(pause)  # the first time a connection of before the restart was tried
            pause = _PAUSE_S
    with connection:
        yield connection


def _repeated(engine: Engine, partner: str, work: Callable[[Connection], T]) -> T:
    """Run `work` until nobody got in its way; never again once a commit was asked for.

    Whoever inserted the same row a moment earlier is found by the second run. A commit whose answer
    was lost may have been carried out: that is the caller's to find out, by reading again.
    """
    for left in reversed(range(_REPEATS)):
        with _began(engine, partner) as connection:
            try:
                value = work(connection)
            except DBAPIError as error:
                if not left or not _may_repeat(error):
                    raise
                continue
            connection.commit()
            return value
    raise AssertionError("unreachable: the last run returns or raises")


def _may_repeat(error: DBAPIError) -> bool:
    """Say whether work that was rolled back may end otherwise the next time."""
    if isinstance(error, IntegrityError) or error.connection_invalidated:
        return True
    return getattr(error.orig, "sqlstate", None) in _IN_THE_WAY


def _durable(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver starts no transactions of its own
    for pragma in (
        "busy_timeout=30000",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "trusted_schema=OFF",
        "cache_size=-1024",  # KiB for each connection
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    reads = connection.get_execution_options().get(_READS, False)
    # Straight to the driver: a statement of SQLAlchemy's costs several times as much.
    driver = connection.connection.dbapi_connection
    if driver is not None:
        driver.cursor().execute("BEGIN" if reads else "BEGIN IMMEDIATE")


def _present(connection: Connection) -> frozenset[str]:
    """Name the revisions that a database stands at."""
    if not inspect(connection).has_table("alembic_version"):
        return frozenset()
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version")
    return frozenset(found.scalars())


def _plain(path: Path) -> str:
    return str(path.resolve()).replace("%", "%%")  # the reader of options interpolates


def _config(locations: Sequence[Path]) -> Any:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", _plain(MIGRATIONS.parent))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(_plain(p) for p in locations))
    return config


def _branches(config: Any, locations: Sequence[Path]) -> list[str]:
    """Name the branch of each location: the label of its first revision."""
    from alembic.script import ScriptDirectory

    script = ScriptDirectory.from_config(config)
    labels: dict[Path, str] = {}
    for revision in script.walk_revisions():
        folder = Path(revision.path).parent.resolve()
        for label in revision.branch_labels:
            labels[folder] = label
    return [labels[location.resolve()] for location in locations]
