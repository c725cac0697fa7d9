"""The rate limit: starts are spaced evenly, with a small burst after a pause."""

import math
from dataclasses import dataclass, field
from threading import Lock

BURST = 2  # starts that may come at once after a pause; short enough for any quota window


@dataclass(slots=True)
class Turnstile:
    """Gives each start its turn; shared by all threads of this process."""

    _due: dict[str, float] = field(default_factory=dict)  # lane → when its next start is due
    _gate: Lock = field(default_factory=Lock)

    def turn(self, lane: str, per_minute: float, now: float) -> float:
        """Take the next turn in a lane and give the seconds to wait for it."""
        gap = 60.0 / per_minute
        with self._gate:
            due = max(self._due.get(lane, -math.inf), now - (BURST - 1) * gap)
            self._due[lane] = due + gap
        return max(0.0, due - now)
