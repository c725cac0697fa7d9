"""People see the screens by their own session; it is renewed in time, and never another's."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard.client import ServiceSaysNo
from dashboard.session import Sessions, SignInAgain

SERVER = "http://127.0.0.1:8400"
SIGNED_OUT = {"status": 401, "title": "Nobody that is known here", "detail": "Sign in."}
NOBODY = {
    "id": "1",
    "role": "x",
    "scopes": ["read", "submit"],
    "reads": [],
    "looks": [],
    "pools": [],
}
EMPTY = {"campaigns": [], "total": 0, "first": 0, "next": None, "previous": None}


class House:
    """A service that takes each ID token once, and knows whose session a question comes with."""

    def __init__(self):
        self.at = datetime(2026, 11, 21, 12, tzinfo=UTC)
        self.spent, self.valid, self.asked = set(), {}, []

    def answer(self, path, bearer, body):
        if path == "/v1/session":
            token = body["id_token"]
            if token in self.spent:
                return 401, SIGNED_OUT
            self.spent.add(token)
            return 201, self.session(token)
        who = self.valid.get(bearer.removeprefix("Bearer "))
        if who is None:
            return 401, SIGNED_OUT
        if path == "/v1/session/renewal":
            return 200, self.session(who)
        if path == "/v1/me":
            return 200, {**NOBODY, "name": who}
        if path == "/v1/campaigns":
            self.asked.append(who)
        return 200, EMPTY

    def session(self, who):
        token = f"s-{who}-{len(self.valid)}"
        self.valid[token] = who
        ends = (self.at + timedelta(minutes=10)).isoformat().replace("+00:00", "Z")
        return {"token": token, "expires_at": ends, "name": who, "role": "x", "partner": None}

    def __call__(self, request):
        body = json.loads(request.read() or b"null")
        bearer = request.headers.get("authorization", "")
        status, told = self.answer(request.url.path, bearer, body)
        kind = "application/problem+json" if status >= 400 else "application/json"
        return httpx.Response(status, json=told, headers={"Content-Type": kind})


@pytest.fixture
def house():
    return House()


@pytest.fixture
def sessions(house):
    made = Sessions(transport=httpx.MockTransport(house), now=lambda: house.at)
    yield made
    made.close()


def test_tabs_of_a_person_share_a_session_and_two_people_never_do(house, sessions):
    for who in ("ada", "ben", "ada"):
        sessions.client(SERVER, who).campaigns()
    assert house.asked == ["ada", "ben", "ada"]
    assert sessions.client(SERVER, "ada") is not sessions.client(SERVER, "ben")


def test_a_session_is_renewed_before_it_ends_and_the_old_one_is_not_used(house, sessions):
    sessions.client(SERVER, "ada")
    house.valid = {"s-ada-0": "ada"}
    house.at += timedelta(minutes=8, seconds=1)
    sessions.client(SERVER, "ada").campaigns()
    del house.valid["s-ada-0"]
    sessions.client(SERVER, "ada").campaigns()
    assert house.asked == ["ada", "ada"]


def test_who_was_removed_is_asked_to_sign_in_again(house, sessions):
    sessions.client(SERVER, "ada")
    house.valid.clear()
    house.at += timedelta(minutes=9)
    with pytest.raises(SignInAgain):
        sessions.client(SERVER, "ada")


def test_a_session_that_ended_unseen_is_not_gone_on_with(house, sessions):
    sessions.client(SERVER, "ada")
    house.at += timedelta(minutes=11)
    with pytest.raises(SignInAgain):
        sessions.client(SERVER, "ada")


def test_a_slow_sign_in_keeps_nobody_else_waiting(house, sessions):
    ada_asks, others_are_in = threading.Event(), threading.Event()
    answer = house.answer

    def slow(path, bearer, body):
        if path == "/v1/session" and body["id_token"] == "ada":
            ada_asks.set()
            assert others_are_in.wait(10)
        return answer(path, bearer, body)

    house.answer = slow
    with ThreadPoolExecutor(2) as people:
        ada = [people.submit(sessions.client, SERVER, "ada") for _ in range(2)]
        assert ada_asks.wait(10)
        ben = threading.Thread(target=sessions.client, args=(SERVER, "ben"), daemon=True)
        ben.start()
        ben.join(5)
        assert not ben.is_alive()
        others_are_in.set()
        assert ada[0].result(10) is ada[1].result(10)


def test_another_refusal_is_said_in_the_services_words():
    gone = httpx.Response(403, json={"status": 403, "title": "x", "detail": "not invited"},
                          headers={"Content-Type": "application/problem+json"})  # fmt: skip
    with pytest.raises(ServiceSaysNo, match="not invited"):
        Sessions(transport=httpx.MockTransport(lambda _: gone)).client(SERVER, "eve")


@pytest.fixture
def address(house):
    class Door(BaseHTTPRequestHandler):
        def do_GET(self):
            size = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(size) or b"null")
            bearer = self.headers.get("Authorization", "")
            status, told = house.answer(self.path.partition("?")[0], bearer, body)
            self.send_response(status)
            kind = "application/problem+json" if status >= 400 else "application/json"
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(json.dumps(told).encode())

        do_POST = do_GET  # noqa: N815 - the name that the library calls

        def log_message(self, *_words):
            """Say nothing."""

    house.at = datetime.now(UTC)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    st.cache_resource.clear()
    server.shutdown()
    server.server_close()


def screen(address, who):
    script = f"""
from dashboard.frame import framed
from dashboard.screens import overview
framed("Overview", overview.render, {address!r}, token=lambda: {who!r})
"""
    app = AppTest.from_string(script, default_timeout=20).run()
    assert not app.exception
    return "\n".join(e.value for e in (*app.info, *app.text, *app.error))


def test_a_screen_asks_as_the_person_who_looks(house, address):
    for who in ("ada", "ben", "ada"):
        assert "Nothing has been run" in screen(address, who)
    assert house.asked == ["ada", "ben", "ada"]


def test_who_has_not_signed_in_is_asked_to(house, address):
    assert "Sign in to see what is yours." in screen(address, None)
    assert house.asked == []


def test_a_person_who_was_removed_sees_nothing_more(house, address):
    screen(address, "ada")
    house.valid.clear()
    assert "Sign in" in screen(address, "ada")
    assert "Sign in" in screen(address, "ada")
