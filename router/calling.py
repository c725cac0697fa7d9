"""A service as a client calls it: one error in its own words, and retries only where they are safe.

Standard library and httpx only: this is what the light installation stands on.
"""

import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, cast
from urllib.parse import urlsplit

import httpx

from router.domain.errors import BadInput, PlatformError

Json = dict[str, Any]
Query = Mapping[str, str | int | Sequence[str] | None]
PASSING = frozenset({429, 502, 503, 504})  # time mends them
IN_FLIGHT = "idempotency_in_flight"
NOT_KNOWN = "not_known"  # the service tells nobody why; whoever asks knows what was sent
NO_KEY = {
    "field": "CIRCLETAKE_KEY",
    "found": "no key, neither there nor in ~/.config/circletake/key",
    "expected": "the key that was shown when it was made (`circletake partners key create`)",
}
NOT_TAKEN = {
    "field": "CIRCLETAKE_KEY",
    "found": "a key that this service does not take: mistyped, revoked, past its end, or another's",
    "expected": "one in force; a partner's admin or the beta's lead makes a new one",
}
TRIES = 5
LONGEST_S = 60.0  # that a service may ask us to wait
TIMEOUT = httpx.Timeout(60.0, connect=10.0)


class ServiceSaysNo(PlatformError):
    """The service refused or broke; `field`, `found` and `expected` are its own words."""

    def __init__(self, status: int, body: Mapping[str, Any], wait_s: str | None = None) -> None:
        """Keep a problem document (RFC 9457), and how long the service asks to wait."""
        self.wait_s = wait_s
        self.code = str(body.get("code", "error"))
        self.http_status = status
        self.exit_code = 2 if status < 500 and status != 429 else 3
        self.request_id = str(body.get("request_id", ""))
        self.errors: tuple[Json, ...] = tuple(body.get("errors") or ())
        self.body = dict(body)
        super().__init__(
            field=str(body.get("field", "request")),
            found=str(body.get("found", f"HTTP status {status}")),
            expected=str(body.get("expected", "an answer of this service")),
        )


class ServiceAway(PlatformError):
    """Nobody answers at the service's address."""

    code = "unreachable"
    http_status = 503

    def __init__(self, server: str, why: str = "no answer") -> None:
        """Say where nobody is."""
        super().__init__(field="--server", found=f"{why} at {server}", expected="a service")


class BrokenOff(ServiceAway):
    """Nobody answers any more, in the middle of a file."""

    def __init__(self, server: str, upload: str) -> None:
        """Say with which upload it can be gone on."""
        self.upload = upload
        super().__init__(server, f"no answer for upload {upload}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How often something is tried, and how long is waited between: doubled, with full jitter."""

    tries: int = TRIES
    first_s: float = 0.5
    most_s: float = 8.0
    sleep: Callable[[float], None] = time.sleep

    def rest(self, tried: int, asked: str | None = None) -> None:
        """Wait before the next try; as long as the service asked for, where it did."""
        if asked is not None and asked.isdigit():
            self.sleep(min(float(asked), LONGEST_S))
            return
        most = min(self.first_s * 2**tried, self.most_s)
        self.sleep(most * secrets.randbelow(1000) / 1000)


class Service:
    """One service at one address, for one key; threads may share it."""

    def __init__(
        self,
        server: str,
        key: str | None = None,
        *,
        transport: httpx.BaseTransport | None = None,
        patience: Patience | None = None,
    ) -> None:
        """Speak to the service at `server`, e.g. https://circletake.example.

        Raises:
            BadInput: no address of a service, or a key would cross a network in the clear.
        """
        self.server = _address(server, has_key=key is not None)
        self.patience = patience or Patience()
        self._http = httpx.Client(
            base_url=self.server,
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=TIMEOUT,
            transport=transport,
            trust_env=not _is_here(self.server),  # no proxy stands between us and this machine
        )

    def close(self) -> None:
        """Let the connections go."""
        self._http.close()

    def get(self, path: str, query: Query | None = None) -> Json:
        """Ask; repeated as long as time may mend it."""
        return self.ask("GET", path, query=query)

    def post(
        self, path: str, body: Mapping[str, Any] | None = None, *, again: bool = False
    ) -> Json:
        """Say something; `again` says that saying it twice is the same as once."""
        return self.ask("POST", path, body=body or {}, again=again)

    def wish(self, path: str, body: Mapping[str, Any], key: str | None = None) -> Json:
        """Say something that costs money: one key for all tries, so it is carried out once."""
        headers = {"Idempotency-Key": key or fresh_key()}
        return self.ask("POST", path, body=body, headers=headers, again=True)

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        again: bool = False,
    ) -> Json:
        """Ask once or more often; gives the answer's JSON, {} where there is none.

        Raises:
            ServiceSaysNo: with the service's own words.
            ServiceAway: nobody answers.
        """
        given = {"params": _said(query) or None, "json": body, "headers": headers}
        safe = again or method in {"GET", "PUT", "DELETE"}
        response = self.send(method, path, again=safe, **given)
        if not response.content:
            return {}
        if "json" not in response.headers.get("content-type", ""):
            raise says_no(response)
        return cast("Json", response.json())

    def send(self, method: str, path: str, *, again: bool, **given: Any) -> httpx.Response:
        """Send a request until it is answered well; what is not safe to repeat is sent once.

        A connection that never stood has carried nothing, and is tried again in every case.
        """
        for tried in range(self.patience.tries):
            last = tried + 1 == self.patience.tries
            try:
                response = self._http.request(method, path, **given)
            except httpx.TransportError as error:
                never_stood = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
                if last or not (again or never_stood):
                    raise ServiceAway(self.server, _why(error)) from error
                self.patience.rest(tried)
                continue
            if response.is_success:
                return response
            no = says_no(response, has_key="Authorization" in self._http.headers)
            if last or not again or not passes(no):
                raise no
            self.patience.rest(tried, no.wait_s)
        raise AssertionError("unreachable")  # the last try answers or raises

    def pages(self, path: str, name: str, query: Query | None = None) -> Iterator[Json]:
        """Give the rows of a list, page after page."""
        asked = dict(query or {})
        while True:
            page = self.get(path, asked)
            yield from page[name]
            if not page.get("next"):
                return
            asked["cursor"] = page["next"]

    def stream(self, path: str, headers: Mapping[str, str]) -> Any:
        """Open an answer that is read bit by bit; a context manager over httpx.Response."""
        return self._http.stream("GET", path, headers=dict(headers))


def fresh_key() -> str:
    """Make an idempotency key."""
    return secrets.token_hex(16)


def says_no(response: httpx.Response, *, has_key: bool = True) -> ServiceSaysNo:
    """Turn an answer that is none into the one error; another program's page is named as such."""
    wait_s = response.headers.get("Retry-After")
    if "json" in response.headers.get("content-type", ""):
        body = response.json()
        if isinstance(body, dict):
            if body.get("code") == NOT_KNOWN:
                body |= NOT_TAKEN if has_key else NO_KEY
            return ServiceSaysNo(response.status_code, body, wait_s)
    found = f"status {response.status_code}, no problem document"
    expected = "the address of a Circle Take service"
    words = {"code": "not_the_service", "field": "--server", "found": found, "expected": expected}
    return ServiceSaysNo(response.status_code, words, wait_s)


def _why(error: httpx.TransportError) -> str:
    """Say in words why nothing was heard; its class says the rest."""
    words = {
        httpx.ConnectError: "nobody answers",
        httpx.ConnectTimeout: "nobody answers in time",
        httpx.ReadTimeout: "no answer in time",
    }
    return f"{words.get(type(error), 'a broken connection')} ({type(error).__name__})"


def passes(no: ServiceSaysNo) -> bool:
    """Say whether time may mend it."""
    return no.http_status in PASSING or no.code == IN_FLIGHT


def _said(query: Query | None) -> dict[str, Any]:
    return {k: v for k, v in (query or {}).items() if v is not None}


def _address(server: str, *, has_key: bool) -> str:
    parts = urlsplit(server)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
        raise BadInput(field="--server", found=server, expected="https://HOST[:PORT]")
    if has_key and parts.scheme == "http" and not _is_here(server):
        expected = "https://…: a key does not cross a network in the clear"
        raise BadInput(field="--server", found=server, expected=expected)
    return server.rstrip("/")


def _is_here(server: str) -> bool:
    host = urlsplit(server).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
