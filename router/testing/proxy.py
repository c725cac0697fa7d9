"""A TCP proxy that spoils answers on their way back, for tests: what no provider does on purpose.

It takes one request a connection, hands it to the provider behind it, byte by byte as it was
signed, and then treats the answer as its fault says.
"""

import asyncio
import re
import socket
import struct
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

DRIP_S = 0.3  # between the bytes of a dripping answer
_LENGTH = re.compile(rb"(?i)(content-length:\s*)(\d+)")
Writer = asyncio.StreamWriter
Treatment = Callable[[Writer, bytes, bytes], Awaitable[None]]


@dataclass(slots=True)
class FaultProxy:
    """A running proxy; `fault` may be changed between calls."""

    endpoint: str
    fault: str | None = None
    posts: int = 0  # requests that have come with a body
    open_now: set[asyncio.Task[None]] = field(default_factory=set)


@contextmanager
def running_proxy(behind: str) -> Iterator[FaultProxy]:
    """Run a proxy in front of `http://host:port` on a loop and thread of its own."""
    host, _, port = behind.removeprefix("http://").partition(":")
    loop = asyncio.new_event_loop()
    proxy = FaultProxy(endpoint="")

    async def serve(reader: asyncio.StreamReader, writer: Writer) -> None:
        task = asyncio.current_task()
        if task is not None:
            proxy.open_now.add(task)
            task.add_done_callback(proxy.open_now.discard)
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await _once(proxy, reader, writer, (host, int(port)))
        writer.close()

    server = loop.run_until_complete(asyncio.start_server(serve, "127.0.0.1", 0))
    proxy.endpoint = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    thread = threading.Thread(target=loop.run_forever, name="proxy")
    thread.start()
    try:
        yield proxy
    finally:
        asyncio.run_coroutine_threadsafe(_close(proxy, server), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _close(proxy: FaultProxy, server: asyncio.Server) -> None:
    server.close()
    for task in tuple(proxy.open_now):
        task.cancel()
    await asyncio.gather(*proxy.open_now, return_exceptions=True)


async def _once(
    proxy: FaultProxy, reader: asyncio.StreamReader, writer: Writer, behind: tuple[str, int]
) -> None:
    head, body = await _message(reader)
    spoils = bool(body)  # questions that cost nothing pass unharmed
    proxy.posts += spoils
    if spoils and proxy.fault == "close_unasked":
        return
    upstream_reader, upstream = await asyncio.open_connection(*behind)
    upstream.write(head + body)
    answer_head, answer_body = await _message(upstream_reader)
    upstream.close()
    await TREATMENTS[proxy.fault if spoils else None](writer, answer_head, answer_body)


async def _message(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    found = _LENGTH.search(head)
    return head, await reader.readexactly(int(found[2])) if found else b""


def _with_length(head: bytes, length: int) -> bytes:
    return _LENGTH.sub(lambda found: found[1] + str(length).encode(), head)


async def _pass(writer: Writer, head: bytes, body: bytes) -> None:
    writer.write(head + body)
    await writer.drain()


async def _hang(_writer: Writer, _head: bytes, _body: bytes) -> None:
    await asyncio.sleep(3600)


async def _drip(writer: Writer, head: bytes, body: bytes) -> None:
    writer.write(head)
    for n in range(len(body)):
        writer.write(body[n : n + 1])
        await writer.drain()
        await asyncio.sleep(DRIP_S)


async def _reset(writer: Writer, sent: bytes) -> None:
    """Send some bytes, then RST instead of FIN."""
    writer.write(sent)
    await writer.drain()
    await asyncio.sleep(0.05)
    raw: socket.socket = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def _close_early(_writer: Writer, _head: bytes, _body: bytes) -> None:
    return


async def _reset_after_head(writer: Writer, head: bytes, _body: bytes) -> None:
    await _reset(writer, head)


async def _reset_mid_body(writer: Writer, head: bytes, body: bytes) -> None:
    await _reset(writer, head + body[: len(body) // 2])


async def _half_json(writer: Writer, head: bytes, body: bytes) -> None:
    half = body[: len(body) // 2]
    await _pass(writer, _with_length(head, len(half)), half)


async def _too_long(writer: Writer, head: bytes, body: bytes) -> None:
    await _pass(writer, _with_length(head, len(body) + 10), body)


async def _too_short(writer: Writer, head: bytes, body: bytes) -> None:
    await _pass(writer, _with_length(head, len(body) - 10), body)


async def _bad_chunks(writer: Writer, head: bytes, body: bytes) -> None:
    chunked = re.sub(rb"(?i)content-length:[^\r]*", b"Transfer-Encoding: chunked", head)
    await _pass(writer, chunked, b"zz-no-size\r\n" + body)


async def _twice(writer: Writer, head: bytes, body: bytes) -> None:
    await _pass(writer, head + body, head + body)


TREATMENTS: dict[str | None, Treatment] = {
    None: _pass,
    "hung": _hang,
    "drip": _drip,
    "close_unasked": _close_early,
    "close_before_answer": _close_early,
    "reset_after_head": _reset_after_head,
    "reset_mid_body": _reset_mid_body,
    "truncated_json": _half_json,
    "length_too_long": _too_long,
    "length_too_short": _too_short,
    "chunked_garbage": _bad_chunks,
    "duplicate": _twice,
}
