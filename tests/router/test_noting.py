"""What is done over HTTP is recorded before it is done, by who, and without content."""

import httpx
import pytest
from anyio.from_thread import start_blocking_portal
from fastapi import APIRouter, FastAPI

from router.api import problems
from router.api.noting import EVENTS
from router.api.permit import Owner, permit
from router.audit.log import AuditDown
from router.domain.caller import Scope

DOWN = AuditDown(field="audit", found="no record", expected="a record")


class Keeps:
    def __init__(self, broken=None):
        self.said, self.broken = [], broken

    def note(self, caller_id, partner, event, **ids):
        if self.broken:
            raise self.broken
        self.said.append((caller_id, partner, event, ids))


def served(records, *partners):
    app = FastAPI()
    problems.install(app)
    app.state.doorkeeper = Owner(frozenset(partners))
    app.state.records = records
    router = APIRouter(prefix="/v1")
    done = []

    def act():
        done.append(1)

    for method, path in (*EVENTS, ("POST", "/v1/requests"), ("GET", "/v1/campaigns")):
        short = path.removeprefix("/v1")
        router.add_api_route(short, act, methods=[method], dependencies=[permit(Scope.SUBMIT)])
    app.include_router(router)
    return app, done


def ask(app, method, path):
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url="http://x"
    )
    with start_blocking_portal() as portal:
        return portal.call(client.request, method, path)


@pytest.mark.parametrize(("method", "path"), EVENTS)
def test_each_action_of_the_list_is_recorded_with_its_ids(method, path):
    records = Keeps()
    app, done = served(records, "lantern")
    assert ask(app, method, path.replace("{id}", "abc-1")).status_code == 200
    ids = {"id": "abc-1"} if "{id}" in path else {}
    assert records.said == [("owner", "lantern", EVENTS[(method, path)], ids)]
    assert done == [1]


def test_a_partner_that_is_named_is_the_one_whose_chain_it_is():
    records = Keeps()
    app, _ = served(records, "lantern", "neighbour")
    ask(app, "POST", "/v1/reports?partner=neighbour")
    ask(app, "POST", "/v1/reports?partner=stranger")
    assert [said[1] for said in records.said] == ["neighbour", None]


def test_what_stands_in_an_address_and_is_no_id_is_not_recorded():
    records = Keeps()
    app, _ = served(records, "lantern")
    ask(app, "POST", "/v1/campaigns/a%20lighthouse%20keeper/cancel")
    assert records.said[0][3] == {"id": "malformed"}


@pytest.mark.parametrize(("method", "path"), [("POST", "/v1/requests"), ("GET", "/v1/campaigns")])
def test_single_wishes_and_looking_at_lists_are_not_recorded_here(method, path):
    records = Keeps()
    ask(served(records, "lantern")[0], method, path)
    assert records.said == []


@pytest.mark.parametrize(("method", "path"), EVENTS)
def test_a_log_that_is_down_stops_exports_and_never_paid_work(method, path):
    app, done = served(Keeps(broken=DOWN), "lantern")
    stops = EVENTS[(method, path)] == "export"
    assert ask(app, method, path.replace("{id}", "abc-1")).status_code == (503 if stops else 200)
    assert done == ([] if stops else [1])
