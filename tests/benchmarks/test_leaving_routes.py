"""Leaving and the audit log over HTTP: the lead's, each partner's own, and nobody else's."""

import json

import httpx
import pytest
from anyio.from_thread import start_blocking_portal
from fastapi import FastAPI

from benchmarks.store.store import MIGRATIONS as OURS
from router.api import audit, leaving, problems
from router.api.permit import policies
from router.domain.caller import GRANTED, Caller, Reach, Role
from router.leaving.opening import site
from router.store import database
from router.testing import doubles
from router.testing.doubles import FakeClock

TENANTS = ("lantern", "neighbour")


def caller(role, *partners):
    reach = Reach(frozenset(partners))
    return Caller(
        id=role.value, name=role.value, role=role, scopes=GRANTED[role], reads=reach, looks=reach
    )


CALLERS = {
    "member": caller(Role.PARTNER_MEMBER, "lantern"),
    "admin": caller(Role.PARTNER_ADMIN, "lantern"),
    "analyst": caller(Role.INTERNAL_ANALYST, *TENANTS),
    "lead": caller(Role.BETA_LEAD, *TENANTS),
}


class Keys:
    def identify(self, request):
        return CALLERS[request.headers["key"]]


@pytest.fixture
def http(tmp_path):
    here = doubles.settings(tmp_path / "home")
    engine = database.connect(here.database)
    database.migrate(engine, (database.MIGRATIONS, OURS))
    engine.dispose()
    (here.media / "lantern").mkdir(parents=True)
    (here.media / "lantern" / "x").write_bytes(b"picture")
    with site(here, TENANTS, FakeClock()) as found, start_blocking_portal() as portal:
        app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
        problems.install(app)
        app.state.doorkeeper = Keys()
        app.include_router(audit.routes(found))
        app.include_router(leaving.routes(found))
        assert len(policies(app)) == 4
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url="http://x")

        def ask(key, method, path, body=None):
            found_at = {"headers": {"key": key, "content-type": "application/json"}}
            if body is not None:
                found_at["content"] = json.dumps(body)
            return portal.call(lambda: client.request(method, path, **found_at))

        ask.site = found
        yield ask
        portal.call(client.aclose)


PURGE = "/v1/partners/lantern/purge"


@pytest.mark.parametrize("who", ["member", "admin", "analyst"])
def test_only_the_lead_lets_a_partner_go(http, who):
    assert http(who, "POST", PURGE, {"confirm": "lantern"}).status_code == 403
    assert http(who, "GET", "/v1/partners/lantern/holdings").status_code == 403
    assert (http.site.settings.media / "lantern" / "x").exists()


def test_the_lead_says_it_twice_and_gets_the_certificate(http):
    held = http("lead", "GET", "/v1/partners/lantern/holdings").json()
    assert held["would_delete"]["media/"] == 1
    assert http("lead", "POST", PURGE, {"confirm": "neighbour"}).status_code == 422
    assert (http.site.settings.media / "lantern" / "x").exists()
    told = http("lead", "POST", PURGE, {"confirm": "lantern"}).json()
    assert told["clean"] is True
    assert told["by"] == "beta_lead"
    assert not (http.site.settings.media / "lantern").exists()


def test_a_partner_that_is_not_there_is_unknown(http):
    assert (
        http("lead", "POST", "/v1/partners/nobody/purge", {"confirm": "nobody"}).status_code == 404
    )


def test_a_partner_sees_its_own_chain_with_what_the_house_did_and_no_other(http):
    log = http.site.audit
    log.note("internal.ann", "lantern", "grant", to="internal.bob")
    log.saw("internal.bob", "lantern", "abc")
    log.note("internal.ann", "neighbour", "grant", to="internal.bob")
    log.note("internal.ann", None, "price_change", version="v2")
    page = http("admin", "GET", "/v1/audit?partner=lantern&limit=1").json()
    assert [e["event"] for e in page["events"]] == ["grant"]
    rest = http("admin", "GET", f"/v1/audit?partner=lantern&after={page['next']}").json()
    assert [(e["event"], e["actor"]) for e in rest["events"]] == [("look", "internal.bob")]
    strange, absent = (
        http("admin", "GET", f"/v1/audit?partner={name}") for name in ("neighbour", "nobody")
    )
    assert strange.status_code == absent.status_code == 404
    assert "neighbour" not in strange.text
    assert http("admin", "GET", "/v1/audit").status_code == 404
    assert http("member", "GET", "/v1/audit?partner=lantern").status_code == 403
    house = http("lead", "GET", "/v1/audit").json()["events"]
    assert [e["event"] for e in house] == ["price_change"]


def test_verifying_goes_as_far_as_one_sees(http):
    http.site.audit.note("internal.ann", "lantern", "grant", to="b")
    http.site.audit.note("internal.ann", "neighbour", "grant", to="b")
    mine = http("admin", "GET", "/v1/audit/verify").json()
    assert (mine["ok"], mine["records"]) == (True, {"lantern": 1})
    every = http("lead", "GET", "/v1/audit/verify").json()
    assert every["records"] == {"lantern": 1, "neighbour": 1}
    assert http("admin", "GET", "/v1/audit/verify?partner=neighbour").status_code == 404
