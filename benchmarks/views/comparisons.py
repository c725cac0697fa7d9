"""Scores of a report's takes become comparisons: declared metrics first, then what lines asked."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

from benchmarks.comparing.compare import Question, Sample, compare
from benchmarks.comparing.slices import LEAST, Slice, slices
from benchmarks.comparing.wording import DECLARED, explanation, group, stage, task_title, title
from benchmarks.domain.campaign import Recipe, Trial
from benchmarks.domain.finding import Comparison
from benchmarks.reporting.findings import rivals_on
from benchmarks.views.case import Case
from evaluators.domain.score import Direction, Score, Scored

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """All comparisons of a report, and which takes stand behind which arm."""

    declared: tuple[Comparison, ...]
    others: tuple[Comparison, ...]  # metrics that decided a line, not declared: exploratory
    measured: Mapping[tuple[str, str], tuple[str, ...]]  # (comparison, recipe) → takes


def compared(cases: Sequence[Case], recipes: Mapping[str, Recipe]) -> Compared:
    """Compare the recipes of every group of tasks on every metric that matters there."""
    titles = {name: r.title for name, r in recipes.items()}
    declared: list[Comparison] = []
    others: list[Comparison] = []
    measured: dict[tuple[str, str], tuple[str, ...]] = {}
    for task in _groups(cases):
        wanted = DECLARED.get(task, ())
        for metric in dict.fromkeys((*wanted, *sorted(_deciding(cases, task)))):
            question, samples = _question(cases, task, metric, recipes)
            paid = {s.recipe for s in samples if s.value is not None and not s.control}
            if question is None or not paid:
                continue
            found = compare(question, samples, titles, rivals_on(task, metric, recipes))
            (declared if metric in wanted else others).append(found)
            for arm in found.arms:
                mine = (s.take for s in samples if s.recipe == arm.recipe and s.value is not None)
                measured[found.id, arm.recipe] = tuple(mine)
    return Compared(declared=tuple(declared), others=tuple(others), measured=measured)


def comparison_row(
    comparison: Comparison, recipes: Mapping[str, Recipe], *, declared: bool
) -> Json:
    """Give a comparison as the report prints it."""
    row = asdict(replace(comparison, arms=(), contrasts=(), evidence=()))
    row["arms"] = [asdict(a) for a in comparison.arms]
    row["contrasts"] = [
        asdict(c) | {"against_control": recipes[c.b].control} for c in comparison.contrasts
    ]
    if not declared:
        row["method"] += "; exploratory, not declared beforehand"
    return row | {
        "metric_title": title(comparison.metric),
        "explanation": explanation(comparison.metric) + _for_scale(comparison, recipes),
        "declared": declared,
        "evidence": list(comparison.evidence),
    }


def slice_rows(cases: Sequence[Case], recipes: Mapping[str, Recipe]) -> list[Json]:
    """Give the declared metrics on parts of the shots, all tasks that go by a metric together."""
    titles = {name: r.title for name, r in recipes.items()}
    tasks = _groups(cases)
    asked = []
    for metric in dict.fromkeys(m for task in tasks for m in DECLARED.get(task, ())):
        of_tasks = [task for task in tasks if metric in DECLARED.get(task, ())]
        parts = [_question(cases, task, metric, recipes) for task in of_tasks]
        question = next((q for q, _ in parts if q is not None), None)
        if question is not None:
            asked.append((question, [s for _, samples in parts for s in samples]))
    return [_slice_row(found) for found in slices(asked, _labels(cases), titles)]


def _slice_row(found: Slice) -> Json:
    sign = -1 if found.direction == "higher" else 1
    means = {r: i for r, i in found.means.items() if i.mean is not None}
    order = sorted(means, key=lambda r: (sign * (means[r].mean or 0.0), r))
    return {
        "metric": found.metric,
        "metric_title": title(found.metric),
        "unit": found.unit,
        "direction": found.direction,
        "by": found.by,
        "value": found.value,
        "n_shots": found.n_shots,
        "few": found.few,
        "least": LEAST,
        "arms": [
            {
                "recipe": r,
                "mean": means[r].mean,
                "ci_low": means[r].low,
                "ci_high": means[r].high,
                "n_shots": means[r].n,
            }
            for r in order
        ],
        "contrasts": [asdict(c) for c in found.contrasts],
    }


def _labels(cases: Sequence[Case]) -> dict[str, list[tuple[str, str]]]:
    """Say of each shot what slices go by."""
    found: dict[str, list[tuple[str, str]]] = {}
    for case in cases:
        for (seal, id_), shot in case.shots.items():
            pack = case.packs[seal].pack
            kinds = sorted({str(pack.character(a.character).kind) for a in shot.appearances})
            found[f"{seal}/{id_}"] = [
                ("task", task_title(group(shot.task))),
                ("stage", stage(shot.task)),
                ("framing", shot.framing),
                *(("kind of character", kind) for kind in kinds or ["nobody"]),
            ]
    return found


def _for_scale(comparison: Comparison, recipes: Mapping[str, Recipe]) -> str:
    """Say which controls are no rivals here, being perfect or worthless by nature."""
    rivals = rivals_on(comparison.task, comparison.metric, recipes)
    shown = [recipes[a.recipe].title for a in comparison.arms if a.control]
    scale = [t for t in shown if t not in {recipes[r].title for r in rivals}]
    return f" Shown for scale, not as rivals: {', '.join(scale)}." if scale else ""


def _groups(cases: Sequence[Case]) -> tuple[str, ...]:
    tasks = (case.shot(t).task for case in cases for t in case.trials)
    return tuple(dict.fromkeys(group(task) for task in tasks))


def _deciding(cases: Sequence[Case], task: str) -> set[str]:
    """Name the metrics that decided an acceptance line of these shots."""
    return {
        metric
        for case in cases
        for where, metric in case.once("deciding metrics", partial(_decided, case))
        if where == task
    }


def _decided(case: Case) -> set[tuple[str, str]]:
    return {
        (group(case.shot(case.trial_of[take]).task), v.metric)
        for take, verdicts in case.verdicts.items()
        for v in verdicts
        if v.metric and v.value is not None
    }


def _question(
    cases: Sequence[Case], task: str, metric: str, recipes: Mapping[str, Recipe]
) -> tuple[Question | None, list[Sample]]:
    question, samples = None, []
    for trial, scored, score in _scores(cases, task, metric):
        question = question or _asked(score, task)
        samples.append(
            Sample(
                take=scored.take,
                shot=f"{trial.pack}/{trial.shot}",
                recipe=trial.recipe,
                value=score.value,
                flags=scored.flags,
                control=recipes[trial.recipe].control,
            )
        )
    return question, samples


def _asked(score: Score, task: str) -> Question:
    return Question(
        metric=score.metric, task=task, unit=score.unit, direction=Direction(score.direction)
    )


def _scores(cases: Sequence[Case], task: str, metric: str) -> Iterator[tuple[Trial, Scored, Score]]:
    """Give every scored take of these shots with its score on a metric.

    A number that makes no sense for a take (`not_applicable`) is no hole in the measurement: such
    takes stay out. One that is missing for another reason stays in, without a value.
    """
    for case in cases:
        yield from case.once("scores", partial(_sorted, case)).get((task, metric), ())


def _sorted(case: Case) -> Mapping[tuple[str, str], Sequence[tuple[Trial, Scored, Score]]]:
    """Sort the scores of a case's takes by group of tasks and metric."""
    found: dict[tuple[str, str], list[tuple[Trial, Scored, Score]]] = {}
    for trial, take in case.own_takes():
        scored = case.scored.get(take.id)
        if scored is None:
            continue
        task = group(case.shot(trial).task)
        for metric, score in {s.metric: s for s in reversed(scored.scores)}.items():
            if score.status != "not_applicable":
                found.setdefault((task, metric), []).append((trial, scored, score))
    return found
