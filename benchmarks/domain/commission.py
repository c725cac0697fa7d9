"""Work that somebody asked for over HTTP, and that a worker does."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from router.domain.media import MediaRef


class CommissionState(StrEnum):
    """Where a commission stands."""

    WAITING = "waiting"  # for a worker
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"  # the outcome says why


@dataclass(frozen=True, slots=True, kw_only=True)
class Commission:
    """A repair that was asked for: which lines or notes of which take, for how much."""

    partner: str
    id: str
    campaign: str
    take: str
    lines: tuple[int, ...]
    rounds: int
    budget_musd: int | None  # None = the campaign's rest
    by: str  # who asked for it
    simulated: bool
    created_at: datetime
    matte: MediaRef | None = None  # white = may change; None = the shot's
    notes: tuple[str, ...] = ()  # ids of the notes whose wish it is; none = of failed lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A campaign or a commission that a worker can take up."""

    partner: str
    id: str
    is_repair: bool
