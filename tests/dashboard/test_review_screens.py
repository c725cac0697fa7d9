"""Take, acceptance sheet and approval, run as Streamlit runs them, over a real service."""

import copy
import sys

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from benchmarks.testing.front import campaign
from dashboard.asking.sheet import sheet
from dashboard.client import Client
from dashboard.pieces import detail
from router.domain.errors import NotEntitled

LONG = "<b>" + "Ω" * 190 + "</b>\u202e"


@pytest.fixture(scope="module", autouse=True)
def connections_end():
    yield
    st.cache_resource.clear()


@pytest.fixture
def studio(served):
    """The house below, put back as it was."""
    house = served[1]
    kept = copy.deepcopy((house.report, house._takes))
    for one in house.report["campaigns"]:
        house.front.kept[one["id"]] = campaign(one["id"], one["partner"])
    house.front.takes = {t["take"]: t["campaign"] for t in house.report["takes"]}
    yield house
    house.acceptance.said.clear()
    house.acceptance.seen.clear()
    house.report.clear()
    house.report.update(kept[0])
    house._takes[:] = kept[1]


@pytest.fixture
def opened(served, monkeypatch):
    """Run a screen of the app as its URL would."""

    def run(screen, **query):
        server = served[0]
        monkeypatch.setattr(sys, "argv", ["app.py", "--server", server])
        script = f"""
from dashboard.frame import framed
from dashboard.screens import {screen}
framed("A screen", {screen}.render, {server!r})
"""
        app = AppTest.from_string(script, default_timeout=30)
        for name, value in query.items():
            app.query_params[name] = value
        app.run()
        assert not app.exception
        return app

    return run


def said(app):
    kinds = ("markdown", "text", "caption", "error", "warning", "success", "info", "subheader")
    return "\n".join(e.value for kind in kinds for e in getattr(app, kind)).replace("\\", "")


def deciding(app, by="Ines Vidal"):
    """Say one's name, as whoever sits at the machine is asked once."""
    app.text_input(key="speaks-as-field").set_value(by).run()
    return app


def test_a_take_has_an_address_of_its_own_with_decisions_and_lineage(opened, studio):
    take = studio.report["takes"][0]["take"]
    app = opened("take", take=take)
    shown = said(app)
    for heading in ("Decisions", "Acceptance lines", "Lineage", "Scores", "Provenance"):
        assert heading in shown
    assert "Nobody has decided about this take yet" in shown


def test_without_a_take_the_newest_are_offered(opened):
    app = opened("take")
    assert "Choose a take" in said(app)
    next(b for b in app.button if b.label == "Open take").click().run()
    assert "Provenance" in said(app)


def test_the_sheet_counts_shots_and_open_must_lines(opened, served, studio):
    id_ = studio.report["campaigns"][0]["id"]
    missed = next(s for s in studio.report["sheet"] if s["campaign"] == id_ and s["takes"])
    for take in missed["takes"]:
        take["open_must"] = 1
    with_client = Client(served[0])
    page = sheet(with_client, id_, only_open=False)
    some = sheet(with_client, id_, only_open=True)
    with_client.close()
    assert page["open_must"] == sum(row["open_must"] or 0 for row in page["shots"])
    assert [r["shot"] for r in some["shots"]] == [missed["shot"]]
    app = opened("sheet")
    assert f"of {len(page['shots'])} shots" in said(app)
    app.toggle(key="open").set_value(True).run()
    assert not app.exception
    assert "1 to 1 of 1 shot" in said(app)


def test_whoever_sits_at_the_machine_is_asked_for_a_name_once_and_may_change_it(opened, studio):
    app = deciding(opened("approval"))
    assert "You decide as **Ines Vidal**" in said(app)
    app.button(key="speaks-other").click().run()
    assert "Say your name above to decide." in said(app)
    assert not [b for b in app.button if b.label == "Circle"]


def test_a_take_is_circled_by_a_named_person_and_the_look_is_on_record(opened, studio):
    take = studio.report["takes"][0]["take"]
    app = deciding(opened("approval", take=take))
    assert studio.acceptance.seen == [(take, "Ines Vidal")]
    app.button(key="decide-circled").click().run()
    made = studio.acceptance.said[take]
    assert [(d["status"], d["by"]) for d in made] == [("circled", "Ines Vidal")]
    assert "◯ circled** by Ines Vidal" in said(app)
    app.button(key="decide-withdrawn").click().run()
    assert [d["status"] for d in made] == ["circled", "withdrawn"]
    assert len(studio.acceptance.seen) == 1


def test_the_second_of_two_deciders_sees_the_first_before_anything_is_replaced(opened, studio):
    take = studio.report["takes"][0]["take"]
    app = deciding(opened("approval", take=take))
    other = deciding(opened("approval", take=take), by="Bo")
    app.button(key="decide-circled").click().run()
    other.button(key="decide-rejected").click().run()
    assert "Somebody else decided meanwhile" in said(other)
    assert "◯ circled** by Ines Vidal" in said(other)
    assert [d["by"] for d in studio.acceptance.said[take]] == ["Ines Vidal"]
    other.button(key="decide-rejected").click().run()
    assert [d["by"] for d in studio.acceptance.said[take]] == ["Ines Vidal", "Bo"]


def test_a_take_that_needs_an_approval_first_says_why_and_what_to_do(opened, studio, monkeypatch):
    take = studio.report["takes"][0]["take"]
    app = deciding(opened("approval", take=take))
    why = "Mara is a synthetic human: no performer plays the role"
    what = f"an approval on record: `circletake provenance approve {take} --by WHO`"

    def refuse(_reach, _take, _said):
        raise NotEntitled(field="approval", found=why, expected=what)

    monkeypatch.setattr(studio.acceptance, "decide", refuse)
    app.button(key="decide-circled").click().run()
    assert "played by nobody" in said(app)
    assert "provenance approve" in said(app)


def test_a_name_of_200_characters_with_markup_stays_text(opened, studio):
    studio.report["sheet"][0]["lines"][0]["criterion"] = LONG
    for row in studio._takes:
        row["recipe_title"] = LONG
    take = studio._takes[0]["take"]
    for screen in ("take", "takes", "sheet", "approval"):
        app = opened(screen, **({"take": take} if screen != "sheet" else {}))
        assert "<b>" not in "".join(m.value for m in app.markdown).replace("\\<b\\>", "")


def test_a_take_that_is_gone_is_said_so_on_every_screen(opened):
    for screen in ("take", "takes", "approval"):
        assert "There is no such thing" in said(opened(screen, take="gone"))


def test_somebody_who_may_only_look_has_no_buttons(opened, studio, monkeypatch):
    assert studio.acceptance.seen == []
    looker = {"id": "a", "name": "Ana", "role": "internal_analyst", "scopes": ["read"]}
    monkeypatch.setattr("dashboard.frame.me", lambda _service: looker)
    app = opened("approval")
    assert "You may look here." in said(app)
    assert not [b for b in app.button if b.key and b.key.startswith("decide")]
    assert not app.text_input
    assert studio.acceptance.seen == []


@pytest.mark.parametrize(
    ("value", "threshold", "margin", "words"),
    [
        (0.9, 0.8, 0.1, "≥ 0.80"),
        (0.9, 1.0, 0.1, "≤ 1.00"),
        (None, 0.8, None, "0.80"),
        (1, None, 0, ""),
    ],
)
def test_a_limit_says_on_which_side_of_it_the_good_lies(value, threshold, margin, words):
    line = {"value": value, "threshold": threshold, "margin": margin, "unit": "similarity"}
    assert detail.limit(line) == words


def test_the_proof_of_a_repair_is_told_in_words():
    assert "every pixel is the one that was there" in detail.outside(0.0)
    assert "0.250 %" in detail.outside(0.0025)
    assert detail.outside(None) == ""
