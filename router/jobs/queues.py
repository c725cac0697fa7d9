"""Queues as the engine keeps them: how many run at once, how fast they start, how often one looks.

Each worker asks each queue all day whether anything waits: at the pace of four queues, forty would
cost it more than a core. The more there are, the more seldom each is asked; never so seldom that a
start which its rate allows is missed.
"""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from dbos import DBOSClient

from router.jobs.job import QueueSpec

POLL_S = 0.15  # between two looks at a queue, where there are few
FEW = 4
MOST_POLL_S = 2.0
SAID_S = 60.0  # how long a queue's limits are taken to be as they were said


@dataclass(slots=True)
class Queues:
    """The queues of one database."""

    client: DBOSClient
    _said: dict[str, tuple[QueueSpec, float]] = field(default_factory=dict)

    def open(self, wanted: Sequence[QueueSpec]) -> None:
        """Make queues, or set their limits; those said less than a minute ago stay as they are."""
        now = time.monotonic()
        fresh = [q for q in wanted if not self._is_said(q, now)]
        if not fresh:
            return
        here = self.client.list_queues()
        names = {q.name for q in here}
        count = len(names | {q.name for q in fresh})
        for queue in fresh:
            window = _small_window(queue.per_minute)
            self.client.register_queue(
                queue.name,
                global_concurrency=queue.in_flight,
                worker_concurrency=queue.in_flight,
                limiter=window,
                polling_interval_sec=poll_s(count, window),
                on_conflict="always_update",
            )
            self._said[queue.name] = (queue, now)
        for known in here if count > len(names) else ():
            pace_s = poll_s(count, known.limiter)
            if known.polling_interval_sec < pace_s:
                known.set_polling_interval_sec(pace_s)

    def _is_said(self, queue: QueueSpec, now: float) -> bool:
        said, at = self._said.get(queue.name, (None, -math.inf))
        return said == queue and now - at < SAID_S


def poll_s(queues: int, window: Any) -> float:
    """Give the seconds between two looks at a queue, where there are so many.

    Args:
        queues: how many there are.
        window: a limit of DBOS, of starts within a period; None = others start as soon as one ends.
    """
    if window is None:
        return POLL_S
    return max(POLL_S, min(MOST_POLL_S, POLL_S * queues / FEW, float(window["period"]) / 2))


def _small_window(per_minute: float | None) -> Any:
    """Spread a rate: two starts in a short window instead of a burst at each full minute."""
    return None if per_minute is None else {"limit": 2, "period": 120.0 / per_minute}
