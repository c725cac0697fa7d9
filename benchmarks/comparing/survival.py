"""Kaplan–Meier: how much it takes until something happens, where it has not happened to all yet.

A shot that nobody has circled is not left out and not counted as if it never would be: it is
censored at what was spent on it so far. Product-limit estimate (Kaplan and Meier 1958) with
Greenwood's variance and the log-log interval (Kalbfleisch and Prentice), which stays inside 0 to 1;
the interval of the median holds every value whose band covers one half (Brookmeyer and Crowley).
"""

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

Z = 1.959963984540054  # 97.5 % of the standard normal
HALF = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The curve from one event to the next."""

    at: float
    at_risk: int
    events: int
    open_share: float  # to whom it has not happened yet, just after `at`
    low: float | None  # 95 %; None where nobody is left: the variance is not defined there
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Survival:
    """How much it takes."""

    n: int
    events: int
    steps: tuple[Step, ...]
    median: float | None  # None = it has happened to fewer than half, as far as was observed
    median_low: float | None
    median_high: float | None  # None = open upwards


def estimate(seen: Sequence[tuple[float, bool]]) -> Survival:
    """Estimate the curve.

    Args:
        seen: for each subject how much it took, and whether it happened (else: so far it has not).

    Raises:
        ValueError: a negative or non-finite amount.
    """
    if any(not math.isfinite(t) or t < 0 for t, _ in seen):
        raise ValueError("an amount is not a finite number of at least 0")
    steps = _steps(seen)
    return Survival(
        n=len(seen),
        events=sum(happened for _, happened in seen),
        steps=tuple(steps),
        median=next((s.at for s in steps if s.open_share <= HALF + 1e-12), None),
        median_low=next((s.at for s in steps if _floor(s) <= HALF), None),
        median_high=next((s.at for s in steps if _ceiling(s) <= HALF), None),
    )


def _steps(seen: Sequence[tuple[float, bool]]) -> list[Step]:
    steps: list[Step] = []
    share, greenwood = 1.0, 0.0
    happening, every = Counter(t for t, happened in seen if happened), sorted(t for t, _ in seen)
    for at, events in sorted(happening.items()):
        at_risk = len(every) - bisect_left(every, at)
        share *= 1 - events / at_risk
        rest = at_risk - events
        greenwood += events / (at_risk * rest) if rest else math.inf
        low, high = _band(share, greenwood)
        steps.append(
            Step(at=at, at_risk=at_risk, events=events, open_share=share, low=low, high=high)
        )
    return steps


def _band(share: float, greenwood: float) -> tuple[float | None, float | None]:
    """Give the log-log interval of a share that is still open."""
    if share <= 0 or not math.isfinite(greenwood):
        return None, None
    log = math.log(share)
    reach = Z * math.sqrt(greenwood) / abs(log)
    return math.exp(log * math.exp(reach)), math.exp(log * math.exp(-reach))


def _floor(step: Step) -> float:
    return 0.0 if step.low is None else step.low


def _ceiling(step: Step) -> float:
    """Give the upper bound; where nobody is left nothing is known of it, so it bounds nothing."""
    return 1.0 if step.high is None else step.high
