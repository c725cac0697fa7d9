"""Recipes against each other on one metric: paired by shot, honest with few shots.

The shot is the unit: takes of a shot are averaged first (intervals: `inference.py`). A missing
number is missing: a contrast uses the shots measured for both, and says how many were not. It also
says whether its verdict would be another one if all that is missing were as bad as the worst seen.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from statistics import fmean

from benchmarks.comparing.inference import (
    MANY,
    Interval,
    benjamini_hochberg,
    holm,
    intervals,
)
from benchmarks.comparing.sentences import ALPHA, sentence
from benchmarks.domain.finding import Arm, Comparison, Contrast
from evaluators.domain.score import Direction
from router.domain.ids import content_id

# Flags that set a recipe aside on metrics where they make a perfect number worthless.
ALIKE = ("id_", "costume_", "ref_embed", "prop_", "subject_", "xshot_")  # to references or shots
WORTHLESS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(ALIKE, ("copy_paste", "frozen")),
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


Pairs = dict[Pair, tuple[Interval, int]]
RESAMPLED = f", and percentiles of resampled shots from {MANY} shots on, whichever is wider"


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
    aside = {r: why for r, mine in by_recipe.items() if (why := set_aside(question, mine, rivals))}
    copies = {r for r, why in aside.items() if why.startswith("flagged")}
    kept = {r: mine for r, mine in by_recipe.items() if r not in copies}
    pairs = paired(kept)
    declared = [pair for pair in pairs if not by_recipe[pair[1]][0].control or pair[1] in rivals]
    contrasts = tuple(_contrasts(question, kept, declared, titles or {}))
    over_shots = intervals([list(shot_means(mine).values()) for mine in by_recipe.values()])
    arms = [_arm(mine, over) for mine, over in zip(by_recipe.values(), over_shots, strict=True)]
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


def shot_means(samples: Sequence[Sample], instead: float | None = None) -> Mapping[str, float]:
    """Average the takes of each shot; one without a number counts as `instead`, or not at all."""
    by_shot: dict[str, list[float]] = {}
    for sample in samples:
        value = instead if sample.value is None else sample.value
        if value is not None:
            by_shot.setdefault(sample.shot, []).append(value)
    return {shot: fmean(values) for shot, values in by_shot.items()}


def _takes(samples: Sequence[Sample]) -> Iterator[str]:
    return (s.take for s in samples)


def set_aside(question: Question, samples: Sequence[Sample], rivals: Collection[str]) -> str:
    """Say why a recipe is shown without a rank; empty where it is ranked."""
    flags = next((f for p, f in WORTHLESS.items() if question.metric.startswith(p)), ())
    measured = [s for s in samples if s.value is not None]
    flagged = [f for f in flags if 2 * sum(f in s.flags for s in measured) > len(measured)]
    if flagged:
        return f"flagged {flagged[0]}"
    return "for scale" if samples[0].control and samples[0].recipe not in rivals else ""


def _arm(samples: Sequence[Sample], over_shots: Interval) -> Arm:
    measured = sum(s.value is not None for s in samples)
    return Arm(
        recipe=samples[0].recipe,
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


def paired(by_recipe: Mapping[str, list[Sample]], instead: float | None = None) -> Pairs:
    """Pair paid recipes with each other and with every control; never two controls.

    Gives (a, b) → the difference a - b over the shots that both served, and how many shots of
    either are not in it. With `instead` all shots of either are in it, and that number stands
    where one is missing.
    """
    means = {r: shot_means(mine, instead) for r, mine in by_recipe.items()}
    shots = {r: dict.fromkeys(s.shot for s in mine) for r, mine in by_recipe.items()}
    differences: dict[Pair, list[float]] = {}
    absent: dict[Pair, int] = {}
    for a, b in combinations(sorted(by_recipe, key=lambda r: by_recipe[r][0].control), 2):
        if by_recipe[a][0].control:
            continue
        mine, theirs = means[a], means[b]
        asked = shots[a] | shots[b]
        both = [s for s in asked if s in mine and s in theirs]
        absent[a, b] = len(asked) - len(both)
        if instead is None:
            differences[a, b] = [mine[s] - theirs[s] for s in both]
        else:
            differences[a, b] = [mine.get(s, instead) - theirs.get(s, instead) for s in asked]
    found = zip(differences, intervals(list(differences.values())), strict=True)
    return {pair: (one, absent[pair]) for pair, one in found}


def _contrasts(
    question: Question,
    by_recipe: Mapping[str, list[Sample]],
    declared: Sequence[Pair],
    titles: Mapping[str, str],
) -> Iterator[Contrast]:
    pairs = paired(by_recipe)
    adjusted = _adjusted(pairs, declared)
    worst = _verdicts_at_worst(question, by_recipe, declared)
    for pair, (difference, missing) in pairs.items():
        contrast = contrasted(question, pair, difference, adjusted.get(pair))
        if pair in worst and contrast.p_adjusted is not None:
            better = worst[pair]
            same = better == contrast.better
            contrast = replace(contrast, better_if_missing_is_worst=better, holds=same)
        names = {r: titles.get(r, r) for r in pair}
        yield replace(contrast, sentence=sentence(contrast, names, question.unit, missing))


def _adjusted(pairs: Pairs, declared: Sequence[Pair]) -> dict[Pair, float]:
    """Adjust the declared contrasts by Holm, the others by Benjamini and Hochberg."""
    exploratory = [pair for pair in pairs if pair not in declared]
    adjusted: dict[Pair, float] = {}
    for family, way in ((declared, holm), (exploratory, benjamini_hochberg)):
        known = {pair: p for pair in family if (p := pairs[pair][0].p) is not None}
        adjusted |= dict(zip(known, way(list(known.values())), strict=True))
    return adjusted


def _verdicts_at_worst(
    question: Question, by_recipe: Mapping[str, list[Sample]], declared: Sequence[Pair]
) -> dict[Pair, str | None]:
    """Say who would be better if what is missing were the worst seen; only where some is."""
    values = [s.value for mine in by_recipe.values() for s in mine if s.value is not None]
    if not values or question.direction is Direction.NONE or _is_whole(by_recipe):
        return {}
    worst = min(values) if question.direction is Direction.HIGHER else max(values)
    pairs = paired(by_recipe, worst)
    adjusted = _adjusted(pairs, declared)
    holes = {r for r, mine in by_recipe.items() if any(s.value is None for s in mine)}
    return {
        pair: contrasted(question, pair, difference, adjusted.get(pair)).better
        for pair, (difference, absent) in pairs.items()
        if absent or holes & set(pair)
    }


def _is_whole(by_recipe: Mapping[str, list[Sample]]) -> bool:
    """Say whether every recipe served every shot, and every take has its number."""
    served = {frozenset(s.shot for s in mine) for mine in by_recipe.values()}
    return len(served) == 1 and all(
        s.value is not None for mine in by_recipe.values() for s in mine
    )


def _method(contrasts: Sequence[Contrast], declared: Sequence[Pair]) -> str:
    tested = [(c.a, c.b) for c in contrasts if c.p is not None]
    count = sum(pair in declared for pair in tested)
    rest = len(tested) - count
    many = any(c.n_shots >= MANY for c in contrasts)
    text = (
        f"Student t on shot means, 95 %{RESAMPLED if many else ''}; contrasts paired by shot; "
        f"Holm over {count} declared contrast{'' if count == 1 else 's'}"
    )
    return f"{text}; Benjamini-Hochberg over {rest} with controls, exploratory" if rest else text


def contrasted(
    question: Question, pair: tuple[str, str], difference: Interval, p_adjusted: float | None
) -> Contrast:
    """Make a contrast of a difference a - b; somebody is better where the adjusted p says so."""
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
