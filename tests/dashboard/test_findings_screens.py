"""Comparison, trust, cost, partner page and report builder, over a real service."""

import copy
import sys

import pyarrow as pa
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from benchmarks.testing.front import campaign
from dashboard import wording
from dashboard.pieces import plots

SCREENS = ("comparison", "trust", "cost", "partner", "report")
HOSTILE = "<b>\u202e[a](http://evil.example)**x** |y" + "n" * 200
RATE = {"accuracy": 0.71, "ci_low": 0.62, "ci_high": 0.8, "pairs": 91, "shots": 34}
TRUST = {
    "question": "Which take keeps the character better?",
    "raters": 5,
    "shots": 34,
    "least_shots": 30,
    "least_accuracy": 0.65,
    "ceiling": 0.83,
    "alpha": {"value": 0.41, "ci_low": 0.3, "ci_high": 0.52},
    "metrics": [
        {"metric": "id_ref", "metric_title": "Likeness", "status": "validated", **RATE},
        {"metric": "tech.blur", "metric_title": "Blur", "status": "diagnostic", **RATE, "shots": 4},
    ],
}


@pytest.fixture(scope="module", autouse=True)
def connections_end():
    yield
    st.cache_resource.clear()


@pytest.fixture
def house(served):
    """The house below, put back as it was."""
    double = served[1]
    kept = copy.deepcopy(double.report)
    for one in double.report["campaigns"]:
        double.front.kept[one["id"]] = campaign(one["id"], one["partner"])
    yield double
    double.front.signatures.said.clear()
    double.front.signatures.kept.clear()
    double.report.clear()
    double.report.update(kept)


@pytest.fixture
def opened(served, house, monkeypatch):
    """Run a screen as its URL would."""

    def run(screen, **query):
        monkeypatch.setattr(sys, "argv", ["app.py", "--server", served[0]])
        script = f"""
from dashboard.frame import framed
from dashboard.screens import {screen}
framed("A screen", {screen}.render, {served[0]!r})
"""
        app = AppTest.from_string(script, default_timeout=30)
        for name, value in query.items():
            app.query_params[name] = value
        app.run()
        assert not app.exception
        return app

    return run


def said(app):
    kinds = ("markdown", "text", "caption", "error", "success", "info", "warning", "subheader")
    return "\n".join(e.value for kind in kinds for e in getattr(app, kind)).replace("\\", "")


def drawn(app, place=0):
    """Give the rows behind a chart."""
    chart = app.get("vega_lite_chart")[place].proto
    if not chart.datasets:
        return pa.ipc.open_stream(chart.data.data).read_all().to_pylist()
    return pa.ipc.open_stream(chart.datasets[0].data.data).read_all().to_pylist()


@pytest.mark.parametrize("screen", SCREENS)
def test_every_screen_of_findings_draws_and_says_simulated(opened, screen):
    assert "SIMULATED" in said(opened(screen))


@pytest.mark.parametrize("screen", SCREENS)
def test_what_people_named_stays_text_on_each_of_them(opened, house, screen):
    for recipe in house.report["recipes"]:
        recipe["title"] = HOSTILE + recipe["recipe"]
    for one in house.report["campaigns"]:
        one["partner_name"] = HOSTILE + one["partner"]
    app = opened(screen)
    for element in app.markdown:
        assert "**x**" not in element.value
        assert "[a](http" not in element.value


def test_a_comparison_has_its_rank_range_its_number_of_shots_and_its_coverage(opened, house):
    compared = house.report["comparisons"][0]
    table = opened("comparison").dataframe[0].value
    for (_, row), found in zip(table.iterrows(), compared["arms"], strict=True):
        assert row["Rank range"] == wording.ranks(found, compared["direction"])
        assert row["Shots"] == found["n_shots"]
        assert row["Takes"] == found["n_takes"]
        assert row["Measured"] == wording.percent(found["coverage"])


def test_recipes_that_were_not_told_apart_are_named_as_ties(opened, house):
    compared = house.report["comparisons"][0]
    first, second = compared["contrasts"][0]["a"], compared["contrasts"][0]["b"]
    titles = {r["recipe"]: r["title"] for r in house.report["recipes"]}
    for contrast in compared["contrasts"]:
        contrast["better"] = contrast["a"]
    compared["contrasts"][0]["better"] = None
    app = opened("comparison")
    tied = {
        r["Recipe"].removesuffix(" (control)"): r["Not told apart from"]
        for _, r in app.dataframe[0].value.iterrows()
    }
    assert tied[titles[first]] == titles[second]
    states = [c["state"] for c in drawn(app, 1)]
    assert states.count(plots.TIE) == 2


def test_few_shots_stand_in_grey_with_a_shape_of_their_own(opened, house):
    arms = house.report["comparisons"][0]["arms"]
    paid = next(a for a in arms if not a["control"])
    paid["n_shots"] = 2
    app = opened("comparison")
    kinds = {r["note"]: r["kind"] for r in drawn(app)}
    assert plots.SPARSE in kinds.values()
    assert plots.PAID in kinds.values()
    assert sum("too few shots" in note for note in app.dataframe[0].value["Note"]) == 1


def test_what_nobody_declared_is_marked_as_exploratory(opened, house):
    for compared in house.report["comparisons"]:
        compared["declared"] = False
    assert "exploratory" in said(opened("comparison"))


def test_a_chart_is_told_in_words_with_every_number_in_it(opened, house):
    compared = house.report["comparisons"][0]
    spoken = opened("comparison").get("vega_lite_chart")[0].proto.alt
    for arm in compared["arms"]:
        assert wording.number(arm["mean"], compared["unit"]) in spoken


def test_a_campaign_in_which_nothing_was_measured_says_so(opened, house):
    for arm in house.report["comparisons"][0]["arms"]:
        arm |= {"mean": None, "ci_low": None, "ci_high": None, "rank_low": None, "rank_high": None}
    house.report["comparisons"][0]["contrasts"] = []
    app = opened("comparison")
    assert "Not measured:" in said(app)
    assert "No two recipes have shots in common" in said(app)
    house.report["comparisons"] = []
    assert "Nothing was compared yet." in said(opened("comparison"))


def test_a_study_without_votes_ranks_nobody(opened, house):
    study = {"study": "5" * 32, "state": "open", "simulated": True, "asked": 40, "votes": 0}
    house.report["studies"] = [study]
    assert "0 of 40 questions answered" in said(opened("comparison"))
    closed = {"state": "closed", "question": "Which?", "headline": "all", "ranking": None}
    house.report["studies"] = [study | closed | {"warnings": [], "controls": None}]
    assert "nothing is ranked" in said(opened("comparison"))


@pytest.mark.parametrize(
    ("code", "told"), [("too_few_partners", True), ("not_allowed", True), ("bad_input", False)]
)
def test_several_studios_that_are_too_few_are_told_of_as_such(code, told):
    script = f"""
import streamlit as st
from dashboard import frame
from dashboard.client import ServiceSaysNo
from dashboard.screens import comparison
class Service:
    def campaigns(self):
        one = {{"id": "1", "partner": "a", "partner_name": "A", "simulated": True, "recipes": []}}
        return [one, one | {{"id": "2", "partner": "b", "partner_name": "B"}}]
    def get(self, path, query):
        assert "campaign" not in query
        raise ServiceSaysNo({{"status": 409, "title": "No", "detail": "why", "code": {code!r}}})
st.session_state[frame.ME] = {{"role": "internal_analyst", "scopes": ["read"]}}
st.session_state[frame.VISIT] = frame.Visit(server="")
with frame.troubles(frame.Visit(server="")):
    comparison.render(Service())
"""
    app = AppTest.from_string(script, default_timeout=20).run()
    assert not app.exception
    assert ("Choose one studio above" in said(app)) is told
    assert bool(app.error) is True  # the banner, or what the service said


def test_without_votes_every_metric_is_a_diagnosis_and_tells_what_it_cannot_see(opened):
    app = opened("trust")
    assert "Not measured: how far metrics agree with people" in said(app)
    blind = app.dataframe[-1].value
    assert set(blind["Against people"]) == {"not measured"}
    assert all(len(words) > 10 for words in blind["Cannot see"])
    assert "id_ref" in set(blind["Metric"])


def test_agreement_stands_with_interval_number_and_ceiling(opened, house):
    house.report["trust"] = TRUST
    app = opened("trust")
    figures = {m.label: m.value for m in app.metric}
    assert figures["Human ceiling"] == wording.percent(0.83)
    assert figures["From"] == "5 raters, 34 shots"
    table = app.dataframe[0].value
    assert list(table["95 % interval"]) == [wording.interval(0.62, 0.8, "share")] * 2
    assert list(table["May speak for people"]) == ["yes", "no, a diagnosis"]
    kinds = {r["title"]: r["kind"] for r in drawn(app)}
    assert kinds == {"Likeness": plots.ENOUGH, "Blur": plots.SPARSE}


def test_costs_are_those_of_the_document_and_what_is_missing_is_said(opened, house):
    app = opened("cost")
    table = app.dataframe[0].value
    for (_, row), recipe in zip(table.iterrows(), house.report["recipes"], strict=True):
        assert row["Per take"] == wording.usd(recipe["usd_per_take"])
        assert row["Median wait"] == wording.seconds(recipe["latency_s"]["median"])
        assert row["Refused"] == recipe["outcomes"]["refused"]
    shown = said(app)
    assert "Not measured: nobody circled a take" in shown
    assert "Not measured: no hours of the own way" in shown
    app.segmented_control(key="measure").set_value("attempts").run()
    assert "Attempts per circled take: not measured" in said(app)


def test_a_partner_page_is_one_studios_own(opened):
    app = opened("partner")
    assert "this page is one studio's own" in said(app)
    assert not app.dataframe


def test_a_partner_signs_under_a_name_word_by_word(opened, house):
    app = opened("partner", partner=house.report["campaigns"][0]["partner_name"])
    app.segmented_control(key="part").set_value("Sign-off").run()
    assert "2 not signed" in said(app)
    assert not [b for b in app.button if b.label == "Approve"]
    app.text_input(key="speaks-as-field").set_value("Ines").run()
    words, picture = (b.key.removeprefix("approve-") for b in app.button if b.label == "Approve")
    app.text_area(key=f"words-{words}").set_value("Held up well.")
    app.button(key=f"keep-{words}").click().run()
    app.button(key=f"sure-{picture}").click().run()
    assert not app.exception
    kept = house.front.signatures.said
    assert kept[words]["answer"] | {"at": ""} == {
        "state": "corrected",
        "text": "Held up well.",
        "by": "Ines",
        "role": "",
        "at": "",
        "old": kept[words]["answer"]["old"],
    }
    assert kept[picture]["state"] == "withdrawn"
    assert "1 corrected" in said(app)
    assert f"keep-{picture}" not in {b.key for b in app.button}


def test_whoever_leaves_answers_four_questions(opened, house):
    app = opened("partner", partner=house.report["campaigns"][0]["partner_name"])
    app.segmented_control(key="part").set_value("Exit form").run()
    assert "Nobody answered yet." in said(app)
    app.text_input(key="speaks-as-field").set_value("Ines").run()
    app.radio[0].set_value("yes")
    app.text_area[1].set_value(HOSTILE)
    next(b for b in app.button if b.label == "Send").click().run()
    assert "unseen character" in said(app)
    assert app.text_area[1].value == HOSTILE
    seen = HOSTILE.replace("\u202e", "")
    app.text_area[1].set_value(seen)
    next(b for b in app.button if b.label == "Send").click().run()
    assert not app.exception
    (form,) = house.front.signatures.kept
    assert (form["again"], form["blocked"], form["by"]) == ("yes", seen, "Ines")
    assert seen in {t.value for t in app.text}


def test_the_builder_says_what_is_missing_and_what_nobody_signed(opened):
    app = opened("report")
    parts = dict(app.dataframe[0].value.itertuples(index=False, name=None))
    assert parts["What people preferred"] == "not measured: no study is closed"
    assert parts["Time saved"] == "not measured: no hours were logged"
    assert list(app.dataframe[1].value["Not signed"]) == [2] * len(app.dataframe[1].value)
    assert "printed with the words" in said(app)


def test_a_plan_that_cannot_make_it_is_red_before_anything_is_frozen(opened, house):
    first = house.report["campaigns"][0]
    first["trials"]["parked"] = 3
    app = opened("report")
    assert "the plan cannot make it" in said(app)
    assert "3 trials parked" in said(app)


def test_no_campaign_is_no_report(opened):
    app = opened("report")
    app.multiselect(key="campaigns").set_value([]).run()
    assert "a report needs one at least" in said(app)
    assert not [b for b in app.button if b.key == "build"]


def test_a_name_in_a_chart_is_one_short_line():
    shown = plots.printable(HOSTILE + "\nx")
    assert len(shown) == plots.LONGEST
    assert "\u202e" not in shown
    assert "\n" not in shown
