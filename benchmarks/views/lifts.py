"""Lifts: what a consistency strategy gains over words alone and over the free controls."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks.comparing.compare import Question, Sample, compare
from benchmarks.comparing.wording import confidence, group, title
from benchmarks.domain.campaign import Recipe
from benchmarks.domain.elsewhere import MADE_ELSEWHERE
from benchmarks.domain.finding import Comparison, Contrast
from benchmarks.views.case import Case
from benchmarks.views.comparisons import Compared
from evaluators.domain.score import Direction
from evaluators.domain.verdict import Ruling

Json = dict[str, Any]
MUST_LINES = "must_lines"
CONSISTENCY = ("id_", "costume_")  # metrics on which a strategy is meant to gain
BY_NATURE = ("do_nothing", "paste_reference")  # perfect or worthless without any work
WORTHLESS = ("copy_paste", "frozen")  # such takes pass lines without having done the work


def lift_rows(cases: Sequence[Case], result: Compared, recipes: Mapping[str, Recipe]) -> list[Json]:
    """Give every lift: on the share of must-lines known to be met, and on consistency metrics."""
    every = [*_on_lines(cases, recipes)]
    every += [c for c in result.declared if c.metric.startswith(CONSISTENCY)]
    return [row for comparison in every for row in _rows(comparison, recipes)]


def is_words_only(recipe: Recipe) -> bool:
    """Say whether nothing but words steers a recipe."""
    steered = (source for call in recipe.calls for _, source in call.conditioning)
    made = recipe.control or recipe.operation == MADE_ELSEWHERE
    return not made and all(source == "previous_step" for source in steered)


def _on_lines(cases: Sequence[Case], recipes: Mapping[str, Recipe]) -> Iterator[Comparison]:
    samples: dict[str, list[Sample]] = {}
    for task, sample in line_samples(cases, recipes):
        samples.setdefault(task, []).append(sample)
    controls = [name for name, r in recipes.items() if r.control]
    titles = {name: r.title for name, r in recipes.items()}
    for task, found in samples.items():
        question = Question(metric=MUST_LINES, task=task, unit="share", direction=Direction.HIGHER)
        if any(not s.control for s in found):
            yield compare(question, found, titles, controls)


def line_samples(
    cases: Sequence[Case], recipes: Mapping[str, Recipe]
) -> Iterator[tuple[str, Sample]]:
    """Give group of tasks and share of must-lines known to be met, for every take compared.

    A frozen or pasted take meets none: left out, it would take a recipe's failure out of its mean.
    Only a control is that by nature; its takes stay out, and nobody beats it for them.
    """
    for case in cases:
        for trial, take in case.own_takes():
            must = [v for v in case.verdicts.get(take.id, ()) if v.line.must]
            flags = case.scored[take.id].flags if take.id in case.scored else ()
            worthless, control = set(flags) & set(WORTHLESS), recipes[trial.recipe].control
            if must and not (worthless and control):
                passed = 0 if worthless else sum(v.ruling is Ruling.PASS for v in must)
                yield (
                    group(case.shot(trial).task),
                    Sample(
                        take=take.id,
                        shot=f"{trial.pack}/{trial.shot}",
                        recipe=trial.recipe,
                        value=passed / len(must),
                        flags=flags,
                        control=control,
                    ),
                )


def _rows(comparison: Comparison, recipes: Mapping[str, Recipe]) -> Iterator[Json]:
    for contrast in comparison.contrasts:
        for strategy, rival in ((contrast.a, contrast.b), (contrast.b, contrast.a)):
            if _is_strategy(recipes[strategy]) and _is_floor(recipes[rival]):
                yield _row(comparison, contrast, strategy, recipes[rival])


def _role(comparison: Comparison, rival: Recipe) -> str:
    """Say what a floor is: words alone, a control that must be beaten, or one shown for scale.

    Doing nothing gives the plate back: it passes whatever the plate passes, and is no rival.
    """
    if not rival.control:
        return "words_only"
    must = {
        metric for task, metrics in rival.must_beat_on if group(task) == comparison.task
        for metric in metrics
    }  # fmt: skip
    of_lines = comparison.metric == MUST_LINES and rival.operation not in BY_NATURE and must
    return "control" if of_lines or comparison.metric in must else "scale"


def _is_strategy(recipe: Recipe) -> bool:
    made = recipe.control or recipe.operation == MADE_ELSEWHERE
    return not made and not is_words_only(recipe)


def _is_floor(recipe: Recipe) -> bool:
    return recipe.control or is_words_only(recipe)


def _row(comparison: Comparison, contrast: Contrast, strategy: str, rival: Recipe) -> Json:
    """Turn a contrast so that more is better for the strategy."""
    sign = 1 if contrast.a == strategy else -1
    sign *= -1 if comparison.direction == "lower" else 1
    ends = (contrast.ci_low, contrast.ci_high)
    turned = sorted(sign * e for e in ends if e is not None)
    low, high = turned if len(turned) == len(ends) else (None, None)
    by_lines = comparison.metric == MUST_LINES
    return {
        "task": comparison.task,
        "measure": comparison.metric,
        "measure_title": "Must-lines known to be met" if by_lines else title(comparison.metric),
        "unit": comparison.unit,
        "recipe": strategy,
        "over": rival.name,
        "over_is": _role(comparison, rival),
        "lift": None if contrast.difference is None else sign * contrast.difference,
        "ci_low": low,
        "ci_high": high,
        "p_adjusted": contrast.p_adjusted,
        "n_shots": contrast.n_shots,
        "confidence": confidence(low, high, contrast.p_adjusted, contrast.n_shots),
    }
