"""Metrics calibrated on people's ratings: maps, intervals, one composite where it was earned."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from benchmarks.agreement import calibration_maps as maps
from benchmarks.agreement.accuracy import Rate
from benchmarks.agreement.agree import oriented
from benchmarks.agreement.calibration_composite import Composite, composite
from benchmarks.agreement.calibration_maps import LEAST_FOR_FOLDS, Map, Sample, Way
from benchmarks.agreement.powered import Powered, powered
from benchmarks.agreement.tables import Ratings, Scores
from router.domain.errors import BadInput

MOST_PAIRS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """From the gap between two takes of a shot to the chance that people prefer the first."""

    map: Map
    brier: Rate  # on held-out shots; 0.25 is a coin's
    ece: float
    n_pairs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """From a take's number to its mean rating."""

    map: Map  # to 0..1 of the scale
    scale: tuple[float, float]  # least and greatest mean rating that was given
    error: Rate  # mean absolute, on held-out shots, in units of the rating
    error_of_the_mean: float  # of who says the mean rating of the other shots each time
    half_width: float | None  # of the 90 % interval for a take of a new shot; None: too few shots
    coverage: Rate  # measured on held-out shots


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """One metric for one dimension; None with the reason where the data do not carry it."""

    metric: str
    dimension: str
    direction: str
    preference: Preference | None
    rating: Rating | None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A model's mean rating with the help of scores of takes that nobody rated."""

    model: str
    metric: str
    dimension: str
    found: Powered


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Everything that ratings can teach about metrics."""

    way: Way
    metrics: tuple[Calibrated, ...]
    composites: tuple[Composite, ...]  # one a dimension, passed or refused
    estimates: tuple[Estimate, ...]
    warnings: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Say whether any composite may be shown."""
        return any(c.passed for c in self.composites)


def calibrate(scores: Scores, ratings: Ratings, way: Way) -> Calibration:
    """Calibrate every metric for every dimension; an item's rating is the mean over its raters.

    Raises:
        BadInput: a shot has so many rated takes that its pairs do not fit.
    """
    metrics: list[Calibrated] = []
    composites: list[Composite] = []
    for dimension in sorted(ratings):
        felt = felt_of(scores, ratings[dimension])
        metrics += [_one(scores, m, felt, dimension, way) for m in sorted(scores.values)]
        composites.append(composite(scores, felt, dimension))
    return Calibration(
        way=way,
        metrics=tuple(metrics),
        composites=tuple(composites),
        estimates=tuple(estimates(scores, ratings)),
        warnings=tuple(_warnings(scores, ratings)),
    )


def felt_of(scores: Scores, rated: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Average the raters of each scored item."""
    return {i: fmean(by.values()) for i, by in rated.items() if i in scores.items}


def estimates(scores: Scores, ratings: Ratings) -> Iterator[Estimate]:
    """Estimate each model's mean rating where some of its scored shots were not rated."""
    models = sorted({item.model for item in scores.items.values()})
    shot_of = {item.id: item.shot for item in scores.items.values()}
    for dimension in sorted(ratings):
        felt = felt_of(scores, ratings[dimension])
        for metric in sorted(scores.values):
            said = oriented(scores, metric)
            for model in models:
                mine = {i: v for i, v in said.items() if scores.items[i].model == model}
                found = powered(mine, felt, shot_of)
                if found is not None:
                    yield Estimate(model=model, metric=metric, dimension=dimension, found=found)


def _one(
    scores: Scores, metric: str, felt: Mapping[str, float], dimension: str, way: Way
) -> Calibrated:
    said = oriented(scores, metric)
    both = [i for i in sorted(felt) if i in said]
    shots = [scores.items[i].shot for i in both]
    dealt = maps.folds(shots)
    reason, preference, rating = "", None, None
    if len(dealt) < LEAST_FOR_FOLDS:
        reason = f"{len(dealt)} shots with scores and ratings; at least {LEAST_FOR_FOLDS}"
    else:
        numbers = {s: n for n, s in enumerate(sorted(dealt))}
        fold_of = np.array([dealt[s] for s in sorted(dealt)])
        x, y = np.array([said[i] for i in both]), np.array([felt[i] for i in both])
        owner = np.array([numbers[s] for s in shots])
        preference = _preference(Sample(x, y, owner), fold_of, way, metric)
        rating = _rating(Sample(x, y, owner), fold_of, way)
        reason = "people told no takes of a shot apart" if preference is None else ""
    return Calibrated(
        metric=metric,
        dimension=dimension,
        direction=scores.directions[metric].value,
        preference=preference,
        rating=rating,
        reason=reason,
    )


def _preference(sample: Sample, fold_of: maps.Ints, way: Way, metric: str) -> Preference | None:
    """Fit on pairs, each both ways round, so that the map knows no first and second."""
    pairs = _pairs(sample, metric)
    if pairs.shots < LEAST_FOR_FOLDS:
        return None
    both = Sample(
        np.concatenate([pairs.x, -pairs.x]),
        np.concatenate([pairs.y, 1 - pairs.y]),
        np.concatenate([pairs.shot, pairs.shot]),
    )
    said = maps.held_out(way, both, fold_of[both.shot])
    return Preference(
        map=maps.fit(way, both),
        brier=maps.brier(said, both),
        ece=maps.expected_error(said, both.y),
        n_pairs=len(pairs.x),
    )


def _pairs(sample: Sample, metric: str) -> Sample:
    """Give gaps of the metric and who was preferred, for pairs that people tell apart."""
    rows = [np.flatnonzero(sample.shot == one) for one in np.unique(sample.shot)]
    count = sum(len(r) * (len(r) - 1) // 2 for r in rows)
    if count > MOST_PAIRS:
        found = f"{count} pairs of rated takes within shots"
        raise BadInput(
            field=metric, found=found, expected=f"at most {MOST_PAIRS}; sample the takes"
        )
    ends = [np.triu_indices(len(r), 1) for r in rows]
    a = np.concatenate([r[i] for r, (i, _) in zip(rows, ends, strict=True)])
    b = np.concatenate([r[j] for r, (_, j) in zip(rows, ends, strict=True)])
    apart = sample.y[a] != sample.y[b]
    a, b = a[apart], b[apart]
    return Sample(sample.x[a] - sample.x[b], (sample.y[a] > sample.y[b]) * 1.0, sample.shot[a])


def _rating(sample: Sample, fold_of: maps.Ints, way: Way) -> Rating | None:
    low, high = float(sample.y.min()), float(sample.y.max())
    if high <= low:
        return None
    scaled = Sample(sample.x, (sample.y - low) / (high - low), sample.shot)
    fold = fold_of[sample.shot]
    off = np.abs(maps.held_out(way, scaled, fold) - scaled.y) * (high - low)
    blind = [np.abs(sample.y[fold == k] - sample.y[fold != k].mean()) for k in np.unique(fold)]
    width = maps.reach(way, scaled, fold)
    return Rating(
        map=maps.fit(way, scaled),
        scale=(low, high),
        error=maps.mean_over(off, sample.shot),
        error_of_the_mean=float(np.concatenate(blind).mean()),
        half_width=None if width is None else width * (high - low),
        coverage=maps.measured_coverage(way, scaled, fold),
    )


def _warnings(scores: Scores, ratings: Ratings) -> Sequence[str]:
    found = []
    unscored = {i for items in ratings.values() for i in items} - set(scores.items)
    if unscored:
        found.append(f"{len(unscored)} rated items have no score: left out")
    raters = {r for items in ratings.values() for by in items.values() for r in by}
    if len(raters) == 1:
        found.append("one rater: what is fitted here is one person's taste")
    return found
