"""Repair and decision: what people do with a take once its verdicts are in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from evaluators.domain.verdict import Verdict

CLEARED = "cleared"  # of a decision: the take may be circled though nobody plays who is seen in it


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """A child take asked for by failed lines or by notes; outside the matte it is its parent."""

    partner: str
    campaign: str
    parent: str  # take
    child: str  # take: the answer laid into the ground
    raw: str  # take: the model's answer as it came; the parent itself where nothing was asked
    shot: str
    lines: tuple[int, ...]  # acceptance lines aimed at; none = only what notes wish
    ground: str  # parent | plate: what the child is outside the matte
    matte: str  # sha256 of the matte, white = may change
    feather: int  # pixels by which the laid-in edge is softened, outwards
    before: tuple[Verdict, ...]  # every line of the shot
    after: tuple[Verdict, ...]
    outside_raw: float  # share of pixels outside matte + feather that differ from the ground
    outside_child: float  # the same of the child: 0 by construction, measured all the same
    spend_musd: int
    notes: tuple[str, ...] = ()  # ids of the notes that wished for it
    by: str = ""  # who asked for it; "" = nobody was named
    operation: str = ""  # what was done; "" = not noted then


def oldest_first(repairs: Sequence[Repair]) -> tuple[Repair, ...]:
    """Put repairs into an order in which a child's own repairs come after it."""
    waiting = {r.child: r for r in repairs}
    ordered: list[Repair] = []
    while waiting:
        free = [r for r in waiting.values() if r.parent not in waiting]
        if not free:  # a circle: none can be first
            return (*ordered, *waiting.values())
        ordered += free
        for one in free:
            del waiting[one.child]
    return tuple(ordered)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The creative status of a take, by a named person."""

    partner: str
    id: str
    campaign: str
    take: str
    by: str
    role: str
    status: str  # circled | withdrawn | approved | changes | rejected | uses | cleared
    notes: str
    created_at: datetime
    used: tuple[int, int] | None = None  # of `uses`: first and last frame of the cut
