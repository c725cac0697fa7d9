"""When a campaign will be done: each lane drained at its quota, then corrected by what happened.

A lane is one model in one Region, because quotas are counted so; what runs here shares one lane.
Pure.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from router.admission.gate import LOCAL, region_for
from router.domain.attempt import OPEN_STATES, Attempt
from router.domain.model import Model
from router.domain.partner import Partner
from router.domain.request import Request
from router.pacing.rate import BURST

# Typical seconds from asking to answer, as practitioners report them; a forecast, not a promise.
STILL_S = 10.0
LOCAL_S = 0.5
CLIP_S: Mapping[int, float] = {5: 150.0, 9: 360.0}

WISH = 3  # an account's quota is seldom raised further than this at once
WORTH_SAYING_S = 60.0
WORTH_ASKING = 0.95  # of the time needed now; a quota that saves less is not asked for
PAUSE_S = 900.0  # a lane that was silent for longer stood still, and says nothing about its pace


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """The work of one queue, and what its quota allows."""

    region: str
    model: str  # catalogue key
    takes: int
    busy_s: float  # all answers one after another
    longest_s: float
    in_flight: int
    per_minute: float | None

    @property
    def crowded_s(self) -> float:
        """Give the seconds that the calls in flight allow."""
        mean = self.busy_s / self.takes
        return max(self.longest_s, math.ceil(self.takes / self.in_flight) * mean)

    @property
    def paced_s(self) -> float:
        """Give the seconds that the calls a minute allow; 0 where no rate is known."""
        if self.per_minute is None:
            return 0.0
        return max(0, self.takes - BURST) * 60.0 / self.per_minute + self.busy_s / self.takes

    @property
    def seconds(self) -> float:
        """Give the seconds until the lane is empty."""
        return max(self.crowded_s, self.paced_s)


def lanes(
    requests: Iterable[Request], catalogue: Mapping[str, Model], partner: Partner
) -> tuple[Lane, ...]:
    """Sort requests that the gate let pass into lanes."""
    work: dict[tuple[str, str], list[float]] = {}
    serving: dict[tuple[str, str], Model] = {}
    for request in requests:
        model = catalogue[request.model]
        region = region_for(partner, model, request.clearance)
        key = (region, LOCAL if region == LOCAL else model.key)
        work.setdefault(key, []).append(_typical(model, request))
        serving[key] = model
    return tuple(_lane(*key, seconds, serving[key]) for key, seconds in work.items())


def finish(of: Sequence[Lane], now: datetime) -> datetime:
    """Say when the slowest lane is empty."""
    return now + timedelta(seconds=max((lane.seconds for lane in of), default=0.0))


def advice(of: Sequence[Lane], names: Mapping[str, str]) -> str:
    """Say which quota sets the pace, and what a larger one would change; "" where it is quick.

    `names` gives what a person may be told for each catalogue key.
    """
    slowest = max(of, key=lambda lane: lane.seconds, default=None)
    if slowest is None or slowest.region == LOCAL or slowest.seconds < WORTH_SAYING_S:
        return ""
    rest = max((lane.seconds for lane in of if lane is not slowest), default=0.0)
    said = f"this campaign needs {spoken(slowest.seconds)} at {_limit(slowest)}"
    said += f" on {names[slowest.model]}"
    wished = _wished(slowest, rest)
    after = max(rest, wished.seconds)
    if after > WORTH_ASKING * slowest.seconds:
        return said
    wish = wished.in_flight if _is_crowded(slowest) else wished.per_minute
    return f"{said}; {wish:g} would make it {spoken(after)}"


def corrected(attempts: Sequence[Attempt], planned: timedelta, now: datetime) -> datetime | None:
    """Forecast again from what has happened: each lane goes on at the pace it has shown.

    Args:
        attempts: the newest attempt of each trial.
        planned: how long the plan said that the whole takes; a lane without news still needs it.
        now: where open attempts stand.

    Returns:
        When the last lane is empty; where nothing is open, when the last attempt ended; None where
        nothing is known.
    """
    work: dict[tuple[str, str], list[Attempt]] = {}
    for attempt in attempts:
        model = LOCAL if attempt.region == LOCAL else attempt.model
        work.setdefault((attempt.region, model), []).append(attempt)
    left = [
        _left(lane, planned, now)
        for lane in work.values()
        if any(a.state in OPEN_STATES for a in lane)
    ]
    if left:
        return now + max(left)
    return max((a.ended_at for a in attempts if a.ended_at), default=None)


def spoken(seconds: float) -> str:
    """Say a length of time: 7 h 40 · 40 min · 50 s."""
    if seconds < 100.0:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60.0)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02}"


def _lane(region: str, name: str, seconds: list[float], model: Model) -> Lane:
    return Lane(
        region=region,
        model=name,
        takes=len(seconds),
        busy_s=sum(seconds),
        longest_s=max(seconds),
        in_flight=max(1, model.quota.in_flight),
        per_minute=model.quota.requests_per_minute,
    )


def _typical(model: Model, request: Request) -> float:
    if model.dialect == LOCAL:
        return LOCAL_S
    if request.seconds is None:
        return STILL_S
    return CLIP_S.get(request.seconds, request.seconds * 40.0)


def _is_crowded(lane: Lane) -> bool:
    return lane.per_minute is None or lane.crowded_s >= lane.paced_s


def _limit(lane: Lane) -> str:
    if not _is_crowded(lane):
        return f"{lane.per_minute:g} request{'' if lane.per_minute == 1 else 's'} a minute"
    return f"{lane.in_flight} call{'' if lane.in_flight == 1 else 's'} at once"


def _wished(lane: Lane, rest_s: float) -> Lane:
    """Raise the quota that binds, as far as it helps: until another limit is the slowest."""
    if _is_crowded(lane):
        floor_s = max(rest_s, lane.paced_s, lane.longest_s)
        enough = math.ceil(lane.busy_s / floor_s)
        return replace(lane, in_flight=max(lane.in_flight, min(WISH * lane.in_flight, enough)))
    now = lane.per_minute or 0.0
    enough = math.ceil(60.0 * lane.takes / max(rest_s, lane.crowded_s))
    return replace(lane, per_minute=max(now, min(WISH * now, enough)))


def _left(lane: Sequence[Attempt], planned: timedelta, now: datetime) -> timedelta:
    """Say how long a lane still needs: the work that is left, at the speed of the work done.

    A call in flight counts as done by as much as it has waited of the mean answer.
    """
    answers = [(a.sent_at, a.ended_at) for a in lane if a.sent_at and a.ended_at]
    running = [a.sent_at for a in lane if a.sent_at and not a.ended_at]
    if not answers:
        return max(timedelta(0), min(running, default=now) + planned - now)
    waits = [(end - sent).total_seconds() for sent, end in answers]
    mean = max(sum(waits) / len(waits), 0.001)
    part = sum(min(1.0, (now - sent).total_seconds() / mean) for sent in running)
    still_open = sum(a.state in OPEN_STATES for a in lane)
    moments = [min(sent for sent, _ in answers), *sorted(end for _, end in answers), now]
    gaps = [(b - a).total_seconds() for a, b in pairwise(moments)]
    moving = sum(gap for gap in gaps if gap <= max(PAUSE_S, *waits))
    done = len(answers) + part
    return timedelta(seconds=max(0.0, still_open - part) * moving / done)
