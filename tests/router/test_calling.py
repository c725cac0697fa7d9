"""A client asks, repeats what is safe to repeat, and says the service's own words."""

import httpx
import pytest

from router.calling import Service, ServiceAway, ServiceSaysNo
from router.domain.errors import BadInput
from router.testing.calling import SERVER, Script, problem

OK = httpx.Response(200, json={"a": 1})
LOST = httpx.ReadTimeout("lost")
NOBODY = httpx.ConnectError("refused")


def test_a_refusal_is_said_in_the_services_words_and_is_exit_code_2():
    with pytest.raises(ServiceSaysNo) as no:
        Script([problem(422)]).service().post("/v1/x")
    assert (no.value.exit_code, no.value.code, no.value.request_id) == (2, "bad_input", "r1")
    assert no.value.as_dict()["field"] == "seed"
    assert str(no.value) == "seed: found a text; expected a number"


@pytest.mark.parametrize("status", [500, 503, 429])
def test_what_breaks_or_has_no_time_is_exit_code_3(status):
    with pytest.raises(ServiceSaysNo) as no:
        Script([problem(status)] * 4).service().get("/v1/x")
    assert no.value.exit_code == 3


def test_every_mistake_is_kept():
    faults = [{"field": "a", "found": "1", "expected": "2"}] * 2
    body = {"code": "bad_input", "field": "a", "found": "1", "expected": "2", "errors": faults}
    with pytest.raises(ServiceSaysNo) as no:
        Script([httpx.Response(422, json=body)]).service().get("/v1/x")
    assert len(no.value.errors) == 2


@pytest.mark.parametrize("answer", [httpx.Response(200, html="<p>"), httpx.Response(404, text="x")])
def test_another_program_at_the_address_is_named_as_such(answer):
    with pytest.raises(ServiceSaysNo, match="the address of a Circle Take service") as no:
        Script([answer]).service().get("/v1/x")
    assert no.value.code == "not_the_service"


@pytest.mark.parametrize("first", [LOST, NOBODY, problem(503), problem(429), problem(502)])
def test_a_question_is_asked_again(first):
    assert Script([first, OK]).service().get("/v1/x") == {"a": 1}


@pytest.mark.parametrize("first", [LOST, problem(503)])
def test_what_is_not_safe_to_say_twice_is_said_once(first):
    script = Script([first, OK])
    with pytest.raises((ServiceAway, ServiceSaysNo)):
        script.service().post("/v1/keys", {"partner": "a"})
    assert len(script.asked) == 1


def test_what_never_left_is_sent_again_in_every_case():
    assert Script([NOBODY, OK]).service().post("/v1/keys") == {"a": 1}


def test_a_paid_wish_keeps_its_key_over_all_tries_and_the_next_has_another():
    in_flight = problem(409, "idempotency_in_flight", **{"Retry-After": "30"})
    script = Script([LOST, in_flight, OK, OK])
    service = script.service()
    service.wish("/v1/campaigns", {"a": 1})
    service.wish("/v1/campaigns", {"a": 1})
    first, second, third, fourth = (r.headers["Idempotency-Key"] for r in script.asked)
    assert first == second == third != fourth
    assert script.waited[1] == 30


def test_a_key_reused_for_another_wish_is_not_repeated():
    script = Script([problem(422, "idempotency_key_reused"), OK])
    with pytest.raises(ServiceSaysNo):
        script.service().wish("/v1/campaigns", {}, key="mine")
    assert [r.headers["Idempotency-Key"] for r in script.asked] == ["mine"]


@pytest.mark.parametrize(("key", "word"), [(None, "no key"), ("ct_beta_x", "does not take")])
def test_who_is_not_known_hears_whether_a_key_was_sent(key, word):
    script = Script([problem(401, "not_known")])
    with pytest.raises(ServiceSaysNo, match=f"CIRCLETAKE_KEY: found .*{word}"):
        script.service(key=key).get("/v1/x")


def test_a_refused_request_is_never_repeated():
    script = Script([problem(403), OK])
    with pytest.raises(ServiceSaysNo):
        script.service().get("/v1/x")
    assert len(script.asked) == 1


def test_nobody_at_the_address_is_exit_code_3_after_every_try():
    script = Script([NOBODY] * 4)
    with pytest.raises(ServiceAway, match=f"nobody answers .* at {SERVER}") as away:
        script.service().get("/v1/x")
    assert (away.value.exit_code, len(script.asked), len(script.waited)) == (3, 4, 3)


def test_pauses_grow_and_have_an_end():
    script = Script([problem(503)] * 4)
    with pytest.raises(ServiceSaysNo):
        script.service().get("/v1/x")
    assert all(0 <= wait <= most for wait, most in zip(script.waited, (0.5, 1, 2), strict=True))


def test_a_service_cannot_make_us_wait_for_ever():
    script = Script([problem(429, **{"Retry-After": "999999"}), OK])
    script.service().get("/v1/x")
    assert script.waited == [60]


def test_rows_come_from_all_pages():
    pages = [{"rows": [{"n": 1}], "next": "c2"}, {"rows": [{"n": 2}], "next": None}]
    script = Script([httpx.Response(200, json=page) for page in pages])
    rows = script.service().pages("/v1/x", "rows", {"partner": "a", "shot": None})
    assert [row["n"] for row in rows] == [1, 2]
    assert [dict(r.url.params) for r in script.asked] == [
        {"partner": "a"}, {"partner": "a", "cursor": "c2"},
    ]  # fmt: skip


def test_the_key_travels_in_one_header_only():
    script = Script([OK])
    script.service("ct_secret").get("/v1/x")
    (asked,) = script.asked
    assert asked.headers["authorization"] == "Bearer ct_secret"
    assert "ct_secret" not in str(asked.url)


@pytest.mark.parametrize("server", ["ftp://x", "service.example", "http://", "http://u:p@x"])
def test_what_is_no_address_is_refused(server):
    with pytest.raises(BadInput, match="--server"):
        Service(server)


def test_a_key_never_crosses_a_network_in_the_clear():
    with pytest.raises(BadInput, match="in the clear"):
        Service("http://service.example", "key")
    for server in ("http://127.0.0.1:8400", "http://localhost:1", "http://[::1]:1", SERVER):
        Service(server, "key").close()
