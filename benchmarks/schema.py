"""The records of both lower storeys, opened; and a shared database, brought up to date."""

from contextlib import AbstractContextManager
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from benchmarks.running.wire import Wire, engine_schema
from benchmarks.store.store import MIGRATIONS as OURS
from router.domain.errors import BadInput
from router.settings import Settings
from router.store import database, isolation

LOCATIONS = (database.MIGRATIONS, OURS)


def records(here: Settings) -> AbstractContextManager[Engine]:
    """Open the ledger and all records; raises NotIsolated where a shared database is not ready."""
    return isolation.opened(here.records, LOCATIONS)


def opened(file: Path) -> AbstractContextManager[Engine]:
    """Open a home's file that lies elsewhere, and bring it up to date."""
    return isolation.opened(file, LOCATIONS)


def migrate(admin_url: str, application: str) -> None:
    """Bring a shared database up to date, all of it or nothing, and close it between partners.

    Args:
        admin_url: of the role that owns the tables.
        application: the role that everything else comes as; it gets rows and nothing more.
    """
    from router.jobs.engine import install

    engine = database.connect(admin_url)
    try:
        with engine.begin() as connection:
            isolation.relax(connection)
            database.upgrade(connection, LOCATIONS)
            isolation.enforce(connection, application)
    finally:
        engine.dispose()
    for wire in (Wire.AWS, Wire.SIMULATED):
        install(admin_url, engine_schema(wire), application)


def migrate_shared(here: Settings) -> str:
    """Bring the database of the environment up to date; names the application's role.

    Raises:
        BadInput: the environment does not say which database, or as whom.
    """
    if here.database_url is None or here.database_admin_url is None:
        missing = "CIRCLETAKE_DATABASE" + ("_ADMIN" if here.database_url else "")
        expected = "postgresql+psycopg://ROLE@HOST/DATABASE"
        raise BadInput(field=missing, found="not set", expected=expected)
    application, admin = make_url(here.database_url), make_url(here.database_admin_url)
    if application.database != admin.database or application.username in {None, admin.username}:
        found = f"{admin.username}@{admin.database} and {application.username}@"
        expected = "the same database, and another role: one that owns nothing"
        raise BadInput(
            field="CIRCLETAKE_DATABASE", found=f"{found}{application.database}", expected=expected
        )
    migrate(here.database_admin_url, str(application.username))
    return str(application.username)
