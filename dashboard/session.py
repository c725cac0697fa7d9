"""People at the screens of a shared service: each by their own session, and nobody by another's.

What the identity provider said about a person (the ID token) is exchanged once for a session of ten
minutes, which is renewed before it ends. Tabs of one person share it, for such a token opens once.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock
from time import time

import httpx

from dashboard.client import Client, ServiceSaysNo

BEFORE = timedelta(minutes=2)  # of the end, a session is renewed
SIGNED_OUT = 401
NEVER = datetime.max.replace(tzinfo=UTC)


class SignInAgain(Exception):
    """The session has ended, and the token that opened it opens nothing more."""


@dataclass(slots=True)
class Session:
    """One person at one service; without a client they are still at the door."""

    client: Client | None = None
    ends: datetime = NEVER
    gate: Lock = field(default_factory=Lock)  # held while the service is asked: by this one alone


def _now() -> datetime:
    return datetime.fromtimestamp(time(), UTC)


@dataclass(slots=True)
class Sessions:
    """The sessions of this process, each by the digest of the token that opened it."""

    transport: httpx.BaseTransport | None = None
    now: Callable[[], datetime] = _now
    _open: dict[tuple[str, str], Session] = field(default_factory=dict)
    _gate: Lock = field(default_factory=Lock)

    def client(self, server: str, id_token: str) -> Client:
        """Give the client of whoever holds this token; renews the session where it is due.

        Raises:
            SignInAgain: it cannot be opened or renewed with this token any more.
        """
        key = (server, hashlib.sha256(id_token.encode()).hexdigest())
        with self._gate:
            self._sweep()
            held = self._open.setdefault(key, Session())
        with held.gate:
            if held.client is None:
                return self._enter(key, held, id_token)
            if self.now() >= held.ends - BEFORE:
                self._renew(key, held, held.client)
            return held.client

    def forget(self, server: str, id_token: str) -> None:
        """Let a person's session go: the service does not know it any more."""
        key = (server, hashlib.sha256(id_token.encode()).hexdigest())
        with self._gate:
            held = self._open.pop(key, None)
        if held is not None and held.client is not None:
            held.client.close()

    def close(self) -> None:
        """Let every session go."""
        with self._gate:
            for held in self._open.values():
                if held.client is not None:
                    held.client.close()
            self._open.clear()

    def _enter(self, key: tuple[str, str], held: Session, id_token: str) -> Client:
        client = Client(key[0], self.transport)
        try:
            held.ends = client.enter(id_token)
            held.client = client
        except ServiceSaysNo as no:
            raise _again(no) from no
        finally:
            if held.client is None:
                client.close()
                self._let_go(key, held)
        with self._gate:  # who stood behind one that failed is in all the same
            self._open[key] = held
        return client

    def _renew(self, key: tuple[str, str], held: Session, client: Client) -> None:
        try:
            held.ends = client.renew()
        except ServiceSaysNo as no:
            self._let_go(key, held)
            raise _again(no) from no

    def _let_go(self, key: tuple[str, str], held: Session) -> None:
        with self._gate:
            if self._open.get(key) is held:
                del self._open[key]

    def _sweep(self) -> None:
        """Forget those that have ended: their people have gone."""
        now = self.now()
        for key in [key for key, held in self._open.items() if held.ends <= now]:
            if (client := self._open.pop(key).client) is not None:
                client.close()


def _again(no: ServiceSaysNo) -> Exception:
    return SignInAgain() if no.problem["status"] == SIGNED_OUT else no
