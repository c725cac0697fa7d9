"""A trace is one tree, joined by what the ids say; without a listener nothing is put together."""

from datetime import UTC, datetime

import pytest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from router.domain.attempt import AttemptState
from router.domain.ids import content_id
from router.telling import words
from router.telling.trace import OFF, Span, Traces, otlp, span_of, trace_of
from router.testing.doubles import FakeClock, ScriptedBackend, partner, request, setback
from router.testing.routing import open_router

P = partner().name
AT = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def memory():
    return InMemorySpanExporter()


@pytest.fixture
def traces(memory):
    return Traces(otlp(SimpleSpanProcessor(memory), Resource({})))


def hexed(context):
    return f"{context.trace_id:032x}", f"{context.span_id:016x}"


def driven(home, traces, backend=None):
    backend = backend or ScriptedBackend()
    router = open_router(home, {"scripted": backend}, cap_musd=10**8, traces=traces)
    (accepted,) = router.submit([request()])
    return accepted, router.advance(P, accepted.id)


def test_an_attempt_is_a_span_over_reserve_send_store_settle_and_its_take(tmp_path, traces, memory):
    accepted, ended = driven(tmp_path, traces)
    assert ended.state is AttemptState.SETTLED
    spans = {s.name: s for s in memory.get_finished_spans()}
    assert set(spans) == {"attempt", "reserve", "send", "store", "settle", "take"}
    over = spans.pop("attempt")
    assert hexed(over.context) == (
        trace_of(accepted.account, accepted.request),
        span_of("attempt", accepted.id),
    )
    assert {hexed(s.parent) for s in spans.values()} == {hexed(over.context)}
    assert over.attributes["circletake.state"] == "settled"
    assert over.attributes["circletake.musd"] == ended.spent_musd
    assert spans["send"].attributes["circletake.code"] == "answered"


def test_a_send_that_is_repeated_is_a_span_of_its_own_with_its_code(tmp_path, traces, memory):
    busy = setback("busy", code="throttled")
    driven(tmp_path, traces, ScriptedBackend(script=lambda _call, n: None if n else busy))
    sends = [s for s in memory.get_finished_spans() if s.name == "send"]
    assert [s.attributes["circletake.code"] for s in sends] == ["throttled", "answered"]
    assert len({s.context.span_id for s in sends}) == 2


def test_no_word_and_no_partner_is_in_any_span(tmp_path, traces, memory):
    driven(tmp_path, traces)
    told = [v for s in memory.get_finished_spans() for v in s.attributes.values()]
    wish = request()
    assert not [v for v in told if P in str(v) or wish.prompt in str(v)]
    assert {k for s in memory.get_finished_spans() for k in s.attributes} <= {
        f"circletake.{name}" for name in words.FIELDS
    }


def test_a_fact_that_is_not_listed_is_in_no_span(traces):
    with pytest.raises(words.Unlisted):
        Span.about("take", "x", trace="", parent="", begun=AT, ended=AT, prompt="she waits")


def test_without_a_listener_nothing_is_put_together():
    def never():
        raise AssertionError

    OFF.tell(never)
    with OFF.during("send", clock=FakeClock(), trace="", parent="", about="") as found:
        found["prompt"] = "goes nowhere"


def test_an_error_that_leaves_a_block_is_told(traces, memory):
    with (
        pytest.raises(OSError, match="full"),
        traces.during("settle", clock=FakeClock(), trace="a" * 32, parent="b" * 16, about="c"),
    ):
        raise OSError("full")
    (span,) = memory.get_finished_spans()
    assert not span.status.is_ok


def test_what_is_asked_by_hand_is_a_trace_of_its_own():
    campaign, one, other = (content_id("campaign", n) for n in range(3))
    assert trace_of(campaign, one) == trace_of(campaign, other)
    assert trace_of("simulated:lookdev", one) != trace_of("simulated:lookdev", other)
