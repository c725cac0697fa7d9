"""A question to a language model: one request, an exact bill, and bad news in the house's words."""

import io
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from PIL import Image

from router import catalog
from router.cloud import aws
from router.domain.errors import BadInput
from router.domain.inquiry import Shown
from router.llm.language import Bill, LanguageClient, Question, Said, Spoilt
from router.llm.litellm_loop import LoopThread
from router.ports import Setback
from router.testing.language import endpoint_of, spoken

pytestmark = [
    pytest.mark.slow,  # litellm takes seconds to import
    pytest.mark.filterwarnings("ignore::DeprecationWarning:litellm"),
]

CATALOGUE = catalog.load()
FAMILIES = [m.key for m in CATALOGUE.values() if m.dialect == "converse"]
NOVA = CATALOGUE["judge-nova-2-lite"]
SCHEMA = {
    "type": "object",
    "properties": {
        "verdict": {"enum": ["pass", "fail"]},
        "score": {"type": "integer", "minimum": 1, "maximum": 5},
    },
    "required": ["verdict", "score"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def there(tmp_path_factory):
    with spoken(tmp_path_factory.mktemp("language")) as it:
        yield it


@pytest.fixture(autouse=True)
def _no_fault(there):
    yield
    there.wire.fault(None)


def question(key="judge-nova-2-lite", **changes):
    model = CATALOGUE[key]
    made = Question(model=model, region=model.regions[0], text="Is it the same lamplighter?")
    return replace(made, **changes)


def png(side=64):
    out = io.BytesIO()
    Image.new("RGB", (side, side), (9, 90, 30)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize("key", FAMILIES)
def test_every_family_answers_in_words_at_the_price_of_the_catalogue(there, key):
    said = there.client.ask(question(key, system="You are terse."))
    assert isinstance(said, Said), said
    assert said.text.startswith("Emulated answer")
    billed = there.wire.emulator.billed()[-1]
    assert said.bill.cost_musd == pytest.approx(billed["usd"] * 1e6, abs=1)
    assert billed["request_id"] == said.bill.provider_ref
    assert said.bill.model_id == CATALOGUE[key].wire_id
    assert said.bill.simulated
    assert said.bill.latency_s > 0
    assert not said.bill.disputed


@pytest.mark.parametrize("key", FAMILIES)
def test_every_family_gives_the_json_that_was_asked_for(there, key):
    said = there.client.ask(question(key, schema=SCHEMA, pictures=(shown(),)))
    assert isinstance(said, Said), said
    assert said.parsed["verdict"] in {"pass", "fail"}
    assert said.bill.tokens_in > 1000  # the picture arrived


def shown(**changes):
    return replace(Shown(data=png(), mime="image/png"), **changes)


FAULTS = {
    "throttle": ("busy", "throttled"),
    "not_ready": ("busy", "not_ready"),
    "unavailable": ("busy", "unavailable"),
    "internal": ("ambiguous", "internal"),
    "model_timeout": ("ambiguous", "model_timeout"),
    "model_error": ("ambiguous", "model_error"),
    "eol": ("rejected", "gone"),
    "legacy": ("rejected", "no_access"),
    "no_access": ("rejected", "no_access"),
    "validation": ("rejected", "validation"),
    "expired_token": ("not_sent", "expired_credentials"),
    "quota": ("rejected", "quota"),
    "drop_before": ("ambiguous", "connection_lost"),
    "drop_after": ("ambiguous", "connection_lost"),
    "truncated_body": ("ambiguous", "connection_lost"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_the_provider_says_means_what_it_means_for_media_and_is_asked_once(there, fault):
    before = there.wire.posts(NOVA)
    there.wire.fault(fault, on="Converse")
    found = there.client.ask(question())
    assert isinstance(found, Setback)
    assert (found.kind, found.code) == FAULTS[fault]
    assert there.wire.posts(NOVA) == before + 1
    if found.kind != "ambiguous" or fault in {"internal", "model_timeout", "model_error"}:
        assert found.simulated
        assert found.provider_ref
    for name in ("nova", "litellm", there.wire.emulator.endpoint):
        assert name not in found.reason.lower()


def test_how_long_the_provider_asks_to_be_left_alone_is_heard(there):
    there.wire.fault("throttle", on="Converse", retry_after_ms=1500)
    assert there.client.ask(question()).retry_after_s == 1.5


def test_the_transport_that_would_send_twice_is_never_used(there, monkeypatch):
    monkeypatch.setenv("DISABLE_AIOHTTP_TRANSPORT", "True")
    before = there.wire.posts(NOVA)
    there.wire.fault("drop_after", on="Converse")
    loop = LoopThread()  # a loop of its own, so that its transport is chosen now
    assert LanguageClient(there.clients, loop).ask(question()).kind == "ambiguous"
    loop.close()
    assert there.wire.posts(NOVA) == before + 1


def test_our_deadline_holds_and_the_answer_may_have_been_paid_for(there):
    there.wire.fault("slow", on="Converse", seconds=3)
    begun = time.monotonic()
    found = there.client.ask(question(deadline_s=0.5))
    assert time.monotonic() - begun < 1.5
    assert isinstance(found, Setback)
    assert (found.kind, found.code) == ("ambiguous", "read_timeout")


def test_nobody_there_means_that_nothing_was_sent(there):
    clients = aws.Clients(endpoint_of(there.wire, bedrock_url="http://127.0.0.1:9"))
    found = LanguageClient(clients, there.loop).ask(question())
    assert (found.kind, found.code) == ("not_sent", "connect")
    assert "127.0.0.1:9/" not in found.reason


def test_wrong_keys_are_turned_away(there):
    clients = aws.Clients(endpoint_of(there.wire, access_key="CTEMUNOBODY"))
    found = LanguageClient(clients, there.loop).ask(question())
    assert (found.kind, found.code) == ("rejected", "unknown_key")


def test_a_token_of_the_real_account_never_goes_to_another_endpoint(there, monkeypatch):
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "real-token-of-the-account")
    assert isinstance(there.client.ask(question()), Said)


@pytest.mark.parametrize(
    ("fault", "changes", "kind", "code"),
    [
        (None, {"most_tokens": 2}, "undecodable", "cut"),
        (None, {"most_tokens": 4, "schema": SCHEMA}, "undecodable", "cut"),
        ("filter_output", {}, "refused", "filtered"),
        (None, {"schema": {"type": "object", "required": ["x"]}}, "undecodable", "misfit"),
    ],
)
def test_an_answer_that_is_of_no_use_was_paid_for_and_says_so(there, fault, changes, kind, code):
    there.wire.fault(fault, on="Converse")
    found = there.client.ask(question("judge-qwen3-vl", **changes))
    assert isinstance(found, Spoilt), found
    assert (found.kind, found.code, found.billed) == (kind, code, True)
    billed = there.wire.emulator.billed()[-1]
    assert billed["request_id"] == found.bill.provider_ref
    assert found.bill.cost_musd == pytest.approx(billed["usd"] * 1e6, abs=1)
    assert found.raw


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"text": "  "}, "text"),
        ({"pictures": (Shown(data=b"x", mime="image/tiff"),)}, "pictures[0]"),
        ({"pictures": tuple(Shown(data=b"x", mime="image/png") for _ in range(21))}, "pictures"),
        ({"key": "judge-claude-sonnet-5", "temperature": 0.0}, "temperature"),
        ({"key": "sd35-large"}, "model"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused_before_it_costs(there, changes, field):
    before = len(there.wire.emulator.billed())
    with pytest.raises(BadInput) as caught:
        there.client.ask(question(**changes))
    assert caught.value.field == field
    assert len(there.wire.emulator.billed()) == before


def test_two_price_lists_that_differ_are_noticed():
    bill = Bill(
        model_id="m",
        tokens_in=1000,
        tokens_out=1000,
        cost_musd=3080,
        litellm_musd=3080,
        simulated=True,
        latency_s=0.1,
        provider_ref="r",
    )
    assert not bill.disputed
    assert not replace(bill, litellm_musd=None).disputed
    assert replace(bill, litellm_musd=2800).disputed


def test_many_threads_share_the_one_loop_and_each_gets_its_own_answer(there):
    texts = [f"Which lamplighter is number {n}?" for n in range(24)]
    before = len(there.wire.emulator.billed())
    with ThreadPoolExecutor(8) as threads:
        many = list(threads.map(lambda t: there.client.ask(question(text=t)), texts))
    alone = [there.client.ask(question(text=t)) for t in texts]
    assert [said.text for said in many] == [said.text for said in alone]
    assert len({said.bill.provider_ref for said in many}) == len(texts)
    assert len(there.wire.emulator.billed()) == before + 2 * len(texts)


def test_closing_ends_what_waits_and_a_later_question_starts_anew(there):
    loop = LoopThread()
    client = LanguageClient(there.clients, loop)
    assert isinstance(client.ask(question()), Said)
    there.wire.fault("slow", on="Converse", seconds=5)
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(client.ask, question())
        time.sleep(0.3)
        begun = time.monotonic()
        loop.close()
        found = waiting.result()
    assert time.monotonic() - begun < 2
    assert (found.kind, found.code) == ("ambiguous", "connection_lost")
    assert isinstance(client.ask(question()), Said)
    loop.close()
