"""Within-shot pairwise accuracy: of two takes that people tell apart, does the metric pick theirs?

Pairs of takes of one shot whose ratings differ; a tie of the metric counts one half; chance is .5.
Shots are resampled, because takes of one shot are not independent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]

REPLICATES = 1000
SEED = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A share with its 95 % interval; None where nothing can be said."""

    value: float | None
    low: float | None
    high: float | None
    n: int  # pairs
    shots: int  # shots that have such pairs


@dataclass(frozen=True, slots=True)
class Shot:
    """Takes of one shot: what the metric says (higher is better) and what people say."""

    metric: Floats
    people: Floats


def pairwise(shots: Sequence[Shot]) -> Rate:
    """Count over all shots, with an interval over shots."""
    return rate(np.array([counts(s) for s in shots]).reshape(-1, 2))


def counts(shot: Shot) -> tuple[float, float]:
    """Count right answers and pairs in one shot."""
    upper = np.triu_indices(len(shot.metric), 1)
    said = np.sign(shot.metric[:, None] - shot.metric[None, :])[upper]
    felt = np.sign(shot.people[:, None] - shot.people[None, :])[upper]
    differ = felt != 0
    right = np.where(said == 0, 0.5, said == felt)
    return float(right[differ].sum()), float(differ.sum())


def rate(table: Floats) -> Rate:
    """Turn right answers and pairs (S, 2) of S shots into a share with its interval.

    The interval reaches as far as the percentiles of 1,000 resamples of shots, and as the exact
    interval of a share with the effective number of pairs where that is wider: with few shots the
    resamples are too narrow (E. Korn and B. Graubard, Survey Methodology 24, 1998).
    """
    table = table[table[:, 1] > 0]
    shots, pairs = len(table), table[:, 1].sum()
    if not shots:
        return Rate(value=None, low=None, high=None, n=0, shots=0)
    value = float(table[:, 0].sum() / pairs)
    if shots < 2:
        return Rate(value=value, low=None, high=None, n=int(pairs), shots=shots)
    low, high = _resampled(table)
    exact = _exact(table, value)
    return Rate(
        value=value, low=min(low, exact[0]), high=max(high, exact[1]), n=int(pairs), shots=shots
    )


def difference(a: Floats, b: Floats) -> Rate:
    """Give how much more often `a` is right than `b` on the same pairs; tables (S, 2)."""
    table = np.stack([a[:, 0] - b[:, 0], a[:, 1]], axis=1)
    table = table[table[:, 1] > 0]
    shots, pairs = len(table), table[:, 1].sum()
    if shots < 2:
        value = float(table[:, 0].sum() / pairs) if shots else None
        return Rate(value=value, low=None, high=None, n=int(pairs), shots=shots)
    value = float(table[:, 0].sum() / pairs)
    low, high = between(value, *_resampled(table), reach=_robust(table, value))
    return Rate(value=value, low=low, high=high, n=int(pairs), shots=shots)


def between(value: float, low: float, high: float, *, reach: float) -> tuple[float, float]:
    """Give the wider of two intervals, end by end."""
    return min(low, value - reach), max(high, value + reach)


def drawn(shots: int) -> Floats:
    """How often each shot is drawn: (replicates, shots)."""
    chance = np.random.default_rng(SEED)
    return chance.multinomial(shots, np.full(shots, 1 / shots), size=REPLICATES).astype(float)


def by_shot(values: Mapping[str, float], shot_of: Mapping[str, str]) -> dict[str, list[str]]:
    """Gather items by shot, in the order of their names."""
    found: dict[str, list[str]] = {}
    for item in sorted(values):
        found.setdefault(shot_of[item], []).append(item)
    return found


def _resampled(table: Floats) -> tuple[float, float]:
    sums = drawn(len(table)) @ table
    low, high = np.quantile(sums[:, 0] / sums[:, 1], [0.025, 0.975])
    return float(low), float(high)


def _exact(table: Floats, value: float) -> tuple[float, float]:
    """Clopper-Pearson with as many pairs as independent ones would tell as much."""
    from scipy.special import betaincinv, stdtrit

    shots, pairs = len(table), float(table[:, 1].sum())
    reach = _robust(table, value)
    count = float(shots)  # all shots alike: no more than one word each
    if reach > 0:
        normal = stdtrit(pairs, 0.975) if pairs > 1 else 1.96
        count = min(pairs, value * (1 - value) * (normal / reach) ** 2)
    right, wrong = value * count, (1 - value) * count
    low = float(betaincinv(right, wrong + 1, 0.025)) if right > 0 else 0.0
    high = float(betaincinv(right + 1, wrong, 0.975)) if wrong > 0 else 1.0
    return low, high


def _robust(table: Floats, value: float) -> float:
    """Half-width of the ratio's t interval, linearised; shots are the clusters."""
    from scipy.special import stdtrit  # Student's t, without the weight of scipy.stats

    shots = len(table)
    off = (table[:, 0] - value * table[:, 1]) / table[:, 1].sum()
    return float(stdtrit(shots - 1, 0.975) * np.sqrt((off**2).sum() * shots / (shots - 1)))
