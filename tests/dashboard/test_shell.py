"""The shell of the screens: who sees what, first minutes, sending once, readable colours."""

import subprocess
import sys
import threading
import time
import tomllib
import zipfile
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import cv2
import numpy as np
import pytest
import streamlit as st
import uvicorn
from streamlit.testing.v1 import AppTest

from benchmarks.packs.check import check
from benchmarks.packs.receiving import Received
from dashboard import menu, service
from dashboard.menu import Screen
from dashboard.pieces import one_shot, words
from dashboard.pieces.one_shot import NEEDS, Line, OneShot, Picture
from dashboard.testing.doubles import StudioDouble
from router.domain.caller import GRANTED, Role

ROOT = Path(__file__).parents[2]
THEME = tomllib.loads((ROOT / "dashboard/theme.toml").read_text(encoding="utf-8"))["theme"]
HOUSE = ("northlight_pictures", "paper_lantern")
HOSTILE = "<b>\u202e[a](http://evil.example)**x**" + "n" * 170
MARKED = HOSTILE.replace("\u202e", "")[:120]  # what a pack takes as a name
AGREEMENT = {"partner": HOUSE[0], "title": "Northlight", "budget_usd": 100.0}


@pytest.fixture(scope="module", autouse=True)
def connections_end():
    yield
    st.cache_resource.clear()


class EmptyHouse(StudioDouble):
    """A home with two studios in which nothing was ever run."""

    everybody = frozenset(HOUSE)


class Guests:
    """Draws packs without drawing."""

    def __init__(self):
        self.drawn = []

    def guests(self, reach):
        return [{"partner": n, "title": n, "budget_usd": 60.0} for n in reach]

    def draw(self, reach, partner):
        reach.require(partner)
        self.drawn.append(partner)
        body = {"pack": "9f" * 16, "ok": True, "errors": [], "warnings": []}
        return Received(body=body, is_new=True)


@contextmanager
def serving(app):
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def house():
    return EmptyHouse({"campaigns": [], "takes": [], "sheet": []}, {})


@pytest.fixture
def guests():
    return Guests()


@pytest.fixture
def address(house, guests, tmp_path):
    app = service.build(house, signing_key=b"k" * 32, reports_folder=tmp_path, guests=guests)
    with serving(app) as address:
        yield address


def drawn(script):
    app = AppTest.from_string(script, default_timeout=20).run()
    assert not app.exception
    return app


def told(app):
    kinds = ("markdown", "text", "caption", "error", "success", "info", "warning")
    return "\n".join(e.value for kind in kinds for e in getattr(app, kind))


def overview(address):
    return drawn(f"""
from dashboard.frame import framed
from dashboard.screens import overview
framed("Overview", overview.render, {address!r})
""")


# Who sees what


def test_a_role_is_shown_the_screens_that_it_may_use_and_no_others():
    screens = [
        Screen("Beta", "a", "a", lambda _: None, "."),
        Screen("Shots", "b", "b", lambda _: None, ".", menu.SUBMIT),
        Screen("Admin", "c", "c", lambda _: None, ".", menu.MANAGE),
    ]

    def shown(role):
        scopes = {scope.value for scope in GRANTED[role]}
        return "".join(s.path for s in screens if menu.shown_to(scopes, s))

    assert {role: shown(role) for role in Role} == {
        Role.OWNER: "abc",
        Role.PARTNER_MEMBER: "ab",
        Role.PARTNER_ADMIN: "abc",
        Role.INTERNAL_ANALYST: "a",
        Role.BETA_LEAD: "ac",
    }


def test_a_screen_that_one_may_not_use_says_for_whom_it_is_and_asks_nothing():
    app = drawn("""
from dashboard import frame
me = {"id": "1", "name": "Ann", "role": "internal_analyst", "scopes": ["read"], "reads": [],
      "looks": [], "pools": []}
class Nothing: pass
seen = frame.Visit(server="x", client=Nothing(), me=me)
frame.shown("Submit", lambda service: service.ask_anything(), seen, "submit")
""")
    assert "This screen is for people of a partner studio." in told(app)
    assert "analyst of the beta" in told(app)


def test_every_need_of_a_screen_has_words_for_whom_it_is():
    assert set(menu.WHO) >= {"read", menu.SUBMIT, menu.MANAGE, menu.COMPARE, menu.LEAD}


def test_an_unknown_section_is_refused_at_once():
    with pytest.raises(ValueError, match="no section"):
        Screen("Else", "a", "a", lambda _: None, ".")


# The first minutes


def test_an_empty_home_says_what_to_do_and_runs_the_demonstration_once(address, house, guests):
    app = overview(address)
    assert "Hand in a shot pack" in told(app)
    assert "SIMULATED" in told(app)
    app.button(key="demonstrate").click().run()
    assert not app.exception
    app.button(key="demonstrate").click().run()
    assert sorted(guests.drawn) == sorted([*HOUSE, *HOUSE])
    assert sorted(w.partner for w in house.front.handed_in) == sorted(HOUSE)


def test_a_service_that_offers_no_demonstration_names_the_command(house, tmp_path):
    app = service.build(house, signing_key=b"k" * 32, reports_folder=tmp_path)
    with serving(app) as address:
        shown = overview(address)
    assert "circletake demo" in told(shown)
    assert not [b for b in shown.button if b.key == "demonstrate"]


def test_every_word_that_a_screen_asks_for_is_explained():
    for path in (ROOT / "dashboard").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for asked in text.split('words.of("')[1:]:
            assert words.of(asked.split('"')[0]), path


# One click is one campaign


LOSSY = """
import httpx, streamlit as st
from dashboard import frame
from dashboard.client import Client
from dashboard.pieces import ordering
class Lossy(httpx.HTTPTransport):
    def handle_request(self, request):
        answer = super().handle_request(request)
        first = "lost" not in st.session_state
        if first and request.method == "POST" and request.url.path == "/v1/campaigns":
            st.session_state["lost"] = True
            answer.read()
            raise httpx.ReadError("the line went dead")
        return answer
service = Client({address!r}, Lossy())
st.session_state[frame.VISIT] = frame.Visit(server={address!r}, client=service)
ordering.order(service, {agreement!r}, "9f" * 16)
service.close()
"""


def planned(address):
    app = drawn(LOSSY.format(address=address, agreement=AGREEMENT))
    recipes = app.multiselect(key="recipes")
    recipes.set_value(recipes.options[:1]).run()
    return app.button(key="see-plan").click().run()


def test_an_answer_that_was_lost_and_a_second_click_send_one_campaign(address, house):
    app = planned(address)
    app.button(key="send").click().run()
    assert "No service answers" in told(app)
    app.button(key="send").click().run()
    assert not app.exception
    assert "Sent." in told(app)
    assert len(house.front.handed_in) == 1


def test_a_plan_of_other_choices_is_not_sent(address, house):
    app = planned(address)
    app.number_input(key="budget").set_value(7.0).run()
    assert "see the plan again" in told(app)
    assert not [b for b in app.button if b.key == "send"]
    assert house.front.handed_in == []


# One shot, by a form


def picture(*, grey=128):
    flat = np.full((576, 1024), grey, np.uint8)
    flat[100:200, 100:300] = 255
    return cv2.imencode(".png", flat)[1].tobytes()


def form(task, **other):
    slots = [slot for slot, _, _ in NEEDS[task]]
    given = {
        s: [Picture(name=HOSTILE + ".PNG", data=picture(grey=0 if s == "matte" else 128))]
        for s in slots
    }
    said = {
        "partner": HOUSE[0],
        "studio": MARKED,
        "title": MARKED,
        "task": task,
        "text": "A keeper walks along a quiet pier.",
        "size": (1024, 576),
        "lines": [Line(criterion="The coat stays green", kind="wardrobe", must=True)],
        "cleared": True,
        "pictures": given,
    }
    return OneShot(**{**said, **other})


def checked(shot, folder):
    with zipfile.ZipFile(one_shot.zipped(shot)) as archive:
        archive.extractall(folder)
    return check(folder, today=date(2026, 11, 21))


@pytest.mark.parametrize("task", NEEDS)
def test_a_filled_in_form_is_a_pack_without_mistakes(task, tmp_path):
    assert [str(e) for e in checked(form(task), tmp_path).errors] == []


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"text": "short"}, "What is seen"),
        ({"lines": []}, "Acceptance lines"),
        ({"pictures": {}}, "Pictures"),
        ({"title": ""}, "Title"),
        ({"title": HOSTILE[:100]}, "Title"),
    ],
)
def test_what_is_wrong_is_named_as_the_form_calls_it(wrong, place, tmp_path):
    errors = checked(form("erase", **wrong), tmp_path).errors
    assert place in {one_shot.place(e.field) for e in errors}


# Progress and what to do


PROGRESS = """
import streamlit as st
from dashboard import frame
from dashboard.screens import progress
trials = {"total": 10, "done": 4, "refused": 1, "failed": 1, "parked": 2, "unknown": 1, "open": 1}
class Service:
    def campaigns(self):
        return [{"id": "c1", "partner": "p", "partner_name": HOSTILE, "packs": [{"title": HOSTILE}],
                 "state": STATE, "simulated": True, "created_at": "2026-11-21T12:00:00Z"}]
    def get(self, path, query=None):
        return {"campaign": "c1", "partner": "p", "state": STATE, "simulated": True,
                "trials": trials, "scored": 3, "spend_usd": 1.0, "reserved_usd": 0.5,
                "unknown_usd": 0.1, "budget_usd": 2.0, "note": "",
                "forecast_finish": "2026-11-21T13:00:00Z"}
    def takes(self, query):
        assert query["campaign"] == "c1"
        return {"takes": [{"reason": "why " + query["state"], "code": "x"}]}
me = {"name": "n", "role": "owner", "scopes": SCOPES}
st.session_state[frame.ME] = me
service = Service()
st.session_state[frame.VISIT] = frame.Visit(server="x", client=service, me=me)
progress.render(service)
"""


def progress(state, scopes=("read", "submit")):
    head = f"HOSTILE, STATE, SCOPES = {HOSTILE!r}, {state!r}, {list(scopes)!r}\n"
    return drawn(head + PROGRESS)


def test_each_trouble_is_counted_with_its_reason_and_what_to_do():
    app = progress("budget_reached")
    for state in ("parked", "unknown", "failed", "refused"):
        assert f"1 × why {state}" in told(app)
    assert "circletake ledger reconcile" in told(app)
    assert app.button(key="resume-c1")
    assert "<b>" not in "".join(h.value for h in app.subheader).replace("\\<b\\>", "")


def test_what_runs_can_be_stopped_by_those_who_may_submit_only():
    assert [b.key for b in progress("running").button] == ["cancel-c1"]
    assert not progress("running", scopes=("read",)).button
    assert not progress("cancelled").button


# Colours


def _luminance(rgb):
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _rgb(colour):
    return [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]


def contrast(front, back, opacity=1.0):
    """WCAG 2.2 contrast of a colour that lies, more or less opaque, on another."""
    ground = _rgb(back)
    mixed = [opacity * f + (1 - opacity) * g for f, g in zip(_rgb(front), ground, strict=True)]
    a, b = sorted((_luminance(mixed), _luminance(ground)), reverse=True)
    return (a + 0.05) / (b + 0.05)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_text_can_be_read_everywhere_in_both_themes(mode):
    theme = THEME[mode]
    grounds = [
        theme["backgroundColor"],
        theme["secondaryBackgroundColor"],
        theme["sidebar"]["backgroundColor"],
        theme["dataframeHeaderBackgroundColor"],
    ]
    for ground in grounds:
        for name in ("textColor", "linkColor", "codeTextColor"):
            assert contrast(theme[name], ground) >= 7, (name, ground)
    for ground in (grounds[0], grounds[2]):
        assert contrast(theme["textColor"], ground, 0.6) >= 4.5, ("captions", ground)
    assert contrast(theme["primaryColor"], grounds[0]) >= 4.5


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_what_surrounds_pictures_has_no_tint(mode):
    theme = THEME[mode]
    for ground in (theme["backgroundColor"], theme["secondaryBackgroundColor"]):
        assert len(set(_rgb(ground))) == 1


# What is loaded


def test_all_screens_and_pieces_load_nothing_heavy():
    code = """
import importlib, pkgutil, sys
for room in ("screens", "pieces", "asking"):
    folder = importlib.import_module(f"dashboard.{room}")
    for found in pkgutil.iter_modules(folder.__path__):
        importlib.import_module(f"dashboard.{room}.{found.name}")
heavy = ("torch", "litellm", "boto3", "sqlalchemy", "router", "evaluators", "benchmarks", "cv2")
print([m for m in heavy if m in sys.modules])
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "[]"
