"""Rows of the bad-input table that reach the service over HTTP; the row's number is in the id."""

import json

import pytest

from dashboard import service
from router.testing.doorkeeper import Porter
from tests.matrix_world import CALLERS

WISH = {
    "partner": "northlight_pictures",
    "account": "lookdev",
    "budget_usd": 1.25,
    "model": "emulated-a",
    "operation": "text_to_image",
    "prompt": "A harbour at dusk.",
    "clearance": {"permitted": ["still_image"], "expires_on": None, "evidence_sha256": "0" * 64},
}
JSON = {"Content-Type": "application/json", "Idempotency-Key": "k"}


def row(number, *values):
    return pytest.param(*values, id=f"row{number}-{str(values[0])[:24]}")


def text(**changes):
    return json.dumps({**WISH, **changes}).encode()


@pytest.mark.parametrize(
    ("path", "statuses"),
    [
        row(26, "/v1/takes/..%2f..%2fetc%2fpasswd", {404, 422}),
        row(26, "/v1/takes/%00", {404, 422}),
        row(26, "/v1/takes/a%5cb", {422}),
        row(26, "/v1/takes/a%23b", {422}),
        row(26, "/v1/takes/%e2%80%a4%e2%80%a4", {422}),
        row(26, "/v1/reports/..%2f..%2fx/findings.json?partner=-&e=1&u=x&s=x", {404, 422}),
        row(26, f"/v1/reports/{'a' * 16}/..%2fkey?partner=-&e=1&u=x&s=x", {403, 404, 422}),
        row(26, f"/v1/media/{'0' * 63}%2f?partner=..%2fx&e=1&u=x&s=x", {404, 422}),
        row(46, f"/v1/media/{'0' * 64}?partner=northlight_pictures&e=9999999999&u=a~0&s=00", {403}),
        row(46, f"/v1/media/{'0' * 64}?partner=northlight_pictures&e=x&u=a~0&s=00", {422}),
        row(46, f"/v1/media/{'0' * 64}", {422}),
        row(56, "/v1/takes?limit=1000000000", {422}),
        row(56, "/v1/takes?sort=prompt", {422}),
        row(56, "/v1/takes?flag=(a%2B)%2B%24", {422}),
        row(56, "/v1/takes?cursor=WzEwMDAsICJhIl0", {422}),
    ],
)
def test_a_path_or_question_that_cannot_be_is_refused_without_repeating_it(http, path, statuses):
    answer = http.get(path)
    assert answer.status_code in statuses
    assert answer.headers["content-type"] == "application/problem+json"
    assert "passwd" not in answer.text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        row(27, {"Host": "evil.example"}, 400),
        row(27, {"Host": "127.0.0.1/?x"}, 400),
        row(28, {"X-Forwarded-Host": "evil.example", "X-Forwarded-For": "10.0.0.1"}, 200),
        row(28, {"X-Forwarded-Proto": "https", "Forwarded": "for=10.0.0.1"}, 200),
    ],
)
def test_what_a_proxy_could_have_said_changes_nothing(http, headers, status):
    answer = http.get("/v1/takes?limit=1", headers=headers)
    assert answer.status_code == status
    assert "evil" not in answer.text


@pytest.mark.parametrize(
    ("body", "status"),
    [
        row(29, b" " * 1_000_001, 413),
        row(30, b"[" * 1_000 + b"]" * 1_000, 400),
        row(30, b"[" * 400_000, 400),
        row(31, text(budget_usd=1).replace(b'"budget_usd": 1', b'"budget_usd": NaN'), 422),
        row(31, text(budget_usd=1).replace(b'"budget_usd": 1', b'"budget_usd": 1e999'), 422),
        row(32, text(budget_usd=-5), 422),
        row(32, text(budget_usd=0), 422),
        row(32, text(budget_usd=True), 422),
        row(32, text(budget_usd="5"), 422),
        row(32, text(budget_usd=1).replace(b'_usd": 1', b'_usd": ' + b"9" * 5000), 400),
        row(33, text().replace(b'{"partner"', b'{"partner": "x", "partner"', 1), 400),
        row(34, text(tenant_id="x"), 422),
        row(34, text(role="beta_lead"), 422),
        row(34, text(cost_usd=0), 422),
    ],
)
def test_a_body_that_cannot_be_meant_is_refused_before_anything_is_spent(
    http, studio, body, status
):
    answer = http.post("/v1/requests", content=body, headers=JSON)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    json.loads(answer.text, parse_constant=lambda c: pytest.fail(f"{c} in the answer"))
    assert studio.submitted == {}


@pytest.mark.parametrize(
    "kind",
    [
        row(35, "application/x-www-form-urlencoded"),
        row(35, "multipart/form-data; boundary=x"),
        row(35, "text/plain; charset=utf-7"),
        row(35, ""),
    ],
)
def test_another_content_type_is_refused(http, studio, kind):
    headers = {**JSON, "Content-Type": kind}
    answer = http.post("/v1/requests", content=text(), headers=headers)
    assert (answer.status_code, studio.submitted) == (415, {})


@pytest.fixture
def guarded(http, studio, tmp_path):
    keys = Porter(CALLERS)
    app = service.build(studio, signing_key=b"k" * 32, reports_folder=tmp_path, doorkeeper=keys)
    return http.connect(app)


@pytest.mark.parametrize(
    ("key", "method", "path", "status"),
    [
        row(59, "analyst", "POST", "/v1/takes/x/decisions", 403),
        row(59, "lead", "POST", "/v1/requests", 403),
        row(59, "nobody", "GET", "/v1/campaigns", 401),
        row(59, "nobody", "GET", "/openapi.json", 401),
        row(59, "lantern-member", "GET", "/v1/campaigns?partner=northlight_pictures", 200),
        row(40, "lantern-member", "GET", "/v1/requests/x?partner=northlight_pictures", 404),
        row(42, "lantern-admin", "GET", "/v1/findings?campaign=x&campaign=y", 404),
    ],
)
def test_a_role_does_what_it_was_given_and_no_more(guarded, key, method, path, status):
    headers = {**JSON, "Authorization": f"Bearer {key}"}
    content = json.dumps({**WISH, "by": "x"} if "decisions" not in path else {"by": "x"}).encode()
    given = {"content": content} if method == "POST" else {}
    answer = guarded.request(method, path, headers=headers, **given)
    assert answer.status_code == status
    assert "northlight" not in answer.text


def test_row41_an_answer_about_anothers_thing_is_that_about_nothing(guarded, document):
    headers = {"Authorization": "Bearer lantern-member"}
    said = []
    for id_ in (document["campaigns"][0]["id"], "f" * len(document["campaigns"][0]["id"])):
        answer = guarded.get(f"/v1/campaigns/{id_}", headers=headers)
        body = {k: v for k, v in answer.json().items() if k != "request_id"}
        shown = {k: v for k, v in answer.headers.items() if k != "x-request-id"}
        said.append((answer.status_code, body, shown))
    assert said[0] == said[1]
    assert said[0][0] == 404
