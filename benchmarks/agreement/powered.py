"""Few ratings and many scores: what people would say on average, had they rated everything.

    estimate = mean rating of rated shots + slope x (mean score of all - mean score of rated)

The slope is fitted on the rated shots, so a metric that tells nothing about people gets a slope
near 0 and moves nothing: the estimate is right whatever the metric is worth, and narrower only
where it is good. (Prediction-powered inference: A. Angelopoulos et al., Science 382, 2023, with the
weight of the predictions fitted as in arXiv:2311.01453; for a mean it is the regression estimator
of survey sampling.) It holds where the rated shots were drawn at random from all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.comparing.inference import Interval, interval

Floats = NDArray[np.floating[Any]]

LEAST_RATED = 5  # shots: a line through fewer says too little about its own error
LEAST_UNRATED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Powered:
    """A mean rating with scores' help, beside the one without."""

    estimate: float
    low: float
    high: float
    slope: float  # rating per unit of the metric
    alone: Interval  # of the rated shots only
    n_rated: int  # shots
    n_unrated: int

    @property
    def narrower(self) -> float | None:
        """Give the share of the width of the interval without help; None where that has none."""
        if self.alone.low is None or self.alone.high is None:
            return None
        return (self.high - self.low) / (self.alone.high - self.alone.low)


def powered(
    score: Mapping[str, float], rating: Mapping[str, float], shot_of: Mapping[str, str]
) -> Powered | None:
    """Estimate the mean rating over all shots; None with too few rated or unrated ones.

    Args:
        score: item → the metric's number, of every item.
        rating: item → mean rating, of the few that people rated.
        shot_of: item → shot, the unit: items of one are averaged.
    """
    said = _shot_means(score, shot_of)
    felt = _shot_means({i: v for i, v in rating.items() if i in score}, shot_of)
    rated = sorted(felt)
    others = np.array([said[shot] for shot in sorted(said) if shot not in felt])
    x, y = np.array([said[s] for s in rated]), np.array([felt[s] for s in rated])
    if len(rated) < LEAST_RATED or len(others) < LEAST_UNRATED:
        return None
    slope, low, high = _line(x, y, others)
    alone = interval(y.tolist())
    return Powered(
        estimate=(low + high) / 2,
        low=low,
        high=high,
        slope=slope,
        alone=alone,
        n_rated=len(rated),
        n_unrated=len(others),
    )


def _line(x: Floats, y: Floats, others: Floats) -> tuple[float, float, float]:
    """Give slope and ends: errors of the line, and of the unrated shots' mean score, together.

    The target is the mean over all shots of the world, not of these: both draws count. All of it is
    given the degrees of freedom of the line, which with five shots is the part that matters.
    """
    from scipy.special import stdtrit  # Student's t, without the weight of scipy.stats

    n, many = len(x), len(others)
    every = np.concatenate([x, others])
    gap, spread = every.mean() - x.mean(), float(((x - x.mean()) ** 2).sum())
    slope = float(((x - x.mean()) * (y - y.mean())).sum() / spread) if spread > 0 else 0.0
    left = y - y.mean() - slope * (x - x.mean())
    off = float((left**2).sum() / (n - 2))
    tilt = gap**2 / spread if spread > 0 else 0.0
    parts = (off * (1 / n + tilt), slope**2 * float(every.var(ddof=1)) / (n + many))
    error = float(stdtrit(n - 2, 0.975)) * sum(parts) ** 0.5
    middle = float(y.mean() + slope * gap)
    return slope, middle - error, middle + error


def _shot_means(values: Mapping[str, float], shot_of: Mapping[str, str]) -> dict[str, float]:
    by_shot: dict[str, list[float]] = {}
    for item, value in values.items():
        by_shot.setdefault(shot_of[item], []).append(value)
    return {shot: fmean(v) for shot, v in by_shot.items()}
