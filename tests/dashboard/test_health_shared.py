"""Readiness, figures and doctor over a shared PostgreSQL, under row security."""

import pytest
from sqlalchemy.exc import SQLAlchemyError

from dashboard import watch
from dashboard.doctor import look
from router import settings
from router.clock import SystemClock
from router.store import database
from router.telling.metrics import Metrics
from router.testing.doubles import ScriptedBackend, partner, request
from router.testing.routing import open_router

pytestmark = pytest.mark.slow
P = partner().name


def database_row(home, monkeypatch, url):
    monkeypatch.setenv("CIRCLETAKE_DATABASE", url)
    return next(p for p in look(settings.read(home), with_aws=False) if p.name == "database")


def test_a_sound_database_is_ready_and_its_row_says_what_it_is(postgres, tmp_path, monkeypatch):
    engine = database.connect(postgres.url)
    assert watch.database_look(engine)() == "ok"
    engine.dispose()
    row = database_row(tmp_path, monkeypatch, postgres.url)
    assert row.ok
    assert "postgresql" in row.found
    assert "closed between partners" in row.found


def test_a_database_without_our_tables_is_not_ready(postgres_empty):
    engine = database.connect(postgres_empty.url)
    with pytest.raises(SQLAlchemyError):
        watch.database_look(engine)()
    engine.dispose()


@pytest.mark.parametrize(
    ("who", "said"), [("superuser_url", "superuser"), ("admin_url", "owns")], ids=str
)
def test_a_role_with_too_many_rights_is_a_fault_with_a_remedy(
    postgres, tmp_path, monkeypatch, who, said
):
    row = database_row(tmp_path, monkeypatch, getattr(postgres, who))
    assert not row.ok
    assert said in row.found
    assert row.todo


def test_a_database_that_does_not_answer_is_a_fault(tmp_path, monkeypatch):
    row = database_row(tmp_path, monkeypatch, "postgresql+psycopg://app:CANARY@127.0.0.1:9/beta")
    assert not row.ok
    assert "CANARY" not in row.found


def test_figures_are_counted_partner_by_partner_under_row_security(postgres, tmp_path):
    router = open_router(
        tmp_path,
        {"scripted": ScriptedBackend()},
        cap_musd=10**8,
        records=postgres.url,
        clock=SystemClock(),
    )
    (wish,) = router.submit([request()])
    router.advance(P, wish.id)
    metrics = Metrics(
        engine=router.records,
        partners=(P, "neighbour"),
        home=tmp_path,
        clock=SystemClock(),
        workers=lambda: False,
    )
    text = metrics.text().decode()
    assert 'circletake_attempts{code="",state="settled"} 1.0' in text
    assert "circletake_any_worker_alive 0.0" in text
    assert P not in text
    router.records.dispose()
