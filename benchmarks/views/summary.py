"""The first page in sentences: the answer, and its limits. Ties are told as ties."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from benchmarks.comparing.sentences import shown
from benchmarks.comparing.wording import confidence, task_title, title
from benchmarks.domain.campaign import Recipe
from benchmarks.domain.elsewhere import is_elsewhere
from benchmarks.domain.finding import Arm, Comparison, Finding
from benchmarks.planning.sources import several
from benchmarks.views.case import Case
from evaluators.domain.verdict import Ruling, Verdict
from router.domain.take import Source

FEW_SHOTS = 5


def answer(
    cases: Sequence[Case],
    comparisons: Sequence[Comparison],
    findings: Sequence[Finding],
    recipes: Mapping[str, Recipe],
) -> list[str]:
    """Say what was found, for somebody who reads nothing else."""
    told = [_headline(cases, comparisons)]
    told.extend(dict.fromkeys(s for c in comparisons if (s := _leader(c, recipes))))
    told.extend(_controls(findings))
    told.extend(_lines(cases))
    told.extend(_outcomes(cases))
    return told


def limits(
    cases: Sequence[Case], comparisons: Sequence[Comparison], *, simulated: bool
) -> list[str]:
    """Say what these findings cannot carry."""
    told = []
    if simulated:
        told.append(
            "Simulated: every generated take was made by an emulator with planted faults. The "
            "numbers say how the platform measures, and nothing about any real model."
        )
    counts = [
        a.n_shots for c in comparisons for a in c.arms if not a.control and a.mean is not None
    ]
    if counts and min(counts) < FEW_SHOTS:
        told.append(
            f"Some comparisons rest on {min(counts)} shot{'s' if min(counts) != 1 else ''}: their "
            "intervals are wide or missing, and a difference that was not detected may well exist."
        )
    told.append(
        "Intervals treat shots as independent; several shots of one character or one set are less "
        "than that."
    )
    told.extend(_unmeasured(cases))
    told.append(
        "Likeness is diagnostic: it may pass a line or leave it open, never fail it. Only a named "
        "person circles a take; a recipe that leads on a number is not a take that can be used."
    )
    recipes = [r for case in cases for r in case.recipes.values()]
    packs = [kept.pack for case in cases for kept in case.packs.values()]
    told.extend(f"{sentence}." for sentence in several(recipes, packs))
    if any(case.partner.illustrative for case in cases):
        told.append("Partner terms (window, budget, allowed Regions) are illustrative values.")
    return told


def _headline(cases: Sequence[Case], comparisons: Sequence[Comparison]) -> str:
    """Give the whole in one sentence: who can be told apart, and what the director got."""
    asked = [top for c in comparisons if (top := _top(c))]
    clear = sum(len(top) == 1 and _surely(c, top[0]) for c in comparisons if (top := _top(c)))
    must = [v for v in _paid_verdicts(cases) if v.line.must]
    passed = sum(v.ruling is Ruling.PASS for v in must)
    ahead = f"One paid recipe is surely ahead on {clear} of {len(asked)} questions"
    if not asked:
        ahead = "No question could be asked of two paid recipes"
    return f"{ahead}; {passed} of {len(must)} must-lines are known to be met."


def _top(comparison: Comparison) -> list[Arm]:
    """Give the paid recipes that no other paid one beats; empty where nothing can be compared."""
    paid = _paid(comparison)
    if comparison.direction == "none" or len({a.mean for a in paid}) < 2:
        return []
    names = {a.recipe for a in paid}
    beaten = {
        c.b if c.better == c.a else c.a
        for c in comparison.contrasts
        if c.better and {c.a, c.b} <= names
    }
    return [a for a in paid if a.recipe not in beaten]


def _surely(comparison: Comparison, top: Arm) -> bool:
    """Say whether every paid recipe is surely behind one, by the word that its interval allows."""
    others = {a.recipe for a in _paid(comparison)} - {top.recipe}
    words = {
        next(iter({c.a, c.b} - {top.recipe})): confidence(
            c.ci_low, c.ci_high, c.p_adjusted, c.n_shots
        )
        for c in comparison.contrasts
        if top.recipe in {c.a, c.b} and {c.a, c.b} - {top.recipe} <= others
    }
    return bool(others) and all(words.get(o) == "sure" for o in others)


def _paid(comparison: Comparison) -> list[Arm]:
    """Give the recipes of ours; a take from outside is compared, and decides no lead among them."""
    ours = (a for a in comparison.arms if not a.control and not is_elsewhere(a.recipe))
    return [a for a in ours if a.mean is not None and not a.aside]


def _leader(comparison: Comparison, recipes: Mapping[str, Recipe]) -> str | None:
    """Say which paid recipe leads, or who cannot be told apart at the top."""
    paid, top = _paid(comparison), _top(comparison)
    if not top:
        return None
    task = task_title(comparison.task)
    if all(a.n_shots < 2 for a in paid):
        return f"{task}: one shot only, so the recipes cannot be told apart."
    what = f"{task}, {title(comparison.metric).lower()}"
    if len(top) == 1:
        leads = "leads" if _surely(comparison, top[0]) else "likely leads"
        return f"{what}: {recipes[top[0].recipe].title} {leads} ({_number(comparison, top[0])})."
    tied = ", ".join(f"{recipes[a.recipe].title} ({_number(comparison, a)})" for a in top)
    behind = f"; {len(paid) - len(top)} behind them" if len(paid) > len(top) else ""
    return f"{what}: no difference detected between {tied}{behind}."


def _number(comparison: Comparison, arm: Arm) -> str:
    shots = f"{arm.n_shots} shot{'' if arm.n_shots == 1 else 's'}"
    return f"{shown(arm.mean or 0.0, comparison.unit)}, {shots}"


def _controls(findings: Sequence[Finding]) -> Iterator[str]:
    count = sum(f.kind == "does_not_beat_control" for f in findings)
    if count:
        many = "one contrast" if count == 1 else f"{count} contrasts"
        yield f"In {many} a paid recipe does not beat a free control; the findings name them."
    if any(f.kind == "control_check" and "unflagged" in f.claim for f in findings):
        yield "A pasted reference came first unflagged: the metric concerned must crown nobody."


def _lines(cases: Sequence[Case]) -> Iterator[str]:
    asked = [v for v in _paid_verdicts(cases) if v.line.must]
    if not asked:
        return
    count = Counter(v.ruling for v in asked)
    yield (
        f"Of {len(asked)} must-lines on generated takes {count[Ruling.PASS]} passed, "
        f"{count[Ruling.FAIL]} failed, {count[Ruling.UNSURE]} are unsure and "
        f"{count[Ruling.NOT_MEASURED]} were not measured."
    )
    fixed = sum(len(r.lines) for case in cases for r in case.repairs)
    if fixed:
        untouched = max(r.outside_child for case in cases for r in case.repairs)
        changed = "nothing" if untouched == 0 else f"{100 * untouched:.2g} % of the picture"
        lines = "line" if fixed == 1 else "lines"
        yield f"Repairs were aimed at {fixed} {lines}; outside their mattes {changed} changed."


def _outcomes(cases: Sequence[Case]) -> Iterator[str]:
    count: Counter[str] = Counter()
    for case in cases:
        count.update(state.value for state in case.states.values())
    spent = sum(case.progress.balance.spent_musd for case in cases if case.progress.balance)
    bad = ", ".join(f"{n} {s}" for s, n in count.items() if s != "done" and n)
    rest = f"; {bad}" if bad else ""
    gave = f"{count['done']} of {sum(count.values())} trials gave a take{rest}"
    yield f"{gave}; {spent / 1e6:.2f} USD."


def _unmeasured(cases: Sequence[Case]) -> Iterator[str]:
    silent = [v for v in _paid_verdicts(cases) if v.ruling is Ruling.NOT_MEASURED]
    kinds = Counter(v.line.kind for v in silent)
    if kinds:
        told = ", ".join(f"{kind} ({n})" for kind, n in kinds.most_common())
        yield f"Lines that nothing measured and a person must look at: {told}."


def _paid_verdicts(cases: Sequence[Case]) -> Iterator[Verdict]:
    for case in cases:
        for take, verdicts in case.verdicts.items():
            if case.takes[take].source is Source.GENERATED:
                yield from verdicts
