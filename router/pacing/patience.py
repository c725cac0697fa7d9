"""How patient a lane is: what one model in one Region lets us send, and when to leave it alone.

A lane is a value; each function gives the next one. It joins four decisions, the clock by argument:

- concurrency rises by one with each success and is halved by a throttle (additive increase,
  multiplicative decrease: Chiu and Jain 1989), once for all sends that were in the air together
- retries are paid from a bucket of tokens that the whole process shares, so that trouble does not
  multiply the traffic (Amazon Builders' Library, "Timeouts, retries and backoff with jitter")
- the breaker opens after failures in a row; while it is open nothing is sent but, after each pause,
  one probe, which closes it or doubles the pause
- a pause that the provider itself asks for holds the lane for as long

A throttle is no failure while there is concurrency left to give up.
"""

import math
from dataclasses import dataclass, replace
from enum import StrEnum

RETRIES = 10.0  # tokens of a full bucket; a retry costs one
RETRIES_PER_S = 0.5  # how fast it fills again
FAILURES = 5  # in a row open the breaker
COOL_FIRST_S = 1.0
COOL_MOST_S = 20.0  # the longest pause before a probe, so that recovery is seen within it
LOOK_AGAIN_S = 0.05  # for a place, or for the end of somebody's probe


class Meaning(StrEnum):
    """What an answer says about the lane, not about the request."""

    WORKS = "works"  # it did what was asked, or declined with care
    ANSWERS = "answers"  # it lives, and this request is wrong
    THROTTLED = "throttled"
    DOWN = "down"
    NOTHING = "nothing"  # nothing was sent, or turned away before the model


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """Closed until failures in a row open it."""

    most_failures: int = FAILURES
    failures: int = 0
    silent_since: float | None = None  # when the first failure in a row began
    opens_at: float | None = None  # when the next probe may go; None = closed
    cool_s: float = COOL_FIRST_S
    probing: bool = False

    @property
    def is_open(self) -> bool:
        """Whether only probes may pass."""
        return self.opens_at is not None

    def wait_s(self, now: float) -> float:
        """Give the seconds until it is worth asking again; 0 = go."""
        if self.opens_at is None:
            return 0.0
        if self.probing:
            return max(LOOK_AGAIN_S, self.opens_at - now)
        return max(0.0, self.opens_at - now)

    def let_through(self) -> "Breaker":
        """Note that somebody goes: the probe, when it is open."""
        return replace(self, probing=self.is_open)

    def good(self) -> "Breaker":
        """Close."""
        return Breaker(most_failures=self.most_failures)

    def bad(self, *, probe: bool, began: float, now: float) -> "Breaker":
        """Count a failure of a send that began then; late ones of an open breaker count nothing."""
        if self.is_open and not probe:
            return self
        failures = self.failures + 1
        since = began if self.silent_since is None else self.silent_since
        told = replace(self, failures=failures, silent_since=since, probing=False)
        if failures < self.most_failures:
            return told
        cool = min(COOL_MOST_S, max(COOL_FIRST_S, 2.0 * self.cool_s))
        return replace(told, opens_at=now + self.cool_s, cool_s=cool)

    def is_down(self, *, since: float, now: float, patience_s: float) -> bool:
        """Say whether somebody who waits since then has waited long enough in vain."""
        if self.opens_at is None or self.silent_since is None:
            return False
        return now - max(self.silent_since, since) >= patience_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """Leave to send once."""

    began: float
    probe: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """Where one model in one Region stands with us."""

    most: int  # the quota of concurrent calls
    limit: int  # how many may be in the air now
    flying: int = 0
    tokens: float = RETRIES
    filled_at: float | None = None  # None = never asked
    cut_at: float = -math.inf  # when the limit was last halved
    held_until: float = -math.inf  # the provider's own word
    breaker: Breaker = Breaker()


def fresh(most: int) -> Lane:
    """Begin with the whole quota."""
    return Lane(most=max(1, most), limit=max(1, most))


def admit(lane: Lane, *, again: bool, now: float) -> tuple[Lane, Pass | float]:
    """Ask to send, `again` when it is a retry: leave to go, or the seconds to wait first."""
    wait = max(lane.breaker.wait_s(now), lane.held_until - now)
    if wait > 0.0:
        return lane, wait
    if lane.flying >= lane.limit and not lane.breaker.is_open:
        return lane, LOOK_AGAIN_S
    since = now if lane.filled_at is None else lane.filled_at
    tokens = min(RETRIES, lane.tokens + (now - since) * RETRIES_PER_S)
    lane = replace(lane, tokens=tokens, filled_at=now)
    probe = lane.breaker.is_open
    price = 1.0 if again and not probe else 0.0
    if tokens < price:
        return lane, (price - tokens) / RETRIES_PER_S
    went = replace(
        lane,
        flying=lane.flying + 1,
        tokens=tokens - price,
        breaker=lane.breaker.let_through(),
    )
    return went, Pass(began=now, probe=probe)


def answered(lane: Lane, leave: Pass, meaning: Meaning, *, now: float, hold_s: float = 0.0) -> Lane:
    """Take an answer in, with the seconds for which the provider asks to be left alone."""
    lane = replace(lane, flying=lane.flying - 1, held_until=max(lane.held_until, now + hold_s))
    match meaning:
        case Meaning.WORKS:
            limit = min(lane.most, lane.limit + 1)
            return replace(lane, limit=limit, breaker=lane.breaker.good())
        case Meaning.ANSWERS:
            return replace(lane, breaker=lane.breaker.good())
        case Meaning.THROTTLED if not leave.probe and leave.began <= lane.cut_at:
            return lane  # one crowd, one cut
        case Meaning.THROTTLED if not leave.probe and lane.limit > 1:
            return replace(lane, limit=lane.limit // 2, cut_at=now)
        case Meaning.THROTTLED | Meaning.DOWN:
            return _failed(lane, leave, now)
        case _:
            breaker = replace(lane.breaker, probing=False) if leave.probe else lane.breaker
            return replace(lane, breaker=breaker)


def _failed(lane: Lane, leave: Pass, now: float) -> Lane:
    breaker = lane.breaker.bad(probe=leave.probe, began=leave.began, now=now)
    limit = 1 if breaker.is_open else lane.limit  # it comes back at a walk
    return replace(lane, breaker=breaker, limit=limit)
