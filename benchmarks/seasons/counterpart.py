"""Both sides of a season in bad weather: lives that end, and a provider that knows nothing of it.

A call that the provider took on is made, billed once, and told of in its log, whoever asked.
"""

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from benchmarks.domain.season import Answered, LaneRun, Weather
from benchmarks.planning.forecast import CLIP_S, STILL_S
from benchmarks.seasons.season import TURNED_AWAY_S, SteppedClock
from router.admission.pricing import actual_musd
from router.domain.model import Model
from router.leases import LEASE_S
from router.ports import Call, Delivered, Outcome, Running, Setback


class Killed(BaseException):
    """A worker is no more; not an Exception, for nothing may catch it and go on."""


@dataclass(slots=True, kw_only=True)
class Life:
    """One worker's life: its name and its time; satisfies Worker and Clock."""

    number: int
    clock: SteppedClock
    killed_at: float | None = None
    others: "dict[str, Life]" = field(default_factory=dict, repr=False)

    @property
    def slot(self) -> str:
        """The name, which nobody takes again."""
        return f"worker-{self.number}"

    @property
    def run(self) -> str:
        """The same: a life has one name."""
        return self.slot

    @property
    def over_at(self) -> float:
        """When its lease is over."""
        return float("inf") if self.killed_at is None else self.killed_at + LEASE_S

    def is_dead(self, run: str) -> bool:
        """Say whether a lease is over."""
        return run in self.others and self.others[run].over_at <= self.clock.seconds

    @contextmanager
    def holding_dead(self, slot: str) -> Iterator[bool]:
        """Hold nothing: the crew itself hands on what the dead had."""
        yield self.is_dead(slot)

    def release(self) -> None:
        """Have nothing to give back."""

    def now(self) -> datetime:
        """Give the simulated time of day."""
        return self.clock.now()

    def monotonic(self) -> float:
        """Give the simulated seconds."""
        return self.clock.seconds

    def sleep(self, seconds: float) -> None:
        """Wait; who was killed meanwhile does not come back: its lease ends, and then all of it."""
        self.clock.sleep(seconds)
        if self.killed_at is not None:
            self.clock.sleep(max(0.0, self.over_at - self.clock.seconds))
            raise Killed


@dataclass(slots=True, kw_only=True)
class Charge:
    """One call that the provider took on."""

    began: float
    ends: float
    musd: int
    times: int = 1
    seen: float | None = None


@dataclass(slots=True, kw_only=True)
class Counterpart:
    """The provider's side of one lane: its quota, its moods, its book and its log."""

    clock: SteppedClock
    model: Model
    chance: random.Random
    weather: Weather
    book: dict[str, Charge] = field(default_factory=dict)  # attempt → charge
    busy: int = 0  # calls that went wrong before they were made
    throttled: int = 0  # of them, for want of quota
    _ends: list[float] = field(default_factory=list)

    def admit(self, call: Call) -> Setback | None:
        """Take a call on and bill it, or say why not."""
        known = self.book.get(call.attempt)
        if known is not None and call.request.seconds:
            return None  # the same token: the same job
        now, sky, luck = self.clock.seconds, self.weather, self.chance.random()
        self._ends = [end for end in self._ends if end > now]
        full = len(self._ends) >= self.model.quota.in_flight
        self.throttled += full
        for share, setback in (
            (1.0 if full else 0.0, _setback("busy", "throttled")),
            (sky.throttled, _setback("busy", "throttled")),
            (sky.unavailable, _setback("busy", "unavailable")),
            (sky.unreachable, _setback("not_sent", "connect")),
            (sky.filtered, _setback("refused", "filtered")),
        ):
            if luck < share:
                self.busy += 1
                return setback
            luck -= share
        typical = CLIP_S[5] if self.model.modality == "video" else STILL_S
        ends = now + typical * self.chance.lognormvariate(0.0, 0.2)
        self._ends.append(ends)
        if known is not None:
            known.times += 1
            return None
        musd = actual_musd(self.model, call.request, float(call.request.seconds or 1))
        self.book[call.attempt] = Charge(began=now, ends=ends, musd=musd)
        return None

    def answer(self, call: Call) -> Delivered:
        """Give what was made."""
        charge = self.book[call.attempt]
        charge.seen = charge.seen or self.clock.seconds
        return Delivered(
            data=call.attempt.encode(),
            mime="video/mp4" if call.request.seconds else "image/png",
            seed=call.request.seed,
            provider_ref=f"req-{call.attempt}",
            simulated=True,
            billed_units=float(call.request.seconds or 1),
        )

    def told(self) -> LaneRun:
        """Say how the lane was worked through."""
        calls = [
            Answered(began=c.began, ended=c.ends, seen=c.seen or c.ends) for c in self.book.values()
        ]
        return LaneRun(
            name=self.model.key,
            in_flight=self.model.quota.in_flight,
            per_minute=self.model.quota.requests_per_minute,
            calls=sorted(calls, key=lambda c: c.began),
            busy=self.busy,
            throttled=self.throttled,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """All counterparts, as one life reaches them; satisfies router.ports.Backend."""

    clock: "SteppedClock | Life"
    counters: Mapping[str, Counterpart]

    def send(self, call: Call) -> Outcome:
        """Answer a still when it is done; start a clip."""
        at = self.counters[call.model.key]
        turned_away = at.admit(call)
        if turned_away is not None:
            self.clock.sleep(TURNED_AWAY_S)
            return turned_away
        charge = at.book[call.attempt]
        cut = at.chance.random() < at.weather.unanswered
        if call.request.seconds:
            self.clock.sleep(TURNED_AWAY_S)
            running = Running(provider_ref=f"job-{call.attempt}", simulated=True)
            return _setback("ambiguous", "reset") if cut else running
        self.clock.sleep(max(0.0, charge.ends - at.clock.seconds))
        return _setback("ambiguous", "reset") if cut else at.answer(call)

    def poll(self, call: Call, provider_ref: str) -> Outcome:
        """Say how a clip stands."""
        at = self.counters[call.model.key]
        if at.clock.seconds < at.book[call.attempt].ends:
            return Running(provider_ref=provider_ref, simulated=True)
        return at.answer(call)

    def find(self, call: Call) -> Outcome | None:
        """Look into the provider's log, which tells of calls that are over."""
        at = self.counters[call.model.key]
        charge = at.book.get(call.attempt)
        if charge is None:
            return None
        if call.request.seconds:
            return Running(provider_ref=f"job-{call.attempt}", simulated=True)
        return at.answer(call) if charge.ends <= at.clock.seconds else None


def _setback(kind: str, code: str) -> Setback:
    return Setback(kind=kind, code=code, reason="bad weather", simulated=True)
