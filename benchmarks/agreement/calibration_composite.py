"""One number out of several metrics, only where people's ratings earned it.

Weights are fitted on pairs of takes within shots (logistic, no weight below zero) and tried on
shots that they were not fitted on. A pasted reference must not win a ranking of consistency: a take
whose `copy_paste` passes the flag's limit has no place at all, and `prompt_align` must carry
weight, so that a near copy loses what it does not perform.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.agreement import accuracy
from benchmarks.agreement.accuracy import Rate, Shot
from benchmarks.agreement.agree import CHANCE, LEAST_ACCURACY, LEAST_SHOTS, oriented
from benchmarks.agreement.calibration_maps import folds
from benchmarks.agreement.tables import Scores
from evaluators.flags import COPY_PASTE

Floats = NDArray[np.floating[Any]]

PASTE, PROMPT = "copy_paste", "prompt_align"
LEAST_MEASURED = 0.8  # of the rated takes: a metric seen on fewer takes no part
RIDGE = 1.0
LAST = -1e9  # the place of a disqualified take in a ranking


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """A weighted sum of standardised metrics, each turned so that more is better."""

    metrics: tuple[str, ...]
    weights: tuple[float, ...]  # sum 1
    means: tuple[float, ...]
    spreads: tuple[float, ...]
    paste_limit: float = COPY_PASTE

    def values(self, scores: Scores) -> dict[str, float]:
        """Give the composite of every take that has all its metrics and is no copy.

        A take of which nobody knows whether it is a copy has none either.
        """
        needed = [oriented(scores, m) for m in self.metrics if m in scores.values]
        pasted = scores.values.get(PASTE, {})
        if len(needed) < len(self.metrics):
            return {}
        found = {}
        for item in pasted:
            if pasted[item] <= self.paste_limit and all(item in m for m in needed):
                x = (np.array([m[item] for m in needed]) - self.means) / self.spreads
                found[item] = float(x @ np.array(self.weights))
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Composite:
    """What became of the attempt to make one number for a dimension."""

    dimension: str
    passed: bool
    reasons: tuple[str, ...]  # why not; and what a reader must know where it passed
    weights: Weights | None = None
    range_over_folds: Mapping[str, tuple[float, float]] | None = None  # of each weight
    accuracy: Rate | None = None  # within shot, on held-out shots
    best_single: str | None = None
    gain: Rate | None = None  # over the best single metric, on the same pairs
    disqualified: int = 0  # rated takes that are copies

    @property
    def surely_better(self) -> bool:
        """Say whether it surely beats the best single metric."""
        return self.gain is not None and self.gain.low is not None and self.gain.low > 0


@dataclass(frozen=True, slots=True)
class _Table:
    """Rated takes that are no copies, with every metric; and the copies."""

    metrics: tuple[str, ...]
    x: Floats  # (N, M), more is better
    people: Floats  # (N,)
    shot: tuple[str, ...]
    copy: NDArray[np.bool_]  # (N,)


def composite(scores: Scores, felt: Mapping[str, float], dimension: str) -> Composite:
    """Fit weights on ratings and try them on held-out shots; refuse below the gate.

    Args:
        scores: of all takes.
        felt: rated take → mean rating.
        dimension: what was rated.
    """
    missing = [m for m in (PASTE, PROMPT) if m not in scores.values]
    if missing:
        why = f"{' and '.join(missing)} not among the metrics: a copy of the reference could win"
        return _refused(dimension, why)
    table = _table(scores, felt)
    if PROMPT not in table.metrics or len(table.metrics) < 2:
        why = f"{PROMPT} and one metric more must be measured on most rated takes"
        return _refused(dimension, why)
    shots = len(set(table.shot))
    if shots < LEAST_SHOTS:
        return _refused(dimension, f"{shots} rated shots; at least {LEAST_SHOTS}")
    return _tried(table, dimension)


def _refused(dimension: str, why: str) -> Composite:
    return Composite(dimension=dimension, passed=False, reasons=(why,))


def _table(scores: Scores, felt: Mapping[str, float]) -> _Table:
    rated = [i for i in sorted(felt) if i in scores.values[PASTE]]
    enough = LEAST_MEASURED * len(rated)
    turned = {m: oriented(scores, m) for m in sorted(scores.values) if m != PASTE}
    kept = {m: v for m, v in turned.items() if sum(i in v for i in rated) >= max(1, enough)}
    whole = [i for i in rated if all(i in v for v in kept.values())]
    return _Table(
        metrics=tuple(kept),
        x=np.array([[v[i] for v in kept.values()] for i in whole]).reshape(len(whole), len(kept)),
        people=np.array([felt[i] for i in whole]),
        shot=tuple(scores.items[i].shot for i in whole),
        copy=np.array([scores.values[PASTE][i] > COPY_PASTE for i in whole], dtype=bool),
    )


def _tried(table: _Table, dimension: str) -> Composite:
    dealt = folds(table.shot)
    fold = np.array([dealt[s] for s in table.shot])
    said = np.full(len(table.people), LAST)
    parts = []
    for one in np.unique(fold):
        weights = _fit(table, fold != one)
        here = (fold == one) & ~table.copy
        said[here] = _apply(weights, table.x[here])
        parts.append(weights.weights)
    whole = _fit(table, np.ones(len(fold), dtype=bool))
    held_out = _counts(table, said)
    found = accuracy.rate(held_out)
    single, best = _best_single(table)
    gain = accuracy.difference(held_out, best)
    low, high = np.min(parts, axis=0), np.max(parts, axis=0)
    tried = Composite(
        dimension=dimension,
        passed=True,
        reasons=(),
        weights=whole,
        range_over_folds={
            m: (float(a), float(b)) for m, a, b in zip(table.metrics, low, high, strict=True)
        },
        accuracy=found,
        best_single=single,
        gain=gain,
        disqualified=int(table.copy.sum()),
    )
    return _judged(tried)


def _judged(tried: Composite) -> Composite:
    """Hold it against the gate."""
    rate, whole = tried.accuracy, tried.weights
    why = []
    if rate is None or rate.value is None or rate.low is None or whole is None:
        return replace(tried, passed=False, reasons=("no pair of takes that people tell apart",))
    if rate.shots < LEAST_SHOTS:
        why.append(f"{rate.shots} shots with takes told apart; at least {LEAST_SHOTS}")
    if rate.value < LEAST_ACCURACY:
        why.append(f"held-out accuracy {rate.value:.3f}; at least {LEAST_ACCURACY}")
    if rate.low <= CHANCE:
        why.append(f"held-out accuracy may be {rate.low:.3f}: not surely better than a coin")
    if whole.weights[whole.metrics.index(PROMPT)] <= 0:
        why.append(f"{PROMPT} carries no weight with these raters: a near copy could win")
    if why:
        return replace(tried, passed=False, reasons=tuple(why))
    if tried.surely_better:
        return tried
    said = (
        f"not surely better than {tried.best_single} alone: that metric says as much, and plainer"
    )
    return replace(tried, reasons=(said,))


def _fit(table: _Table, keep: NDArray[np.bool_]) -> Weights:
    """Fit weights to the pairs of the kept takes, copies aside."""
    from scipy.optimize import minimize

    use = keep & ~table.copy
    means, spreads = table.x[use].mean(0), table.x[use].std(0)
    spreads[spreads <= 0] = 1.0
    gaps = _gaps((table.x[use] - means) / spreads, table.people[use], np.array(table.shot)[use])

    def loss(w: Floats) -> tuple[float, Floats]:
        margin = gaps @ w
        slope = -gaps.T @ (1 / (1 + np.exp(np.clip(margin, -500, 500)))) + RIDGE * w
        return float(np.logaddexp(0, -margin).sum() + RIDGE / 2 * (w**2).sum()), slope

    width = len(table.metrics)
    fitted = minimize(loss, np.full(width, 0.1), jac=True, bounds=[(0, None)] * width).x
    total = float(fitted.sum())
    shares = fitted / total if total > 0 else np.full(width, 1 / width)
    return Weights(
        metrics=table.metrics,
        weights=tuple(shares.tolist()),
        means=tuple(means.tolist()),
        spreads=tuple(spreads.tolist()),
    )


def _gaps(x: Floats, people: Floats, shot: NDArray[np.str_]) -> Floats:
    """Give x of the better take less x of the worse one, for pairs that people tell apart."""
    found = [np.zeros((0, x.shape[1]))]
    for one in np.unique(shot):
        rows = np.flatnonzero(shot == one)
        a, b = np.triu_indices(len(rows), 1)
        sign = np.sign(people[rows[a]] - people[rows[b]])
        gaps = (x[rows[a]] - x[rows[b]]) * sign[:, None]
        found.append(gaps[sign != 0])
    return np.concatenate(found)


def _apply(weights: Weights, x: Floats) -> Floats:
    scaled = (x - np.array(weights.means)) / np.array(weights.spreads)
    return np.asarray(scaled @ np.array(weights.weights))


def _counts(table: _Table, said: Floats) -> Floats:
    """Count right answers and pairs in each shot, in the order of the shots: (S, 2)."""
    owner = np.array(table.shot)
    rows = [np.flatnonzero(owner == one) for one in np.unique(owner)]
    return np.array([accuracy.counts(Shot(said[r], table.people[r])) for r in rows]).reshape(-1, 2)


def _best_single(table: _Table) -> tuple[str, Floats]:
    """Find the metric that agrees best on all shots, copies last there too: the hardest rival."""
    tables = [
        _counts(table, np.where(table.copy, LAST, table.x[:, n])) for n in range(len(table.metrics))
    ]
    best = max(range(len(tables)), key=lambda n: (tables[n][:, 0].sum(), -n))
    return table.metrics[best], tables[best]
