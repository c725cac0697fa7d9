"""The ground floor of a service: models, uploads, requests, media, books, keys, records.

Works with the light installation (`pip install circletake`).
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypedDict, cast

from router.calling import Json, Query, Service
from router.fetching import Link, fetch
from router.handing import Told, hand_in

AUDIT_PAGE = 200


class Me(TypedDict):
    """Who asks, and what that one may."""

    id: str
    name: str
    role: str
    scopes: list[str]
    reads: list[str]
    looks: list[str]


class Session(TypedDict):
    """Ten minutes of a person."""

    token: str
    expires_at: str
    name: str
    role: str
    partner: str | None


class Complete(TypedDict):
    """A file that was handed in and looked at."""

    upload: str
    sha256: str
    mime: str
    notes: list[str]


class Key(TypedDict, total=False):
    """A key of a machine; `key` is its text, in the answer that made it and never again."""

    id: str
    partner: str
    name: str
    role: str
    scopes: list[str]
    created_by: str
    created_at: str
    expires_at: str
    last_used: str | None
    revoked_at: str | None
    key: str


class Move(TypedDict):
    """One money move."""

    at: str
    account: str
    attempt: str
    kind: str
    purpose: str
    usd: float


class Books(TypedDict):
    """Money moves of a partner, and what they come to."""

    partner: str
    lines: list[Move]
    sums: list[Json]


class Verified(TypedDict):
    """Whether the records are as they were written."""

    ok: bool
    records: dict[str, int]
    anchored: int
    flaws: list[Json]


class Client:
    """Speaks to the ground floor of a service."""

    def __init__(self, service: Service) -> None:
        """Speak through one connection."""
        self.service = service

    def me(self) -> Me:
        """Say who asks, and what that one may."""
        return cast("Me", self.service.get("/v1/me"))

    def models(self, task: str | None = None) -> list[Json]:
        """List the catalogue."""
        return cast("list[Json]", self.service.get("/v1/models", {"task": task})["models"])

    def upload(
        self,
        partner: str,
        path: Path,
        *,
        kind: str = "file",
        name: str | None = None,
        upload: str | None = None,
        told: Told | None = None,
    ) -> Complete:
        """Hand in a file in parts; `upload` goes on with one that was broken off."""
        done = hand_in(self.service, partner, path, kind=kind, name=name, upload=upload, told=told)
        return cast("Complete", done)

    def submit(self, wish: Mapping[str, Any], key: str | None = None) -> Json:
        """Ask for one take; the same key and wish is asked, and paid, once."""
        return self.service.wish("/v1/requests", wish, key)

    def request(self, partner: str, id_: str) -> Json:
        """Say how a request stands."""
        return self.service.get(f"/v1/requests/{id_}", {"partner": partner})

    def fetch(self, link: Link, target: Path, sha256: str | None = None) -> str:
        """Write what stands behind a signed link to a file; gives its sha-256."""
        return fetch(self.service, link, target, sha256)

    def ledger(self, partner: str, campaign: str | None = None) -> Books:
        """Give every money move of a partner or of one campaign, and the sums."""
        asked: dict[str, Any] = {"partner": partner, "campaign": campaign, "limit": 200}
        lines: list[Json] = []
        while True:
            page = self.service.get("/v1/ledger", asked)
            lines += page["lines"]
            if not page["next"]:
                found = {"partner": page["partner"], "lines": lines, "sums": page["sums"]}
                return cast("Books", found)
            asked["cursor"] = page["next"]

    def keys(self, partner: str | None = None) -> list[Key]:
        """List keys, those that ended too; never a secret."""
        return cast("list[Key]", self.service.get("/v1/keys", {"partner": partner})["keys"])

    def make_key(
        self,
        partner: str,
        *,
        name: str,
        role: str = "partner_member",
        scopes: Sequence[str] = (),
        days: int = 90,
    ) -> Key:
        """Make a key; sent once, for a second answer would be a second key."""
        body = {
            "partner": partner,
            "name": name,
            "role": role,
            "scopes": list(scopes),
            "days": days,
        }
        return cast("Key", self.service.post("/v1/keys", body))

    def revoke_key(self, id_: str) -> Key:
        """Revoke a key, at once."""
        return cast("Key", self.service.ask("DELETE", f"/v1/keys/{id_}"))

    def enter(self, id_token: str, partner: str | None = None, nonce: str | None = None) -> Session:
        """Take an ID token for a session; a token opens once, so it is sent once."""
        body = {"id_token": id_token, "partner": partner, "nonce": nonce}
        return cast("Session", self.service.post("/v1/session", body))

    def renew(self) -> Session:
        """Go on with a session for ten minutes more."""
        return cast("Session", self.service.post("/v1/session/renewal", again=True))

    def audit(self, partner: str | None = None, after: int = 0) -> Iterator[Json]:
        """Give records of one chain, oldest first."""
        while True:
            asked: Query = {"partner": partner, "after": after, "limit": AUDIT_PAGE}
            page = self.service.get("/v1/audit", asked)
            yield from page["events"]
            if page["next"] is None:
                return
            after = page["next"]

    def verify_audit(self, partner: str | None = None) -> Verified:
        """Let the service walk the chains."""
        return cast("Verified", self.service.get("/v1/audit/verify", {"partner": partner}))
