"""Blind review: over a real service, as Streamlit runs it and as somebody sees it in Chromium."""

import copy

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import service
from dashboard.testing.booth import RATER, STUDY, OneStudy
from dashboard.testing.doubles import NoStudies, StudioDouble
from tests import browsing


@pytest.fixture(scope="module")
def served(made, tmp_path_factory):
    studio = StudioDouble(copy.deepcopy(made[0]), made[1])
    studio.booth = Turned()
    folder = tmp_path_factory.mktemp("shelf")
    app = service.build(studio, signing_key=b"k" * 32, reports_folder=folder)
    with browsing.answering(app) as address:
        yield address, studio
    st.cache_resource.clear()


class Turned:
    """The booth that a test puts here: routes keep the first one they are given."""

    def __init__(self):
        self.now = NoStudies()

    def __getattr__(self, name):
        return getattr(self.now, name)


@pytest.fixture
def booth(served):
    studio = served[1]
    studio.booth.now = OneStudy(next(iter(studio.everybody)))
    yield studio.booth.now
    studio.booth.now = NoStudies()


def opened(server, **query):
    script = f"""
from dashboard.frame import framed
from dashboard.screens import blind
framed("Blind review", blind.render, {server!r})
"""
    app = AppTest.from_string(script, default_timeout=20)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def said(app):
    kinds = ("markdown", "text", "caption", "error", "success", "info", "warning")
    return "\n".join(e.value for kind in kinds for e in getattr(app, kind))


def test_without_a_study_the_screen_says_what_to_do(served):
    app = opened(served[0])
    assert not app.exception
    assert "There is no blind study yet." in said(app)
    assert "circletake study open" in said(app)


def test_somebody_says_who_votes_and_starts(served, booth):
    app = opened(served[0])
    app.button[0].click().run()
    assert app.query_params == {"study": STUDY, "rater": RATER}
    assert not app.exception
    assert "SIMULATED" in said(app)


def test_who_has_answered_everything_is_told_so(served, booth):
    booth.cast_votes = dict.fromkeys(range(1, 7), "left")
    app = opened(served[0], study=STUDY, rater=RATER)
    assert "Every question is answered" in said(app)


def test_a_rest_is_asked_for_and_no_picture_is_shown_meanwhile(served, booth):
    booth.rest_s = 200
    app = opened(served[0], study=STUDY, rater=RATER)
    assert not app.exception
    assert "Time for a rest" in said(app)
    assert "3:20 to go" in said(app).replace("\\", "")


@pytest.mark.parametrize("on", [True, False])
def test_whoever_wants_to_be_asked_what_failed_is_asked_after_a_rest_too(served, booth, on):
    """Between two questions the switch is not drawn, and Streamlit forgets what is not drawn."""
    app = opened(served[0], study=STUDY, rater=RATER)
    app.toggle(key="blind-details").set_value(True).run()
    app.toggle(key="blind-details").set_value(on).run()
    for seconds in (200, 0):
        booth.rest_s = seconds
        app.run()
    assert not app.exception
    assert app.toggle(key="blind-details").value is on


def test_what_stood_behind_is_told_after_closing_and_only_when_asked(served, booth):
    booth.cast_votes, booth.closed = {1: "left"}, True
    app = opened(served[0], study=STUDY, rater=RATER)
    assert not app.table
    assert "kept on record" in said(app)
    app.toggle(key="reveal").set_value(True).run()
    (row,) = app.table[0].value.to_dict("records")
    assert (row["Left (A)"].replace("\\", ""), row["Said"]) == ("recipe_one", "A is better")


def may_vote(page):
    page.locator("button[data-outcome=left]:not([disabled])").wait_for(timeout=30_000)


@browsing.in_chromium
def test_a_block_is_voted_through_by_keyboard_and_a_burst_is_one_vote(screens, page, booth):
    page.goto(f"{screens}/blind?study={STUDY}&rater={RATER}")
    may_vote(page)
    for _ in range(10):
        page.keyboard.press("a")
    page.get_by_text("1 of 6 answered").wait_for(timeout=20_000)
    assert booth.cast_votes == {1: "left"}
    assert booth.heard == 1
    for number, key in enumerate("befa", start=2):
        may_vote(page)
        page.keyboard.press(key)
        page.get_by_text(f"{number} of 6 answered").wait_for(timeout=20_000)
    told = page.content() + page.url + page.title()
    assert not [
        word for word in ("recipe_", "Emulated", "emulated-", "seed", "latency") if word in told
    ]
    may_vote(page)
    page.keyboard.press("e")
    page.get_by_text("Every question is answered").wait_for(timeout=20_000)
    assert list(booth.cast_votes.values()) == ["left", "right", "tie", "both_fail", "left", "tie"]
    assert all(looked["seconds"] >= 0.2 for looked in booth.looked.values())
    assert booth.looked[1]["viewport"] == (1280, 800)
    assert page.faults == []


@browsing.in_chromium
def test_after_a_vote_one_may_say_what_failed_and_goes_on(screens, page, booth):
    page.set_viewport_size({"width": 1280, "height": 1400})
    page.goto(f"{screens}/blind?study={STUDY}&rater={RATER}")
    may_vote(page)
    page.get_by_text("After each vote, ask me what failed").click()
    page.wait_for_timeout(800)
    may_vote(page)
    page.keyboard.press("b")
    page.get_by_text("Your vote is in.").wait_for(timeout=20_000)
    page.get_by_text("face", exact=True).nth(1).click()  # A: small faults, A: broken, then B
    page.get_by_role("button", name="Keep and go on").click()
    page.get_by_text("1 of 6 answered").wait_for(timeout=20_000)
    assert booth.remarks == {1: {"parts": {"left": {"face": "broken"}}, "levels": {}}}
