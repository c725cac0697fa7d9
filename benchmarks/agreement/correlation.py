"""Rank correlations, with intervals over shots."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.agreement.accuracy import Shot, drawn

Floats = NDArray[np.floating[Any]]


def spearman(a: Floats, b: Floats) -> float | None:
    """Spearman's rho with average ranks for ties; None below 3 items or without spread."""
    from scipy.stats import rankdata

    if len(a) < 3:
        return None
    x, y = rankdata(a), rankdata(b)
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return None
    return float(np.corrcoef(x, y)[0, 1])


def spearman_interval(shots: Sequence[Shot]) -> tuple[float, float] | None:
    """Pooled items, shots resampled; as wide as the jackknife over shots where that is wider.

    The jackknife works on Fisher's z with Student's t, and turns back.
    """
    sizes = len(shots)
    if sizes < 3:
        return None
    metric = np.concatenate([s.metric for s in shots])
    people = np.concatenate([s.people for s in shots])
    owner = np.repeat(np.arange(sizes), [len(s.metric) for s in shots])
    whole = spearman(metric, people)
    if whole is None:
        return None
    found = []
    for weights in drawn(sizes):
        picked = np.repeat(np.arange(len(owner)), weights[owner].astype(int))
        value = spearman(metric[picked], people[picked])
        found += [] if value is None else [value]
    low, high = np.quantile(found, [0.025, 0.975])
    near = _jackknife(metric, people, owner, whole)
    return (float(low), float(high)) if near is None else (min(low, near[0]), max(high, near[1]))


def _jackknife(
    metric: Floats, people: Floats, owner: NDArray[np.int_], whole: float
) -> tuple[float, float] | None:
    from scipy.special import stdtrit  # Student's t, without the weight of scipy.stats

    count = int(owner.max()) + 1
    left = [spearman(metric[owner != i], people[owner != i]) for i in range(count)]
    if abs(whole) >= 1 or any(v is None or abs(v) >= 1 for v in left):
        return None
    z = np.arctanh([v for v in left if v is not None])
    error = math.sqrt((count - 1) / count * float(((z - z.mean()) ** 2).sum()))
    reach = float(stdtrit(count - 1, 0.975)) * error
    centre = math.atanh(whole)
    return math.tanh(centre - reach), math.tanh(centre + reach)


def kendall(shots: Sequence[Shot]) -> float | None:
    """Kendall's tau-b within shots, averaged as Fisher's z and turned back.

    Some published averages stay in z: they read higher than any of their parts. A shot in perfect
    order counts as half a pair short of it (1 - 1 / (2 pairs)), because z has no end; where all
    shots agree in one value, that is the mean.
    """
    from scipy.stats import kendalltau

    found: list[tuple[float, float]] = []
    for shot in shots:
        if len(shot.metric) < 2 or np.ptp(shot.metric) == 0 or np.ptp(shot.people) == 0:
            continue
        pairs = len(shot.metric) * (len(shot.metric) - 1) / 2
        tau = float(kendalltau(shot.metric, shot.people).statistic)
        found.append((tau, 1 - 1 / (2 * pairs)))
    if not found:
        return None
    if len({round(tau, 12) for tau, _ in found}) == 1:
        return found[0][0]
    return fisher_mean([max(-most, min(most, tau)) for tau, most in found])


def fisher_mean(correlations: Sequence[float]) -> float:
    """Average correlations: into z = atanh(r), the mean, and back with tanh.

    (R. A. Fisher, 1921.) All of them must lie inside -1 and 1.
    """
    return math.tanh(math.fsum(math.atanh(r) for r in correlations) / len(correlations))
