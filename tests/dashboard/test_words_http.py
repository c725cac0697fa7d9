"""Names, ids and words that come in over HTTP: what deceives or breaks a store is refused."""

import json
import unicodedata
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from router.api.script import JOINERS, one_line, unseen
from tests.dashboard.test_bad_input_http import JSON, WISH

WORDS = st.text(st.characters(codec=None, exclude_categories=()), max_size=60)
quick = partial(settings, max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))()
ROUTES = {
    "row24-a prompt": ("/v1/requests", lambda w: {**WISH, "prompt": w}),
    "row24-a label": ("/v1/requests", lambda w: {**WISH, "label": w}),
    "row24-a partner": ("/v1/requests", lambda w: {**WISH, "partner": w}),
    "row24-an account": ("/v1/requests", lambda w: {**WISH, "account": w}),
    "row24-a field": ("/v1/requests", lambda w: {**WISH, w: 1}),
    "row24-a parameter": ("/v1/requests", lambda w: {**WISH, "parameters": {w: "x"}}),
    "row24-a decision": ("/v1/takes/{take}/decisions", lambda w: {"by": w, "note": w}),
    "row24-a note": ("/v1/takes/{take}/decisions", lambda w: {"by": "Ana", "note": w}),
    "row24-an observation": (
        "/v1/observations",
        lambda w: {"campaign": "x", "text": w, "by": w, "role": w},
    ),
    "row24-a file's name": (
        "/v1/uploads",
        lambda w: {"partner": "northlight_pictures", "name": w, "bytes": 1, "kind": "file"},
    ),
    "row24-a vote": ("/v1/studies/x/votes", lambda w: {"rater": w, "slot": 1, "outcome": w}),
}


@pytest.mark.slow
@pytest.mark.parametrize(("path", "body"), ROUTES.values(), ids=ROUTES)
def test_no_text_at_all_breaks_a_route(http, document, path, body):
    place = path.format(take=document["takes"][0]["take"])

    @quick
    @given(word=WORDS)
    def holds(word):
        sent = json.dumps(body(word))  # lone surrogates and NUL travel as escapes
        answer = http.post(place, content=sent.encode("ascii"), headers=JSON)
        assert answer.status_code < 500
        if unseen(sent.encode(), body(word)):
            assert answer.status_code == 422
            assert answer.json()["code"] == "unseen_character"
        assert "\\ud" not in answer.text
        json.loads(answer.text)

    holds()


HIDDEN = {
    "row24-NUL": "Ana\0",
    "row24-a lone surrogate": "Ana\ud800",
    "row24-right to left": "\u202eAna",
    "row24-zero width": "A\u200bna",
    "row24-tags": "Ana\U000e0041",
    "row24-escape": "Ana\x1b[2J",
    "row24-byte order mark": "\ufeffAna",
}


@pytest.mark.parametrize("word", HIDDEN.values(), ids=HIDDEN)
@pytest.mark.parametrize("route", ["row24-a prompt", "row24-a note", "row24-a file's name"])
def test_what_nobody_sees_is_refused_by_its_number(http, document, studio, route, word):
    path, body = ROUTES[route]
    place = path.format(take=document["takes"][0]["take"])
    answer = http.post(place, content=json.dumps(body(word)).encode(), headers=JSON)
    hidden = next(c for c in word if not c.isalpha() or c > "\ud000")
    assert (answer.status_code, answer.json()["code"]) == (422, "unseen_character")
    assert answer.json()["expected"] == f"text without the unseen character U+{ord(hidden):04X}"
    assert studio.submitted == {}


@pytest.mark.parametrize("name", ["Ane\u0301", "\ufb01lm", "Ana\u2028", "A\u200dna"])
@pytest.mark.parametrize("row", ["row24"])
def test_a_name_has_one_form_only(http, document, name, row):
    path, body = ROUTES["row24-a decision"]
    place = path.format(take=document["takes"][0]["take"])
    composed = name == unicodedata.normalize("NFC", name) and name.isprintable()
    sent = json.dumps({**body("fine"), "by": name}).encode()
    answer = http.post(place, content=sent, headers=JSON)
    assert (answer.status_code == 422) is not composed


@pytest.mark.parametrize(
    "word", ["Zoë", "محمد می\u200cخواهم", "👩\u200d🚀 at dusk", "日本の港", "a\tb\nc"]
)
@pytest.mark.parametrize("row", ["row24"])
def test_what_people_write_in_their_own_script_is_taken(http, studio, word, row):
    sent = json.dumps({**WISH, "prompt": word}).encode()
    assert http.post("/v1/requests", content=sent, headers=JSON).status_code == 202
    (kept,) = studio.submitted.values()
    assert kept.prompt == word


@settings(max_examples=300, deadline=None)
@given(word=WORDS)
def test_row24_a_name_that_is_taken_is_one_line_in_one_form_without_hidden_parts(word):
    try:
        kept = one_line(word)
    except ValueError:
        return
    assert kept == unicodedata.normalize("NFC", kept)
    assert not [c for c in kept if unicodedata.category(c) in {"Cc", "Cf", "Cs"}]
    assert not set(kept) & set(JOINERS)
    kept.encode("utf-8")


@settings(max_examples=300, deadline=None)
@given(text=WORDS)
def test_row24_a_text_that_is_taken_can_be_stored(text):
    if unseen(b"\\u", [text]) is None:
        assert "\0" not in text.encode("utf-8").decode()
