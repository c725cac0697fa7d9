"""Server-sent events: how something stands, each time that it changes, until it ends.

Source: WHATWG HTML, "Server-sent events". An event's id is made of its content: a client that comes
back with `Last-Event-ID`, to this process or another, hears only what is new. 204 tells it to stop.
"""

import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import anyio
from anyio.to_thread import run_sync
from fastapi import Response
from fastapi.responses import StreamingResponse

from router.domain.errors import Busy, PlatformError
from router.domain.ids import content_id

MEDIA_TYPE = "text/event-stream"
MOST = 8  # streams of one caller
ENDED = ".end"  # of an event id: after it nothing more comes


class TooManyStreams(Busy):
    """A caller listens to as many streams as one may."""

    code = "too_many_streams"
    http_status = 429
    retry_after_s = 15

    def __init__(self) -> None:
        """Say how many there may be."""
        expected = f"at most {MOST} streams at a time"
        super().__init__(field="events", found="one stream more", expected=expected)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Seconds between two looks, signs of life, and checks of the listener's permission."""

    look_s: float = 1.0
    heartbeat_s: float = 15.0
    recheck_s: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What is told, to whom."""

    listener: str  # id of the caller
    look: Callable[[], Mapping[str, Any]]  # how it stands
    is_over: Callable[[Mapping[str, Any]], bool]
    may_listen: Callable[[], None]  # raises where the permission has ended


@dataclass(slots=True)
class Streams:
    """The streams of one service."""

    pace: Pace = field(default_factory=Pace)
    _open: "Counter[str]" = field(default_factory=Counter)
    _gate: Lock = field(default_factory=Lock)

    def tell(self, watched: Watched, last: str | None) -> Response:
        """Answer with a stream; with 204 where the listener has heard the end.

        Raises:
            TooManyStreams: the listener has as many as one may.
        """
        now = watched.look()
        if watched.is_over(now) and last == _id(now) + ENDED:
            return Response(status_code=204)
        with self._gate:
            if self._open[watched.listener] >= MOST:
                raise TooManyStreams
        headers = {"X-Accel-Buffering": "no"}
        return StreamingResponse(self._told(watched, last), media_type=MEDIA_TYPE, headers=headers)

    async def _told(self, watched: Watched, last: str | None) -> AsyncIterator[str]:
        with self._gate:
            self._open[watched.listener] += 1
        try:
            async for event in _events(watched, last, self.pace):
                yield event
        except PlatformError as error:  # the permission has ended, or what was watched is gone
            yield _event("end", {"closed": error.code}, "")
        finally:
            with self._gate:
                self._open[watched.listener] -= 1
                self._open += Counter()  # those without a stream are forgotten


async def _events(watched: Watched, last: str | None, pace: Pace) -> AsyncIterator[str]:
    said = checked = anyio.current_time()
    while True:
        now = await run_sync(watched.look)
        id_, time = _id(now), anyio.current_time()
        if id_ not in {last, (last or "").removesuffix(ENDED)}:
            yield _event("progress", now, id_)
            last, said = id_, time
        if watched.is_over(now):
            yield _event("end", now, id_ + ENDED)
            return
        if time - said >= pace.heartbeat_s:
            yield ": still here\n\n"
            said = time
        if time - checked >= pace.recheck_s:
            await run_sync(watched.may_listen)
            checked = time
        await anyio.sleep(pace.look_s)


def _event(kind: str, data: Mapping[str, Any], id_: str) -> str:
    named = f"id: {id_}\n" if id_ else ""
    return f"{named}event: {kind}\ndata: {json.dumps(dict(data))}\n\n"


def _id(state: Mapping[str, Any]) -> str:
    """Name a state by its content; a forecast moves with the clock and is no news by itself."""
    return content_id("event", {k: v for k, v in state.items() if k != "forecast_finish"})[:16]
