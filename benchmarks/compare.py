"""Recipes against each other on one metric: paired by shot, honest with few shots.

The shot is the unit: takes of a shot are averaged first. Intervals are Student t on shot means, the
method that kept its coverage with 5 to 40 shots where a percentile bootstrap did not. A missing
number is missing: a contrast uses the shots measured for both, and says how many were not.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from statistics import fmean, stdev

from benchmarks.domain.finding import Arm, Comparison, Contrast
from benchmarks.sentences import ALPHA, sentence
from evaluators.domain.score import Direction
from router.domain.ids import content_id

# Flags that set a recipe aside on metrics where they make a perfect number worthless.
WORTHLESS: Mapping[str, tuple[str, ...]] = {
    "id_": ("copy_paste", "frozen"),
    "costume_": ("copy_paste", "frozen"),
    "temporal": ("frozen",),
}


Pair = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One take's number on one metric, or its absence."""

    take: str
    shot: str  # unique over all packs
    recipe: str
    value: float | None
    flags: tuple[str, ...] = ()
    control: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is compared."""

    metric: str
    task: str
    unit: str
    direction: Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A mean with its 95 % interval; None where the shots cannot give one."""

    mean: float | None
    low: float | None = None
    high: float | None = None
    p: float | None = None  # two-sided, of the mean being 0
    n: int = 0


Pairs = dict[Pair, tuple[Interval, int]]


def compare(
    question: Question,
    samples: Sequence[Sample],
    titles: Mapping[str, str] | None = None,
    rivals: Collection[str] = (),
) -> Comparison:
    """Compare every recipe that was measured, or should have been.

    Args:
        question: the metric, and which way is better.
        samples: every take of every recipe, measured or not.
        titles: what sentences call the recipes; by name where there is none.
        rivals: controls that a paid recipe must beat on this metric. Contrasts with them and among
            paid recipes are declared (Holm); those with other controls are exploratory (BH).
    """
    by_recipe: dict[str, list[Sample]] = {}
    for sample in samples:
        by_recipe.setdefault(sample.recipe, []).append(sample)
    aside = {r: why for r, mine in by_recipe.items() if (why := _aside(question, mine, rivals))}
    copies = {r for r, why in aside.items() if why.startswith("flagged")}
    pairs = {p: d for p, d in _paired(by_recipe).items() if not copies & set(p)}
    declared = [pair for pair in pairs if not by_recipe[pair[1]][0].control or pair[1] in rivals]
    contrasts = tuple(_contrasts(question, pairs, declared, titles or {}))
    arms = [_arm(recipe, mine) for recipe, mine in by_recipe.items()]
    arms = [_ranked(a, arms, contrasts, aside, question) for a in arms]
    return Comparison(
        id=content_id("comparison", [question.metric, question.task, sorted(_takes(samples))]),
        metric=question.metric,
        task=question.task,
        unit=question.unit,
        direction=question.direction.value,
        method=_method(contrasts, declared),
        arms=tuple(sorted(arms, key=lambda a: _order(a, question.direction))),
        contrasts=contrasts,
        evidence=tuple(sorted(s.take for s in samples if s.value is not None)),
    )


def interval(values: Sequence[float]) -> Interval:
    """Give mean, Student-t interval and p of a few independent values.

    Without spread there is nothing to estimate an interval from: the p is then that of the exact
    sign-flip test, 2 / 2^n, or 1 where every value is 0.
    """
    n = len(values)
    if n == 0:
        return Interval(mean=None)
    mean = fmean(values)
    if n == 1:
        return Interval(mean=mean, n=1)
    spread = stdev(values)
    if spread <= 1e-12 * max(1.0, abs(mean)):
        return Interval(mean=mean, n=n, p=2.0 ** (1 - n) if abs(mean) > 1e-12 else 1.0)
    from scipy.special import stdtr, stdtrit  # Student's t, without the weight of scipy.stats

    error = spread / n**0.5
    reach = float(stdtrit(n - 1, 1 - ALPHA / 2)) * error
    p = float(2 * stdtr(n - 1, -abs(mean) / error))
    return Interval(mean=mean, low=mean - reach, high=mean + reach, p=p, n=n)


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Adjust the p-values of one declared family (Holm 1979)."""
    count = len(p_values)
    adjusted, floor = [0.0] * count, 0.0
    for place, index in enumerate(_ascending(p_values)):
        floor = max(floor, min(1.0, (count - place) * p_values[index]))
        adjusted[index] = floor
    return tuple(adjusted)


def benjamini_hochberg(p_values: Sequence[float]) -> tuple[float, ...]:
    """Adjust the p-values of exploratory contrasts to false discovery rates (1995)."""
    count = len(p_values)
    adjusted, ceiling = [0.0] * count, 1.0
    for rank, index in zip(range(count, 0, -1), reversed(_ascending(p_values)), strict=True):
        ceiling = min(ceiling, p_values[index] * count / rank)
        adjusted[index] = ceiling
    return tuple(adjusted)


def _ascending(p_values: Sequence[float]) -> list[int]:
    return sorted(range(len(p_values)), key=p_values.__getitem__)


def shot_means(samples: Sequence[Sample]) -> Mapping[str, float]:
    """Average the measured takes of each shot."""
    by_shot: dict[str, list[float]] = {}
    for sample in samples:
        if sample.value is not None:
            by_shot.setdefault(sample.shot, []).append(sample.value)
    return {shot: fmean(values) for shot, values in by_shot.items()}


def _takes(samples: Sequence[Sample]) -> Iterator[str]:
    return (s.take for s in samples)


def _aside(question: Question, samples: Sequence[Sample], rivals: Collection[str]) -> str:
    """Say why a recipe is shown without a rank; empty where it is ranked."""
    flags = next((f for p, f in WORTHLESS.items() if question.metric.startswith(p)), ())
    measured = [s for s in samples if s.value is not None]
    flagged = [f for f in flags if 2 * sum(f in s.flags for s in measured) > len(measured)]
    if flagged:
        return f"flagged {flagged[0]}"
    return "for scale" if samples[0].control and samples[0].recipe not in rivals else ""


def _arm(recipe: str, samples: Sequence[Sample]) -> Arm:
    measured = sum(s.value is not None for s in samples)
    over_shots = interval(list(shot_means(samples).values()))
    return Arm(
        recipe=recipe,
        mean=over_shots.mean,
        ci_low=over_shots.low,
        ci_high=over_shots.high,
        n_shots=over_shots.n,
        n_takes=measured,
        coverage=measured / len(samples),
        rank_low=None,
        rank_high=None,
        control=samples[0].control,
    )


def _paired(by_recipe: Mapping[str, list[Sample]]) -> Pairs:
    """Pair paid recipes with each other and with every control; never two controls.

    Gives (a, b) → the difference a - b over the shots that both served, and how many shots of
    either are not in it.
    """
    found: Pairs = {}
    for a, b in combinations(sorted(by_recipe, key=lambda r: by_recipe[r][0].control), 2):
        if by_recipe[a][0].control:
            continue
        mine, theirs = shot_means(by_recipe[a]), shot_means(by_recipe[b])
        both = [s for s in mine if s in theirs]
        asked = {s.shot for s in by_recipe[a]} | {s.shot for s in by_recipe[b]}
        difference = interval([mine[s] - theirs[s] for s in both])
        found[a, b] = difference, len(asked) - len(both)
    return found


def _contrasts(
    question: Question, pairs: Pairs, declared: Sequence[Pair], titles: Mapping[str, str]
) -> Iterator[Contrast]:
    exploratory = [pair for pair in pairs if pair not in declared]
    adjusted: dict[Pair, float] = {}
    for family, way in ((declared, holm), (exploratory, benjamini_hochberg)):
        known = {pair: p for pair in family if (p := pairs[pair][0].p) is not None}
        adjusted |= dict(zip(known, way(list(known.values())), strict=True))
    for pair, (difference, missing) in pairs.items():
        contrast = _contrast(question, pair, difference, adjusted.get(pair))
        names = {r: titles.get(r, r) for r in pair}
        yield replace(contrast, sentence=sentence(contrast, names, question.unit, missing))


def _method(contrasts: Sequence[Contrast], declared: Sequence[Pair]) -> str:
    tested = [(c.a, c.b) for c in contrasts if c.p is not None]
    count = sum(pair in declared for pair in tested)
    rest = len(tested) - count
    text = (
        "Student t on shot means, 95 %; contrasts paired by shot; "
        f"Holm over {count} declared contrast{'' if count == 1 else 's'}"
    )
    return f"{text}; Benjamini-Hochberg over {rest} with controls, exploratory" if rest else text


def _contrast(
    question: Question, pair: tuple[str, str], difference: Interval, p_adjusted: float | None
) -> Contrast:
    better = None
    sure = p_adjusted is not None and p_adjusted < ALPHA
    if sure and difference.mean and question.direction is not Direction.NONE:
        higher_wins = question.direction is Direction.HIGHER
        better = pair[0] if (difference.mean > 0) is higher_wins else pair[1]
    return Contrast(
        a=pair[0],
        b=pair[1],
        difference=difference.mean,
        ci_low=difference.low,
        ci_high=difference.high,
        p=difference.p,
        p_adjusted=p_adjusted,
        n_shots=difference.n,
        better=better,
        sentence="",
    )


def _ranked(
    arm: Arm,
    arms: Sequence[Arm],
    contrasts: Sequence[Contrast],
    aside: Mapping[str, str],
    question: Question,
) -> Arm:
    """Give the ranks that the contrasts leave open; none to an arm that is set aside."""
    if arm.recipe in aside:
        return replace(arm, aside=aside[arm.recipe])
    if arm.mean is None or question.direction is Direction.NONE:
        return arm
    others = {a.recipe for a in arms if a.mean is not None} - set(aside) - {arm.recipe}
    decided = [c for c in contrasts if c.better and {c.a, c.b} <= others | {arm.recipe}]
    mine = [c for c in decided if arm.recipe in {c.a, c.b}]
    lost = sum(c.better != arm.recipe for c in mine)
    won = len(mine) - lost
    return replace(arm, rank_low=1 + lost, rank_high=1 + len(others) - won)


def _order(arm: Arm, direction: Direction) -> tuple[bool, float, str]:
    """Sort best first; what was not measured comes last."""
    sign = {Direction.HIGHER: -1.0, Direction.LOWER: 1.0, Direction.NONE: 0.0}[direction]
    return arm.mean is None, sign * (arm.mean or 0.0), arm.recipe
