"""Nobody learns anything of another tenant: every route × role × other tenant's ids.

The matrix is `tests/matrix.py`; `python -m tests.matrix` prints it.
"""

import pytest

from benchmarks.desk import Desk
from benchmarks.front import Front
from benchmarks.usher import Usher
from router.api import permit
from router.api.links import Signer
from router.api.permit import Permit, policies
from router.domain.caller import Reach
from tests import matrix
from tests.matrix_samples import SAMPLES

pytestmark = pytest.mark.slow
ADMIN = matrix.CALLERS["lantern-admin"]
SOMEBODY = ("lantern-member", "analyst")
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
    assert set(policies(world.app)) - set(SAMPLES) == set()


@pytest.mark.parametrize("route", SAMPLES, ids=" ".join)
def test_a_route_tells_nobody_anything_of_another(world, route):
    if route not in policies(world.app):
        pytest.fail("a sample of a route that there is not")
    assert list(matrix.faults(world, route)) == []


def test_internal_people_see_records_and_no_pictures(world):
    for key in ("analyst", "lead"):
        take = world.ask(key, "GET", f"/v1/takes/{world.ids['lantern']['take']}").json()
        assert take["scores"]
        assert set(take["links"].values()) == {None}
        assert {r["link"] for r in take["references"]} == {None}


def test_two_partners_are_too_few_for_a_number_over_several(world):
    both = [("campaign", world.ids[t]["campaign"]) for t in matrix.TENANTS]
    for path in ("/v1/findings", "/v1/comparisons"):
        for key in ("analyst", "lead"):
            answer = world.ask(key, "GET", path, params=both)
            assert (answer.status_code, answer.json()["code"]) == (403, "too_few_partners")
        assert world.ask("lantern-admin", "GET", path, params=both).status_code == 404


# -- the matrix goes red where a filter is taken away -------------------------------------------


REACHING = {
    Desk: (
        *("owners", "stored", "open_account", "submit", "request", "scores", "campaigns"),
        *("campaign", "takes", "take", "decide", "document"),
    ),
    Usher: ("status", "question", "cast"),
    Front: tuple(
        name
        for name, method in vars(Front).items()
        if not name.startswith("_") and "reach" in getattr(method, "__annotations__", {})
    ),
}
# A second filter stands before these on every way to them, so that one of the two may fail.
BEHIND = {
    (Desk, "stored"),
    (Desk, "open_account"),
    (Desk, "submit"),
    (Desk, "document"),
    (Front, "run"),
    (Front, "resume"),
    (Front, "repair"),
    (Front, "owner"),
    (Front, "owner_of_take"),
}
EVERY = [(kind, name) for kind, names in REACHING.items() for name in names]
FILTERS = [one for one in EVERY if one not in BEHIND]


@pytest.mark.parametrize(
    ("kind", "name"), FILTERS, ids=[f"{kind.__name__}.{name}" for kind, name in FILTERS]
)
def test_the_matrix_is_red_where_one_method_forgets_who_asks(world, monkeypatch, kind, name):
    method = getattr(kind, name)

    def forgets(self, _reach, *given, **named):
        return method(self, EVERYBODY, *given, **named)

    monkeypatch.setattr(kind, name, forgets)
    assert first_fault(world)


@pytest.mark.parametrize("route", [r for r in SAMPLES if not SAMPLES[r].link], ids=" ".join)
def test_the_matrix_is_red_where_a_route_lets_everybody_in(world, monkeypatch, route):
    policy = policies(world.app)[route]
    if not isinstance(policy, Permit):
        pytest.skip("open to everybody by its own word")
    monkeypatch.setattr(Permit, "__call__", lambda _self, request: ADMIN)
    assert next(matrix.faults(world, route), None)


def test_the_matrix_is_green_again_where_nothing_is_taken_away(world):
    assert first_fault(world) is None


def test_the_matrix_is_red_where_scopes_are_not_held_against_callers(world, monkeypatch):
    monkeypatch.setattr(permit, "hold", lambda *_: None)
    assert first_fault(world)


@pytest.mark.parametrize("check", ["check", "admit", "viewer"])
def test_the_matrix_is_red_where_a_link_is_good_for_anybody(world, monkeypatch, check):
    without = {
        "check": lambda *_: None,
        "admit": lambda self, _request, said, name: self.check(said, name) or said.viewer,
        "viewer": lambda *_: "anybody~0",
    }
    monkeypatch.setattr(Signer, check, without[check])
    assert first_fault(world, links=True)


def first_fault(world, *, links=False):
    """Stop at the first thing that is wrong."""
    routes = [r for r in policies(world.app) if r in SAMPLES]
    wanted = [r for r in routes if not links or SAMPLES[r].link]
    return next((f for r in wanted for f in matrix.faults(world, r, SOMEBODY)), None)
