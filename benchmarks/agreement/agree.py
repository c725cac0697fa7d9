"""Every metric against every dimension that people rated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean

import numpy as np

from benchmarks.agreement import accuracy, correlation, reliability
from benchmarks.agreement.accuracy import Rate, Shot
from benchmarks.agreement.reliability import Alpha
from benchmarks.agreement.tables import Item, Ratings, Scores
from evaluators.domain.score import Direction

VALIDATED, DIAGNOSTIC = "validated", "diagnostic"
LEAST_SHOTS, LEAST_ACCURACY, CHANCE = 30, 0.65, 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricAgreement:
    """One metric against one dimension."""

    metric: str
    dimension: str
    accuracy: Rate  # within shot
    spearman: float | None
    spearman_ci: tuple[float, float] | None
    kendall_tau_b: float | None
    system_spearman: float | None
    n_systems: int

    @property
    def status(self) -> str:
        """Say whether the metric may speak for people."""
        return standing(self.accuracy)


def standing(found: Rate) -> str:
    """Say whether a metric that picks people's takes so often may speak for them: the gate."""
    if found.value is None or found.low is None or found.shots < LEAST_SHOTS:
        return DIAGNOSTIC
    return VALIDATED if found.value >= LEAST_ACCURACY and found.low > CHANCE else DIAGNOSTIC


@dataclass(frozen=True, slots=True, kw_only=True)
class HumanAgreement:
    """Raters among themselves on one dimension."""

    alpha: Alpha
    ceiling_accuracy: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricDifference:
    """How much more often one metric agrees with people than another, on the same pairs."""

    a: str
    b: str
    dimension: str
    difference: Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Everything that scores and ratings say about each other."""

    metrics: tuple[MetricAgreement, ...]
    human: Mapping[str, HumanAgreement]
    differences: tuple[MetricDifference, ...]
    warnings: tuple[str, ...]


def agree(scores: Scores, ratings: Ratings) -> Agreement:
    """Compare; an item's rating is the mean over its raters."""
    shot_of = {item.id: item.shot for item in scores.items.values()}
    metrics, differences, human = [], [], {}
    for dimension in sorted(ratings):
        rated = {i: r for i, r in ratings[dimension].items() if i in shot_of}
        felt = {item: fmean(r.values()) for item, r in rated.items()}
        metrics += [against(m, dimension, scores, felt) for m in sorted(scores.values)]
        differences += _differences(dimension, scores, felt)
        human[dimension] = HumanAgreement(
            alpha=reliability.alpha(rated, shot_of),
            ceiling_accuracy=reliability.ceiling(rated, shot_of),
        )
    return Agreement(
        metrics=tuple(metrics),
        human=human,
        differences=tuple(differences),
        warnings=tuple(_warnings(scores, ratings)),
    )


def against(
    metric: str, dimension: str, scores: Scores, felt: Mapping[str, float]
) -> MetricAgreement:
    """Compare one metric with what people felt; item → mean rating."""
    said = oriented(scores, metric)
    shots = list(_shots(said, felt, scores.items).values())
    systems = _systems(said, felt, scores.items)
    pooled = Shot(
        np.concatenate([s.metric for s in shots]) if shots else np.array([]),
        np.concatenate([s.people for s in shots]) if shots else np.array([]),
    )
    return MetricAgreement(
        metric=metric,
        dimension=dimension,
        accuracy=accuracy.pairwise(shots),
        spearman=correlation.spearman(pooled.metric, pooled.people),
        spearman_ci=correlation.spearman_interval(shots),
        kendall_tau_b=correlation.kendall(shots),
        system_spearman=correlation.spearman(systems.metric, systems.people),
        n_systems=len(systems.metric),
    )


def oriented(scores: Scores, metric: str) -> dict[str, float]:
    """Turn values so that more is better; a signed difference is best at zero."""
    values = scores.values[metric]
    match scores.directions[metric]:
        case Direction.HIGHER:
            return dict(values)
        case Direction.LOWER:
            return {item: -v for item, v in values.items()}
        case Direction.NONE:
            return {item: -abs(v) for item, v in values.items()}


def _shots(
    said: Mapping[str, float], felt: Mapping[str, float], items: Mapping[str, Item]
) -> dict[str, Shot]:
    both = {item: said[item] for item in said if item in felt}
    found = accuracy.by_shot(both, {i: items[i].shot for i in both})
    return {
        shot: Shot(np.array([said[i] for i in ids]), np.array([felt[i] for i in ids]))
        for shot, ids in sorted(found.items())
    }


def _systems(
    said: Mapping[str, float], felt: Mapping[str, float], items: Mapping[str, Item]
) -> Shot:
    models: dict[str, list[str]] = {}
    for item in said:
        if item in felt:
            models.setdefault(items[item].model, []).append(item)
    return Shot(
        np.array([fmean(said[i] for i in ids) for ids in models.values()]),
        np.array([fmean(felt[i] for i in ids) for ids in models.values()]),
    )


def _differences(
    dimension: str, scores: Scores, felt: Mapping[str, float]
) -> list[MetricDifference]:
    found = []
    for a, b in combinations(sorted(scores.values), 2):
        one, other = oriented(scores, a), oriented(scores, b)
        both = {i: v for i, v in felt.items() if i in one and i in other}
        tables = [
            np.array([accuracy.counts(s) for s in _shots(m, both, scores.items).values()])
            for m in (one, other)
        ]
        gap = accuracy.difference(*(t.reshape(-1, 2) for t in tables))
        found.append(MetricDifference(a=a, b=b, dimension=dimension, difference=gap))
    return found


def _warnings(scores: Scores, ratings: Ratings) -> Sequence[str]:
    found = []
    rated = {item for items in ratings.values() for item in items}
    unrated, unscored = set(scores.items) - rated, rated - set(scores.items)
    if unrated:
        found.append(f"{len(unrated)} scored items have no rating: left out")
    if unscored:
        found.append(f"{len(unscored)} rated items have no score: left out")
    if unrated == set(scores.items):
        found.append("no item has both a score and a rating: are the names spelled alike?")
    signed = [m for m, d in scores.directions.items() if d is Direction.NONE]
    if signed:
        found.append(f"taken as best at zero: {', '.join(sorted(signed))}")
    shots = {item.shot for item in scores.items.values()}
    if len(shots) < LEAST_SHOTS:
        found.append(f"{len(shots)} shots: fewer than {LEAST_SHOTS} validate no metric")
    return found
