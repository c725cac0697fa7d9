"""Whom an identity provider vouches for: ID tokens, verified against the keys that it publishes.

Only settings name the provider; nothing in a token decides where keys come from or how they are
used. Sources: OpenID Connect Core 1.0 (3.1.3.7), RFC 7517, RFC 8725 (JWT best current practices).
"""

import hashlib
import ipaddress
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from router.api.permit import NotKnown
from router.domain.errors import Unreachable
from router.ports import Clock

ALGORITHMS = ("RS256", "PS256", "ES256")  # with a public key only: never none, never HS…
LEEWAY_S = 60
FRESH_S = 3600.0  # then the published keys are read again
STALE_S = 86_400.0  # for so long the last ones do where the provider does not answer
PAUSE_S = 30.0  # between two questions to the provider, whatever tokens come in
LONGEST_S = 86_400.0  # that a token may be good for
MOST_BYTES = 262_144
MOST_LETTERS = 16_000
LEAST_RSA_BITS = 2048

Fetch = Callable[[str], Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vouched:
    """Somebody whom the provider knows; not yet somebody who was invited."""

    issuer: str
    subject: str
    token: str  # names the token or its nonce, so that it is used once
    until: datetime  # when the token ends, leeway included


@dataclass(slots=True, kw_only=True)
class Issuer:
    """One identity provider, and the keys that it publishes."""

    url: str
    client: str  # what the provider knows this service as
    clock: Clock
    fetch: Fetch
    _keys: KeySet | None = None
    _read_at: float = 0.0
    _asked_at: float = -math.inf
    _gate: Lock = field(default_factory=Lock)

    def vouched(self, id_token: str, nonce: str | None = None) -> Vouched:
        """Verify an ID token.

        Raises:
            NotKnown: whatever is wrong with it.
            Unreachable: the provider does not answer, and its keys are not known well enough.
        """
        if len(id_token) > MOST_LETTERS or not id_token.isascii():
            raise NotKnown
        try:
            token = self._decoded(id_token)
            self._registry().validate(token.claims)
        except (JoseError, ValueError, TypeError, RecursionError) as error:
            raise NotKnown from error
        claims = token.claims
        if not self._is_ours(claims, token.header) or not _fits(claims, nonce):
            raise NotKnown
        # Not the token's text: the same claims can be written in several ways.
        once = claims.get("nonce") or json.dumps(claims, sort_keys=True)
        ends = min(claims["exp"] + LEEWAY_S, self.clock.now().timestamp() + LONGEST_S)
        return Vouched(
            issuer=self.url,
            subject=claims["sub"],
            token=hashlib.sha256(f"{self.url}\n{once}".encode()).hexdigest(),
            until=datetime.fromtimestamp(ends, UTC),
        )

    def _decoded(self, id_token: str) -> jwt.Token:
        try:
            return jwt.decode(id_token, self._published(), algorithms=ALGORITHMS)
        except InvalidKeyIdError:  # the provider may have new keys
            return jwt.decode(id_token, self._published(again=True), algorithms=ALGORITHMS)

    def _registry(self) -> jwt.JWTClaimsRegistry:
        return jwt.JWTClaimsRegistry(
            now=int(self.clock.now().timestamp()),
            leeway=LEEWAY_S,
            iss={"essential": True, "value": self.url},
            aud={"essential": True, "value": self.client},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
        )

    def _is_ours(self, claims: Mapping[str, Any], header: Mapping[str, Any]) -> bool:
        """Turn away access tokens, and tokens for several of which we are not the one."""
        aud = claims["aud"]
        several = isinstance(aud, list) and len(aud) > 1
        azp = claims.get("azp", None if several else self.client)
        lives_s = claims["exp"] - claims["iat"]
        kind = str(header.get("typ", "JWT")).upper()
        return azp == self.client and kind == "JWT" and 0 < lives_s <= LONGEST_S

    def _published(self, *, again: bool = False) -> KeySet:
        """Give the provider's keys: read anew when old or asked for, kept while it is away."""
        at = self.clock.monotonic()
        with self._gate:
            old = self._keys is None or at - self._read_at > FRESH_S
            if (old or again) and at - self._asked_at >= PAUSE_S:
                self._asked_at = at
                try:
                    self._keys, self._read_at = self._read(), at
                except Unreachable:
                    if self._keys is None:
                        raise
            if self._keys is None or at - self._read_at > STALE_S:
                raise _away("none")
            return self._keys

    def _read(self) -> KeySet:
        about = self.fetch(f"{self.url.rstrip('/')}/.well-known/openid-configuration")
        where = about.get("jwks_uri")
        named = about.get("issuer") == self.url and isinstance(where, str)
        if not named or not is_safe(str(where)):
            raise _away("a description of another one")
        keys = self.fetch(str(where)).get("keys")
        usable = [key for key in keys if _is_usable(key)] if isinstance(keys, list) else []
        try:
            return KeySet.import_key_set({"keys": usable})
        except (JoseError, ValueError, TypeError) as error:
            raise _away("keys that cannot be read") from error


def is_safe(url: str) -> bool:
    """Say whether an address is reached over TLS, or on this machine."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        inside = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        inside = False
    return bool(host) and (parts.scheme == "https" or (inside and parts.scheme == "http"))


def fetched(url: str) -> Mapping[str, Any]:
    """Read a JSON object; raises Unreachable for whatever else comes."""
    import httpx

    try:
        with httpx.stream("GET", url, timeout=5.0, follow_redirects=False) as answer:
            if answer.status_code != 200:
                raise _away(f"status {answer.status_code}")
            data = b""
            for part in answer.iter_bytes():
                data += part
                if len(data) > MOST_BYTES:
                    raise _away("an endless answer")
        found = json.loads(data)
    except httpx.HTTPError as error:
        raise _away(type(error).__name__) from error
    except ValueError as error:
        raise _away("no JSON") from error
    if not isinstance(found, dict):
        raise _away("no JSON object")
    return found


def _away(found: str) -> Unreachable:
    expected = "the identity provider's description and keys; try again later"
    return Unreachable(field="identity provider", found=found, expected=expected)


def _is_usable(key: Any) -> bool:
    """Take public signing keys only: with a symmetric one, whoever reads it could sign."""
    if not isinstance(key, dict) or key.get("use", "sig") != "sig":
        return False
    if key.get("kty") == "RSA":
        return len(str(key.get("n", ""))) * 6 >= LEAST_RSA_BITS
    return key.get("kty") == "EC" and key.get("crv") == "P-256"


def _fits(claims: Mapping[str, Any], nonce: str | None) -> bool:
    said = claims.get("nonce")
    return (
        0 < len(claims["sub"]) <= 255
        and (said is None or isinstance(said, str))
        and (nonce is None or said == nonce)
    )
