"""The system's clock: the only place that reads the time."""

import time
from datetime import UTC, datetime


class SystemClock:
    """UTC wall clock and monotonic seconds."""

    def now(self) -> datetime:
        """Give the time of day in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Give seconds that never run backwards."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)
