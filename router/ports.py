"""What the router needs from the world."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from router.domain.media import MediaRef
from router.domain.model import Model
from router.domain.request import Request


class Clock(Protocol):
    """The time, so that tests can hold it still."""

    def now(self) -> datetime:
        """Give the time of day in UTC."""
        ...

    def monotonic(self) -> float:
        """Give seconds that never run backwards."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class MediaStore(Protocol):
    """Bytes by content; tenants never share a row."""

    def put(self, partner: str, data: bytes, mime: str) -> MediaRef:
        """Store durably (written, synced, renamed) and probe; same bytes, one object."""
        ...

    def get(self, partner: str, sha256: str) -> bytes:
        """Read back; raises StoreCorrupt when the content is not what its name says."""
        ...

    def has(self, partner: str, sha256: str) -> bool:
        """Say whether it is there."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What a backend is given: a request, resolved."""

    request: Request
    model: Model
    region: str
    attempt: str  # goes to the provider as metadata
    token: str  # idempotency token of async calls
    pictures: Mapping[str, bytes]  # role → bytes of each input


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """The provider answered with media. Bytes are exactly as received."""

    data: bytes
    mime: str
    seed: int | None
    provider_ref: str
    simulated: bool
    billed_units: float = 1.0  # images, or seconds of video


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """An async job was started (or still runs)."""

    provider_ref: str  # job ARN
    simulated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Setback:
    """The provider did not deliver; `kind` decides what may happen next.

    refused    content filter or the model's own refusal; an answer, never sent again as is
    rejected   not executed and will never work as asked (validation, end of life, no access)
    busy       not executed, safe to ask again later (throttled, capacity, not ready)
    not_sent   the request never left (DNS, connect, credentials)
    ambiguous  may have been executed and billed (timeout, reset, 5xx after send)
    undecodable an answer came and was billed, but holds no usable media
    """

    kind: str
    code: str
    reason: str
    provider_ref: str = ""
    simulated: bool | None = None
    billed: bool = False
    raw: bytes = b""  # what came, where it was billed and holds no media; kept for a person
    retry_after_s: float = 0.0  # for so long the provider asks to be left alone


Outcome = Delivered | Running | Setback


@runtime_checkable
class Backend(Protocol):
    """One wire dialect."""

    def send(self, call: Call) -> Outcome:
        """Make exactly one HTTP request that may cost money."""
        ...

    def poll(self, call: Call, provider_ref: str) -> Outcome:
        """Ask, free of charge, how an async job stands; sync dialects answer with a Setback."""
        ...

    def find(self, call: Call) -> Outcome | None:
        """Look, free of charge, whether an earlier send arrived; None = no trace."""
        ...
