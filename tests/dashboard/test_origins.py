"""The screens as they are started: whose pages speak to them, under which names; and no files."""

import http.client
import subprocess
import time

import pytest

from dashboard import launch, together

UPGRADE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}


@pytest.fixture(scope="module")
def port():
    number = together.free_port(0)
    words = launch.command("http://127.0.0.1:9", port=number)
    quiet = subprocess.DEVNULL
    child = subprocess.Popen(words, stdin=quiet, stdout=quiet, stderr=quiet)
    try:
        until = time.monotonic() + 60
        while not together.is_up(f"http://127.0.0.1:{number}/_stcore/health"):
            assert time.monotonic() < until
            assert child.poll() is None
            time.sleep(0.2)
        yield number
    finally:
        child.kill()
        child.wait()


def asked(port, path, **headers):
    wire = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        wire.request("GET", path, headers=headers)
        return wire.getresponse()
    finally:
        wire.close()


OPENED = [
    pytest.param("127.0.0.1:{}", "http://127.0.0.1:{}", 101, id="row52-its own page"),
    pytest.param("localhost:{}", "http://localhost:{}", 101, id="row52-its own page by name"),
    pytest.param("127.0.0.1:{}", "http://evil.example", 403, id="row52-another page"),
    pytest.param("127.0.0.1:{}", "http://127.0.0.1.evil.example", 403, id="row52-a look-alike"),
    pytest.param("127.0.0.1:{}", "null", 403, id="row52-a page from nowhere"),
    pytest.param("evil.example", "http://evil.example", 403, id="row52-another name for us"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("host", "origin", "status"), OPENED)
def test_only_their_own_pages_speak_to_the_screens(port, host, origin, status):
    said = {"Host": host.format(port), "Origin": origin.format(port)}
    assert asked(port, "/_stcore/stream", **UPGRADE, **said).status == status


@pytest.mark.slow
@pytest.mark.parametrize(
    "path", ["/media/" + "0" * 56 + ".png", "/app/static/x.png"], ids=lambda p: f"row50-{p[:6]}"
)
def test_the_screens_serve_no_file_of_anybody(port, path):
    answer = asked(port, path)
    page = answer.headers.get("Content-Type", "").startswith("text/html")  # the app's own, empty
    assert answer.status in {403, 404} or page


@pytest.mark.slow
def test_row52_no_other_page_reads_what_the_screens_answer(port):
    answer = asked(port, "/_stcore/health", Origin="http://evil.example")
    assert answer.headers.get("Access-Control-Allow-Origin") is None


def test_row52_the_walls_are_said_and_not_left_to_a_default():
    words = launch.command("http://127.0.0.1:8400", host="10.0.0.5")
    for wall in ("enableCORS=true", "enableXsrfProtection=true", "allowedHosts=10.0.0.5"):
        assert f"--server.{wall}" in words
    assert "--server.allowedHosts=*" not in words
