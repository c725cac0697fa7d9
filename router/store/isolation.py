"""Isolation in PostgreSQL: the database itself keeps each transaction to its partner's rows.

Every table with a `partner` column has row security, forced on its owner too, with one policy: the
row's partner is the one that the transaction named (`app.tenant`); where none was named there are
no rows. The application comes as a role that owns nothing and can lift none of that.

Source: PostgreSQL manual, 5.9 "Row Security Policies" and 9.28.1 "set_config".
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from router.domain.errors import Broken
from router.store import database

POLICY = "own_partner"
ADDED_ONLY = frozenset({"audit"})  # rows that the application may neither change nor remove
_MINE = "(partner)::text = NULLIF(current_setting('app.tenant', true), '')"
_LOCK = 0x63_74_64_62  # one migration at a time


class NotIsolated(Broken):
    """The database would not keep partners apart, or is not up to date: nothing is opened."""

    code = "database_not_ready"


@dataclass(frozen=True, slots=True)
class _Guarded:
    """A table of partners' rows, as it is."""

    name: str
    enabled: bool
    forced: bool
    policies: tuple[tuple[str, str, str], ...]  # name, what may be seen, what may be written

    @property
    def is_closed(self) -> bool:
        """Whether our policy is in force and nothing else widens it."""
        ours = [p for p in self.policies if p[0] == POLICY]
        said = [_plain(word) for _, *words in ours for word in words]
        only = len(self.policies) == 1 and said == [_plain(_MINE)] * 2
        return self.enabled and self.forced and only


@contextmanager
def opened(where: Path | str, locations: Sequence[Path]) -> Iterator[Engine]:
    """Open records: a home's own file is brought up to date, a shared database only checked.

    Raises:
        NotIsolated: a shared database that is not up to date, or would not keep partners apart.
    """
    engine = database.connect(where)
    try:
        if engine.dialect.name == "sqlite":
            database.migrate(engine, locations)
        else:
            require(engine, locations)
        yield engine
    finally:
        engine.dispose()


def relax(connection: Connection) -> None:
    """Let the owner see every partner's rows until this transaction ends: revisions move them."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    for table in _tables(connection):
        connection.execute(text(f'ALTER TABLE "{table.name}" NO FORCE ROW LEVEL SECURITY'))


def enforce(connection: Connection, application: str) -> None:
    """Close every table of partners' rows, and give the application's role what it needs."""
    for table in _tables(connection):
        if not table.is_closed:
            _close(connection, table)
    role = connection.dialect.identifier_preparer.quote_identifier(application)
    for statement in (
        f"GRANT USAGE ON SCHEMA public TO {role}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}",
        f"REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {role}",
        *(f"REVOKE UPDATE, DELETE ON {name} FROM {role}" for name in _known(connection)),
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
    ):
        connection.execute(text(statement))


def flaws(connection: Connection) -> Iterator[str]:
    """Say what would let one partner's rows be seen by another; nothing where all is well."""
    for table in _tables(connection):
        if not table.is_closed:
            yield f"table {table.name} without forced row security under the policy {POLICY}"
    for name in connection.scalars(text(_VIEWS)):
        yield f"view {name} without security_invoker"
    for name in connection.scalars(text(_DEFINERS)):
        yield f"function {name} that runs with its owner's rights"
    for name in connection.scalars(text(_TELLING)):
        yield f"unique index {name} that would tell of another partner's keys"
    yield from _role(connection)


def _role(connection: Connection) -> Iterator[str]:
    """Say what the role at hand may do, and may not."""
    role = connection.execute(text(_ROLE)).one()
    if role.rolsuper:
        yield f"role {role.rolname} is a superuser, whom no row security stops"
    if role.rolbypassrls:
        yield f"role {role.rolname} may bypass row security"
    if role.creates:
        yield f"role {role.rolname} may create tables"
    for name in connection.scalars(text(_OWNED)):
        yield f"role {role.rolname} owns {name}"


def require(engine: Engine, locations: Sequence[Path]) -> None:
    """See that a shared database is up to date and keeps partners apart; changes nothing.

    Raises:
        NotIsolated: it is not, or does not; says what and how to put it right.
        Unreachable: it does not answer.
    """
    try:
        with engine.connect() as connection:
            found = [*_behind(connection, locations), *flaws(connection)]
    except OperationalError as error:
        raise database.silent(error) from error
    if found:
        raise NotIsolated(
            field="CIRCLETAKE_DATABASE",
            found="; ".join(found),
            expected="`circletake database migrate` with CIRCLETAKE_DATABASE_ADMIN of the role that"
            " owns the tables, and here a role that owns nothing",
        )


def _behind(connection: Connection, locations: Sequence[Path]) -> Iterator[str]:
    """Say which branches of the schema are not at their head."""
    try:
        here = set(connection.scalars(text("SELECT version_num FROM alembic_version")))
    except ProgrammingError:
        connection.rollback()
        yield "a database without our tables, or one that this role may not read"
        return
    for head in database.heads(locations):
        if head not in here:
            yield f"the schema is not at {head}"


def _close(connection: Connection, table: _Guarded) -> None:
    for name, *_ in table.policies:
        connection.execute(text(f'DROP POLICY "{name}" ON "{table.name}"'))
    for statement in (
        f'ALTER TABLE "{table.name}" ENABLE ROW LEVEL SECURITY',
        f'ALTER TABLE "{table.name}" FORCE ROW LEVEL SECURITY',
        f'CREATE POLICY {POLICY} ON "{table.name}" USING ({_MINE}) WITH CHECK ({_MINE})',
    ):
        connection.execute(text(statement))


def _tables(connection: Connection) -> tuple[_Guarded, ...]:
    found: dict[str, _Guarded] = {}
    for row in connection.execute(text(_GUARDED)):
        before = found[row.relname].policies if row.relname in found else ()
        policy = ((row.polname, row.seen or "", row.written or ""),) if row.polname else ()
        found[row.relname] = _Guarded(
            row.relname, row.relrowsecurity, row.relforcerowsecurity, (*before, *policy)
        )
    return tuple(found.values())


def _known(connection: Connection) -> list[str]:
    return sorted(ADDED_ONLY & {table.name for table in _tables(connection)})


def _plain(words: str) -> str:
    """Compare what the database wrote down with what it was told."""
    return words.lower().replace("::text", "").translate(str.maketrans("", "", "() \n"))


_GUARDED = """
SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity, p.polname,
       pg_get_expr(p.polqual, c.oid) AS seen, pg_get_expr(p.polwithcheck, c.oid) AS written
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'partner' AND NOT a.attisdropped
LEFT JOIN pg_policy p ON p.polrelid = c.oid
WHERE c.relkind IN ('r', 'p') AND n.nspname = current_schema() ORDER BY c.relname, p.polname
"""
_VIEWS = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('v', 'm') AND n.nspname = current_schema()
AND NOT coalesce('security_invoker=true' = ANY (c.reloptions), false) ORDER BY c.relname
"""
_DEFINERS = """
SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = current_schema()::regnamespace
"""
_TELLING = """
SELECT i.indexrelid::regclass::text FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'partner' AND NOT a.attisdropped
WHERE i.indisunique AND c.relnamespace = current_schema()::regnamespace
AND NOT a.attnum = ANY (i.indkey)
"""
_OWNED = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p', 'v', 'm')
AND pg_has_role(c.relowner, 'MEMBER') ORDER BY c.relname LIMIT 3
"""
_ROLE = """
SELECT rolname, rolsuper, rolbypassrls, has_schema_privilege(current_schema(), 'CREATE') AS creates
FROM pg_roles WHERE rolname = current_user
"""
