"""The ear at the outermost door: every answer is counted, timed, logged, and the root of a trace.

A route is told as it was declared (`/v1/takes/{id}`), never as it was called; what no route took is
`none`. So neither a partner nor a secret can become a label.
"""

import re
import time
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from router.ports import Clock
from router.telling.log import broken, tell
from router.telling.trace import DOOR, Span, Traces, trace_of

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # seconds
NONE = "none"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})
_WATCHED = frozenset({"/healthz", "/readyz", "/metrics"})  # asked all day; counted, and not logged
_PLACE = re.compile(r"/v1/(campaigns|requests)/([0-9a-f]{32})\b")


class Heard:
    """What was answered since this process began."""

    def __init__(self) -> None:
        """Begin at nothing."""
        self.registry = CollectorRegistry()
        self._seconds = Histogram(
            "circletake_http_seconds",
            "Time to the end of an answer",
            ("method", "route"),
            buckets=BUCKETS,
            registry=self.registry,
        )
        self._answers = Counter(
            "circletake_http_answers",
            "Answers by status",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self._limited = Counter(
            "circletake_rate_limited",
            "Answers 429: asked too often",
            registry=self.registry,
        )

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answer."""
        self._seconds.labels(method, route).observe(seconds)
        self._answers.labels(method, route, str(status)).inc()
        if status == 429:
            self._limited.inc()


class Ear:
    """Hears every answer of an app."""

    def __init__(self, app: ASGIApp, heard: Heard, traces: Traces, clock: Clock) -> None:
        """Listen at an app's outermost door."""
        self._app, self._heard, self._traces, self._clock = app, heard, traces, clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hear one answer; what breaks is heard as 500 and goes on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, at, status, place = time.perf_counter(), self._clock.now(), 500, b""

        async def hearing(message: Message) -> None:
            nonlocal status, place
            if message["type"] == "http.response.start":
                status = message["status"]
                place = next((v for k, v in message["headers"] if k.lower() == b"location"), b"")
            await send(message)

        fault: dict[str, object] = {}
        try:
            await self._app(scope, receive, hearing)
        except Exception as error:
            fault |= broken(error)  # "see the log": there it stands beside the request's id
            raise
        finally:
            seconds = time.perf_counter() - began
            route, method = route_of(scope), _method(scope)
            self._heard.answered(method, route, status, seconds)
            if route not in _WATCHED or status >= 500:
                self._tell(
                    {
                        "request_id": scope.get("state", {}).get("request_id"),
                        "method": method,
                        "route": None if route == NONE else route,
                        "status": status,
                        **_about(place.decode("latin-1")),
                        **fault,
                    },
                    at,
                    seconds,
                )

    def _tell(self, facts: dict[str, object], at: datetime, seconds: float) -> None:
        tell("answered", seconds=round(seconds, 6), **facts)
        campaign, wish = facts.get("campaign"), facts.get("request")
        about = str(campaign or wish or facts["request_id"])

        def span() -> Span:
            return Span.about(
                DOOR,
                about,
                trace=trace_of(about, about),
                parent="",
                begun=at,
                ended=self._clock.now(),
                **facts,
            )

        self._traces.tell(span)


def route_of(scope: Scope) -> str:
    """Give the address as the matched route declares it."""
    return str(getattr(scope.get("route"), "path", NONE))


def _about(place: str) -> dict[str, str]:
    """Say which campaign or request came of a wish."""
    found = _PLACE.search(place)
    return {found[1].removesuffix("s"): found[2]} if found else {}


def _method(scope: Scope) -> str:
    return scope["method"] if scope["method"] in _METHODS else "OTHER"
