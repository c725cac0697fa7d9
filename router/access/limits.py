"""How much one key, one partner and one address may ask for.

The buckets stand in the database, so that they survive a restart and every process draws from the
same. A process draws a handful of tokens at once and hands them out of memory: most requests cost
no write. What it holds when it dies is lost, never gained. An empty bucket is remembered too: a
flood is turned away without touching the database.
"""

import math
from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock

from router.domain.access import HOUSE
from router.domain.errors import Busy
from router.ports import Clock
from router.store import buckets
from router.store.buckets import Pace
from router.store.database import Commits

HANDFUL = 0.2  # of a bucket, drawn at once
HELD_S = 10.0  # how long an unused handful is kept
MOST_BUCKETS = 20_000  # in memory
SWEPT_EACH = 500  # draws
FORGOTTEN_S = 86_400.0  # longer than any bucket takes to fill

_KEY = Pace(per_s=25.0, burst=250.0)
_PARTNER = Pace(per_s=75.0, burst=750.0)
_FAILURES = Pace(per_s=0.5, burst=30.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paces:
    """How fast requests may come; a whole partner's are a few keys' worth."""

    key: Pace = _KEY  # or person
    partner: Pace = _PARTNER
    failures: Pace = _FAILURES  # of one address


class TooMany(Busy):
    """More than the pace allows; says when to come back."""

    code = "too_many"
    http_status = 429

    def __init__(self, wait_s: float) -> None:
        """Say how long to wait, whole seconds."""
        self.retry_after_s = max(1, math.ceil(wait_s))
        found = "more requests than the pace allows"
        super().__init__(
            field="request", found=found, expected=f"the next one in {self.retry_after_s} s"
        )


@dataclass(slots=True)
class _Handful:
    tokens: float = 0.0
    drawn_at: float = -math.inf  # monotonic
    short_at: float = -math.inf  # monotonic: when the bucket last held too little
    level: float = 0.0  # and how much it held then

    def wait_s(self, cost: float, pace: Pace, at: float) -> float:
        """Say for how long the bucket surely holds too little; 0 = nobody knows."""
        return (cost - self.level) / pace.per_s - (at - self.short_at)


@dataclass(slots=True)
class Limits:
    """Every bucket that this process draws from."""

    commits: Commits
    clock: Clock
    _held: OrderedDict[str, _Handful] = field(default_factory=OrderedDict)
    _gate: Lock = field(default_factory=Lock)
    _draws: int = 0

    def take(self, bucket: str, pace: Pace, cost: float = 1.0) -> bool:
        """Take tokens; says whether the database was asked. Raises TooMany."""
        at = self.clock.monotonic()
        with self._gate:
            held = self._held_of(bucket)
            if at - held.drawn_at >= HELD_S:
                held.tokens = 0.0
            if held.tokens >= cost:
                held.tokens -= cost
                return False
            if (wait_s := held.wait_s(cost, pace, at)) > 0:
                raise TooMany(wait_s)
            spare, held.tokens = held.tokens, 0.0
        taken, wait_s = self._draw(bucket, pace, cost - spare)
        with self._gate:
            held = self._held_of(bucket)
            held.tokens += spare
            if not taken:
                held.short_at, held.level = at, cost - wait_s * pace.per_s
                raise TooMany(wait_s)
            held.tokens += taken - cost
            held.drawn_at = at
        return True

    def _draw(self, bucket: str, pace: Pace, need: float) -> tuple[float, float]:
        want = min(pace.burst, max(need, pace.burst * HANDFUL))
        now_s = self.clock.now().timestamp()
        self._draws += 1
        if self._draws % SWEPT_EACH == 0:
            self.commits.write(HOUSE, lambda c: buckets.forget(c, now_s - FORGOTTEN_S))
        return self.commits.write(
            HOUSE,
            lambda c: buckets.take(c, bucket, pace, need=need, want=want, now_s=now_s),
        )

    def _held_of(self, bucket: str) -> _Handful:
        held = self._held.setdefault(bucket, _Handful())
        self._held.move_to_end(bucket)
        while len(self._held) > MOST_BUCKETS:
            self._held.popitem(last=False)
        return held
