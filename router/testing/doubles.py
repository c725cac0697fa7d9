"""Doubles of the ground floor: a clock that only moves when told, a provider that follows a script.

The scripted provider keeps a billing ledger of its own, like a real one would: on disk where a path
is given, so that it outlives a killed process.
"""

import json
import os
import struct
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Lock

from router.domain.clearance import Clearance
from router.domain.ids import content_id
from router.domain.model import (
    Keeps,
    Lifecycle,
    LifecycleStatus,
    Limits,
    Model,
    Price,
    Quota,
    Retention,
)
from router.domain.partner import Partner, Window
from router.domain.request import Request
from router.ports import Call, Delivered, Outcome, Running, Setback
from router.settings import Settings

NOON = datetime(2027, 4, 1, 12, 0, tzinfo=UTC)


@dataclass(slots=True)
class FakeClock:
    """Time that passes only by sleeping."""

    time: datetime = NOON
    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        """Give the held time."""
        return self.time

    def monotonic(self) -> float:
        """Give seconds since the clock was made."""
        return (self.time - NOON).total_seconds()

    def sleep(self, seconds: float) -> None:
        """Move on at once."""
        self.slept.append(seconds)
        self.time += timedelta(seconds=seconds)


Script = Callable[[Call, int], Outcome | None]


@dataclass(slots=True)
class ScriptedBackend:
    """A provider in this process.

    `script(call, n)` answers the n-th send of an attempt, counted from 0; None means: deliver. An
    outcome that is Delivered or Running, or a Setback with `billed`, is booked in the ledger; so is
    an ambiguous one when `bills_ambiguous`. With `jobs`, a send starts a job that is done after
    `polls` questions, and the same token again is the same job.
    """

    script: Script = lambda _call, _n: None
    ledger: Path | None = None
    jobs: bool = False
    polls: int = 2
    remembers: bool = False  # keeps a log in which `find` sees delivered answers
    bills_ambiguous: bool = True
    sends: list[Call] = field(default_factory=list)
    billed: list[str] = field(default_factory=list)  # attempts, one entry a charge
    answers: dict[str, Delivered] = field(default_factory=dict)  # by attempt
    started: dict[str, int] = field(default_factory=dict)  # job → questions so far
    _lock: Lock = field(default_factory=Lock)

    def send(self, call: Call) -> Outcome:
        """Answer by the script."""
        with self._lock:
            n = sum(1 for c in self.sends if c.attempt == call.attempt)
            self.sends.append(call)
        outcome = self.script(call, n)
        if outcome is None:
            outcome = self._start(call) if self.jobs else delivered(call)
        if _costs(outcome, ambiguous=self.bills_ambiguous):
            self._bill(call)
        if isinstance(outcome, Delivered) or getattr(outcome, "kind", "") == "ambiguous":
            self.answers[call.attempt] = (
                outcome if isinstance(outcome, Delivered) else delivered(call)
            )
        return outcome

    def poll(self, call: Call, provider_ref: str) -> Outcome:
        """Say how a job stands."""
        self.started[provider_ref] = self.started.get(provider_ref, 0) + 1
        if self.started[provider_ref] < self.polls:
            return Running(provider_ref=provider_ref, simulated=True)
        return delivered(call)

    def find(self, call: Call) -> Outcome | None:
        """Look into the log, or for the job of a token."""
        if self.jobs and _job(call) in self.started:
            return Running(provider_ref=_job(call), simulated=True)
        return self.answers.get(call.attempt) if self.remembers else None

    def _start(self, call: Call) -> Running:
        self.started.setdefault(_job(call), 0)
        return Running(provider_ref=_job(call), simulated=True)

    def _bill(self, call: Call) -> None:
        with self._lock:
            if self.jobs and call.attempt in self.billed:
                return  # the same token
            self.billed.append(call.attempt)
            if self.ledger is not None:
                append_durably(self.ledger, {"attempt": call.attempt, "token": call.token})


def _job(call: Call) -> str:
    return f"job/{call.token}"


def _costs(outcome: Outcome, *, ambiguous: bool) -> bool:
    if isinstance(outcome, Setback):
        return outcome.billed or (ambiguous and outcome.kind == "ambiguous")
    return True


def append_durably(path: Path, row: Mapping[str, object]) -> None:
    """Add one JSON line and sync it."""
    handle = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    try:
        os.write(handle, json.dumps(row).encode() + b"\n")
        os.fsync(handle)
    finally:
        os.close(handle)


def delivered(call: Call, *, data: bytes | None = None, mime: str = "image/png") -> Delivered:
    """Make an answer: a small picture of its own for every attempt."""
    shade = zlib.crc32(call.attempt.encode())
    return Delivered(
        data=data or small_png(shade),
        mime=mime,
        seed=call.request.seed,
        provider_ref=f"req-{call.attempt}",
        simulated=True,
    )


def small_png(shade: int = 0, *, width: int = 16, height: int = 9) -> bytes:
    """Draw one plain colour, without any library."""
    pixel = struct.pack(">I", shade & 0xFFFFFFFF)[1:]
    rows = b"".join(b"\0" + pixel * width for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in chunks)


def _chunk(kind: bytes, body: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(kind + body))
    return struct.pack(">I", len(body)) + kind + body + checksum


def setback(kind: str, code: str = "", *, billed: bool = False, raw: bytes = b"") -> Setback:
    """Make a setback."""
    return Setback(
        kind=kind,
        code=code or kind,
        reason=f"the script says {kind}",
        simulated=True,
        billed=billed,
        raw=raw,
    )


def settings(home: Path) -> Settings:
    """Make settings for a home of one's own."""
    return Settings(
        home=home, partners=home / "partners", endpoint_bedrock=None, endpoint_s3=None, bucket=None
    )


def partner(name: str = "north_light", *, budget_usd: int = 1_000_000) -> Partner:
    """Make a fictional partner that may use everything here."""
    return Partner(
        name=name,
        display_name=name.replace("_", " ").title(),
        tier="vfx_studio",
        window=Window(opens=date(2027, 3, 1), findings_due=date(2027, 5, 31)),
        budget_musd=budget_usd * 1_000_000,
        regions=("us-west-2",),
        providers=(),
        recipes=(),
        retention_days=30,
        review_roles=("supervisor",),
        illustrative=True,
    )


def model(key: str = "still-a", *, dialect: str = "scripted", usd: str = "0.08") -> Model:
    """Make a catalogue row that a scripted backend serves."""
    return Model(
        key=key,
        alias=f"Emulated {key}",
        model_id=f"example.{key}-v1:0",
        profile_id=None,
        provider="example",
        modality="image",
        dialect=dialect,
        operations=("text_to_image",),
        regions=("us-west-2",),
        references=(),
        limits=Limits(prompt_chars=2000, aspects=("16:9",), seed_max=4_294_967_294),
        price=Price(unit="image", usd=usd, source="test", as_of=date(2026, 11, 21)),
        quota=Quota(requests_per_minute=None, in_flight=8, source="test"),
        lifecycle=Lifecycle(status=LifecycleStatus.ACTIVE),
        licence="test",
        indemnified=False,
        retention=Retention(keeps=Keeps.NONE, source="test"),
    )


def request(
    number: int = 0,
    *,
    partner: str = "north_light",
    account: str = "c1",
    model: str = "still-a",
) -> Request:
    """Make a request; each number is another one."""
    return Request(
        partner=partner,
        id=content_id("request", [partner, account, model, number]),
        account=account,
        model=model,
        operation="text_to_image",
        prompt=f"a quiet harbour, take {number}",
        clearance=Clearance(
            permitted=("still_image",), expires_on=date(2027, 12, 31), evidence_sha256="e" * 64
        ),
        seed=number + 1,
        aspect="16:9",
    )


def requests(count: int, **kind: str) -> tuple[Request, ...]:
    """Make several requests."""
    return tuple(request(n, **kind) for n in range(count))


def by_key(models: Iterable[Model]) -> dict[str, Model]:
    """Make a catalogue."""
    return {m.key: m for m in models}
