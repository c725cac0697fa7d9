"""Nobody learns anything of another tenant: every route × role × other tenant's ids.

The matrix is `tests/matrix.py`; `python -m tests.matrix` prints it.
"""

import pytest

from benchmarks.api import routes as benchmarks_routes
from benchmarks.browsing.acceptance import Acceptance
from benchmarks.counter.front import Front
from benchmarks.counter.pencil import Pencil
from benchmarks.desk import Desk
from benchmarks.packs.receiving import Receiving
from benchmarks.voting.usher import Usher
from router.access import rules
from router.access.doorkeeper import Shared, at_the_machine
from router.api import permit
from router.api.links import Links, Signer
from router.api.permit import Permit, policies
from router.domain.caller import Reach
from router.domain.errors import UnknownName
from router.uploads.intake import Intake
from tests import matrix
from tests.matrix_samples import SAMPLES

A, B = matrix.TENANTS
ADMIN = matrix.CALLERS["lantern-admin"]
ONE_SIDE = ("lantern-member", "lantern-admin", "analyst", "granted-analyst", "lead", "nobody")
SOMEBODY = ("lantern-member", "lantern-admin", "analyst")
EVERYBODY = Reach(frozenset(matrix.TENANTS))


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    with matrix.world(home, matrix.live(home)) as world:
        yield world


def test_each_tenant_has_things_that_are_its_alone(world):
    for tenant in matrix.TENANTS:
        assert {world.ids[tenant][k] for k in ("campaign", "take")} <= world.secrets[tenant]


def test_every_route_has_a_sample(world):
    assert set(policies(world.app)) ^ set(SAMPLES) == set()


@pytest.mark.parametrize("key", matrix.CALLERS)
def test_a_key_reaches_what_its_role_and_its_grants_say(world, key):
    told, wanted = world.ask(key, "GET", "/v1/me").json(), matrix.CALLERS[key]
    assert told["role"] == wanted.role.value
    assert set(told["scopes"]) == wanted.scopes
    everybody = {*world.studio.everybody} - {*matrix.TENANTS}  # the studios that did nothing here
    for reach in ("reads", "looks", "pools"):
        known, full = getattr(wanted, reach).partners, {*matrix.TENANTS}
        more = everybody if known == full and reach != "looks" else set()
        assert {*told[reach]} == known | more


@pytest.mark.parametrize("route", SAMPLES, ids=" ".join)
def test_a_route_tells_nobody_anything_of_another(world, route):
    assert list(matrix.faults(world, route, ONE_SIDE)) == []


@pytest.mark.slow
@pytest.mark.parametrize("route", SAMPLES, ids=" ".join)
def test_a_route_tells_nobody_anything_the_other_way_round_either(world, route):
    rest = {*matrix.CALLERS, "nobody"} - {*ONE_SIDE}
    assert list(matrix.faults(world, route, sorted(rest))) == []


def test_a_lead_sees_records_and_no_pictures(world):
    take = world.ask("lead", "GET", f"/v1/takes/{world.ids[A]['take']}").json()
    assert take["scores"]
    assert set(take["links"].values()) == {None}
    assert {r["link"] for r in take["references"]} == {None}


def test_two_partners_are_too_few_for_a_number_over_several(world):
    both = [("campaign", world.ids[t]["campaign"]) for t in matrix.TENANTS]
    asked = {"lead": both, "analyst": {"simulated": True}, "granted-analyst": {"simulated": True}}
    for path in ("/v1/findings", "/v1/comparisons"):
        for key, params in asked.items():
            answer = world.ask(key, "GET", path, params=params)
            assert (answer.status_code, answer.json()["code"]) == (403, "too_few_partners")
        for key in ("lantern-admin", "analyst"):
            assert world.ask(key, "GET", path, params=both).status_code == 404


def test_anothers_cursor_opens_no_page(world):
    def page(key, cursor=None):
        params = {"limit": 1, **({"cursor": cursor} if cursor else {})}
        return world.ask(key, "GET", "/v1/takes", params=params)

    cursor = page("lantern-member").json()["next"]
    assert page("lantern-admin", cursor).status_code == 200  # of the same studio
    for key in ("neighbour-member", "analyst", "lead"):
        assert page(key, cursor).status_code == 422


def test_an_answer_that_somebody_else_has_is_not_confirmed_by_its_tag(world):
    path = f"/v1/takes/{world.ids[A]['take']}"
    tag = world.ask("lantern-member", "GET", path).headers["etag"]
    for known in (tag, f"W/{tag}", "*"):
        asked = {"headers": {"If-None-Match": known}}
        assert world.ask("lantern-member", "GET", path, **asked).status_code == 304
        assert world.ask("neighbour-member", "GET", path, **asked).status_code == 404
        assert world.ask("nobody", "GET", path, **asked).status_code == 401


def test_a_key_of_fewer_scopes_is_refused_what_its_role_may(world):
    desk, machine = world.desk, at_the_machine(matrix.TENANTS)
    made = desk.keys.make(machine, A, name="x", role=ADMIN.role, scopes=[permit.Scope.READ]).text
    world.keys["reading"] = made
    for method, path in (("GET", "/v1/keys"), ("POST", "/v1/campaigns/plan")):
        given = {"json": {}} if method == "POST" else {}
        assert world.ask("reading", method, path, **given).status_code == 403
    assert world.ask("reading", "GET", "/v1/campaigns").status_code == 200


def test_the_links_of_a_key_end_with_the_key(world):
    desk, machine = world.desk, at_the_machine(matrix.TENANTS)
    made = desk.keys.make(machine, A, name="x", role=ADMIN.role)
    world.keys["leaving"] = made.text
    link = SAMPLES["GET", "/v1/media/{sha256}"].link(world, "leaving", A)
    assert world.ask("nobody", "GET", link).status_code == 200
    desk.keys.revoke(machine, made.key.id)
    assert world.ask("nobody", "GET", link).status_code == 403


def test_what_stands_behind_another_filter_is_a_filter_too(world):
    foreign, desk, ids = Reach(frozenset({A})), world.studio, world.ids[B]
    for asked in (
        lambda: desk.stored(foreign, B, ids["asset"]),
        lambda: desk.open_account(foreign, B, "by-hand", 1),
        lambda: desk.document(foreign, [ids["campaign"]], pictures=False),
        lambda: desk.front.resume(foreign, ids["spare"], None),
    ):
        with pytest.raises(UnknownName):
            asked()


# -- the matrix goes red where a filter is taken away -------------------------------------------


def blind(kind, name):
    """Let a method that is told the reach first believe that it is everybody's."""
    method = getattr(kind, name)
    return (
        kind,
        name,
        lambda self, _reach, *given, **named: method(self, EVERYBODY, *given, **named),
    )


REQUIRE = (Reach, "require", lambda _self, partner: partner)
# what forgets who asks → the route on which that shows; several: one stands behind the other
FILTERS = {
    "GET /v1/findings": [(Desk, "owners"), (Desk, "document")],
    "GET /v1/requests/{id}": [(Desk, "request")],
    "GET /v1/scores": [(Desk, "scores")],
    "GET /v1/campaigns": [(Desk, "campaigns")],
    "GET /v1/campaigns/{id}": [(Desk, "campaign")],
    "GET /v1/takes": [(Desk, "takes")],
    "GET /v1/takes/{id}": [(Desk, "take")],
    "POST /v1/takes/{id}/decisions": [(Acceptance, "decide")],
    "POST /v1/takes/{id}/verdicts/{line}": [(Acceptance, "overrule")],
    "POST /v1/takes/{id}/looks": [(Acceptance, "look")],
    "GET /v1/takes/{id}/history": [(Acceptance, "history")],
    "GET /v1/sheet": [(Acceptance, "sheet")],
    "POST /v1/reports": [(Desk, "owners"), (Desk, "document")],
    "GET /v1/studies": [(Usher, "studies")],
    "GET /v1/studies/{id}": [(Usher, "status")],
    "GET /v1/studies/{id}/reveal": [(Usher, "reveal")],
    "POST /v1/studies/{id}/lessons": [(Usher, "practise")],
    "POST /v1/studies/{id}/remarks": [(Usher, "remark")],
    "GET /v1/studies/{id}/next": [(Usher, "question")],
    "POST /v1/studies/{id}/votes": [(Usher, "cast")],
    "POST /v1/campaigns/plan": [(Front, "plan")],
    "POST /v1/campaigns": [REQUIRE, (Front, "run")],
    "POST /v1/campaigns/{id}/resume": [(Front, "owner"), (Front, "resume")],
    "POST /v1/campaigns/{id}/cancel": [(Front, "cancel")],
    "GET /v1/campaigns/{id}/status": [(Front, "status")],
    "POST /v1/observations": [(Front, "observe")],
    "POST /v1/takes/{id}/repairs": [(Front, "owner_of_take"), (Front, "repair")],
    "POST /v1/takes/{id}/notes": [(Pencil, "jot")],
    "GET /v1/takes/{id}/notes": [(Pencil, "notes")],
    "POST /v1/takes/{id}/refinements": [(Pencil, "owner_of_take"), (Pencil, "refine")],
    "GET /v1/verdicts": [(Front, "verdicts")],
    "GET /v1/decisions": [(Front, "decisions")],
    "GET /v1/observations": [(Front, "observations")],
    "GET /v1/repairs/{id}": [(Front, "repair_status")],
    "GET /v1/ledger": [(Front, "ledger")],
    "POST /v1/requests": [REQUIRE, (Desk, "open_account"), (Desk, "submit"), (Desk, "stored")],
    "POST /v1/uploads": [REQUIRE],
    "GET /v1/uploads/{id}": [(Intake, "standing")],
    "PUT /v1/uploads/{id}/parts/{number}": [(Intake, "part")],
    "POST /v1/uploads/{id}/complete": [(Intake, "complete")],
    "DELETE /v1/uploads/{id}": [(Intake, "drop")],
    "POST /v1/packs": [(Receiving, "from_zip")],
    "GET /v1/packs": [(Receiving, "packs")],
    "GET /v1/packs/{seal}": [(Receiving, "pack")],
    "GET /v1/keys": [(rules, "within_sight", lambda _caller, partner: partner)],
    "POST /v1/keys": [(rules, "within_sight", lambda _caller, partner: partner)],
    "DELETE /v1/keys/{id}": [(rules, "sees", lambda *_: True)],
    "GET /v1/people": [(rules, "within_sight", lambda _caller, partner: partner)],
    "POST /v1/people": [(rules, "within_sight", lambda _caller, partner: partner)],
    "DELETE /v1/people/{id}": [(rules, "sees", lambda *_: True)],
    "GET /v1/grants": [REQUIRE],
    "DELETE /v1/grants/{id}": [(rules, "sees", lambda *_: True)],
    "GET /v1/audit": [REQUIRE],
    "GET /v1/audit/verify": [REQUIRE],
}


def route_of(text):
    method, path = text.split(" ", 1)
    return method, path


def taken_away(monkeypatch, filters):
    for one in filters:
        monkeypatch.setattr(*(one if len(one) == 3 else blind(*one)))


def is_green_then_red(world, monkeypatch, route, filters, keys=SOMEBODY):
    assert next(matrix.faults(world, route, keys), None) is None
    taken_away(monkeypatch, filters)
    assert next(matrix.faults(world, route, keys), None) is not None


@pytest.mark.slow
@pytest.mark.parametrize("route", FILTERS)
def test_the_matrix_is_red_where_a_route_forgets_who_asks(world, monkeypatch, route):
    is_green_then_red(world, monkeypatch, route_of(route), FILTERS[route])


@pytest.mark.slow
@pytest.mark.parametrize("route", SAMPLES, ids=" ".join)
def test_the_matrix_is_red_where_a_route_lets_everybody_in(world, monkeypatch, route):
    if not isinstance(policies(world.app)[route], Permit):
        pytest.skip("open to everybody by its own word")
    if SAMPLES[route].right == {401}:
        pytest.skip("about the session that is shown; without one there is nothing to do")

    def admin(_self, request):
        request.state.caller = ADMIN
        return ADMIN

    is_green_then_red(world, monkeypatch, route, [(Permit, "__call__", admin)], ["nobody"])


def everywhere(self, id_, partner, role):
    return {"reads": EVERYBODY, "looks": EVERYBODY, "pools": EVERYBODY}


def unread(self, said, name):
    return None


def admitted(self, request, said, name, named=str):
    self.check(said, name)
    return said.viewer.rpartition("~")[0]


def to(self, path, *, partner, name, variant):
    return self.signed(path, partner=partner, name=name, variant=variant)


MEDIA, TAKES = ("GET", "/v1/media/{sha256}"), ("GET", "/v1/takes")
OTHERS = {
    "a doorkeeper that lets everybody reach everything": (TAKES, [(Shared, "_reach", everywhere)]),
    "scopes that are held against nobody": (
        ("GET", "/v1/keys"), [(permit, "hold", lambda *_: None)]
    ),
    "a link that is not checked": (MEDIA, [(Signer, "check", unread)]),
    "a link that is good for anybody": (MEDIA, [(Signer, "admit", admitted)]),
    "a link that names nobody": (MEDIA, [(Signer, "viewer", lambda *_: "anybody~0")]),
    "a link for whoever may read": (MEDIA, [(Links, "to", to)]),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("what", OTHERS)
def test_the_matrix_is_red_with(world, monkeypatch, what):
    route, filters = OTHERS[what]
    is_green_then_red(world, monkeypatch, route, filters, ("lantern-member", "lead"))


@pytest.mark.slow
def test_a_pool_of_two_is_told_where_nobody_counts_the_partners(world, monkeypatch):
    both = [("campaign", world.ids[t]["campaign"]) for t in matrix.TENANTS]
    monkeypatch.setattr(benchmarks_routes, "require", lambda *_: None)
    assert world.ask("lead", "GET", "/v1/comparisons", params=both).status_code == 200


@pytest.mark.slow
def test_the_matrix_is_the_same_on_a_shared_postgresql(postgres, tmp_path, monkeypatch):
    pepper = tmp_path / "pepper"
    pepper.touch(0o600)
    pepper.write_bytes(b"p" * 32)
    monkeypatch.setenv("CIRCLETAKE_DATABASE", postgres.url)
    monkeypatch.setenv("CIRCLETAKE_PEPPER_FILE", str(pepper))
    home = tmp_path / "home"
    with matrix.world(home, matrix.live(home)) as shared:
        assert not list(home.glob("*.db"))
        routes = policies(shared.app)
        found = [f for route in routes for f in matrix.faults(shared, route, ONE_SIDE)]
    assert found == []
