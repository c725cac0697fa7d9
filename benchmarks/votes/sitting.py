"""When a rater has sat long enough: people who vote on pictures get worse after half an hour.

ITU-R BT.500 asks for sessions of at most half an hour.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

SITTING = timedelta(minutes=25)
REST = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """How long somebody has voted without a rest, and how long they are to rest now."""

    sat_s: int
    rest_s: int  # 0 = go on


def sitting(votes: Iterable[datetime], now: datetime) -> Sitting:
    """Look back over the moments of somebody's votes; a pause of five minutes is a rest."""
    began = last = None
    for at in sorted(votes):
        if last is None or at - last >= REST:
            began = at
        last = at
    if began is None or last is None or now - last >= REST:
        return Sitting(sat_s=0, rest_s=0)
    due = last - began >= SITTING
    rest = (last + REST - now) if due else timedelta(0)
    return Sitting(sat_s=int((now - began).total_seconds()), rest_s=int(rest.total_seconds()) + due)
