"""A house with doors, on SQLite always and on PostgreSQL where there is one."""

import shutil

import pytest
from anyio.from_thread import start_blocking_portal

from router.store import database
from router.testing import FakeClock
from router.testing_access import Asking, house


@pytest.fixture(scope="session")
def portal():
    with start_blocking_portal() as portal:
        yield portal


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory):
    """A database that was brought up to date once, to be copied."""
    path = tmp_path_factory.mktemp("access") / "migrated.db"
    engine = database.connect(path)
    database.migrate(engine)
    engine.dispose()  # the last connection that closes leaves one file
    return path


@pytest.fixture
def engine(migrated, tmp_path):
    shutil.copy(migrated, tmp_path / "access.db")
    engine = database.connect(tmp_path / "access.db")
    yield engine
    engine.dispose()


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


@pytest.fixture
def here(engine, home, clock):
    return house(engine, home, clock)


@pytest.fixture
def ask(portal, here):
    return Asking(portal, here.app)
