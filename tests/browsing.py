"""Screens in Chromium, for journeys: a service on a socket, screens over it, eyes on the page."""

import ast
import os
import socket
import subprocess
import threading
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn

from dashboard import launch

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
MARKS = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium on this machine"),
]
STILL = (
    "[data-testid=stApp][data-test-script-state=notRunning]"
    "[data-test-connection-state=CONNECTED] h1"
)
# Every word and address of a page, those inside of components too.
EVERYTHING = """() => {
    const said = [];
    const read = (node) => {
        if (node.nodeType === Node.TEXT_NODE) { said.push(node.textContent); return; }
        for (const attribute of node.attributes ?? []) said.push(attribute.value);
        if (node.value) said.push(node.value);
        if (node.shadowRoot) [...node.shadowRoot.childNodes].forEach(read);
        if (!["STYLE", "SCRIPT"].includes(node.nodeName)) [...node.childNodes].forEach(read);
    };
    read(document.documentElement);
    return said.join("\\n");
}"""
ROOT = Path(launch.__file__).parent.parent


def in_chromium(test):
    """Mark one test of a file whose other tests need no browser."""
    for mark in MARKS:
        test = mark(test)
    return test


def addresses():
    """Name every screen that the menu's table has, whoever may see it."""
    rows = ast.walk(ast.parse((ROOT / "dashboard" / "app.py").read_text(encoding="utf-8")))
    calls = [n for n in rows if isinstance(n, ast.Call) and getattr(n.func, "id", "") == "Screen"]
    return {call.args[2].value: call.args[1].value for call in calls}


def free():
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return door.getsockname()[1]


@contextmanager
def answering(app, port=0):
    """Serve an app on a real socket; gives its address."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    until = time.monotonic() + 20
    while not server.started and time.monotonic() < until:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def screens(service, folder=None):
    """Start the screens, in a folder where their secrets lie; gives their address."""
    with started(service, folder) as (address, _):
        yield address


@contextmanager
def started(service, folder=None, said=subprocess.DEVNULL):
    """Start the screens, which speak into `said`; gives their address and their process."""
    port = free()
    running = subprocess.Popen(
        launch.command(service, port=port),
        stdout=said,
        stderr=said,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    address = f"http://127.0.0.1:{port}"
    until = time.monotonic() + 60
    try:
        while not _answers(f"{address}/_stcore/health"):
            assert time.monotonic() < until, "the screens did not start"
            time.sleep(0.1)
        yield address, running
    finally:
        running.terminate()
        running.wait(timeout=20)


def _answers(url):
    try:
        with urllib.request.urlopen(url, timeout=1):
            return True
    except OSError:
        return False


@contextmanager
def chromium():
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def visitor(browser, *, width=1280, height=800, **more):
    """Give a page of somebody's own, which keeps what came over the network and what broke."""
    context = browser.new_context(viewport={"width": width, "height": height}, **more)
    page = context.new_page()
    page.asked, page.heard, page.faults = [], [], []
    page.on("request", lambda r: page.asked.append(r.url))
    page.on("pageerror", lambda e: page.faults.append(str(e)))
    page.on("websocket", lambda s: s.on("framereceived", lambda data: _hear(page, data)))
    yield page
    context.close()


def _hear(page, data):
    page.heard.append(data if isinstance(data, bytes) else data.encode())


def still(page, timeout=30_000):
    """Wait until a screen is drawn and nothing runs any more."""
    page.wait_for_selector(STILL, timeout=timeout)
    page.wait_for_timeout(120)
    page.wait_for_selector(STILL, timeout=timeout)


def main_text(page):
    return page.locator("[data-testid=stMain]").inner_text()


def everything(page):
    return page.evaluate(EVERYTHING)


def whole(page, path, most=2400):
    """Keep a picture of the whole screen."""
    size = page.viewport_size
    tall = page.evaluate("document.querySelector('[data-testid=stMain]')?.scrollHeight ?? 0")
    page.set_viewport_size({"width": size["width"], "height": min(max(size["height"], tall), most)})
    page.wait_for_timeout(250)
    page.screenshot(path=str(path))
    page.set_viewport_size(size)
