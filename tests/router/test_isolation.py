"""What an attacker inside the application would try against a real PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import event, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError

from benchmarks import schema
from benchmarks.store import tables as ours
from router import settings
from router.domain.errors import BadInput, Unreachable
from router.store import database, isolation, ledger, requests
from router.store.database import Commits, one_look, reading, turn_to, writing
from router.store.tables import attempts, budgets
from router.store.tables import requests as asked
from router.testing import doubles

ONE, OTHER = "north_light", "quiet_harbour"
NOW = datetime(2027, 4, 1, 12, tzinfo=UTC)
EVERY = (*budgets.metadata.tables.values(), *ours.metadata.tables.values())
GUARDED = [table for table in EVERY if "partner" in table.c]


@pytest.fixture(scope="module")
def engine(postgres):
    """The application's engine on a database in which two partners have rows."""
    engine = database.connect(postgres.url, pool_size=1)
    commits = Commits(engine)
    for partner in (ONE, OTHER):
        commits.write(partner, lambda c, p=partner: ledger.open_account(c, p, "c1", 100))
        wanted = replace(doubles.request(partner=partner), id=f"r-{partner}")
        commits.write(partner, lambda c, r=wanted: requests.add(c, [r], NOW))
    yield engine
    engine.dispose()


@contextmanager
def as_role(url):
    engine = database.connect(url)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def found(connection, statement="SELECT partner FROM budgets"):
    return set(connection.scalars(text(statement)))


def test_a_partner_sees_its_own_rows_and_no_others(engine):
    for partner in (ONE, OTHER):
        with reading(engine, partner) as connection:
            assert found(connection) == {partner}


def test_without_a_partner_there_are_no_rows(engine):
    with engine.connect() as connection:
        assert found(connection) == set()


def test_an_empty_partner_is_no_partner(engine):
    with reading(engine, "") as connection:
        assert found(connection) == set()


@pytest.mark.parametrize(
    "attack",
    [
        "SELECT partner FROM budgets WHERE account = '' OR 1=1",
        "SELECT partner FROM budgets UNION SELECT partner FROM requests",
        "SELECT b.partner FROM requests r RIGHT JOIN budgets b ON true",
        f"SELECT partner FROM budgets WHERE partner = '{OTHER}' OR partner = '{ONE}'",
        "SELECT partner FROM (TABLE budgets) AS every",
        "WITH x AS (UPDATE budgets SET cap_musd = cap_musd RETURNING partner) TABLE x",
    ],
)
def test_raw_sql_reaches_no_further(engine, attack):
    with writing(engine, ONE) as connection:
        assert found(connection, attack) == {ONE}


@pytest.mark.parametrize("partner", [OTHER, "nobody_yet"])
def test_nothing_is_inserted_into_another_partner(engine, partner):
    row = {"partner": partner, "account": "x", "cap_musd": 1, "reserved_musd": 0, "spent_musd": 0}
    with pytest.raises(ProgrammingError, match="row-level security"), writing(engine, ONE) as c:
        c.execute(insert(budgets), row)


def test_nothing_is_moved_into_another_partner(engine):
    moved = update(asked).where(asked.c.partner == ONE).values(partner=OTHER)
    with pytest.raises(ProgrammingError, match="row-level security"), writing(engine, ONE) as c:
        c.execute(moved)


def test_another_partners_rows_are_neither_changed_nor_removed(engine):
    with writing(engine, ONE) as connection:
        said = text("UPDATE budgets SET cap_musd = 0 WHERE partner = :other")
        assert connection.execute(said, {"other": OTHER}).rowcount == 0
        gone = text("DELETE FROM requests WHERE partner = :other")
        assert connection.execute(gone, {"other": OTHER}).rowcount == 0


def test_no_row_points_into_another_partner(engine):
    """A key leads to the partner's own rows only: the partner is part of every key."""
    row = {
        **{c.name: "x" for c in attempts.c if c.name in {"account", "model", "region", "state"}},
        **{c.name: "" for c in attempts.c if c.name in {"token", "code", "reason", "owner"}},
        "partner": ONE,
        "id": "a1",
        "request": f"r-{OTHER}",
        "number": 0,
        "provider_ref": "",
        "reserved_musd": 0,
        "spent_musd": 0,
        "cycle": 0,
        "tries": 0,
        "round": 0,
        "created_at": NOW,
    }
    with pytest.raises(IntegrityError, match="foreign key"), writing(engine, ONE) as connection:
        connection.execute(insert(attempts), row)


def test_the_owner_of_the_tables_sees_nothing_either(postgres, engine):
    with as_role(postgres.admin_url) as connection:
        assert found(connection) == set()


def test_a_view_shows_no_more_than_its_reader_may_see(postgres, engine):
    with as_role(postgres.admin_url) as owner:
        owner.execute(text("CREATE VIEW every_budget AS SELECT partner FROM budgets"))
        owner.execute(text("GRANT SELECT ON every_budget TO circletake_app"))
        owner.commit()
    try:
        with reading(engine, ONE) as connection:
            assert found(connection, "SELECT partner FROM every_budget") == {ONE}
            assert list(isolation.flaws(connection)) == [
                "view every_budget without security_invoker"
            ]
    finally:
        with as_role(postgres.admin_url) as owner:
            owner.execute(text("DROP VIEW every_budget"))
            owner.commit()


def test_nothing_of_a_partner_is_left_on_a_pooled_connection(engine):
    with writing(engine, ONE) as connection:
        before = connection.connection.dbapi_connection
    with engine.connect() as connection:
        assert connection.connection.dbapi_connection is before
        assert found(connection) == set()
        assert connection.scalar(text("SELECT current_setting('app.tenant', true)")) == ""


def test_nothing_is_left_where_a_transaction_broke(engine):
    with pytest.raises(ProgrammingError), writing(engine, ONE) as connection:
        connection.execute(text("SELECT nonsense"))
    with engine.connect() as connection:
        assert found(connection) == set()


def test_a_transaction_that_turns_to_another_partner_leaves_the_first(engine):
    with reading(engine, ONE) as connection:
        turn_to(connection, OTHER)
        assert found(connection) == {OTHER}


@pytest.mark.parametrize(
    "attack",
    [
        "ALTER TABLE budgets DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE budgets NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY own_partner ON budgets",
        "CREATE POLICY wide ON budgets USING (true)",
        "CREATE TABLE mine (partner text)",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "TRUNCATE budgets CASCADE",
        "SET ROLE circletake_owner",
        "UPDATE alembic_version SET version_num = 'router_0001'",
        "SET SESSION AUTHORIZATION postgres",
        "COPY budgets TO '/tmp/budgets'",
    ],
)
def test_the_application_cannot_lift_it(engine, attack):
    with pytest.raises(DBAPIError), writing(engine, ONE) as connection:
        connection.execute(text(attack))


@pytest.mark.parametrize("table", GUARDED, ids=[table.name for table in GUARDED])
def test_every_table_with_a_partner_is_closed(postgres, engine, table):
    with as_role(postgres.admin_url) as connection:
        state = {t.name: t for t in isolation._tables(connection)}
    assert state[table.name].is_closed
    assert next(iter(table.primary_key.columns)).name == "partner"


def test_no_table_of_the_database_is_unknown_to_this_check(postgres):
    query = (
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    with as_role(postgres.admin_url) as connection:
        assert found(connection, query) == {t.name for t in EVERY} | {"alembic_version"}


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        ("ALTER TABLE takes DISABLE ROW LEVEL SECURITY", "table takes without"),
        ("ALTER TABLE takes NO FORCE ROW LEVEL SECURITY", "table takes without"),
        ("DROP POLICY own_partner ON takes", "table takes without"),
        ("CREATE POLICY wide ON takes USING (true)", "table takes without"),
        ("ALTER POLICY own_partner ON takes USING (true)", "table takes without"),
        ("ALTER POLICY own_partner ON takes WITH CHECK (true)", "table takes without"),
        ("CREATE TABLE planted (partner text)", "table planted without"),
        ("GRANT CREATE ON SCHEMA public TO circletake_app", "may create tables"),
        ("CREATE FUNCTION wide() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS "
         "'SELECT count(*) FROM takes'", "function wide"),
        ("CREATE UNIQUE INDEX tells ON takes (sha256)", "unique index tells"),
        ("GRANT circletake_owner TO circletake_app", "owns "),
        ("ALTER TABLE takes OWNER TO circletake_app", "owns takes"),
        ("ALTER ROLE circletake_app BYPASSRLS", "may bypass row security"),
        ("ALTER ROLE circletake_app SUPERUSER", "is a superuser"),
        ("UPDATE alembic_version SET version_num = 'router_0001' WHERE version_num LIKE 'r%'",
         "not at router_"),
        ("DROP TABLE alembic_version", "without our tables"),
    ],
)  # fmt: skip
def test_the_application_refuses_a_database_that_is_open(postgres_server, harm, said):
    made = postgres_server.migrated()
    try:
        made.server.execute(harm, database=made.name)
        engine = database.connect(made.url)
        with pytest.raises(isolation.NotIsolated, match="database migrate") as refused:
            isolation.require(engine, schema.LOCATIONS)
        engine.dispose()
        assert said in refused.value.found
    finally:
        for undo in ("NOBYPASSRLS", "NOSUPERUSER"):
            made.server.execute(f"ALTER ROLE circletake_app {undo}")
        made.server.execute("REVOKE circletake_owner FROM circletake_app")
        made.server.drop(made)


def test_migrating_again_closes_what_was_opened_and_else_changes_nothing(postgres_server):
    made = postgres_server.migrated()
    made.server.execute("CREATE POLICY wide ON takes USING (true)", database=made.name)
    made.server.execute("ALTER TABLE votes NO FORCE ROW LEVEL SECURITY", database=made.name)
    schema.migrate(made.admin_url, "circletake_app")
    engine = database.connect(made.url)
    isolation.require(engine, schema.LOCATIONS)
    engine.dispose()
    made.server.drop(made)


def test_a_revision_that_moves_rows_sees_every_partner(postgres_server):
    """Row security is forced on the owner, and lifted for it while it migrates."""
    made = postgres_server.migrated()
    app = database.connect(made.url)
    for partner in (ONE, OTHER):
        Commits(app).write(partner, lambda c, p=partner: ledger.open_account(c, p, "c1", 100))
    app.dispose()
    owner = database.connect(made.admin_url)
    with owner.begin() as connection:
        isolation.relax(connection)
        assert found(connection) == {ONE, OTHER}
        isolation.enforce(connection, "circletake_app")
        assert found(connection) == set()
    owner.dispose()
    made.server.drop(made)


def test_a_write_that_broke_on_another_is_repeated_and_found(engine):
    """Two that open the same account at once: one inserts it, the other finds it there."""
    commits, runs = Commits(engine), []

    def work(connection):
        runs.append(1)
        if len(runs) == 1:
            raise IntegrityError("INSERT", {}, Exception("duplicate key"))
        return connection.scalar(select(budgets.c.account))

    assert commits.write(ONE, work) == "c1"
    assert len(runs) == 2


def test_a_database_that_does_not_answer_is_said_so(tmp_path):
    engine = database.connect(f"postgresql+psycopg://app:secret@/circletake?host={tmp_path}")
    with pytest.raises(Unreachable, match="CIRCLETAKE_DATABASE") as silent:
        isolation.require(engine, schema.LOCATIONS)
    engine.dispose()
    assert "secret" not in str(silent.value)


@pytest.mark.parametrize(
    "url", ["sqlite:///x.db", "mysql://root:secret@host/db", "postgresql", "://"]
)
def test_only_a_postgresql_can_be_shared(monkeypatch, url):
    monkeypatch.setenv("CIRCLETAKE_DATABASE", url)
    with pytest.raises(BadInput, match=r"postgresql\+psycopg://") as refused:
        settings.read()
    assert "root" not in str(refused.value)


def test_the_driver_need_not_be_named(monkeypatch):
    monkeypatch.setenv("CIRCLETAKE_DATABASE", "postgresql://app@host/db")
    assert settings.read().records == "postgresql+psycopg://app@host/db"


def test_in_one_look_each_reading_sees_its_own_partner(engine):
    with one_look(engine), reading(engine, ONE) as first:
        assert found(first) == {ONE}
        with reading(engine, OTHER) as inner:
            assert inner is first
            assert found(inner) == {OTHER}
        assert found(first) == {ONE}
        with pytest.raises(LookupError), reading(engine, OTHER):
            raise LookupError
        assert found(first) == {ONE}


def test_a_look_follows_a_reading_that_turned_to_another_partner(engine):
    with one_look(engine):
        with reading(engine, ONE) as connection:
            turn_to(connection, OTHER)
        with reading(engine, ONE) as connection:
            assert found(connection) == {ONE}


def test_nothing_of_a_look_is_left_on_its_connection(engine):
    with one_look(engine), reading(engine, ONE):
        pass
    with engine.connect() as connection:
        assert found(connection) == set()


def test_a_look_goes_on_after_a_statement_that_broke(engine):
    with one_look(engine):
        with pytest.raises(ProgrammingError), reading(engine, ONE) as connection:
            connection.execute(text("SELECT nonsense"))
        with reading(engine, OTHER) as connection:
            assert found(connection) == {OTHER}


def test_a_look_is_one_transaction_and_another_thread_is_not_in_it(engine):
    begun = []

    def hear(connection):
        begun.append(connection)

    event.listen(engine, "begin", hear)
    try:
        with one_look(engine), one_look(engine):
            for partner in (ONE, OTHER, ONE):
                with reading(engine, partner):
                    pass
            assert len(begun) == 1
            with ThreadPoolExecutor(1) as pool:
                beside = pool.submit(lambda: _seen(engine, OTHER)).result()
    finally:
        event.remove(engine, "begin", hear)
    assert beside == {OTHER}
    assert len(begun) == 2


def _seen(engine, partner):
    with reading(engine, partner) as connection:
        return found(connection)
