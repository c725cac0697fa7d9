"""A service that answers as a test says, one request after the other."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import httpx

from router.calling import Patience, Service

Answer = httpx.Response | Exception
Answers = Callable[[httpx.Request], Answer]
SERVER = "https://service.example"


def problem(status: int, code: str = "bad_input", **headers: str) -> httpx.Response:
    """Make a problem document."""
    body = {"code": code, "field": "seed", "found": "a text", "expected": "a number"}
    kind = {"Content-Type": "application/problem+json"}
    return httpx.Response(status, json=body | {"request_id": "r1"}, headers=kind | headers)


@dataclass(slots=True)
class Script:
    """Answers in the order of a list, and keeps what was asked."""

    answers: Iterable[Answer]
    asked: list[httpx.Request] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)

    def service(self, key: str | None = "secret") -> Service:
        """Give the service that speaks to it, and waits for nothing."""
        queue = iter(self.answers)

        def answer(request: httpx.Request) -> httpx.Response:
            request.read()
            self.asked.append(request)
            found = next(queue)
            if isinstance(found, Exception):
                raise found
            return found

        return told(answer, self.waited, key)


def told(
    answer: Callable[[httpx.Request], httpx.Response],
    waited: list[float] | None = None,
    key: str | None = "secret",
) -> Service:
    """Give a service that answers by a function."""
    rest = waited if waited is not None else []
    patience = Patience(tries=4, sleep=rest.append)
    return Service(SERVER, key, transport=httpx.MockTransport(answer), patience=patience)
