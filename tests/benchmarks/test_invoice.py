"""An invoice is the ledger, summed: to the micro-dollar, real and simulated apart."""

import csv
import io
import json
from dataclasses import replace
from datetime import timedelta

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from benchmarks import invoice
from benchmarks.commands import money
from benchmarks.testing.home import lived_in
from router.commands import ledger
from router.console import Console
from router.domain.errors import BadInput, UnknownName
from router.domain.money import EntryKind, usd_text
from router.files.csv_text import csv_text
from router.store.statement import Paid
from router.testing import doubles
from router.testing.doubles import NOON, ScriptedBackend
from router.testing.routing import STILL, open_router

CATALOGUE = {"still-a": STILL}


def bill(**changes):
    made = Paid(
        at=NOON,
        account="c1",
        simulated=False,
        attempt="a",
        request="r",
        model="still-a",
        refines=False,
        price_version="2026-11-21.0",
        musd=80_000,
    )
    return replace(made, **changes)


bills = st.lists(
    st.builds(
        bill,
        at=st.integers(0, 90).map(lambda days: NOON + timedelta(days=days)),
        account=st.sampled_from(["c1", "c2"]),
        simulated=st.booleans(),
        request=st.sampled_from(["r1", "r2", "by-hand"]),
        refines=st.booleans(),
        musd=st.integers(0, 10**9),
    )
)


@given(bills)
def test_no_micro_dollar_is_lost_or_made_by_summing(some):
    found = invoice.lines(some, {"r1": "init_image", "r2": "text_only"}, CATALOGUE)
    for kind, simulated in (("real", False), ("simulated", True)):
        paid = sum(b.musd for b in some if b.simulated is simulated)
        assert sum(line.musd for line in found if line.money == kind) == paid
    body = invoice.as_json("lantern", found)
    assert sum(line["bills"] for line in body["lines"]) == sum(1 for b in some if b.musd)


def test_a_line_says_who_asked_and_a_simulated_model_keeps_its_neutral_name():
    some = [
        bill(request="r1"),
        bill(request="x", refines=True),
        bill(request="y", simulated=True, at=NOON + timedelta(days=30)),
    ]
    found = invoice.lines(some, {"r1": "init_image"}, CATALOGUE)
    assert [(f.month, f.money, f.recipe, f.model) for f in found] == [
        ("2027-04", "real", "init_image", "still-a"),
        ("2027-04", "real", "repair", "still-a"),
        ("2027-05", "simulated", "by hand", STILL.alias),
    ]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_cell_never_becomes_a_formula(text):
    (row,) = list(csv.reader(io.StringIO(csv_text(("name",), [(text,)]), newline="")))[1:]
    assert row == [f"'{text}"]


def test_bills_of_the_router_are_the_settled_lines_of_its_ledger(tmp_path):
    router = open_router(tmp_path, {"scripted": ScriptedBackend()}, cap_musd=10**6)
    first, second = router.submit(doubles.requests(2))
    router.advance(first.partner, first.id)
    router.advance(second.partner, second.id)
    found = router.paid(first.partner)
    settled = [e for e in router.ledger(first.partner, "c1") if e.kind is EntryKind.SETTLE]
    assert [(b.attempt, b.musd) for b in found] == [(e.attempt, e.musd) for e in settled]
    assert {b.price_version for b in found} == {router.attempts(first.partner)[0].price_version}
    assert not router.simulated_accounts(first.partner)
    router.open_account(first.partner, "dry", 1, simulated=True)
    assert router.simulated_accounts(first.partner) == {"dry"}


@pytest.fixture(scope="module")
def app():
    made = typer.Typer()
    ledger.register(made)
    money.register(made)
    return made


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    return home, lived_in(home)


def said(app, home, *words):
    return CliRunner().invoke(app, ["ledger", *words], obj=Console(home=home, json=True))


@pytest.mark.slow
def test_the_books_of_a_home_and_its_invoice_agree(app, lived, tmp_path):
    home, campaign = lived
    books = json.loads(said(app, home, "export", "--partner", "lantern").stdout)["entries"]
    told = said(app, home, "export", "--partner", "lantern", "--invoice").stdout
    (total,) = json.loads(told)["totals"]
    settled = sum(round(float(e["usd"]) * 1e6) for e in books if e["move"] == "settle")
    assert (total["money"], total["usd"]) == ("simulated", usd_text(settled))
    assert settled > 0
    out = tmp_path / "invoice.csv"
    words = ("export", "--partner", "lantern", "--account", campaign, "--invoice", "--out", out)
    assert said(app, home, *map(str, words)).exit_code == 0
    rows = list(csv.DictReader(out.read_text(encoding="utf-8").splitlines()))
    assert {row["campaign"] for row in rows} == {campaign}
    assert {row["recipe"] for row in rows} == {"init_image", "erase_matte"}
    unknown = said(app, home, "export", "--partner", "lantern", "--account", "typo")
    assert isinstance(unknown.exception, UnknownName)
    empty = said(app, home, "export", "--partner", "lantern", "--month", "2001-01").stdout
    assert json.loads(empty)["entries"] == []


@pytest.mark.slow
def test_a_ledger_shows_the_caps_that_its_campaign_shares(app, lived):
    home, campaign = lived
    told = json.loads(said(app, home, "show", campaign, "--partner", "lantern").stdout)
    assert told["shared"][0]["level"] == "partner"
    assert all(one["simulated"] for one in told["shared"])
    assert told["shared"][0]["spend_usd"] == told["spend_usd"]


@pytest.mark.slow
def test_a_campaign_with_every_answer_has_none_to_look_for(app, lived):
    home, campaign = lived
    answer = said(app, home, "reconcile", campaign)
    assert answer.exit_code == 0
    assert json.loads(answer.stdout) == {
        "campaign": campaign,
        **dict.fromkeys(
            (
                "asked",
                "settled",
                "released",
                "lost",
                "unknown",
                "overdue",
                "broken",
                "contradicted",
            ),
            0,
        ),
    }


@pytest.mark.parametrize("words", [("--month", "April"), ("--out", "books.xlsx")])
def test_an_export_asked_wrongly_says_how_it_is_asked(app, tmp_path, words):
    answer = said(app, tmp_path, "export", "--partner", "lantern", *words)
    assert isinstance(answer.exception, BadInput)
