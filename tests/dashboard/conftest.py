"""One sample document for all tests of the roof."""

import copy
from datetime import UTC, datetime, timedelta
from functools import partial

import httpx
import pytest
from anyio.from_thread import start_blocking_portal

from dashboard import service
from dashboard.printing import report
from dashboard.testing.doubles import StudioDouble
from dashboard.testing.report import sample
from tests import browsing


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
    with browsing.answering(app) as address:
        yield address, studio


@pytest.fixture(scope="module")
def screens(served):
    with browsing.screens(served[0]) as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    with browsing.chromium() as browser:
        yield browser


@pytest.fixture
def page(browser):
    """A page that also keeps what it wanted from other machines, or against its own policy."""
    with browsing.visitor(browser) as page:
        page.outside = []
        page.on("request", lambda r: page.outside.append(r.url) if _outside(r.url) else None)
        page.on("console", lambda m: page.faults.append(m.text) if _forbidden(m.text) else None)
        yield page


def _outside(url):
    return not url.startswith(("data:", "blob:", "file:")) and "//127.0.0.1" not in url


def _forbidden(said):
    return "Security Policy" in said
