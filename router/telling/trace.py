"""Traces: one tree from the wish over HTTP through campaign, attempt and take to score and verdict.

Nothing is carried from process to process: trace and span are named by the ids of what they are
about, so that what several machines tell joins by itself, also after one of them died. Facts pass
the same list as the log's (`words`). Without somebody who takes spans nothing is done at all.

Source: OpenTelemetry specification, "Trace SDK"; ids as in W3C Trace Context.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from router.ports import Clock
from router.telling.words import Fact, allowed

DOOR, CAMPAIGN, ATTEMPT, TAKE, SCORE = "door", "campaign", "attempt", "take", "score"
_CONTENT_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Something that was done, from when to when."""

    name: str
    trace: str  # 32 hex digits
    id: str  # 16 hex digits
    parent: str  # "" = the root
    begun: datetime
    ended: datetime
    facts: Mapping[str, Fact] = field(default_factory=dict)
    ok: bool = True

    @classmethod
    def about(
        cls,
        kind: str,
        id_: str,
        *,
        trace: str,
        parent: str,
        begun: datetime,
        ended: datetime,
        **facts: object,
    ) -> "Span":
        """Make the one span that is about a thing, named by the thing's own id."""
        name = span_of(kind, id_)
        told = allowed(facts)
        return cls(
            name=kind, trace=trace, id=name, parent=parent, begun=begun, ended=ended, facts=told
        )


Export = Callable[[Span], None]


def trace_of(account: str, request: str) -> str:
    """Name the trace of an attempt: its campaign's; asked by hand, its request's."""
    of = account if is_campaign(account) else request
    return hashlib.sha256(f"trace {of}".encode()).hexdigest()[:32]


def span_of(kind: str, id_: str) -> str:
    """Name the span of a thing."""
    return hashlib.sha256(f"{kind} {id_}".encode()).hexdigest()[:16]


def over_attempts(account: str, request: str) -> str:
    """Name the span above an attempt."""
    return span_of(CAMPAIGN, account) if is_campaign(account) else span_of(DOOR, request)


def is_campaign(account: str) -> bool:
    """Say whether an account is a campaign's: others bear a person's word."""
    return _CONTENT_ID.fullmatch(account) is not None


@dataclass(frozen=True, slots=True)
class Traces:
    """Tells spans to whoever takes them."""

    export: Export | None = None

    def tell(self, make: Callable[[], Span]) -> None:
        """Tell of something that is over; where nobody listens it is not even put together."""
        if self.export is not None:
            self.export(make())

    @contextmanager
    def during(
        self, name: str, *, clock: Clock, trace: str, parent: str, about: str, **facts: object
    ) -> Iterator[dict[str, object]]:
        """Tell of the block, with the facts that it adds; an error that leaves it is told, too.

        `about` is what the block is done to; done again later, it is another span.
        """
        if self.export is None:
            yield {}
            return
        begun, found, ok = clock.now(), dict(facts), False
        try:
            yield found
            ok = True
        finally:
            span = Span(
                name=name,
                trace=trace,
                id=span_of(name, f"{about} {begun.isoformat()}"),
                parent=parent,
                begun=begun,
                ended=clock.now(),
                facts=allowed(found),
                ok=ok,
            )
            self.export(span)


OFF = Traces()


def otlp(processor: Any, resource: Any) -> Export:
    """Give what hands spans to a processor of the SDK, in its own shape."""
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.trace import SpanContext, Status, StatusCode, TraceFlags

    def context(trace: str, span: str) -> SpanContext:
        return SpanContext(
            int(trace, 16), int(span, 16), is_remote=False, trace_flags=TraceFlags(1)
        )

    def export(span: Span) -> None:
        processor.on_end(
            ReadableSpan(
                name=span.name,
                context=context(span.trace, span.id),
                parent=context(span.trace, span.parent) if span.parent else None,
                resource=resource,
                attributes={f"circletake.{name}": value for name, value in span.facts.items()},
                status=Status(StatusCode.OK if span.ok else StatusCode.ERROR),
                start_time=_nanoseconds(span.begun),
                end_time=_nanoseconds(span.ended),
            )
        )

    return export


@contextmanager
def traces_to(endpoint: str | None) -> Iterator[Traces]:
    """Send spans by OTLP over HTTP, from a thread of their own; None = to nobody.

    A collector that does not answer loses spans and stops no work. The SDK reads the endpoint, its
    headers and patience from the environment, as its documentation says (OTEL_EXPORTER_OTLP_…).
    """
    if endpoint is None:
        yield OFF
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    processor = BatchSpanProcessor(OTLPSpanExporter())
    try:
        yield Traces(otlp(processor, Resource({"service.name": "circletake"})))
    finally:
        processor.shutdown()  # type: ignore[no-untyped-call]  # the SDK leaves it untyped


def _nanoseconds(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000) * 1000
