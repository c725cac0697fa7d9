"""The first minutes in Chromium, and a service that goes away and comes back."""

import socket
import subprocess
import threading
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn

from benchmarks.packs.receiving import Received
from dashboard import launch, service
from dashboard.testing.doubles import StudioDouble

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
HOUSE = frozenset({"northlight_pictures", "paper_lantern"})

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium on this machine"),
]


class EmptyHouse(StudioDouble):
    """A home with two studios in which nothing was ever run."""

    everybody = HOUSE


class Guests:
    """Draws packs without drawing."""

    def guests(self, reach):
        return [{"partner": n, "title": n, "budget_usd": 60.0} for n in reach]

    def draw(self, reach, partner):
        reach.require(partner)
        return Received(body={"pack": "9f" * 16, "ok": True, "errors": [], "warnings": []})


def free():
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return door.getsockname()[1]


@contextmanager
def answering(app, port):
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield
    server.should_exit = True
    thread.join()


@contextmanager
def screens(address):
    port = free()
    running = subprocess.Popen(
        launch.command(address, port=port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    until = time.monotonic() + 40
    try:
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1)
                break
            except OSError:
                assert time.monotonic() < until
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        running.terminate()
        running.wait(timeout=10)


@pytest.fixture
def page():
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser.new_page(viewport={"width": 1280, "height": 800})
        browser.close()


def test_the_first_click_shows_the_way_and_a_service_that_comes_back_is_found(page, tmp_path):
    house, port = EmptyHouse({"campaigns": [], "takes": [], "sheet": []}, {}), free()
    given = {"signing_key": b"k" * 32, "reports_folder": tmp_path, "guests": Guests()}
    app = service.build(house, **given)
    with screens(f"http://127.0.0.1:{port}") as address:
        with answering(app, port):
            page.goto(address)
            page.get_by_role("button", name="See it with the demonstration").dblclick()
            page.get_by_role("heading", name="Progress").wait_for(timeout=30_000)
            assert sorted(w.partner for w in house.front.handed_in) == sorted(HOUSE)
            for name in ("Overview", "Submit", "Takes", "Admin"):
                assert page.get_by_role("link", name=name, exact=True).first.is_visible()
        page.get_by_role("link", name="Overview", exact=True).click()
        page.get_by_text("No service answers").wait_for(timeout=30_000)
        with answering(app, port):
            page.get_by_text("Nothing has been run").wait_for(timeout=30_000)
