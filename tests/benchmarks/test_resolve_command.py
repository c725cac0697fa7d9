"""`ledger resolve` as a person uses it: a look over the wire, a record, and the money let go."""

import json
import shutil
from datetime import UTC, datetime, timedelta

import pytest
import typer
from typer.testing import CliRunner

from benchmarks.bootstrap import studio
from benchmarks.commands import money
from benchmarks.demo import build as demonstration
from benchmarks.running.wire import Wire, purse
from router import catalog
from router.commands import ledger
from router.console import Console
from router.domain.errors import BadInput, UnknownName
from router.testing import asking, doubles
from router.testing.doubles import FakeClock, ScriptedBackend, setback
from router.testing.routing import open_router

PARTNER = "northlight_pictures"
ACCOUNT = purse(Wire.SIMULATED, "look_dev")
WORDS = ("--by", "Ada Byron", "--because", "no record of it")


@pytest.fixture(scope="module")
def app():
    made = typer.Typer()
    ledger.register(made)
    money.register(made)
    return made


def said(app, home, *words):
    return CliRunner().invoke(app, ["ledger", *words], obj=Console(home=home, json=True))


def unknown_for_hours(home):
    """Leave a simulated attempt whose answer was lost two hours ago."""
    shutil.copytree(demonstration.partner_folder(), home / "partners")
    model = catalog.load()["sd35-large"]
    backend = ScriptedBackend(script=lambda _c, _n: setback("ambiguous", "reset"))
    router = open_router(
        home,
        {model.dialect: backend},
        clock=FakeClock(time=datetime.now(UTC) - timedelta(hours=2)),
        models=(model,),
        partners=(doubles.partner(PARTNER),),
    )
    router.open_account(PARTNER, ACCOUNT, 10**7, simulated=True)
    wanted = asking.request(model, "text_to_image", partner=PARTNER, account=ACCOUNT)
    (attempt,) = router.submit([wanted])
    assert router.advance(PARTNER, attempt.id).state.value == "unknown"
    router._world().worker.release()
    router.records.dispose()
    return attempt.id


@pytest.mark.slow
def test_a_ruling_is_recorded_and_lets_the_money_go(app, tmp_path):
    id_ = unknown_for_hours(tmp_path)
    answer = said(app, tmp_path, "resolve", id_, "--never-left", *WORDS)
    body = json.loads(answer.stdout)
    assert answer.exit_code == 0
    assert body == {
        "attempt": id_,
        "partner": PARTNER,
        "account": ACCOUNT,
        "resolved": True,
        "state": "failed",
        "code": "written_off",
        "reason": "Ada Byron: no record of it",
        "spend_usd": 0.0,
    }
    with studio(tmp_path) as here:
        assert here.router.balance(PARTNER, ACCOUNT).reserved_musd == 0
        noted = here.audit.last(PARTNER, "written_off")
    assert noted.ids == {"attempt": id_, "by": "Ada Byron", "billed": False, "musd": None}


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("--never-left", "--usd", "1", *WORDS), BadInput),
        (("--billed", "--usd", "1,5", *WORDS), BadInput),
        (("--billed", "--by", " ", "--because", "r-1"), BadInput),
        (("--billed", *WORDS), UnknownName),
    ],
    ids=["a bill of what was not billed", "no amount", "nobody", "no such attempt"],
)
def test_a_ruling_that_is_asked_wrongly_changes_nothing(app, tmp_path, words, error):
    answer = said(app, tmp_path, "resolve", "attempt-0", *words)
    assert isinstance(answer.exception, error)


def test_whether_it_was_billed_must_be_said(app, tmp_path):
    answer = said(app, tmp_path, "resolve", "attempt-0", *WORDS)
    assert answer.exit_code == 2
