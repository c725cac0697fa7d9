"""What the engine is told: queues and jobs, by name only."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueSpec:
    """A queue of jobs that share a limit."""

    name: str
    in_flight: int  # most jobs that run at once, over all workers
    per_minute: float | None = None  # most starts a minute; None = as fast as they come


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One call of a handler; its id is derived from what it does, so that twice is once."""

    id: str
    handler: str
    queue: str
    args: tuple[str, ...]  # ids only, never content
