"""News of what was asked for: when nothing moves it is handed in again, and then given up."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from router.domain.attempt import Attempt, AttemptState

NUDGE = timedelta(seconds=10)  # after so long without news, open attempts are handed in again
PATIENCE = timedelta(hours=2)  # longer than any job may take; then the run ends as interrupted


@dataclass(slots=True)
class News:
    """When something last happened: to any attempt, or a take was scored."""

    changed: datetime
    nudged: datetime = field(init=False)
    known: dict[str, AttemptState] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.nudged = self.changed

    def none_since_nudge(self, attempts: Iterable[Attempt], now: datetime) -> bool:
        """Say whether it is time to hand in open attempts again: nothing moved for a while."""
        states = {a.id: a.state for a in attempts}
        if states != self.known:
            self.known, self.changed, self.nudged = states, now, now
        due = now - self.nudged >= NUDGE
        self.nudged = now if due else self.nudged
        return due

    def scored(self, takes: int, now: datetime) -> None:
        """Hear that so many takes were scored: measuring may take hours, and is no standstill."""
        self.changed = now if takes else self.changed

    def is_stale(self, now: datetime) -> bool:
        """Say whether waiting any longer makes no sense."""
        return now - self.changed >= PATIENCE
