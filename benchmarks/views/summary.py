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
from evaluators.verdicts import open_must
from router.domain.take import Source

FEW_SHOTS = 5
NAMED = 3  # shots in a sentence


def answer(
    cases: Sequence[Case],
    comparisons: Sequence[Comparison],
    findings: Sequence[Finding],
    recipes: Mapping[str, Recipe],
) -> list[str]:
    """Say what was found, for somebody who reads nothing else."""
    told = [_headline(cases, comparisons)]
    told.extend(_controls(findings))
    told.extend(_better_for_nothing(cases, recipes))
    told.extend(dict.fromkeys(s for c in comparisons if (s := _leader(c, recipes))))
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
    every = f" (of {len(comparisons)} asked)" if len(comparisons) > len(asked) else ""
    differ = "question" if len(asked) == 1 else "questions"
    told = f"{clear} of {len(asked)} {differ} on which paid recipes differ{every}"
    ahead = f"One paid recipe is surely ahead on {told}"
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


def _better_for_nothing(cases: Sequence[Case], recipes: Mapping[str, Recipe]) -> Iterator[str]:
    """Say on which shots a free control leaves fewer must-lines open than every paid take."""
    shots, found = 0, []
    for case in cases:
        for (_, shot), least in _fewest_open(case).items():
            free = [r for r in least if recipes[r].control]
            paid = [n for r, n in least.items() if r not in free and not is_elsewhere(r)]
            if free and paid:
                shots += 1
                best = min(free, key=least.__getitem__)
                found += [f"{recipes[best].title} on {shot}"] if least[best] < min(paid) else []
    if found:
        more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
        yield (
            f"On {len(found)} of {shots} shots a free control leaves fewer must-lines open than "
            f"every paid take: {', '.join(found[:NAMED])}{more}."
        )


def _fewest_open(case: Case) -> Mapping[tuple[str, str], dict[str, int]]:
    """Give, for each shot and recipe, the fewest must-lines that a take leaves open."""
    least: dict[tuple[str, str], dict[str, int]] = {}
    for take, verdicts in case.verdicts.items():
        trial = case.trial_of[take]
        of_shot = least.setdefault((trial.pack, trial.shot), {})
        left = open_must(verdicts)
        of_shot[trial.recipe] = min(of_shot.get(trial.recipe, left), left)
    return least


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
    money = " at the emulator's prices; nothing was billed" if _emulated(cases) else ""
    yield f"{gave}; {spent / 1e6:.2f} USD{money}."


def _emulated(cases: Sequence[Case]) -> bool:
    return all(case.simulated for case in cases)


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
