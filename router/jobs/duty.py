"""What a worker is there for: which queues it serves, what it measures, how long it takes to leave.

Two words stand for kinds of work: `cpu` is every queue of takes, which wait for providers, and
measuring on processors; `gpu` is measuring where the installation wants it done on one
(CIRCLETAKE_MEASURE=gpu). Any other word is the name of one queue of takes.
"""

from dataclasses import dataclass

CPU, GPU = "cpu", "gpu"
KINDS = (CPU, GPU)


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """What one worker process does."""

    queues: frozenset[str] | None = None  # None = everything
    drain_s: int = 10  # what runs is given this long to end before the worker leaves

    @property
    def listens(self) -> tuple[str, ...] | None:
        """Name the queues of takes that it serves; None = all, also those that will be made."""
        if self.queues is None or CPU in self.queues:
            return None
        return tuple(sorted(self.queues - set(KINDS)))

    def measures(self, kind: str) -> bool:
        """Say whether it carries campaigns and repairs, which are measured on this kind."""
        return self.queues is None or kind in self.queues
