"""Contrasts: is one recipe better than another, as declared before the first vote.

The difference of two Bradley-Terry strengths with the wider of two errors, that of the two-way
bootstrap and that of two-way clusters, and Student's t at the latter's degrees of freedom. Several
declared contrasts are adjusted by Holm (S. Holm, Scandinavian Journal of Statistics 6, 1979); the
intervals are adjusted by Bonferroni, which is wider.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.votes.ballots import Ballots
from benchmarks.votes.clustered import Clustered, clustered, pulls_of_strengths
from benchmarks.votes.ranking import ELO, LEVEL, LOST
from benchmarks.votes.resampling import Floats, table
from benchmarks.votes.strength import connected, strengths


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """`first` against `second`; None where the votes give no number."""

    first: str
    second: str
    elo: float | None  # of the first less that of the second
    ci_low: float | None  # at 95 % over all declared ones together
    ci_high: float | None
    p: float | None  # adjusted by Holm
    better: str | None  # None = no difference detected


@dataclass(frozen=True, slots=True)
class _Fit:
    names: tuple[str, ...]
    theta: Floats
    drawn: Floats
    near: Clustered


def contrasts(ballots: Ballots, declared: Sequence[tuple[str, str]]) -> tuple[Contrast, ...]:
    """Answer the declared contrasts; at 95 % over all of them together."""
    fit = _fit(ballots)
    if fit is None or not declared:
        return tuple(_unknown(pair) for pair in declared)
    found = [_gap(fit, pair) for pair in declared]
    adjusted = holm([p for *_, p in found])
    return tuple(
        _contrast(pair, gap, p, len(declared))
        for pair, gap, p in zip(declared, found, adjusted, strict=True)
    )


def holm(values: Sequence[float | None]) -> list[float | None]:
    """Adjust p-values for their number; what has none stays out of the count."""
    order = sorted((p, i) for i, p in enumerate(values) if p is not None)
    adjusted: list[float | None] = [None] * len(values)
    highest = 0.0
    for place, (p, i) in enumerate(order):
        highest = max(highest, min(1.0, p * (len(order) - place)))
        adjusted[i] = highest
    return adjusted


def _fit(ballots: Ballots) -> _Fit | None:
    if not ballots.counts:
        return None
    cells = table(ballots)
    wins = cells.total()
    if min(cells.raters, cells.shots) < 2 or len(ballots.models) < 2 or not connected(wins):
        return None
    drawn, _ = cells.replicates()
    whole = connected(drawn)
    if 1 - whole.mean() > LOST:
        return None
    theta = strengths(wins)
    near = clustered(cells, pulls_of_strengths(cells, theta))
    return _Fit(ballots.models, theta, strengths(drawn[whole]), near)


_Gap = tuple[float, float, float, float | None]  # difference, error, freedom, p


def _gap(fit: _Fit, pair: tuple[str, str]) -> _Gap:
    from scipy.special import stdtr

    if not set(pair) <= set(fit.names):
        return 0.0, 0.0, 1.0, None
    i, j = (fit.names.index(name) for name in pair)
    gap = float(fit.theta[i] - fit.theta[j])
    near, freedom = fit.near.spread(i, j)
    error = max(near, float(np.std(fit.drawn[:, i] - fit.drawn[:, j])))
    p = 2 * (1 - float(stdtr(freedom, abs(gap) / error))) if error else 1.0
    return gap, error, freedom, p


def _contrast(pair: tuple[str, str], found: _Gap, adjusted: float | None, count: int) -> Contrast:
    from scipy.special import stdtrit

    gap, error, freedom, p = found
    if p is None or adjusted is None:
        return _unknown(pair)
    reach = float(stdtrit(freedom, 1 - (1 - LEVEL) / (2 * count))) * error
    first, second = pair
    winner = first if gap > 0 else second
    return Contrast(
        first=first,
        second=second,
        elo=ELO * gap,
        ci_low=ELO * (gap - reach),
        ci_high=ELO * (gap + reach),
        p=adjusted,
        better=winner if adjusted < 1 - LEVEL else None,
    )


def _unknown(pair: tuple[str, str]) -> Contrast:
    first, second = pair
    return Contrast(
        first=first, second=second, elo=None, ci_low=None, ci_high=None, p=None, better=None
    )
