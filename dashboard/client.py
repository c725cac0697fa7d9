"""The service as the screens see it: typed answers over HTTP, and errors in its own words."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NotRequired, TypedDict, cast

import httpx

Query = Mapping[str, str | int | Sequence[str] | None]
OCTETS = "application/octet-stream"


class Trials(TypedDict):
    """How trials stand; the six states add up to the total."""

    total: int
    done: int
    refused: int
    failed: int
    parked: int
    unknown: int
    open: int


class RecipeName(TypedDict):
    """A recipe and its title."""

    recipe: str
    title: str


class Campaign(TypedDict):
    """One campaign."""

    id: str
    partner: str
    partner_name: str
    packs: list[dict[str, str]]
    state: str
    simulated: bool
    budget_usd: float
    spend_usd: float
    reserved_usd: float
    unknown_usd: float
    trials: Trials
    window: dict[str, str]
    created_at: str
    forecast_finish: str | None
    shots: list[str]
    recipes: list[RecipeName]


class Decision(TypedDict):
    """What a named person decided about a take last."""

    status: str
    by: str
    role: str
    note: str
    at: str


class Links(TypedDict):
    """Signed links, relative to the service; None = nothing stored, or nothing one may look at."""

    media: str | None
    preview: str | None
    thumb: str | None


class TakeRow(TypedDict):
    """One take of a list, or a trial that gave none."""

    take: str | None
    partner: str
    campaign: str
    shot: str
    recipe: str
    recipe_title: str
    model_name: str
    operation: str
    state: str
    code: str
    reason: str
    simulated: bool
    source: str
    control: bool
    mime: str | None
    width: int
    height: int
    frames: int
    fps: float
    seed: int | None
    cost_usd: float
    latency_s: float | None
    flags: list[str]
    open_must: int | None
    verdicts: dict[str, int]
    parent: str | None
    made_at: NotRequired[str | None]
    decision: NotRequired[Decision | None]
    links: Links


class Line(TypedDict):
    """A verdict on one acceptance line."""

    line: int
    criterion: str
    kind: str
    must: bool
    verdict: str
    metric: str | None
    value: float | None
    unit: str | None
    threshold: float | None
    margin: float | None
    reason: str | None
    by: str
    evidence: dict[str, Any]
    evidence_link: str | None


class Reference(TypedDict):
    """A picture that steered a take."""

    role: str
    mime: str
    link: str | None


class Take(TakeRow):
    """Everything about one take."""

    description: str
    scores: list[dict[str, Any]]
    lines: list[Line]
    references: list[Reference]
    provenance: dict[str, Any]
    siblings: list[TakeRow]


class Takes(TypedDict):
    """One page of takes."""

    takes: list[TakeRow]
    total: int
    first: int
    next: str | None
    previous: str | None


class ReportFile(TypedDict):
    """A file of a report."""

    name: str
    bytes: int
    link: str


class Report(TypedDict):
    """A frozen report."""

    report: str
    title: str
    created_at: str
    simulated: bool
    campaigns: list[str]
    snapshot: str
    files: list[ReportFile]


class Problem(TypedDict):
    """What the service said went wrong."""

    status: int
    title: str
    detail: str
    request_id: NotRequired[str]
    code: NotRequired[str]
    field: NotRequired[str]


class ServiceSaysNo(Exception):
    """The service answered with a problem."""

    def __init__(self, problem: Problem) -> None:
        """Keep the problem."""
        self.problem = problem
        super().__init__(problem["detail"])


class ServiceAway(Exception):
    """Nobody answers at the service's address."""


class Client:
    """The service at one address."""

    def __init__(self, server: str, transport: httpx.BaseTransport | None = None) -> None:
        """Speak to the service at `server`, e.g. http://127.0.0.1:8400."""
        self.server = server.rstrip("/")
        self._http = httpx.Client(base_url=self.server, timeout=30.0, transport=transport)

    def close(self) -> None:
        """Let the connections go."""
        self._http.close()

    def enter(self, id_token: str) -> datetime:
        """Take a person's ID token for a session, which is used from now on; gives its end."""
        return self._signed_in(self._answer("POST", "/v1/session", json={"id_token": id_token}))

    def renew(self) -> datetime:
        """Stay signed in; gives the new end of the session."""
        return self._signed_in(self._answer("POST", "/v1/session/renewal", json={}))

    def url(self, link: str) -> str:
        """Make a signed link absolute, for the browser to fetch by itself."""
        return self.server + link

    def now(self) -> str:
        """Give the service's time, ISO 8601."""
        return str(self.get("/healthz")["now"])

    def campaigns(self) -> list[Campaign]:
        """Give all campaigns."""
        page = self.get("/v1/campaigns")
        found = list(page["campaigns"])
        while page.get("next"):
            page = self.get("/v1/campaigns", {"cursor": page["next"]})
            found += page["campaigns"]
        return cast("list[Campaign]", found)

    def findings(self, campaigns: Sequence[str]) -> dict[str, Any]:
        """Give the report document without its long lists."""
        return self.get("/v1/findings", {"campaign": campaigns, "part": "summary"})

    def takes(self, query: Query) -> Takes:
        """Give one page of takes."""
        return cast("Takes", self.get("/v1/takes", query))

    def take(self, id_: str) -> Take:
        """Give one take."""
        return cast("Take", self.get(f"/v1/takes/{id_}"))

    def reports(self) -> list[Report]:
        """Give the finished reports, newest first."""
        return cast("list[Report]", self.get("/v1/reports")["reports"])

    def build_report(self, campaigns: Sequence[str]) -> Report:
        """Build a report."""
        body = {"campaigns": list(campaigns)}
        return cast("Report", self._answer("POST", "/v1/reports", json=body, timeout=300.0))

    def get(self, path: str, query: Query | None = None) -> dict[str, Any]:
        """Ask for a route's answer; what is None in the query is left out."""
        said = {k: v for k, v in (query or {}).items() if v is not None}
        return self._answer("GET", path, params=said)

    def say(self, path: str, body: Mapping[str, Any], key: str | None = None) -> dict[str, Any]:
        """Say something; where it costs money or must happen once, `key` is of that one wish."""
        return self._answer(
            "POST", path, json=body, headers={"Idempotency-Key": key} if key else None
        )

    def tell(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        query: Query | None = None,
        seconds: float = 30.0,
        also: Sequence[int] = (),
    ) -> dict[str, Any]:
        """Say something that is no plain POST; an empty answer is an empty object.

        Args:
            method: as the route names it.
            path: of the route.
            body: what is said; None = nothing.
            query: what stands behind the question mark.
            seconds: that the answer may take.
            also: statuses whose answer is one, although they are errors: a pack's mistakes.
        """
        given: dict[str, Any] = {"params": query or {}, "timeout": seconds}
        return self._answer(method, path, also, **given, **({} if body is None else {"json": body}))

    def part(self, path: str, data: bytes | memoryview, query: Query) -> dict[str, Any]:
        """Send one part of a file; the same part again is the same answer."""
        digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
        headers = {"Content-Digest": f"sha-256=:{digest}:", "Content-Type": OCTETS}
        given: dict[str, Any] = {"params": query, "headers": headers, "content": bytes(data)}
        try:
            return self._answer("PUT", path, **given)
        except ServiceAway:
            return self._answer("PUT", path, **given)  # once more: a connection may have aged

    def _signed_in(self, session: Mapping[str, Any]) -> datetime:
        self._http.headers["Authorization"] = f"Bearer {session['token']}"
        return datetime.fromisoformat(session["expires_at"])

    def _answer(
        self, method: str, path: str, also: Sequence[int] = (), **given: Any
    ) -> dict[str, Any]:
        try:
            response = self._http.request(method, path, **given)
        except httpx.TransportError as error:
            raise ServiceAway(self.server) from error
        kind = response.headers.get("content-type", "")
        wanted = response.status_code in also and kind.startswith("application/json")
        if response.is_error and not wanted:
            raise ServiceSaysNo(_problem(response))
        return cast("dict[str, Any]", response.json() if response.content else {})


def _problem(response: httpx.Response) -> Problem:
    kind = response.headers.get("content-type", "")
    if kind.startswith("application/problem+json"):
        return cast("Problem", response.json())
    return {
        "status": response.status_code,
        "title": "An answer that is not the service's",
        "detail": "another program seems to answer at this address",
    }
