"""How far raters agree with each other: the ceiling for any metric."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from benchmarks.agreement.accuracy import Shot, between, counts, drawn, rate

Floats = NDArray[np.floating[Any]]
OfItem = Mapping[str, float]  # rater → value
Of = TypeVar("Of", bound=Hashable)  # what was rated: a take, or two takes that were compared


@dataclass(frozen=True, slots=True, kw_only=True)
class Alpha:
    """Krippendorff's alpha with its 95 % interval; None where it is not defined."""

    value: float | None
    low: float | None = None
    high: float | None = None


def alpha(items: Mapping[Of, OfItem], shot_of: Mapping[Of, Hashable]) -> Alpha:
    """Krippendorff's alpha with interval distance; shots are resampled.

    alpha = 1 - observed / expected disagreement (K. Krippendorff, Content Analysis, 2004). Items
    rated once say nothing. With squared differences both sums need only sizes, sums and sums of
    squares, so resampling is one matrix product.
    """
    shots: dict[Hashable, Floats] = {}
    for item, ratings in items.items():
        if len(ratings) >= 2:
            shots.setdefault(shot_of[item], np.zeros(4))
            shots[shot_of[item]] += _parts(np.array(list(ratings.values())))
    if not shots:
        return Alpha(value=None)
    table = np.array(list(shots.values()))
    value = _alpha(table.sum(0)[None])[0]
    if np.isnan(value):
        return Alpha(value=None)
    low, high = _interval(table, float(value))
    return Alpha(value=float(value), low=low, high=high)


def _parts(ratings: Floats) -> Floats:
    """Sizes, sum, sum of squares, and disagreement within the item."""
    within = 2 * len(ratings) * ((ratings - ratings.mean()) ** 2).sum() / (len(ratings) - 1)
    return np.array([len(ratings), ratings.sum(), (ratings**2).sum(), within])


def _alpha(sums: Floats) -> Floats:
    n, total, squares, within = sums.T
    spread = 2 * (squares - total**2 / n) / (n - 1)
    level = np.maximum(spread, 0) <= 1e-12 * np.maximum(1, squares / n)
    return np.asarray(np.where(level, np.nan, 1 - within / n / np.where(level, 1, spread)))


def _interval(table: Floats, value: float) -> tuple[float | None, float | None]:
    from scipy.special import stdtrit  # Student's t, without the weight of scipy.stats

    count = len(table)
    if count < 3:
        return None, None
    found = _alpha(drawn(count) @ table)
    low, high = np.nanquantile(found, [0.025, 0.975])
    left = _alpha(table.sum(0) - table)
    if np.isnan(left).any():
        return float(low), float(high)
    error = np.sqrt((count - 1) / count * ((left - left.mean()) ** 2).sum())
    return between(value, float(low), float(high), reach=float(stdtrit(count - 1, 0.975) * error))


def ceiling(items: Mapping[Of, OfItem], shot_of: Mapping[Of, Hashable]) -> float | None:
    """Within-shot accuracy of one rater against the mean of the others, over all raters."""
    raters = sorted({r for ratings in items.values() for r in ratings})
    table = [counts(shot) for rater in raters for shot in _against_others(items, shot_of, rater)]
    return rate(np.array(table).reshape(-1, 2)).value


def _against_others(
    items: Mapping[Of, OfItem], shot_of: Mapping[Of, Hashable], rater: str
) -> Sequence[Shot]:
    shots: dict[Hashable, list[tuple[float, float]]] = {}
    for item, ratings in items.items():
        others = [v for r, v in ratings.items() if r != rater]
        if rater in ratings and others:
            shots.setdefault(shot_of[item], []).append((ratings[rater], fmean(others)))
    return [Shot(*np.array(rows).T) for rows in shots.values()]
