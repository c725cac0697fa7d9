"""The same comparison on parts of the shots: by task, stage, framing, kind of character.

Nobody declared these beforehand, and there are many of them: every contrast is exploratory and
adjusted over all slices of a report (Benjamini-Hochberg). A slice of few shots is shown, greyed,
and nothing is said about it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from benchmarks.comparing.compare import Question, Sample, contrasted, paired, set_aside, shot_means
from benchmarks.comparing.inference import Interval, benjamini_hochberg, interval
from benchmarks.comparing.sentences import sentence
from benchmarks.domain.finding import Contrast

LEAST = 5  # shots that both recipes of a contrast served; below nothing is tested

Labels = Mapping[str, Sequence[tuple[str, str]]]  # shot → (by, value), e.g. ("framing", "CU")
Asked = tuple[Question, Sequence[Sample]]
ByRecipe = dict[str, list[Sample]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """One metric on the shots that have one thing in common."""

    metric: str
    unit: str
    direction: str
    by: str
    value: str
    n_shots: int
    means: Mapping[str, Interval]  # by recipe, paid ones that nothing sets aside
    contrasts: tuple[Contrast, ...]  # of those with enough shots

    @property
    def few(self) -> bool:
        """Say whether it has too few shots to say anything."""
        return self.n_shots < LEAST


def slices(
    asked: Sequence[Asked], labels: Labels, titles: Mapping[str, str] | None = None
) -> tuple[Slice, ...]:
    """Cut every question into the parts that shots' labels give.

    A part that holds all shots of a question says nothing new and is left out, and so are controls
    and recipes that a flag sets aside.

    Args:
        asked: metrics with all their samples, over all tasks that go by them.
        labels: what each shot is; a shot can have several labels of one sort.
        titles: what sentences call the recipes.
    """
    drafts = [
        _draft(question, by_recipe, label, shots)
        for question, samples in asked
        if len(by_recipe := _paid(question, samples)) > 1
        for label, shots in _parts(by_recipe, labels).items()
    ]
    p_values = [c.p for draft in drafts for c in draft.contrasts if c.p is not None]
    adjusted = iter(benjamini_hochberg(p_values))
    questions = {q.metric: q for q, _ in asked}
    return tuple(
        replace(
            draft,
            contrasts=tuple(_told(questions[draft.metric], draft, adjusted, titles or {})),
        )
        for draft in drafts
    )


def _paid(question: Question, samples: Sequence[Sample]) -> ByRecipe:
    found: ByRecipe = {}
    for sample in samples:
        found.setdefault(sample.recipe, []).append(sample)
    return {r: mine for r, mine in found.items() if not set_aside(question, mine, ())}


def _parts(by_recipe: ByRecipe, labels: Labels) -> dict[tuple[str, str], set[str]]:
    every = {s.shot for mine in by_recipe.values() for s in mine}
    found: dict[tuple[str, str], set[str]] = {}
    for shot in sorted(every):
        for label in labels.get(shot, ()):
            found.setdefault(label, set()).add(shot)
    return {label: found[label] for label in sorted(found) if found[label] != every}


def _draft(
    question: Question, by_recipe: ByRecipe, label: tuple[str, str], shots: set[str]
) -> Slice:
    inside = {r: [s for s in mine if s.shot in shots] for r, mine in by_recipe.items()}
    inside = {r: mine for r, mine in inside.items() if mine}
    over = {r: shot_means(mine) for r, mine in inside.items()}
    return Slice(
        metric=question.metric,
        unit=question.unit,
        direction=question.direction.value,
        by=label[0],
        value=label[1],
        n_shots=len({shot for means in over.values() for shot in means}),
        means={r: interval(list(means.values())) for r, means in over.items()},
        contrasts=tuple(
            contrasted(question, pair, found, None)
            for pair, (found, _) in paired(inside).items()
            if found.n >= LEAST and found.p is not None
        ),
    )


def _told(
    question: Question, draft: Slice, adjusted: Iterator[float], titles: Mapping[str, str]
) -> Iterator[Contrast]:
    for c in draft.contrasts:
        known = Interval(mean=c.difference, low=c.ci_low, high=c.ci_high, p=c.p, n=c.n_shots)
        judged = contrasted(question, (c.a, c.b), known, next(adjusted))
        names = {r: titles.get(r, r) for r in (c.a, c.b)}
        yield replace(judged, sentence=sentence(judged, names, question.unit))
