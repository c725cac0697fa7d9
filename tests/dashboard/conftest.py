"""One sample document for all tests of the roof."""

import copy
import threading
import time
from datetime import UTC, datetime, timedelta
from functools import partial

import httpx
import pytest
import uvicorn
from anyio.from_thread import start_blocking_portal

from dashboard import service
from dashboard.printing import report
from dashboard.testing.doubles import StudioDouble
from dashboard.testing.report import sample


class StillClock:
    """Moves only when told."""

    def __init__(self):
        self.at = datetime(2026, 11, 21, 12, tzinfo=UTC)

    def now(self):
        return self.at

    def monotonic(self):
        return self.at.timestamp()

    def sleep(self, seconds):
        self.at += timedelta(seconds=seconds)


@pytest.fixture(scope="session")
def made():
    return sample()


@pytest.fixture
def document(made):
    return copy.deepcopy(made[0])


@pytest.fixture(scope="session")
def assets(made):
    return made[1]


@pytest.fixture(scope="session")
def bundle(made, tmp_path_factory):
    out = tmp_path_factory.mktemp("report") / "findings"
    report.write(copy.deepcopy(made[0]), made[1], out)
    return out


@pytest.fixture
def studio(document, assets):
    return StudioDouble(document, assets)


@pytest.fixture
def clock():
    return StillClock()


@pytest.fixture
def app(studio, clock, tmp_path):
    return service.build(studio, signing_key=b"k" * 32, reports_folder=tmp_path, clock=clock)


class Caller:
    """A blocking client that speaks to an app without a socket."""

    def __init__(self, portal):
        self._portal = portal

    def connect(self, app, base_url="http://127.0.0.1:8400"):
        other = Caller(self._portal)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        other._client = httpx.AsyncClient(transport=transport, base_url=base_url)
        return other

    def request(self, method, url, **given):
        return self._portal.call(partial(self._client.request, method, url, **given))

    def __getattr__(self, method):
        return partial(self.request, method.upper())


@pytest.fixture(scope="session")
def portal():
    with start_blocking_portal() as portal:
        yield portal


@pytest.fixture
def http(portal, app):
    return Caller(portal).connect(app)


@pytest.fixture(scope="module")
def served(made, tmp_path_factory):
    """The service on a real socket: its address and the house below it."""
    studio = StudioDouble(copy.deepcopy(made[0]), made[1])
    folder = tmp_path_factory.mktemp("shelf")
    app = service.build(studio, signing_key=b"k" * 32, reports_folder=folder)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}", studio
    server.should_exit = True
    thread.join()
