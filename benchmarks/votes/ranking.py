"""Who is better than whom, as far as the votes can tell.

Elo scale (400 / ln 10), mean 1000. An interval reaches as far as the percentiles of two-way
bootstrap replicates (`resampling.py`) and as the two-way cluster-robust t interval
(`clustered.py`), whichever is further: with few raters or shots the replicates lie too close
together. In simulated studies of 5 to 60 shots and 2 to 30 raters the truth lay inside 93 % of them
or more. A model ranks below those only that are surely better: simultaneous 95 % over all
differences (max-t; T. Hothorn, F. Bretz and P. Westfall, Biometrical Journal 50, 2008).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.domain.vote import Outcome
from benchmarks.votes.ballots import Ballots
from benchmarks.votes.clustered import (
    Clustered,
    clustered,
    pulls_of_sides,
    pulls_of_strengths,
)
from benchmarks.votes.resampling import Table, table
from benchmarks.votes.strength import connected, parts, strengths

Floats = NDArray[np.floating[Any]]

ELO = 400 / math.log(10)
MEAN = 1000.0
LEVEL = 0.95
LOST = 0.025  # more replicates than that without strengths: the interval has an open end
NORMAL = 1.959964  # 97.5 % of a standard normal distribution lie below


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One model; None where the votes cannot give a number."""

    name: str
    elo: float | None
    ci_low: float | None
    ci_high: float | None
    rank_low: int | None  # best rank that it may have
    rank_high: int | None
    votes: int
    win_rate: float | None  # (wins + half the ties) / (votes - both_fail)
    both_fail_rate: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionBias:
    """How often the left side wins, ties aside; .5 with blind, balanced sides."""

    left_win_rate: float | None
    ci_low: float | None
    ci_high: float | None
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """What the votes say, best model first."""

    n_votes: int
    n_raters: int
    n_shots: int
    models: tuple[Standing, ...]
    groups: tuple[tuple[str, ...], ...]  # nobody in a group is surely better than another in it
    position_bias: PositionBias
    wins: tuple[tuple[float, ...], ...]  # row beat column, in the order of `models`; ties half
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Estimate:
    theta: Floats  # (K,)
    low: Floats | None  # (K,)
    high: Floats | None
    better: NDArray[np.bool_] | None  # (K, K): row is surely better than column


def rank(ballots: Ballots) -> Ranking:
    """Rank whatever was compared; says in words where it cannot."""
    cells = table(ballots)
    wins = cells.total()
    drawn, drawn_sides = cells.replicates()
    warnings = list(ballots.warnings)
    estimate = _estimate(cells, wins, drawn, ballots.models, warnings)
    order = _order(ballots.models, wins, estimate)
    tally = _tally(ballots)
    return Ranking(
        n_votes=ballots.n,
        n_raters=cells.raters,
        n_shots=cells.shots,
        models=tuple(_standing(i, ballots.models, wins, tally, estimate) for i in order),
        groups=_groups([ballots.models[i] for i in order], order, estimate),
        position_bias=_position(cells, drawn_sides),
        wins=tuple(tuple(float(wins[i, j]) for j in order) for i in order),
        warnings=tuple(warnings),
    )


def _estimate(
    cells: Table, wins: Floats, drawn: Floats, names: Sequence[str], warnings: list[str]
) -> _Estimate | None:
    if not connected(wins):
        groups = " | ".join(", ".join(names[i] for i in part) for part in parts(wins))
        warnings.append(
            f"no strengths: the votes do not tie everybody together; parts: {groups}. "
            "Within a part everybody beat everybody, directly or through others; ask for votes "
            "between the parts, or leave some out"
        )
        return None
    theta = strengths(wins)
    if min(cells.raters, cells.shots) < 2:
        what = "one rater" if cells.raters < 2 else "one shot"
        warnings.append(f"{what}: no interval, nothing is said about others")
        return _Estimate(theta, None, None, None)
    fit = connected(drawn)
    lost = 1 - fit.mean()
    if lost > LOST:
        warnings.append(
            f"no intervals: {lost:.0%} of the bootstrap replicates leave somebody without a win or "
            "without a defeat; more votes are needed"
        )
        return _Estimate(theta, None, None, None)
    if lost:
        warnings.append(f"{lost:.1%} of the bootstrap replicates had no strengths; left out")
    near = clustered(cells, pulls_of_strengths(cells, theta))
    return _intervals(theta, strengths(drawn[fit]), near)


def _intervals(theta: Floats, drawn: Floats, near: Clustered) -> _Estimate:
    low, high = _ends(theta, drawn, near.reaches())
    gaps = theta[:, None] - theta[None, :]
    moved = (drawn[:, :, None] - drawn[:, None, :]) - gaps
    spread = moved.std(0)
    np.fill_diagonal(spread, np.inf)
    critical = np.quantile((np.abs(moved) / spread).max(axis=(1, 2)), LEVEL)
    widest = np.maximum(spread, near.gaps() / NORMAL)
    return _Estimate(theta, low, high, gaps > critical * widest)


def _ends(value: Floats, drawn: Floats, reach: Floats) -> tuple[Floats, Floats]:
    """Percentiles of the replicates, or the robust interval where that is wider."""
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail], axis=0)
    return np.minimum(low, value - reach), np.maximum(high, value + reach)


def _order(names: Sequence[str], wins: Floats, estimate: _Estimate | None) -> list[int]:
    """Strongest first; by share of wins where there are no strengths."""
    if estimate is not None:
        return sorted(range(len(names)), key=lambda i: (-estimate.theta[i], names[i]))
    games = wins.sum(0) + wins.sum(1)
    share = np.where(games > 0, wins.sum(1) / np.maximum(games, 1), -1)
    return sorted(range(len(names)), key=lambda i: (-share[i], names[i]))


def _tally(ballots: Ballots) -> dict[str, tuple[int, int]]:
    """Votes and both_fail of each model."""
    counted = dict.fromkeys(ballots.models, (0, 0))
    for vote, n in ballots.counts.items():
        failed = n if vote.outcome is Outcome.BOTH_FAIL else 0
        for name in (vote.left, vote.right):
            votes, fails = counted[name]
            counted[name] = (votes + n, fails + failed)
    return counted


def _standing(
    i: int,
    names: Sequence[str],
    wins: Floats,
    tally: dict[str, tuple[int, int]],
    estimate: _Estimate | None,
) -> Standing:
    votes, failed = tally[names[i]]
    judged = votes - failed
    better = None if estimate is None else estimate.better
    return Standing(
        name=names[i],
        elo=None if estimate is None else elo(float(estimate.theta[i])),
        ci_low=None if estimate is None or estimate.low is None else elo(float(estimate.low[i])),
        ci_high=None if estimate is None or estimate.high is None else elo(float(estimate.high[i])),
        rank_low=None if better is None else 1 + int(better[:, i].sum()),
        rank_high=None if better is None else len(names) - int(better[i].sum()),
        votes=votes,
        win_rate=float(wins[i].sum()) / judged if judged else None,
        both_fail_rate=failed / votes,
    )


def elo(theta: float) -> float:
    """Logits to the Elo scale."""
    return MEAN + ELO * theta


def _groups(
    names: Sequence[str], order: Sequence[int], estimate: _Estimate | None
) -> tuple[tuple[str, ...], ...]:
    """Longest runs down the ranking in which nobody is surely better than another."""
    if estimate is None or estimate.better is None:
        return ()
    better = estimate.better[np.ix_(order, order)]
    runs: list[range] = []
    for start in range(len(names)):
        stop = start + 1
        while stop < len(names) and not better[start : stop + 1, start : stop + 1].any():
            stop += 1
        if not runs or stop > runs[-1].stop:
            runs.append(range(start, stop))
    return tuple(tuple(names[i] for i in run) for run in runs)


def _position(cells: Table, drawn: Floats) -> PositionBias:
    """Left wins among votes with a winner, with the same replicates."""
    sides = cells.sides.sum(0)
    n = int(sides.sum())
    rate = float(sides[0] / n) if n else None
    if rate is None or min(cells.raters, cells.shots) < 2:
        return PositionBias(left_win_rate=rate, ci_low=None, ci_high=None, n=n)
    some = drawn[drawn.sum(1) > 0]
    reach = clustered(cells, pulls_of_sides(cells.sides)).reaches()
    low, high = _ends(np.array([rate]), some[:, :1] / some.sum(1, keepdims=True), reach)
    return PositionBias(
        left_win_rate=rate, ci_low=max(0.0, float(low[0])), ci_high=min(1.0, float(high[0])), n=n
    )
