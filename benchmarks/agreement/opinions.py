"""Opinion scores on a scale: means with intervals, taste of each rater, means of ranks."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

OfItem = Mapping[str, float]  # rater → value


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What people think of one item on average."""

    mean: float
    half_width: float | None  # of the 95 % interval; None with one rater
    n: int


def opinions(items: Mapping[str, OfItem]) -> dict[str, Opinion]:
    """Mean opinion score of each item, 1.96 standard errors either way (ITU-R BT.500-15)."""
    return {
        item: Opinion(
            mean=fmean(said.values()),
            half_width=1.96 * stdev(said.values()) / math.sqrt(len(said))
            if len(said) > 1
            else None,
            n=len(said),
        )
        for item, said in items.items()
        if said
    }


def biases(items: Mapping[str, OfItem]) -> dict[str, float]:
    """How much higher than the others each rater scores on average (ITU-T P.913, 12.4)."""
    means = {item: o.mean for item, o in opinions(items).items()}
    off: dict[str, list[float]] = {}
    for item, said in items.items():
        for rater, value in said.items():
            off.setdefault(rater, []).append(value - means[item])
    return {rater: fmean(values) for rater, values in off.items()}


def mean_rank(tables: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Average a system's ranks over metrics; higher values rank first, ties share the average."""
    from scipy.stats import rankdata

    names = sorted(set.intersection(*(set(t) for t in tables)))
    ranks = [rankdata([-t[n] for n in names]) for t in tables]
    return {name: fmean(float(r[i]) for r in ranks) for i, name in enumerate(names)}


def dense(values: Mapping[str, float]) -> dict[str, int]:
    """Turn numbers into places 1, 2, 3 …, smallest first; equals share a place, none is skipped."""
    places = {value: i for i, value in enumerate(sorted(set(values.values())), start=1)}
    return {name: places[value] for name, value in values.items()}
