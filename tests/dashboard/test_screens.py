"""The screens, run as Streamlit runs them, over a real service."""

import ast
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import launch, wording
from dashboard.client import Client, ServiceAway, ServiceSaysNo
from dashboard.frame import plain

ROOT = Path(__file__).parents[2]
APP = ROOT / "dashboard/app.py"
SCREENS = ("overview", "takes", "report")
HOSTILE = "**x** [a](http://evil.example) ![](http://evil.example/p) $y$ :red[z] <b> `c`"


@pytest.fixture(scope="module", autouse=True)
def connections_end():
    yield
    st.cache_resource.clear()


def opened(server, monkeypatch, screen="overview", **query):
    """Run a screen of the app as its URL would."""
    monkeypatch.setattr(sys, "argv", ["app.py", "--server", server])
    script = f"""
import sys
from dashboard.frame import framed
from dashboard.screens import {screen}
framed("{screen.capitalize()}", {screen}.render, {server!r})
"""
    app = AppTest.from_string(script, default_timeout=20)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def said(app):
    kinds = ("markdown", "text", "caption", "error", "success", "info", "subheader", "header")
    return "\n".join(e.value for kind in kinds for e in getattr(app, kind))


@pytest.fixture
def at(served, monkeypatch):
    return lambda screen, **query: opened(served[0], monkeypatch, screen, **query)


def test_the_app_opens_on_the_overview(served, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["app.py", "--server", served[0]])
    app = AppTest.from_file(str(APP), default_timeout=20).run()
    assert not app.exception
    assert app.title[0].value == "Overview"


@pytest.mark.parametrize("screen", SCREENS)
def test_every_screen_draws_and_says_simulated(at, screen):
    app = at(screen)
    assert not app.exception
    assert "SIMULATED" in said(app)


def test_the_overview_gives_answer_ranking_spend_and_days(at, document):
    app = at("overview")
    shown = said(app).replace("\\", "")
    assert document["answer"][0] in shown
    figures = {m.label: m.value for m in app.metric}
    assert figures["Trials ended"] == "82 of 82"
    assert figures["Findings due in"].endswith("days")
    assert "$" in figures["Spent"]
    ranking = app.dataframe[0].value
    assert len(ranking) == len(document["comparisons"][0]["arms"])
    assert "circletake ledger reconcile" in shown


def test_another_metric_is_another_table(at, document):
    app = at("overview")
    last = document["comparisons"][-1]
    app.selectbox(key="comparison").set_value(last["id"]).run()
    assert len(app.dataframe[0].value) == len(last["arms"])


def test_the_takes_come_48_at_a_time_and_turn(at, document):
    app = at("takes")
    many = len(document["takes"])
    assert f"1 to 48 of {many} takes" in said(app)
    app.button(key="turn-next").click().run()
    assert f"49 to {many} of {many} takes" in said(app)
    assert app.button(key="turn-next").disabled
    app.button(key="turn-previous").click().run()
    assert f"1 to 48 of {many} takes" in said(app)


def test_filters_come_from_the_url_and_reset_the_page(at, document):
    expected = sum(t["recipe"] == "text_only" for t in document["takes"])
    app = at("takes", recipe="Prompt alone, cheapest model")
    assert f"1 to {expected} of {expected} takes" in said(app)
    app.selectbox(key="state").set_value("refused").run()
    assert "content filter declined" in said(app)


def test_a_take_opens_with_lines_scores_provenance_and_siblings(at):
    app = at("takes")
    next(b for b in app.button if b.label == "Open take").click().run()
    assert not app.exception
    shown = said(app)
    for heading in ("Acceptance lines", "Scores", "Provenance", "Other takes of this shot"):
        assert heading in shown
    assert "limit" in shown
    app.button[0].click().run()
    assert "of 74 takes" in said(app)


def test_a_take_that_is_not_there_is_said_so(at):
    app = at("takes", take="nothing-of-the-kind")
    assert not app.exception
    assert "There is no such thing" in said(app)


@pytest.mark.slow
def test_a_report_is_built_and_its_files_are_signed_links(at, served):
    app = at("report")
    assert "No report was built yet." in said(app)
    app.button(key="build").click().run(timeout=30)
    assert "Built: What five recipes did with eleven shots" in said(app)
    links = [b.proto.url for b in app.get("link_button")]
    assert len(links) == 7
    assert all(link.startswith(served[0]) and "s=" in link for link in links)


def test_a_service_that_is_away_is_named_with_what_to_do(monkeypatch):
    app = opened("http://127.0.0.1:9", monkeypatch)
    assert not app.exception
    assert "No service answers" in said(app)
    assert "circletake up" in said(app)


def test_names_that_people_gave_stay_text(served, monkeypatch):
    server, studio = served
    sentence = studio.report["answer"][0]
    studio.report["answer"][0] = HOSTILE
    try:
        app = opened(server, monkeypatch)
    finally:
        studio.report["answer"][0] = sentence
    shown = next(m.value for m in app.markdown if "evil" in m.value)
    for mark in ("**x", "[a](", "![](", "$y$", ":red[", "<b>", "`c`"):
        assert mark not in shown


def test_plain_text_has_no_active_mark_left():
    escaped = plain(HOSTILE)
    assert not [c for i, c in enumerate(escaped) if c in "*[]()$:<>`!_" and escaped[i - 1] != "\\"]


def test_the_client_speaks_in_the_words_of_the_service(served):
    with closing(Client(served[0])) as service, pytest.raises(ServiceSaysNo) as caught:
        service.take("nothing")
    assert caught.value.problem["status"] == 404
    with closing(Client("http://127.0.0.1:9")) as nobody, pytest.raises(ServiceAway):
        nobody.campaigns()


def test_the_command_carries_the_theme_and_no_statistics():
    words = launch.command("http://127.0.0.1:8400", port=8502)
    assert "--browser.gatherUsageStats=false" in words
    assert "--client.showErrorDetails=none" in words
    assert '--theme.headingFontSizes=["2.1rem", "1.5rem", "1.15rem"]' in words
    assert words[-2:] == ["--server", "http://127.0.0.1:8400"]


@pytest.mark.parametrize("path", [APP, *sorted((ROOT / "dashboard/screens").glob("*.py"))])
def test_no_screen_hands_bytes_or_markup_to_streamlit(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    called = {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
    assert not called & {"html", "download_button", "iframe", "cache_data", "read_bytes"}
    assert "unsafe_allow_html" not in path.read_text(encoding="utf-8")


def test_the_screens_load_nothing_heavy():
    code = (
        "import sys; import dashboard.screens.overview, dashboard.screens.takes, "
        "dashboard.screens.report; "
        "print([m for m in ('torch', 'litellm', 'boto3', 'sqlalchemy', 'router', 'evaluators', "
        "'benchmarks', 'cv2') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(("link", "words"), [(None, 2), ("/v1/media/x?variant=preview", 0)])
def test_what_one_may_not_look_at_is_said_in_words(link, words):
    script = f"""
from dashboard.pieces import detail
class Service:
    url = staticmethod(lambda link: "http://127.0.0.1:9" + link)
reference = {{"role": "identity", "mime": "image/png", "link": {link!r}}}
links = {{"media": None, "preview": {link!r}, "thumb": None}}
take = {{"take": "t", "references": [reference], "links": links, "mime": "image/png",
         "shot": "a", "recipe_title": "b", "frames": 1, "fps": 0.0}}
detail.stage(Service, take)
"""
    app = AppTest.from_string(script, default_timeout=20).run()
    assert not app.exception
    assert [t.value for t in app.text] == [wording.NOT_SHOWN] * words
