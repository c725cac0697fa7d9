"""Metrics beside people's votes, as JSON: how often each picks the take that people prefer."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean
from typing import Any

from benchmarks.agreement import reliability
from benchmarks.agreement.agree import LEAST_ACCURACY, LEAST_SHOTS, MetricAgreement, against
from benchmarks.agreement.tables import Item, Scores
from benchmarks.comparing.wording import title
from benchmarks.domain.study import Kind
from benchmarks.domain.vote import Outcome
from benchmarks.views.case import Case
from benchmarks.views.polls import QUESTION
from benchmarks.votes.poll import Poll, removed, said
from evaluators.domain.score import Direction

Json = dict[str, Any]
Wins = dict[str, dict[str, list[float]]]  # take → rater → of each of its pairs, ties half
WINS = {Outcome.LEFT: 1.0, Outcome.RIGHT: 0.0, Outcome.TIE: 0.5}


def trusted(cases: Sequence[Case], polls: Sequence[Poll]) -> Json:
    """Compare every metric with the votes of closed studies; empty where nobody voted.

    Of two takes of a shot that people tell apart, a metric is right where it prefers theirs; one
    half is chance. The ceiling is how often one person says what the others say.
    """
    wins, shots = _wins(polls)
    if not wins:
        return {}
    rated = {take: {r: fmean(w) for r, w in by.items()} for take, by in wins.items()}
    felt = {take: fmean(by.values()) for take, by in rated.items()}
    scores = _scores(cases, shots)
    rows = [against(m, QUESTION, scores, felt) for m in sorted(scores.values)]
    alpha = reliability.alpha(rated, shots)
    return {
        "question": QUESTION,
        "raters": len({r for by in rated.values() for r in by}),
        "shots": len({shots[take] for take in rated}),
        "least_shots": LEAST_SHOTS,
        "least_accuracy": LEAST_ACCURACY,
        "ceiling": reliability.ceiling(rated, shots),
        "alpha": {"value": alpha.value, "ci_low": alpha.low, "ci_high": alpha.high},
        "metrics": [_row(row) for row in rows if row.accuracy.n],
    }


def _row(row: MetricAgreement) -> Json:
    return {
        "metric": row.metric,
        "metric_title": title(row.metric),
        "accuracy": row.accuracy.value,
        "ci_low": row.accuracy.low,
        "ci_high": row.accuracy.high,
        "pairs": row.accuracy.n,
        "shots": row.accuracy.shots,
        "status": row.status,
    }


def _wins(polls: Sequence[Poll]) -> tuple[Wins, Mapping[str, str]]:
    """Give what each rater said of each take, and each take's shot."""
    wins: Wins = {}
    shots: dict[str, str] = {}
    for poll in polls:
        for slot, cast in said(poll.given) if poll.result else ():
            outcome = WINS.get(cast.outcome)
            if slot.kind is not Kind.PAIR or outcome is None or removed(poll, slot, cast):
                continue
            for take, won in ((slot.left.take, outcome), (slot.right.take, 1 - outcome)):
                wins.setdefault(take, {}).setdefault(cast.rater, []).append(won)
                shots[take] = f"{slot.pack}/{slot.shot}"
    return wins, shots


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
