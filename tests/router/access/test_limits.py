"""How often: by key, by partner and by address; over restarts, and for several processes."""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi import APIRouter, Request

from router.access import key as text
from router.access.limits import HELD_S, Limits, Paces, TooMany
from router.api.links import Claimed, Signer
from router.api.turns import DearReader, Turns
from router.domain.access import HOUSE
from router.store import buckets
from router.store.buckets import Pace
from router.store.database import Commits, reading
from router.store.tables import rate_buckets
from router.testing.access import Asking, house

PACE = Pace(per_s=1.0, burst=20.0)


@pytest.fixture
def limits(engine, clock):
    return Limits(commits=Commits(engine), clock=clock)


def taken(limits, bucket, most=1000, cost=1.0):
    """Take until it is enough; say how often, and how long to wait."""
    for n in range(most):
        try:
            limits.take(bucket, PACE, cost)
        except TooMany as error:
            return n, error.retry_after_s
    return most, 0


def test_row44_a_bucket_gives_its_burst_and_then_its_pace(limits, clock):
    assert taken(limits, "a") == (20, 1)
    clock.sleep(5)
    assert taken(limits, "a")[0] == 5
    clock.sleep(3600)
    assert taken(limits, "a")[0] == 20


def test_row44_who_comes_back_when_told_is_let_in(limits, clock):
    taken(limits, "a")
    with pytest.raises(TooMany) as refused:
        limits.take("a", PACE, 4.0)
    assert refused.value.retry_after_s == 4
    clock.sleep(3)
    with pytest.raises(TooMany):
        limits.take("a", PACE, 4.0)
    limits.take("a", PACE, 2.0)  # a smaller wish does not wait for the larger one
    clock.sleep(3)
    limits.take("a", PACE, 4.0)


def test_row44_a_restart_fills_no_bucket(engine, clock):
    before = Limits(commits=Commits(engine), clock=clock)
    assert taken(before, "a")[0] == 20
    after = Limits(commits=Commits(engine), clock=clock)
    assert taken(after, "a")[0] == 0


def test_row44_processes_draw_from_the_same_bucket(engine, clock):
    several = [Limits(commits=Commits(engine), clock=clock) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        given = list(pool.map(lambda one: taken(one, "a")[0], several))
    assert sum(given) == 20


def test_row44_buckets_are_apart(limits):
    assert taken(limits, "a")[0] == taken(limits, "b")[0] == 20


def test_what_a_process_holds_too_long_is_lost_and_never_gained(limits, clock):
    limits.take("a", PACE)  # a handful of four was drawn
    clock.sleep(HELD_S)
    assert taken(limits, "a")[0] == 20


def test_row44_most_requests_and_every_refused_one_leave_the_database_alone(limits):
    asked = [limits.take("a", PACE) for _ in range(20)]
    assert sum(asked) == 5
    assert taken(limits, "a") == (0, 1)
    limits.commits = None  # whoever asks the database now breaks
    for _ in range(100):
        with pytest.raises(TooMany):
            limits.take("a", PACE)


@pytest.mark.parametrize("minutes", [-10, 10])
def test_row38_a_clock_that_is_off_takes_nothing_from_others_and_gives_no_more_than_a_burst(
    engine, clock, minutes
):
    right = Limits(commits=Commits(engine), clock=clock)
    taken(right, "a")
    wrong = type(clock)(time=clock.now())
    wrong.sleep(60 * minutes)
    off = Limits(commits=Commits(engine), clock=wrong)
    assert taken(off, "a")[0] == (20 if minutes > 0 else 0)
    assert taken(off, "a")[0] == 0
    with reading(engine, HOUSE) as connection:
        row = connection.execute(rate_buckets.select()).one()
    assert row.level >= 0


def test_buckets_that_nobody_uses_are_forgotten(engine, limits, clock):
    limits.take("a", PACE)
    clock.sleep(86_400)
    limits.take("b", PACE)
    now_s = clock.now().timestamp()
    limits.commits.write(HOUSE, lambda c: buckets.forget(c, now_s - 3600))
    with reading(engine, HOUSE) as connection:
        assert connection.scalars(rate_buckets.select()).all() == ["b"]


SLOW = Paces(
    key=Pace(per_s=1, burst=10), partner=Pace(per_s=1, burst=16), failures=Pace(per_s=0.1, burst=5)
)


@pytest.fixture
def slow(engine, home, clock):
    return house(engine, home, clock, paces=SLOW)


@pytest.fixture
def knock(portal, slow):
    return Asking(portal, slow.app)


def test_row44_a_key_that_asks_too_often_hears_when_to_come_back(slow, knock):
    key = slow.key()
    answers = [knock("GET", "/v1/me", key) for _ in range(12)]
    assert [a.status_code for a in answers] == [200] * 10 + [429] * 2
    refused = answers[-1]
    assert refused.headers["Retry-After"] == "1"
    body = refused.json()
    assert (body["code"], body["title"], body["status"]) == ("too_many", "Too often", 429)


def test_row44_a_request_that_changes_something_costs_more(slow, knock):
    key = slow.key(HOUSE)
    answers = [knock("POST", "/v1/grants", key, json={}) for _ in range(4)]
    assert [a.status_code for a in answers] == [422, 422, 429, 429]


def test_row44_a_question_that_reads_whole_campaigns_costs_as_much_as_ten(slow, knock):
    routes = APIRouter()

    @routes.get("/v1/dear")
    def dear(caller: DearReader) -> str:
        return caller.id

    slow.app.include_router(routes)
    slow.app.state.turns = Turns()
    key = slow.key()
    answers = [knock("GET", path, key) for path in ("/v1/dear", "/v1/me")]
    assert [a.status_code for a in answers] == [200, 429]


def test_row44_who_looks_through_a_link_again_and_again_is_held_to_a_pace(slow, knock, clock):
    routes, signer = APIRouter(), Signer(b"k" * 32, clock)

    @routes.get("/v1/look")
    def look(request: Request, said: Claimed) -> str:
        return signer.admit(request, said, "picture")

    slow.app.include_router(routes)
    mine = f"{text.read(slow.key('north_light')).id}~session"
    link = signer.link(
        "/v1/look", partner="north_light", name="picture", variant="original", viewer=mine
    )
    answers = [knock("GET", link).status_code for _ in range(60)]
    assert answers == [200] * 50 + [429] * 10


def test_row44_a_partner_with_many_keys_has_the_pace_of_one_partner(slow, knock):
    keys = [slow.key() for _ in range(4)]
    good = [knock("GET", "/v1/me", key).status_code for key in keys for _ in range(8)]
    assert good.count(200) == 16


def test_row44_one_tenant_does_not_starve_another(slow, knock):
    noisy, quiet = slow.key("north_light"), slow.key("lamplight")
    for _ in range(50):
        knock("GET", "/v1/me", noisy)
    assert [knock("GET", "/v1/me", quiet).status_code for _ in range(5)] == [200] * 5


def test_row44_guessing_is_slowed_by_address_and_locks_nobody_out(slow, knock):
    guesses = [knock("GET", "/v1/me", "guess").status_code for _ in range(8)]
    assert guesses == [401] * 5 + [429] * 3
    assert knock("GET", "/v1/me", "guess", host="203.0.113.8").status_code == 401
    assert knock("GET", "/v1/me", slow.key()).status_code == 200


def test_row44_sign_ins_that_fail_are_slowed_the_same_way(portal, engine, home, clock):
    chosen = {"oidc_issuer": "https://id.example", "oidc_client": "x"}
    keys = {"issuer": "https://id.example", "jwks_uri": "https://id.example/keys", "keys": KEYS}
    here = house(engine, home, clock, here=chosen, paces=SLOW, fetch=lambda _url: keys)
    ask = Asking(portal, here.app)
    tried = [ask("POST", "/v1/session", json={"id_token": "a.b.c"}) for _ in range(7)]
    assert [a.status_code for a in tried] == [401] * 5 + [429] * 2


KEYS = [
    {
        "kty": "EC",
        "crv": "P-256",
        "kid": "k",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    }
]  # of RFC 7517, appendix A.1's curve; RFC 7515, A.3.1


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("203.0.113.7", "203.0.113.8", False),
        ("a socket", "another", True),
    ],
)
def test_row44_one_customers_addresses_are_one(slow, knock, one, other, same):
    for _ in range(6):
        knock("GET", "/v1/me", "guess", host=one)
    assert knock("GET", "/v1/me", "guess", host=other).status_code == (429 if same else 401)


def test_limits_cost_less_than_a_millisecond(limits):
    """Half of all requests cost no more; one in two hundred draws a handful, and pays a write."""
    pace = Pace(per_s=1000.0, burst=1000.0)
    took = []
    for _ in range(400):
        begun = time.perf_counter()
        limits.take("a", pace)
        took.append(time.perf_counter() - begun)
    assert statistics.median(took) < 0.001
