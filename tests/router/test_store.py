"""The schema, the durability settings, and what is read back."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from router.audit.tables import departures
from router.domain.errors import Conflict, UnknownName
from router.domain.ids import sha256_of
from router.domain.media import MediaRef
from router.domain.request import Input
from router.domain.take import Source, Take
from router.store import database, requests, takes
from router.store.database import Commits, reading
from router.store.tables import metadata
from router.testing.doubles import NOON, ScriptedBackend, request
from router.testing.routing import open_router

P = "north_light"


@pytest.fixture
def engine(tmp_path):
    engine = database.connect(tmp_path / "store.db")
    database.migrate(engine)
    yield engine
    engine.dispose()


def test_the_migrations_make_exactly_the_tables_that_the_code_reads(engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_the_audit_log_has_its_tables_in_the_same_schema():
    assert metadata.tables[departures.name] is departures


def test_migrating_twice_changes_nothing(engine):
    database.migrate(engine)


# Read before it is known who asks; nothing in them says anything about anybody.
OPEN = {
    "holders": {"id", "holder"},
    "rate_buckets": {"bucket", "level", "at", "taken"},
    "spent_tokens": {"id", "until"},
    "leases": {"slot", "run", "seen_at", "steady_since"},
    "lanes": {"lane", "due_at", "flights"},
}


def test_the_partner_leads_the_key_of_every_table_but_those_that_say_nothing():
    tables = metadata.tables.values()
    leads = {t.name: next(iter(t.primary_key.columns)).name for t in tables}
    led = dict.fromkeys(metadata.tables.keys() - OPEN.keys(), "partner")
    assert {name: lead for name, lead in leads.items() if name not in OPEN} == led
    assert {t.name: set(t.columns.keys()) for t in tables if t.name in OPEN} == OPEN


def test_another_storey_brings_a_branch_of_its_own(engine, tmp_path):
    (tmp_path / "upstairs").mkdir()
    (tmp_path / "upstairs" / "0001_upstairs.py").write_text(
        'import sqlalchemy as sa\nfrom alembic import op\nrevision = "up_0001"\n'
        'down_revision = None\nbranch_labels = ("upstairs",)\ndepends_on = ("router_0001",)\n'
        "def upgrade():\n"
        '    op.create_table("rooms", sa.Column("id", sa.Integer, primary_key=True))\n'
    )
    database.migrate(engine, [database.MIGRATIONS, tmp_path / "upstairs"])
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM rooms")).scalar() == 0
        assert connection.execute(text("SELECT count(*) FROM budgets")).scalar() == 0
    database.migrate(engine)  # a command of the storey below opens the same file


def test_a_commit_survives_a_power_cut_by_its_settings(engine):
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2


def test_a_reader_never_waits_for_a_writer(engine):
    with engine.begin() as writer:
        writer.execute(text("INSERT INTO budgets VALUES ('p', 'a', 1, 0, 0, 'campaign', 0)"))
        with reading(engine, P) as reader:
            assert reader.execute(text("SELECT count(*) FROM budgets")).scalar() == 0


def test_a_request_comes_back_as_it_was_asked():
    media = MediaRef(sha256="a" * 64, mime="image/png", size=7, width=1, height=2)
    asked = replace(
        request(),
        inputs=(Input(role="init_image", media=media),),
        parameters=(("strength", 0.6), ("name", "é")),
    )
    assert requests.from_json(requests.to_json(asked)) == asked


def test_an_id_cannot_be_used_again_for_something_else(tmp_path):
    router = open_router(tmp_path, {"scripted": ScriptedBackend()}, cap_musd=1)
    router.submit([request()])
    with pytest.raises(Conflict):
        router.submit([replace(request(), prompt="another wish")])


def test_many_requests_are_accepted_or_none(tmp_path):
    router = open_router(tmp_path, {"scripted": ScriptedBackend()}, cap_musd=1)
    with pytest.raises(UnknownName):
        router.submit([request(0), replace(request(1), account="not_open")])
    assert router.attempts(P) == ()


def test_more_requests_than_a_statement_takes_parameters(tmp_path):
    router = open_router(tmp_path, {"scripted": ScriptedBackend()}, cap_musd=1)
    wanted = [request(n) for n in range(1203)]
    assert [a.request for a in router.submit(wanted)] == [r.id for r in wanted]


def test_an_imported_take_is_remembered_once_and_only_for_its_partner(engine):
    take = Take(
        partner=P,
        id="t1",
        request="",
        attempt="",
        account="c1",
        model="other-tool",
        operation="imported",
        media=MediaRef(sha256=sha256_of(b"x"), mime="video/mp4", size=1, frames=24, fps=24.0),
        prompt="",
        seed=None,
        source=Source.IMPORTED,
        simulated=False,
        cost_musd=0,
        latency_s=0.0,
        created_at=NOON,
    )
    commits = Commits(engine)
    assert commits.write(P, lambda c: takes.add(c, take))
    assert not commits.write(P, lambda c: takes.add(c, take))
    with reading(engine, P) as connection:
        assert takes.find(connection, P, account="c1") == (take,)
        assert takes.find(connection, "other_house", ids=["t1"]) == ()


def test_a_time_without_a_zone_is_refused(engine):
    naive = datetime(2027, 1, 1, tzinfo=UTC).replace(tzinfo=None)
    with pytest.raises(Exception, match="without a zone"):
        Commits(engine).write(P, lambda c: requests.add(c, [request()], naive))
