"""From a metric's number to what people would say: monotone maps, and how they do on other shots.

All takes of a shot stay in one fold, so that nothing is tried on a shot that it was fitted on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.agreement.accuracy import Rate, difference

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.int_]

FOLDS = 10
LEAST_FOR_FOLDS = 10  # shots
BINS = 10
MISS = 0.1  # share of new takes that a 90 % interval may miss
STEPS = 50


class Way(StrEnum):
    """How a number is mapped."""

    ISOTONIC = "isotonic"  # any curve that never falls
    LOGISTIC = "logistic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Map:
    """A curve that never falls, from a metric (higher is better) to 0..1."""

    way: Way
    knots: tuple[float, ...] = ()  # isotonic: straight lines between these
    values: tuple[float, ...] = ()
    intercept: float = 0.0  # logistic: 1 / (1 + exp(-(intercept + slope x)))
    slope: float = 0.0

    def at(self, x: Floats) -> Floats:
        """Map numbers."""
        if self.way is Way.ISOTONIC:
            return np.asarray(np.interp(x, self.knots, self.values))
        return _sigmoid(self.intercept + self.slope * x)


@dataclass(frozen=True, slots=True)
class Sample:
    """Numbers x, what people said y (0..1), and the shot of each: all of one length."""

    x: Floats
    y: Floats
    shot: Ints

    @property
    def shots(self) -> int:
        """Count the shots."""
        return len(np.unique(self.shot))

    def where(self, keep: NDArray[np.bool_]) -> "Sample":
        """Give a part."""
        return Sample(self.x[keep], self.y[keep], self.shot[keep])


def fit(way: Way, sample: Sample) -> Map:
    """Fit a map by least squares (isotonic) or by likelihood (logistic, fractions allowed)."""
    return _isotonic(sample) if way is Way.ISOTONIC else _logistic(sample)


def folds(shots: Sequence[str]) -> Mapping[str, int]:
    """Deal shots into folds, the same way each time and whatever their order."""
    order = sorted(set(shots), key=lambda s: sha256(s.encode()).digest())
    count = min(FOLDS, len(order))
    return {shot: place % count for place, shot in enumerate(order)}


def held_out(way: Way, sample: Sample, fold: Ints) -> Floats:
    """Predict each row by a map fitted on the other folds."""
    found = np.empty(len(sample.x))
    for one in np.unique(fold):
        here = fold == one
        found[here] = fit(way, sample.where(~here)).at(sample.x[here])
    return found


def brier(said: Floats, sample: Sample) -> Rate:
    """Mean squared distance of probabilities and outcomes, with its interval over shots."""
    return mean_over((said - sample.y) ** 2, sample.shot)


def mean_over(values: Floats, shot: Ints) -> Rate:
    """Give the mean of values, with its interval over shots."""
    _, owner = np.unique(shot, return_inverse=True)
    sums = np.stack([np.bincount(owner, values), np.bincount(owner) * 1.0], axis=1)
    return difference(sums, np.stack([np.zeros(len(sums)), sums[:, 1]], axis=1))


def expected_error(said: Floats, happened: Floats) -> float:
    """Give the expected calibration error over ten bins of equal size (Naeini et al., 2015)."""
    order = np.argsort(said, kind="stable")
    parts = [p for p in np.array_split(order, BINS) if len(p)]
    off = [len(p) * abs(said[p].mean() - happened[p].mean()) for p in parts]
    return float(sum(off) / len(said))


def reach(way: Way, sample: Sample, fold: Ints) -> float | None:
    """Give the half-width that holds 90 % of takes of new shots; None with too few shots.

    Conformal over shots: each shot weighs the same, its takes share its weight, and the new shot
    counts as one that nobody saw (Y. Lee, R. Barber and R. Willett, arXiv:2306.06342). Residuals
    are held-out ones.
    """
    off = np.abs(held_out(way, sample, fold) - sample.y)
    _, owner, size = np.unique(sample.shot, return_inverse=True, return_counts=True)
    weight = 1.0 / ((len(size) + 1) * size[owner])
    order = np.argsort(off)
    reached = np.cumsum(weight[order]) >= 1 - MISS - 1e-12
    return float(off[order][reached.argmax()]) if reached.any() else None


def measured_coverage(way: Way, sample: Sample, fold: Ints) -> Rate:
    """Count how often the 90 % interval holds: map and width made without the shots it is tried on.

    A fold for which the others are too few shots is left out.
    """
    inside = np.full(len(sample.x), np.nan)
    for one in np.unique(fold):
        here = fold == one
        rest = sample.where(~here)
        width = reach(way, rest, fold[~here])
        if width is not None:
            off = np.abs(fit(way, rest).at(sample.x[here]) - sample.y[here])
            inside[here] = off <= width
    tried = ~np.isnan(inside)
    if not tried.any():
        return Rate(value=None, low=None, high=None, n=0, shots=0)
    return mean_over(inside[tried], sample.shot[tried])


def _isotonic(sample: Sample) -> Map:
    from scipy.optimize import isotonic_regression

    knots, owner, size = np.unique(sample.x, return_inverse=True, return_counts=True)
    means = np.bincount(owner, sample.y) / size
    values = isotonic_regression(means, weights=size).x
    inner = np.ones(len(knots), dtype=bool)
    inner[1:-1] = (values[1:-1] != values[:-2]) | (values[1:-1] != values[2:])
    return Map(
        way=Way.ISOTONIC, knots=tuple(knots[inner].tolist()), values=tuple(values[inner].tolist())
    )


def _logistic(sample: Sample) -> Map:
    """Newton's method with the lightest ridge, so that separable data has an answer."""
    middle, spread = sample.x.mean(), sample.x.std() or 1.0
    table = np.stack([np.ones(len(sample.x)), (sample.x - middle) / spread], axis=1)
    found = np.zeros(2)
    ridge = 1e-3 * len(sample.x)
    for _ in range(STEPS):
        chance = _sigmoid(table @ found)
        slope = table.T @ (sample.y - chance) - ridge * found
        bend = (table * (chance * (1 - chance))[:, None]).T @ table + ridge * np.eye(2)
        step = np.linalg.solve(bend, slope)
        found = found + step
        if np.abs(step).max() < 1e-10:
            break
    steep = max(0.0, float(found[1])) / spread
    level = float(found[0]) if steep else _logit(float(sample.y.mean()))
    return Map(way=Way.LOGISTIC, intercept=level - steep * float(middle), slope=float(steep))


def _sigmoid(x: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(x, -500, 500))))


def _logit(share: float) -> float:
    inside = min(max(share, 1e-6), 1 - 1e-6)
    return float(np.log(inside / (1 - inside)))
