"""Recipes against each other on one metric: paired by shot, honest with few shots.

The shot is the unit: takes of a shot are averaged first. Intervals are Student t on shot means, the
method that kept its coverage with 5 to 40 shots where a percentile bootstrap did not. A missing
number is missing: a contrast uses the shots measured for both, and says how many were not.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from statistics import fmean, stdev

from benchmarks.domain.finding import Arm, Comparison, Contrast
from evaluators.domain.score import Direction
from router.domain.ids import content_id

LEVEL = 0.95
SUFFIX: Mapping[str, str] = {
    "share": " %",
    "delta_e": " ΔE",
    "stops": " stops",
    "code_values": " code values",
    "percent_width_per_frame": " % of the width a frame",
    "steps": " steps",
}
# Flags that set a recipe aside on metrics where they make a perfect number worthless.
WORTHLESS: Mapping[str, tuple[str, ...]] = {
    "id_": ("copy_paste", "frozen"),
    "costume_": ("copy_paste", "frozen"),
    "temporal": ("frozen",),
}


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


def compare(
    question: Question, samples: Sequence[Sample], titles: Mapping[str, str] | None = None
) -> Comparison:
    """Compare every recipe that was measured, or should have been.

    Sentences call the recipes by their titles, or by name where there is none.
    """
    by_recipe: dict[str, list[Sample]] = {}
    for sample in samples:
        by_recipe.setdefault(sample.recipe, []).append(sample)
    aside = {r for r, mine in by_recipe.items() if _worthless(question.metric, mine)}
    contrasts = tuple(_contrasts(question, by_recipe, titles or {}))
    arms = [_arm(recipe, mine) for recipe, mine in by_recipe.items()]
    arms = [_ranked(a, arms, contrasts, aside, question) for a in arms]
    tested = sum(c.p is not None for c in contrasts)
    return Comparison(
        id=content_id("comparison", [question.metric, question.task, sorted(_takes(samples))]),
        metric=question.metric,
        task=question.task,
        unit=question.unit,
        direction=question.direction.value,
        method=(
            "Student t on shot means, 95 %; contrasts paired by shot, "
            f"Holm over {tested} declared contrast{'' if tested == 1 else 's'}"
        ),
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
        same = Interval(mean=mean, n=n, p=min(1.0, 2.0 ** (1 - n)))
        return same if abs(mean) > 1e-12 else replace(same, low=mean, high=mean, p=1.0)
    from scipy import stats

    error = spread / n**0.5
    reach = float(stats.t.ppf((1 + LEVEL) / 2, n - 1)) * error
    p = float(2 * stats.t.sf(abs(mean) / error, n - 1))
    return Interval(mean=mean, low=mean - reach, high=mean + reach, p=p, n=n)


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Adjust p-values of one family (Holm 1979)."""
    if not p_values:
        return ()
    from statsmodels.stats.multitest import multipletests

    return tuple(float(p) for p in multipletests(p_values, method="holm")[1])


def shot_means(samples: Sequence[Sample]) -> Mapping[str, float]:
    """Average the measured takes of each shot."""
    by_shot: dict[str, list[float]] = {}
    for sample in samples:
        if sample.value is not None:
            by_shot.setdefault(sample.shot, []).append(sample.value)
    return {shot: fmean(values) for shot, values in by_shot.items()}


def shown(value: float, unit: str) -> str:
    """Write a number for a sentence: three significant digits and its unit."""
    value = 100 * value if unit == "share" else value
    text = f"{value:.3g}".replace("-", "\N{MINUS SIGN}")
    return text + SUFFIX.get(unit, "")


def _takes(samples: Sequence[Sample]) -> Iterator[str]:
    return (s.take for s in samples)


def _worthless(metric: str, samples: Sequence[Sample]) -> bool:
    """Say whether most measured takes carry a flag that makes this metric's number worthless."""
    flags = next((f for prefix, f in WORTHLESS.items() if metric.startswith(prefix)), ())
    measured = [s for s in samples if s.value is not None]
    return 2 * sum(bool(set(flags) & set(s.flags)) for s in measured) > len(measured)


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


def _contrasts(
    question: Question, by_recipe: Mapping[str, list[Sample]], titles: Mapping[str, str]
) -> Iterator[Contrast]:
    """Contrast paid recipes with each other and with every control; never two controls."""
    found: list[tuple[str, str, Interval, int]] = []
    for a, b in combinations(sorted(by_recipe, key=lambda r: by_recipe[r][0].control), 2):
        if by_recipe[a][0].control:
            continue
        mine, theirs = shot_means(by_recipe[a]), shot_means(by_recipe[b])
        both = [s for s in mine if s in theirs]
        asked = {s.shot for s in by_recipe[a]} | {s.shot for s in by_recipe[b]}
        difference = interval([mine[s] - theirs[s] for s in both])
        found.append((a, b, difference, len(asked) - len(both)))
    adjusted = iter(holm([d.p for _, _, d, _ in found if d.p is not None]))
    for a, b, difference, missing in found:
        p_adjusted = next(adjusted) if difference.p is not None else None
        contrast = _contrast(question, (a, b), difference, p_adjusted)
        names = {r: titles.get(r, r) for r in (a, b)}
        yield replace(contrast, sentence=sentence(contrast, names, question.unit, missing))


def _contrast(
    question: Question, pair: tuple[str, str], difference: Interval, p_adjusted: float | None
) -> Contrast:
    better = None
    sure = p_adjusted is not None and p_adjusted < 1 - LEVEL
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


def sentence(c: Contrast, names: Mapping[str, str], unit: str, missing: int = 0) -> str:
    """Say in words what a contrast allows to be said, and no more."""
    a, b = names[c.a], names[c.b]
    shots = f"{c.n_shots} shot{'' if c.n_shots == 1 else 's'}"
    gap = f"; {missing} shot{'' if missing == 1 else 's'} not measured for both" if missing else ""
    if c.difference is None:
        return f"{a} and {b} cannot be compared: no shot was measured for both{gap}."
    if c.p_adjusted is None:
        apart = shown(c.difference, unit)
        return f"{a} and {b} cannot be told apart (difference {apart}; {shots}, no interval{gap})."
    sign = -1.0 if c.difference < 0 and c.p_adjusted < 1 - LEVEL else 1.0
    found = f"{_span(c, unit, sign)}; {shots}{gap}"
    if c.p_adjusted >= 1 - LEVEL:
        apart = shown(c.difference, unit)
        return f"{a} and {b}: no difference detected ({found}; difference {apart})."
    apart = shown(sign * c.difference, unit)
    found += f"; adjusted p {c.p_adjusted:.2g}"
    if c.better is None:
        return f"{a} and {b} differ by {apart} ({found})."
    worse = c.b if c.better == c.a else c.a
    return f"{names[c.better]} is better than {names[worse]} by {apart} ({found})."


def _span(c: Contrast, unit: str, sign: float) -> str:
    if c.ci_low is None or c.ci_high is None:
        return "the same on every shot, no interval"
    low, high = sorted((sign * c.ci_low, sign * c.ci_high))
    bare = shown(low, unit).removesuffix(SUFFIX.get(unit, ""))
    return f"95 % CI {bare} to {shown(high, unit)}"


def _ranked(
    arm: Arm,
    arms: Sequence[Arm],
    contrasts: Sequence[Contrast],
    aside: set[str],
    question: Question,
) -> Arm:
    """Give the ranks that the contrasts leave open; none where the number is worthless."""
    if arm.mean is None or arm.recipe in aside or question.direction is Direction.NONE:
        return arm
    rivals = {a.recipe for a in arms if a.mean is not None} - aside - {arm.recipe}
    decided = [c for c in contrasts if c.better and {c.a, c.b} <= rivals | {arm.recipe}]
    mine = [c for c in decided if arm.recipe in {c.a, c.b}]
    lost = sum(c.better != arm.recipe for c in mine)
    won = len(mine) - lost
    return replace(arm, rank_low=1 + lost, rank_high=1 + len(rivals) - won)


def _order(arm: Arm, direction: Direction) -> tuple[bool, float, str]:
    """Sort best first; what was not measured comes last."""
    sign = {Direction.HIGHER: -1.0, Direction.LOWER: 1.0, Direction.NONE: 0.0}[direction]
    return arm.mean is None, sign * (arm.mean or 0.0), arm.recipe
