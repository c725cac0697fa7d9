"""A house with doors, on SQLite always and on PostgreSQL where there is one."""

import shutil

import pytest
from anyio.from_thread import start_blocking_portal

from router.domain.caller import Role
from router.store import database
from router.testing.access import Asking, house
from router.testing.doubles import FakeClock
from router.testing.identity import CLIENT, provider

TABLES = ("access_keys", "people", "grants", "holders", "rate_buckets", "spent_tokens")


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
def sqlite_engine(migrated, tmp_path):
    """The records of a house of its own."""
    shutil.copy(migrated, tmp_path / "access.db")
    engine = database.connect(tmp_path / "access.db")
    yield engine
    engine.dispose()


@pytest.fixture
def shared_engine(postgres):
    """A shared database, emptied."""
    postgres.server.execute(f"TRUNCATE {', '.join(TABLES)}", database=postgres.name)
    engine = database.connect(postgres.url)
    yield engine
    engine.dispose()


@pytest.fixture(params=["sqlite_engine", "shared_engine"])
def engine(request):
    """One after the other."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


@pytest.fixture(scope="module")
def running():
    with provider() as made:
        yield made


@pytest.fixture
def idp(running):
    running.rotate("first")
    return running


@pytest.fixture
def person(here, idp):
    """Somebody whom a partner invited, and whom the provider knows."""
    return here.desk.people.invite(
        here.machine,
        "north_light",
        issuer=idp.url,
        subject="sam-7",
        name="Sam",
        role=Role.PARTNER_ADMIN,
    )


@pytest.fixture
def claims(idp, clock):
    """Claims about that person; None leaves one out."""

    def claims(**other):
        now = int(clock.now().timestamp())
        usual = {"iss": idp.url, "aud": CLIENT, "sub": "sam-7", "iat": now, "exp": now + 3600}
        return {name: value for name, value in {**usual, **other}.items() if value is not None}

    return claims


@pytest.fixture
def sign_in(ask):
    return lambda token, **other: ask("POST", "/v1/session", json={"id_token": token, **other})


@pytest.fixture
def here(engine, home, clock):
    return house(engine, home, clock)


@pytest.fixture
def ask(portal, here):
    return Asking(portal, here.app)
