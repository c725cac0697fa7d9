"""The outermost door of the service: who may knock, how large a letter may be, what leaves."""

import hashlib
import json
import re
import secrets
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from typing import Any, NoReturn

from anyio import move_on_after, sleep
from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from router.api.problems import MEDIA_TYPE, Fault, problem
from router.api.script import seen
from router.domain.errors import BadInput

Refusal = tuple[int, Fault]
CODES = {
    400: "bad_host",
    408: "too_slow",
    413: "too_large",
    414: "too_long",
    415: "wrong_type",
    431: "too_many_headers",
}
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
HOST = re.compile(r"(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+)(:\d{1,5})?")
MAX_BODY = 1_000_000  # bytes
MAX_DEPTH = 32
MAX_ADDRESS = 8_192  # bytes of path and question
MAX_HEADERS = 100
MAX_HEADER_BYTES = 32_768  # names and values of all of them
HELD_S = 0.25  # how long "too often" is held back: who asks without a pause gets no more of them
READY_S, SLOWEST = 10.0, 65_536  # a body has this time, and that of its most bytes at this speed
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}


class Unreadable(BadInput):
    """A body that is not the JSON that it says it is."""

    code = "unreadable"
    http_status = 400


class NotFinite(BadInput):
    """NaN or Infinity, which JSON does not have."""

    code = "not_finite"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A body that a route takes although it is no JSON, or larger: declared beside the route."""

    method: str
    path: re.Pattern[str]
    mime: str
    most: int  # bytes

    def fits(self, scope: Scope) -> bool:
        """Say whether a request is to that route."""
        return scope["method"] == self.method and bool(self.path.fullmatch(scope["path"]))


JSON = Letter(method="", path=re.compile(""), mime="application/json", most=MAX_BODY)


class Door:
    """Checks host, content type and size before a route sees the request.

    Every answer gets a request id and headers that keep it out of caches, frames and sniffers.
    """

    def __init__(
        self,
        app: ASGIApp,
        hosts: Iterable[str] = LOOPBACK,
        letters: Iterable[Letter] = (),
        ready_s: float = READY_S,
        held_s: float = HELD_S,
    ) -> None:
        """Guard an app.

        Args:
            app: what stands behind.
            hosts: names by which it may be addressed.
            letters: bodies that are no JSON, or larger.
            ready_s: time for a body, besides that which its most bytes take at the slowest speed.
            held_s: how long an answer 429 waits; whoever comes back in a second loses nothing.
        """
        self._app = app
        self._ready_s, self._held_s = ready_s, held_s
        self._letters = tuple(letters)
        self._hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or answer it here."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        id_ = secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = id_
        headers = Headers(scope=scope)

        async def sealed(message: Message) -> None:
            if message["type"] == "http.response.start":
                out = MutableHeaders(scope=message)
                for name, value in {**HEADERS, "X-Request-Id": id_}.items():
                    out.setdefault(name, value)
                if message["status"] == 429:
                    await sleep(self._held_s)  # costs a connection, and no thread
            await send(message)

        letter = next((each for each in self._letters if each.fits(scope)), JSON)
        fault = (
            _frame_fault(scope, headers)
            or self._host_fault(headers)
            or _type_fault(scope, headers, letter)
        )
        taken = fault or await _taken(receive, letter.most, self._ready_s)
        if isinstance(taken, tuple):
            await _refuse(taken, id_, sealed)
            return
        await self._app(scope, _replay(taken, receive), sealed)

    def _host_fault(self, headers: Headers) -> Refusal | None:
        match = HOST.fullmatch(headers.get("host", ""))
        if match and match.group(1).lower() in self._hosts:
            return None
        return 400, _NO_HOST


_NO_HOST = Fault(field="Host", found="another name", expected="the address that is served")


_TOO_MANY = Fault(
    field="headers", found="more", expected=f"{MAX_HEADERS}, of {MAX_HEADER_BYTES} bytes in all"
)
_TWO_ENDS = Fault(
    field="Content-Length", found="a Transfer-Encoding, too", expected="one end of the body"
)


def _frame_fault(scope: Scope, headers: Headers) -> Refusal | None:
    """Refuse what is too much to read, or ends at two places.

    Whoever stands before us may take the other end for the right one, and what lies between for
    somebody else's request (RFC 9112, 6.1 and 11.2).
    """
    if len(scope["path"]) + len(scope["query_string"]) > MAX_ADDRESS:
        return 414, Fault(
            field="request", found="a longer address", expected=f"{MAX_ADDRESS} bytes"
        )
    size = sum(len(name) + len(value) for name, value in headers.raw)
    if len(headers.raw) > MAX_HEADERS or size > MAX_HEADER_BYTES:
        return 431, _TOO_MANY
    if "transfer-encoding" in headers and "content-length" in headers:
        return 400, _TWO_ENDS
    return None


def _type_fault(scope: Scope, headers: Headers, letter: Letter) -> Refusal | None:
    if scope["method"] not in {"POST", "PUT", "PATCH"}:
        return None
    if headers.get("content-type", "").split(";")[0].strip().lower() == letter.mime:
        return None
    return 415, Fault(field="Content-Type", found="another type", expected=letter.mime)


async def _taken(receive: Receive, most: int, ready_s: float) -> bytes | Refusal:
    """Read the body, or say what is wrong with it: too large, or too slow to be waited for."""
    seconds = ready_s + most / SLOWEST
    with move_on_after(seconds):
        if (body := await _read(receive, most)) is not None:
            return body
        return 413, Fault(field="body", found="a larger one", expected=f"at most {most} bytes")
    return 408, Fault(field="body", found="a slower one", expected=f"all of it in {seconds:.0f} s")


async def _read(receive: Receive, most: int) -> bytes | None:
    """Read the body, or give None as soon as it is too large; a length is not taken on trust."""
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            break
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > most:
            return None
        parts.append(chunk)
        more = message.get("more_body", False)
    return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    waiting = [body]

    async def again() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return again


async def _refuse(fault: Refusal, id_: str, send: Send) -> None:
    status, what = fault
    code = "two_ends" if what is _TWO_ENDS else CODES[status]
    data = json.dumps(problem(status, code, [what], id_)).encode("utf-8")
    headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", b"%d" % len(data))]
    if what is _TWO_ENDS or status in {408, 414, 431}:
        headers.append((b"connection", b"close"))  # what follows is nobody's request
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": data})


class StrictRequest(Request):
    """A request whose JSON has no duplicate keys, no NaN and no bottomless nesting."""

    async def json(self) -> Any:
        """Parse the body strictly."""
        return strict_json(await self.body())


class StrictRoute(APIRoute):
    """A route that parses its body strictly; for everything that costs money."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the handler."""
        inner = super().get_route_handler()

        async def handler(request: Request) -> Response:
            strict = StrictRequest(request.scope, request.receive)
            if request.method == "POST":
                await strict.json()  # fails here, where our own errors are not wrapped
            return await inner(strict)

        return handler


class TaggedRoute(StrictRoute):
    """A route whose JSON answers bear a strong ETag: one that is known already is not sent again.

    Source: RFC 9110, 8.8.3 and 13.1.2. The permission is checked before, as for any answer.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the handler."""
        inner = super().get_route_handler()

        async def handler(request: Request) -> Response:
            return _tagged(request, await inner(request))

        return handler


def _tagged(request: Request, answer: Response) -> Response:
    """Name an answer by its bytes; 304 where the caller says that it has them."""
    is_json = answer.headers.get("content-type", "").startswith("application/json")
    if request.method != "GET" or answer.status_code != 200 or not is_json:
        return answer
    tag = f'"{hashlib.sha256(answer.body).hexdigest()[:32]}"'
    answer.headers["ETag"] = tag
    known = [
        t.strip().removeprefix("W/") for t in request.headers.get("if-none-match", "").split(",")
    ]
    if tag in known or known == ["*"]:
        return Response(status_code=304, headers={"ETag": tag})
    return answer


def strict_json(data: bytes) -> Any:
    """Parse JSON; raises Unreadable or NotFinite."""
    try:
        found = json.loads(data, object_pairs_hook=_unique, parse_constant=_not_finite)
    except RecursionError as error:
        raise _too_deep() from error
    except ValueError as error:
        raise Unreadable(field="body", found=data, expected="well-formed JSON") from error
    if _depth(found) > MAX_DEPTH:
        raise _too_deep()
    return seen(data, found)


def _too_deep() -> Unreadable:
    return Unreadable(field="body", found="nesting", expected=f"at most {MAX_DEPTH} levels")


def _depth(value: Any) -> int:
    """Count the levels of nesting, without recursion of our own."""
    level, depth = [value], 0
    while level:
        depth += 1
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return depth


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Unreadable(field="body", found="a repeated key", expected="each key once")
    return found


def _not_finite(_text: str) -> NoReturn:
    raise NotFinite(field="body", found="a number", expected="finite numbers only")
