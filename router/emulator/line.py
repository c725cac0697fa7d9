"""The wire itself: reads a request, lets the desk answer, and ends the connection as told.

The only asynchronous file of the emulator. It is a plain ASGI application: which operation a path
means must be known before the signature is checked, so a framework's routing would come too late.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import Executor
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from router.emulator.desk import answer
from router.emulator.wire import Answer, Request
from router.emulator.world import World

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
TRANSPORT = "circletake.transport"
BODILESS = {204, 304}


class Protocol(H11Protocol):
    """HTTP/1.1 that hands the application its transport, so that a fault can break it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Put the transport into every scope of this connection."""
        super().connection_made(transport)
        application = self.app

        async def with_transport(scope: Any, receive: Any, send: Any) -> None:
            scope[TRANSPORT] = transport
            await application(scope, receive, send)

        self.app = with_transport


class Application:
    """The ASGI application."""

    def __init__(self, world: World, workers: Executor) -> None:
        """Keep the world and the threads that the desk works in."""
        self._world = world
        self._workers = workers

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one request."""
        request = _request(scope, await _body(receive))
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._workers, answer, self._world, request)
        if found.wait:
            await asyncio.sleep(found.wait)
        await _send(found, scope[TRANSPORT], send)


async def _body(receive: Receive) -> bytes:
    chunks = []
    more = True
    while more:
        message = await receive()
        chunks.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(chunks)


def _request(scope: Message, body: bytes) -> Request:
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    return Request(
        method=scope["method"],
        raw_path=scope["raw_path"].decode("latin-1"),
        raw_query=scope["query_string"].decode("latin-1"),
        headers=headers,
        body=body,
    )


async def _send(found: Answer, transport: asyncio.Transport, send: Send) -> None:
    if found.ending == "drop":
        transport.abort()
        await asyncio.sleep(0.01)  # lets the protocol notice, so that it answers nothing itself
        return
    headers = [(name.encode(), value.encode("latin-1")) for name, value in found.headers]
    sized = any(name.lower() == b"content-length" for name, _ in headers)
    if not sized and found.status not in BODILESS:
        headers.append((b"content-length", str(len(found.body)).encode()))
    await send({"type": "http.response.start", "status": found.status, "headers": headers})
    if found.ending == "cut":
        half = found.body[: len(found.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        transport.close()
        await asyncio.sleep(0.01)
        return
    await send({"type": "http.response.body", "body": found.body})
