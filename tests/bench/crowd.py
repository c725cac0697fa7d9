"""Callers of a service: each a thread with a connection of its own, who asks, waits a while, asks.

What a caller costs is not the service's: the callers are a process apart, speak plain `http.client`
and count their own CPU seconds.
"""

import http.client
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

PATIENCE_S = 60.0
IDLE_S = 3.0  # an idle connection is opened anew; the service closes it after five
ACCOUNT = "load"
MODELS = ("sd35-large", "stable-image-ultra", "stable-image-core")
JSON = {"Content-Type": "application/json"}
ANSWERED_BY_ALL = frozenset({"200", "401", "403", "429"})  # what the door answers on any route


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One call and its answer."""

    what: str  # list, submit, …
    status: int  # 0 = no answer
    seconds: float
    declared: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    data: bytes

    def json(self) -> Any:
        """Read it."""
        return json.loads(self.data)


@dataclass(slots=True)
class Book:
    """What all callers saw."""

    declared: Mapping[tuple[str, str], frozenset[str]]  # (method, path) → statuses
    asked: list[Asked] = field(default_factory=list)
    accepted: dict[str, list[str]] = field(default_factory=dict)  # partner → requests
    events: int = 0
    undeclared: "Counter[str]" = field(default_factory=Counter)
    _gate: threading.Lock = field(default_factory=threading.Lock)

    def note(
        self, what: str, method: str, path: str, status: int, seconds: float, why: str = ""
    ) -> None:
        """Keep one answer."""
        known = self.declared[(method, path)] | ANSWERED_BY_ALL
        good = status in {200, 304} or str(status) in known
        with self._gate:
            self.asked.append(Asked(what=what, status=status, seconds=seconds, declared=good))
            if not good:
                self.undeclared[why or f"{method} {path} {status}"] += 1

    def accept(self, partner: str, request: str) -> None:
        """Keep what the service has promised to do."""
        with self._gate:
            self.accepted.setdefault(partner, []).append(request)

    def seconds(self, what: str, *statuses: int) -> list[float]:
        """Give how long answers took, shortest first."""
        return sorted(a.seconds for a in self.asked if a.what == what and a.status in statuses)

    def statuses(self) -> str:
        """Say how often each status was answered."""
        found = Counter(a.status for a in self.asked)
        return ", ".join(f"{status or 'none'}: {n}" for status, n in sorted(found.items()))


def declared(url: str, key: str | None) -> dict[tuple[str, str], frozenset[str]]:
    """Read from the service's own description which statuses it answers with, by route."""
    line = Line(url, key)
    paths = line.ask("GET", "/openapi.json").json()["paths"]
    line.close()
    return {
        (method.upper(), path): frozenset(route["responses"])
        for path, methods in paths.items()
        for method, route in methods.items()
    }


class Line:
    """One connection, kept open."""

    def __init__(self, url: str, key: str | None) -> None:
        """Speak to a service, with a key or without."""
        place = urlsplit(url)
        self._call = http.client.HTTPConnection(
            place.hostname or "", place.port, timeout=PATIENCE_S
        )
        self._used = time.monotonic()
        self._always = {"Authorization": f"Bearer {key}"} if key else {}

    def ask(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Ask once; raises OSError or HTTPException where no answer came."""
        data = None if body is None else json.dumps(body).encode()
        if time.monotonic() - self._used > IDLE_S:
            self._call.close()  # the service is about to hang up, as it says it does
        try:
            self._call.request(method, path, data, {**self._always, **(headers or {})})
            got = self._call.getresponse()
            found = {name.lower(): value for name, value in got.getheaders()}
            answer = Answer(got.status, found, got.read())
            self._used = time.monotonic()
            return answer
        except (OSError, http.client.HTTPException):
            self._call.close()
            raise

    def listen(self, path: str, seconds: float) -> tuple[int, int]:
        """Listen to a stream for so long; gives its status, and how many events came."""
        self._call.request("GET", path, headers=self._always)
        got = self._call.getresponse()
        events, until = 0, time.monotonic() + seconds
        while got.status == 200 and not got.isclosed() and time.monotonic() < until:
            line = got.readline()
            events += line.startswith(b"event:")
            if line.startswith(b"event: end"):
                break
        got.close()
        self._call.close()
        return got.status, events

    def close(self) -> None:
        """Hang up."""
        self._call.close()


@dataclass(slots=True)
class Caller:
    """Somebody of a partner who asks for everything, in an order that `luck` decides."""

    book: Book
    line: Line
    partner: str
    luck: random.Random
    number: int
    takes: list[Mapping[str, Any]] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    sent: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def turn(self) -> None:
        """Do one thing."""
        (deed,) = self.luck.choices([deed for deed, _ in DEEDS], [odds for _, odds in DEEDS])
        deed(self)

    def ask(self, what: str, method: str, route: str, path: str, **more: Any) -> Answer | None:
        """Ask, and note how that went."""
        began = time.perf_counter()
        try:
            answer = self.line.ask(method, path, **more)
        except (OSError, http.client.HTTPException) as error:
            silence = f"{what}: {type(error).__name__}"
            self.book.note(what, method, route, 0, time.perf_counter() - began, silence)
            return None
        self.book.note(what, method, route, answer.status, time.perf_counter() - began)
        return answer

    def looks(self, what: str, route: str, query: Mapping[str, Any]) -> Answer | None:
        """Look at a list; every other time only at what is new."""
        path = f"{route}?{urlencode(query)}"
        tag = self.tags.get(path) if self.luck.random() < 0.5 else None
        headers = {"If-None-Match": tag} if tag else {}
        answer = self.ask(what, "GET", route, path, headers=headers)
        if answer and "etag" in answer.headers:
            self.tags[path] = answer.headers["etag"]
        return answer if answer and answer.status == 200 else None

    def wish(self, seed: int) -> dict[str, Any]:
        """Spell a wish for one take."""
        return {
            "partner": self.partner,
            "account": ACCOUNT,
            "model": self.luck.choice(MODELS),
            "operation": "text_to_image",
            "prompt": f"A harbour at dusk, empty pier, number {self.number}.",
            "seed": seed,
            "aspect": "1:1",
            "clearance": {
                "permitted": ["evaluate_only", "still_image"],
                "expires_on": None,
                "evidence_sha256": "0" * 64,
            },
        }

    def post(self, key: str, body: dict[str, Any]) -> Answer | None:
        """Hand a wish in."""
        headers = {**JSON, "Idempotency-Key": key}
        answer = self.ask(
            "submit", "POST", "/v1/requests", "/v1/requests", body=body, headers=headers
        )
        if answer and answer.status == 202:
            self.book.accept(self.partner, answer.json()["request"])
        return answer


def lists_takes(caller: Caller) -> None:
    """Look at a page of takes."""
    answer = caller.looks("list", "/v1/takes", {"partner": caller.partner, "limit": 24})
    if answer:
        caller.takes = answer.json()["takes"]


def lists_campaigns(caller: Caller) -> None:
    """Look at the campaigns."""
    caller.looks("list", "/v1/campaigns", {"partner": caller.partner})


def opens_take(caller: Caller) -> None:
    """Look at one take."""
    if not caller.takes:
        lists_takes(caller)
        return
    take = caller.luck.choice(caller.takes)["take"]
    caller.ask("take", "GET", "/v1/takes/{id}", f"/v1/takes/{take}")


def sees_thumb(caller: Caller) -> None:
    """Look at a thumbnail, by its link; one that has ended is refused, and then fetched anew."""
    links = [t["links"]["thumb"] for t in caller.takes if t["links"]["thumb"]]
    if not links:
        lists_takes(caller)
        return
    answer = caller.ask("thumb", "GET", "/v1/media/{sha256}", caller.luck.choice(links))
    if answer and answer.status == 403:
        caller.takes = []


def submits(caller: Caller) -> None:
    """Hand a wish in; now and then one of before again, or its key with another body."""
    if caller.sent and caller.luck.random() < 0.25:
        key, body = caller.luck.choice(caller.sent)
        other = caller.luck.random() < 0.2
        caller.post(key, {**body, "seed": body["seed"] + 1} if other else body)
        return
    seed = caller.luck.randrange(1, 2**31)
    key, body = f"key-{caller.number}-{len(caller.sent)}", caller.wish(seed)
    caller.sent.append((key, body))
    caller.post(key, body)


def asks_after(caller: Caller) -> None:
    """Ask how a wish stands."""
    known = caller.book.accepted.get(caller.partner)
    if not known:
        submits(caller)
        return
    name = caller.luck.choice(known)
    path = f"/v1/requests/{name}?partner={caller.partner}"
    caller.ask("state", "GET", "/v1/requests/{id}", path)


def errs(caller: Caller) -> None:
    """Ask wrongly, on purpose."""
    body = caller.wish(1)
    wrong: Sequence[tuple[str, str, str, dict[str, Any]]] = (
        ("GET", "/v1/takes/{id}", "/v1/takes/nosuch", {}),
        ("GET", "/v1/takes", "/v1/takes?limit=0", {}),
        ("POST", "/v1/requests", "/v1/requests", {"body": body, "headers": JSON}),
        (
            *("POST", "/v1/requests", "/v1/requests"),
            {"body": {**body, "seed": "x"}, "headers": {**JSON, "Idempotency-Key": "e"}},
        ),
        ("GET", "/v1/media/{sha256}", f"/v1/media/{'0' * 64}?partner=lantern&e=1&u=x&s=x", {}),
    )
    method, route, path, more = caller.luck.choice(wrong)
    caller.ask("wrong", method, route, path, **more)


DEEDS: tuple[tuple[Callable[[Caller], None], float], ...] = (
    (lists_takes, 30),
    (lists_campaigns, 15),
    (opens_take, 14),
    (sees_thumb, 14),
    (submits, 15),
    (asks_after, 7),
    (errs, 5),
)
READS = (lists_takes, lists_campaigns)


@contextmanager
def asking(callers: Sequence[Caller], pause_s: float, *, only: Any = None) -> Iterator[None]:
    """Let callers ask until the block is left, each with a pause between two calls.

    Args:
        callers: each asks from a thread of its own.
        pause_s: seconds on average; 0 = as fast as answers come.
        only: one deed that they all do; None = everything.
    """
    over = threading.Event()

    def work(caller: Caller) -> None:
        wait = caller.luck.random() * pause_s
        while not over.wait(wait):
            only(caller) if only else caller.turn()
            wait = caller.luck.expovariate(1 / pause_s) if pause_s else 0.0

    threads = [threading.Thread(target=work, args=[caller]) for caller in callers]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()
        for caller in callers:
            caller.line.close()


def percentile(found: Sequence[float], share: float) -> float:
    """Give a percentile of sorted numbers, in milliseconds; infinity where there are none."""
    if not found:
        return float("inf")
    return 1000 * found[min(len(found) - 1, int(share * len(found)))]
