"""Rows of the bad-input table below HTTP: what only a socket can say; the row's number is there."""

import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import uvicorn

from router.api.doors import HELD_S, Door
from router.api.knocking import Knocking

HOST = b"Host: 127.0.0.1\r\n"
POST = b"POST /v1/x HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n"
SMUGGLED = b"GET /smuggled HTTP/1.1\r\n" + HOST + b"\r\n"


class Hasty(Knocking):
    """Waits less long than anybody should."""

    headers_s = 0.3


async def hello(scope, receive, send):
    """Answer with how many bytes the body had."""
    size = len((await receive())["body"])
    data = json.dumps({"path": scope["path"], "bytes": size}).encode()
    headers = [(b"content-length", b"%d" % len(data)), (b"content-type", b"application/json")]
    status = 429 if scope["path"] == "/often" else 200
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": data})


@pytest.fixture(scope="module")
def port():
    app = Door(hello, ready_s=-15.0)  # and 15.3 s for the most bytes
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, http=Hasty, log_config=None, lifespan="off"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join()


def told(port, *parts, each_s=0.0, wait_s=5.0):
    """Send the parts, and give everything that is said until the other side closes."""
    heard = b""
    with socket.create_connection(("127.0.0.1", port), timeout=wait_s) as line:
        try:
            for part in parts:
                line.sendall(part)
                time.sleep(each_s)
            while more := line.recv(65_536):
                heard += more
        except ConnectionError:
            pass
    return heard


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding : chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding:\x0bchunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        b"Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}",
        b"Content-Length: -2\r\n\r\n{}",
        b"Content-Length: +2\r\n\r\n{}",
        b"Host: evil.example\r\nContent-Length: 2\r\n\r\n{}",
    ],
)
@pytest.mark.parametrize("row", ["row28"])
def test_a_request_of_which_two_ends_can_be_read_is_refused_and_nothing_after_it_is_heard(
    port, row, head
):
    heard = told(port, POST + head + SMUGGLED)
    assert heard.startswith(b"HTTP/1.1 400 ")
    assert heard.count(b"HTTP/1.1") == 1
    assert b"smuggled" not in heard


@pytest.mark.parametrize(
    ("row", "status", "request_"),
    [
        ("row29", 431, b"GET / HTTP/1.1\r\n" + HOST + b"X-A: " + b"a" * 65_536),
        ("row29", 431, b"GET / HTTP/1.1\r\n" + HOST + b"X-A: a\r\n" * 9_999 + b"X-A: a"),
        ("row29", 431, b"GET / HTTP/1.1\r\n" + HOST + b"X-A: a\r\n" * 99 + b"X-A: a"),
        ("row29", 414, b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\n" + HOST + b"X-A: a"),
        ("row29", 414, b"GET /?q=" + b"a" * 9_000 + b" HTTP/1.1\r\n" + HOST + b"X-A: a"),
    ],
    ids=["64 KiB", "10^4", "101", "path", "question"],
)
def test_more_than_can_be_meant_before_a_body_is_refused(port, row, status, request_):
    heard = told(port, request_ + b"\r\n\r\n" + SMUGGLED)
    assert heard.startswith(b"HTTP/1.1 %d " % status)
    assert heard.count(b"HTTP/1.1") == 1


def test_row29_headers_that_drip_are_not_waited_for(port):
    begun = time.monotonic()
    drops = [b"GET / HTTP/1.1\r\nX-A: ", *[b"a"] * 100]
    assert told(port, *drops, each_s=0.05) == b""
    assert time.monotonic() - begun < 3.0


def test_row29_a_connection_that_says_nothing_is_closed(port):
    assert told(port) == b""


def test_row29_a_body_that_drips_is_answered_before_it_is_whole(port):
    drops = [POST + b"Content-Length: 900000\r\n\r\n", *[b"a"] * 3]
    assert told(port, *drops, each_s=0.05).startswith(b"HTTP/1.1 408 ")


def test_an_honest_connection_asks_again_and_again_for_longer_than_one_may_knock(port):
    with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
        for _ in range(4):
            line.sendall(POST + b"Content-Length: 2\r\n\r\n{}")
            heard = b""
            while not heard.endswith(b"}"):
                heard += line.recv(65_536)
            assert heard.startswith(b"HTTP/1.1 200 ")
            time.sleep(0.12)


def test_row44_who_asks_too_often_waits_for_each_refusal_and_nobody_else_does(port):
    def asked(path):
        began = time.monotonic()
        heard = told(port, b"GET %s HTTP/1.1\r\n" % path + HOST + b"Connection: close\r\n\r\n")
        return heard.split(b"\r\n")[0], time.monotonic() - began

    with ThreadPoolExecutor(8) as pool:
        flood = [pool.submit(asked, b"/often") for _ in range(8)]
        line, spent = asked(b"/v1/x")
        refused = [one.result() for one in flood]
    assert line == b"HTTP/1.1 200 OK"
    assert spent < HELD_S < min(each for _, each in refused)
    assert {line for line, _ in refused} == {b"HTTP/1.1 429 Too Many Requests"}
