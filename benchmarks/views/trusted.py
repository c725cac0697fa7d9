"""Metrics beside people's votes, as JSON: how often each picks the take that people prefer.

Only pairs that somebody voted on count, each once, by the majority of its raters. A take's share of
wins would depend on what it was shown against, and would rank takes that nobody compared.
"""

from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean
from typing import Any

import numpy as np

from benchmarks.agreement import reliability
from benchmarks.agreement.accuracy import Rate, rate
from benchmarks.agreement.agree import LEAST_ACCURACY, LEAST_SHOTS, oriented, standing
from benchmarks.agreement.tables import Item, Scores
from benchmarks.comparing.wording import title
from benchmarks.domain.study import Kind
from benchmarks.domain.vote import Outcome
from benchmarks.views.case import Case
from benchmarks.views.polls import QUESTION
from benchmarks.votes.poll import Poll, removed, said
from evaluators.domain.score import Direction

Json = dict[str, Any]
Pair = tuple[str, str, str]  # shot, and two takes of it
Wins = dict[Pair, dict[str, float]]  # pair → rater → how often the first take won, ties half
WINS = {Outcome.LEFT: 1.0, Outcome.RIGHT: 0.0, Outcome.TIE: 0.5}
EVEN = 0.5


def trusted(cases: Sequence[Case], polls: Sequence[Poll]) -> Json:
    """Compare every metric with the votes of closed studies; empty where nobody voted.

    Of two takes that people compared and tell apart, a metric is right where it prefers theirs; one
    half is chance. The ceiling is how often one person says what the others say of a pair.
    """
    wins = _wins(polls)
    if not wins:
        return {}
    shots = {take: shot for shot, *pair in wins for take in pair}
    scores = _scores(cases, shots)
    felt = {pair: fmean(by.values()) for pair, by in wins.items()}
    rows = [(m, _accuracy(oriented(scores, m), felt)) for m in sorted(scores.values)]
    both = _both_ways(wins)
    alpha = reliability.alpha(both, {side: side[0] for side in both})
    return {
        "question": QUESTION,
        "raters": len({r for by in wins.values() for r in by}),
        "shots": len(set(shots.values())),
        "least_shots": LEAST_SHOTS,
        "least_accuracy": LEAST_ACCURACY,
        "ceiling": reliability.ceiling(both, {side: frozenset(side) for side in both}),
        "alpha": {"value": alpha.value, "ci_low": alpha.low, "ci_high": alpha.high},
        "metrics": [_row(metric, found) for metric, found in rows if found.n],
    }


def _row(metric: str, found: Rate) -> Json:
    return {
        "metric": metric,
        "metric_title": title(metric),
        "accuracy": found.value,
        "ci_low": found.low,
        "ci_high": found.high,
        "pairs": found.n,
        "shots": found.shots,
        "status": standing(found),
    }


def _wins(polls: Sequence[Poll]) -> Wins:
    """Give what each rater said of each pair; the takes of a pair stand in the order of ids."""
    cast_on: dict[Pair, dict[str, list[float]]] = {}
    for poll in polls:
        for slot, cast in said(poll.given) if poll.result else ():
            outcome = WINS.get(cast.outcome)
            if slot.kind is not Kind.PAIR or outcome is None or removed(poll, slot, cast):
                continue
            left, right = slot.left.take, slot.right.take
            pair = f"{slot.pack}/{slot.shot}", min(left, right), max(left, right)
            won = outcome if left <= right else 1 - outcome
            cast_on.setdefault(pair, {}).setdefault(cast.rater, []).append(won)
    return {pair: {r: fmean(w) for r, w in by.items()} for pair, by in cast_on.items()}


def _both_ways(wins: Wins) -> Wins:
    """Turn every pair round beside itself: which take stands first says nothing."""
    turned = {(s, b, a): {r: 1 - w for r, w in by.items()} for (s, a, b), by in wins.items()}
    return {**wins, **turned}


def _accuracy(better: Mapping[str, float], felt: Mapping[Pair, float]) -> Rate:
    """Count the pairs with a majority on which a metric (more is better) sides with it."""
    tables: dict[str, tuple[float, int]] = {}
    for (shot, a, b), won in felt.items():
        if won == EVEN or a not in better or b not in better:
            continue
        tie = better[a] == better[b]
        right = EVEN if tie else float((better[a] > better[b]) == (won > EVEN))
        before = tables.get(shot, (0.0, 0))
        tables[shot] = before[0] + right, before[1] + 1
    return rate(np.array(list(tables.values()), dtype=float).reshape(-1, 2))


def _scores(cases: Sequence[Case], shots: Mapping[str, str]) -> Scores:
    """Gather what was measured of takes that were voted on; several characters as their mean."""
    found: dict[str, dict[str, list[float]]] = {}
    directions: dict[str, Direction] = {}
    for take, metric, direction, value in _measured(cases):
        if take in shots:
            found.setdefault(metric, {}).setdefault(take, []).append(value)
            directions[metric] = direction
    recipes = {take: t.recipe for case in cases for take, t in case.trial_of.items()}
    return Scores(
        items={t: Item(id=t, shot=s, model=recipes.get(t, "")) for t, s in shots.items()},
        values={m: {t: fmean(v) for t, v in by.items()} for m, by in found.items()},
        directions=directions,
    )


def _measured(cases: Sequence[Case]) -> Iterator[tuple[str, str, Direction, float]]:
    for case in cases:
        for take, scored in case.scored.items():
            for score in scored.scores:
                if score.value is not None:
                    yield take, score.metric, score.direction, score.value
