"""Server-sent events as a client hears them: it comes back where the connection breaks.

Source: WHATWG HTML, "Server-sent events".
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import httpx

from router.calling import Json, Service, ServiceAway, ServiceSaysNo, passes, says_no

END = "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that was told."""

    id: str
    kind: str
    data: Json


def hear(service: Service, path: str) -> Iterator[Event]:
    """Give events until the one that is the end; nothing is heard twice.

    After a break it comes back with the id of what was heard last. It gives up after as many
    breaks in a row, without an event between, as the service's patience has tries.

    Raises:
        ServiceAway: nobody answers any more.
        ServiceSaysNo: what is listened to is not there, or may not be heard (any more).
    """
    last, tried = "", 0
    while True:
        asked: str | None = None
        ended = tried + 1 >= service.patience.tries
        try:
            for event in _heard(service, path, last):
                last, tried, ended = event.id or last, 0, False
                yield event
                if event.kind == END:
                    return
        except httpx.TransportError as error:
            if ended:
                raise ServiceAway(service.server, type(error).__name__) from error
        except ServiceSaysNo as no:
            if ended or not passes(no):
                raise
            asked = no.wait_s
        service.patience.rest(tried, asked)
        tried += 1


def _heard(service: Service, path: str, last: str) -> Iterator[Event]:
    """Hear what one connection tells; one that says that all was heard gives an empty end."""
    headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": last} if last else {})
    with service.stream(path, headers) as response:
        if response.status_code == httpx.codes.NO_CONTENT:
            yield Event(id=last, kind=END, data={})
        elif response.is_error:
            response.read()
            raise says_no(response)
        else:
            yield from events(response.iter_lines())


def events(lines: Iterable[str]) -> Iterator[Event]:
    """Read events; comments are signs of life, and an event cut short is none."""
    id_, kind, data = "", "message", ""
    for line in lines:
        if not line:
            if data:
                yield Event(id=id_, kind=kind, data=json.loads(data))
            id_, kind, data = "", "message", ""
            continue
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "id":
            id_ = value
        elif name == "event":
            kind = value
        elif name == "data":
            data += value
