"""When a campaign would be done: a rough sum over the queues, said before it starts."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from router.domain.model import Model
from router.domain.request import Request

# Typical seconds from asking to answer, as practitioners report them; a forecast, not a promise.
STILL_S = 10.0
LOCAL_S = 0.5
CLIP_S: Mapping[int, float] = {5: 150.0, 9: 360.0}


def finish(requests: Iterable[Request], catalogue: Mapping[str, Model], now: datetime) -> datetime:
    """Say when the slowest queue is empty; every model has a queue of its own."""
    work: dict[str, list[float]] = {}
    for request in requests:
        work.setdefault(request.model, []).append(_typical(catalogue[request.model], request))
    slowest = max((_drained(catalogue[m], seconds) for m, seconds in work.items()), default=0.0)
    return now + timedelta(seconds=slowest)


def _typical(model: Model, request: Request) -> float:
    if model.dialect == "local":
        return LOCAL_S
    if request.seconds is None:
        return STILL_S
    return CLIP_S.get(request.seconds, request.seconds * 40.0)


def _drained(model: Model, seconds: list[float]) -> float:
    """Take the longer of two floors: the calls in flight, and the calls a minute."""
    in_flight = sum(seconds) / max(1, model.quota.in_flight)
    rate = model.quota.requests_per_minute
    paced = len(seconds) * 60.0 / rate if rate else 0.0
    return max(in_flight, paced, *seconds)
