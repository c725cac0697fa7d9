"""Findings: what a decision maker may take away. One rule, one function; all of them pure.

A rule writes only what intervals, counts and flags allow. Every finding carries the takes behind
it, and says whether they are simulated.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from benchmarks.comparing.sentences import shown
from benchmarks.comparing.survival import Survival
from benchmarks.comparing.wording import FEW_SHOTS, confidence, group, title
from benchmarks.domain.campaign import Recipe
from benchmarks.domain.finding import Arm, Comparison, Contrast, Finding
from benchmarks.reporting.baseline import Multiple
from benchmarks.reporting.loop import Circling
from benchmarks.votes.contrast import Contrast as Preference
from benchmarks.votes.outcome import Result
from benchmarks.votes.poll import Poll
from router.domain.ids import content_id

LOW_COVERAGE = 0.8
MEDIAN_NEEDS = 2  # circled shots, for an interval of a median
PASTE = "paste_reference"  # the operation whose take must never win


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What became of one recipe's trials, and what they cost."""

    takes: tuple[str, ...]
    outcomes: Mapping[str, int]  # trial state → count
    spend_musd: int
    passed_must_lines: int
    must_lines: int

    @property
    def per_take_usd(self) -> float | None:
        """Give dollars a take; None without takes."""
        return self.spend_musd / 1e6 / len(self.takes) if self.takes else None

    @property
    def per_passed_line_usd(self) -> float | None:
        """Give dollars a passed must-line; None where none was passed."""
        return self.spend_musd / 1e6 / self.passed_must_lines if self.passed_must_lines else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything that the rules look at."""

    recipes: Mapping[str, Recipe]
    comparisons: Sequence[Comparison]  # declared ones
    measured: Mapping[tuple[str, str], tuple[str, ...]]  # (comparison, recipe) → takes
    bills: Mapping[str, Bill]  # by recipe
    simulated: bool
    circling: Sequence[Circling] = ()
    multiples: Sequence[Multiple] = ()  # against the studio's own way
    circled_takes: tuple[str, ...] = ()
    takes: Collection[str] = ()  # every one that the report shows
    polls: Sequence[Poll] = ()  # blind studies; open ones say nothing

    def name(self, recipe: str) -> str:
        """Give a recipe's title."""
        return self.recipes[recipe].title if recipe in self.recipes else recipe


def findings(facts: Facts) -> tuple[Finding, ...]:
    """Apply every rule."""
    return tuple(finding for rule in RULES for finding in rule(facts))


def rivals_on(task: str, metric: str, recipes: Mapping[str, Recipe]) -> frozenset[str]:
    """Name the controls that a paid recipe must beat on a metric; `task` may be a group."""
    return frozenset(
        recipe.name
        for recipe in recipes.values()
        for of_task, metrics in recipe.must_beat_on
        if group(of_task) == task and metric in metrics
    )


def _beats(facts: Facts) -> Iterator[Finding]:
    for comparison, contrast in _paid(facts):
        if contrast.better:
            yield _of_contrast(facts, "beats", comparison, contrast, contrast.sentence)


def _no_difference(facts: Facts) -> Iterator[Finding]:
    for comparison, contrast in _paid(facts):
        estimated = contrast.ci_low is not None and comparison.direction != "none"
        if estimated and contrast.better is None:
            yield _of_contrast(facts, "no_difference", comparison, contrast, contrast.sentence)


def _does_not_beat_control(facts: Facts) -> Iterator[Finding]:
    for comparison, contrast in _against_controls(facts):
        if contrast.p_adjusted is None or contrast.better == contrast.a:
            continue
        paid, free = facts.name(contrast.a), facts.name(contrast.b)
        claim = f"{paid} does not beat the free control {free}. {contrast.sentence}"
        yield _of_contrast(facts, "does_not_beat_control", comparison, contrast, claim)


def _control_check(facts: Facts) -> Iterator[Finding]:
    """A pasted reference must never win; where it leads unflagged, the metric is deceived."""
    for comparison in facts.comparisons:
        for place, arm in enumerate(comparison.arms):
            recipe = facts.recipes.get(arm.recipe)
            if recipe is None or recipe.operation != PASTE or arm.mean is None:
                continue
            if arm.aside.startswith("flagged"):
                said = "it is flagged as a copy and set aside, so nobody is ranked below it"
            elif _leads(comparison, place):
                said = "it comes first unflagged, so this metric alone must not crown anybody"
            else:
                continue
            value = shown(arm.mean, comparison.unit)
            claim = f"{title(comparison.metric)}: {recipe.title} reads {value}; {said}."
            yield _of_arm(facts, "control_check", comparison, arm, claim)


def _leads(comparison: Comparison, place: int) -> bool:
    """Say whether no paid recipe stands before a place."""
    before = comparison.arms[:place]
    return comparison.direction != "none" and all(a.control for a in before)


def _failures(facts: Facts) -> Iterator[Finding]:
    for recipe, bill in facts.bills.items():
        total = sum(bill.outcomes.values())
        bad = {k: n for k, n in bill.outcomes.items() if n and k not in {"done", "open"}}
        if not bad:
            continue
        told = ", ".join(f"{n} {k}" for k, n in bad.items())
        count = sum(bad.values())
        claim = f"{facts.name(recipe)}: {count} of {total} trials gave no take ({told})."
        yield _of_bill(facts, "failures", recipe, claim, (count / total, "share"))


def _cost(facts: Facts) -> Iterator[Finding]:
    for recipe, bill in facts.bills.items():
        per_take = bill.per_take_usd
        if per_take is None or facts.recipes[recipe].control or not bill.must_lines:
            continue
        per_line = bill.per_passed_line_usd
        passed = f"{bill.passed_must_lines} of {bill.must_lines} must-lines passed"
        price = "no price a passed line" if per_line is None else f"{per_line:.3f} USD each"
        claim = (
            f"{facts.name(recipe)}: {per_take:.3f} USD a take; {passed}, {price}; "
            "people's time is not in it."
        )
        yield _of_bill(facts, "cost", recipe, claim, (per_line, "usd"))


def _circled(facts: Facts) -> Iterator[Finding]:
    """Say how many attempts a circled take took, with money and minutes; nothing where none is."""
    for one in facts.circling:
        if one.attempts_per_circled is None:
            continue
        money, time = one.usd, one.minutes
        rest = "fewer than half of the shots are circled, so there is no median"
        if money.median is not None:
            half = f"{money.median:.2f} USD ({_reach(money)})"
            wait = "" if time.median is None else f" and {time.median:.0f} minutes by the clock"
            rest = f"half of the shots are circled by {half}{wait}"
        claim = (
            f"{facts.name(one.recipe)}: {one.circled} of {one.shots} shots have a circled take, "
            f"{one.attempts_per_circled:.1f} attempts for each; {rest}."
        )
        found = _of_bill(facts, "circled", one.recipe, claim, (money.median, "usd"))
        yield replace(found, ci_low=money.median_low, ci_high=money.median_high, n_shots=one.shots)


def _reach(found: Survival) -> str:
    """Write the interval of a median; with one shot circled there is none."""
    if found.events < MEDIAN_NEEDS or found.median_low is None:
        return "no interval"
    high = "open" if found.median_high is None else f"{found.median_high:.2f}"
    return f"95 % CI {found.median_low:.2f} to {high}"


def _old_way(facts: Facts) -> Iterator[Finding]:
    """Say how much less or more a shot takes than the studio's own way, or "not measured"."""
    for one in facts.multiples:
        word = "counted"
        if one.times is not None and one.ci_low is not None and one.ci_high is not None:
            excludes = one.ci_low > 1 or one.ci_high < 1
            word = confidence(one.ci_low - 1, one.ci_high - 1, 0.0, one.n_shots)
            word = word if excludes else "tie"
        yield Finding(
            id=content_id("finding", ["old_way", one.of, one.sentence]),
            kind="old_way",
            claim=one.sentence,
            effect=one.times,
            unit="times",
            ci_low=one.ci_low if one.times is not None else None,
            ci_high=one.ci_high if one.times is not None else None,
            n_shots=one.n_shots,
            comparison=None,
            evidence=facts.circled_takes if one.times is not None else (),
            simulated=facts.simulated,
            confidence=word if one.times is not None else "open",
        )


def _coverage(facts: Facts) -> Iterator[Finding]:
    for comparison in facts.comparisons:
        for arm in comparison.arms:
            if arm.control or arm.coverage >= LOW_COVERAGE:
                continue
            part = f"{100 * arm.coverage:.0f} % of the takes of {facts.name(arm.recipe)}"
            rest = "its mean says nothing about the rest"
            claim = f"{title(comparison.metric)} could be measured on {part}: {rest}."
            yield _of_arm(facts, "coverage", comparison, arm, claim)


def _people(facts: Facts) -> Iterator[Finding]:
    """Say what people's blind votes allow: declared contrasts, else who is surely first."""
    for poll in facts.polls:
        if poll.result is None:
            continue
        for contrast in poll.result.contrasts:
            yield _of_preference(facts, poll, poll.result, contrast)
        if not poll.result.contrasts:
            yield from _first(facts, poll, poll.result)


def _of_preference(facts: Facts, poll: Poll, result: Result, c: Preference) -> Finding:
    shots = result.kept.n_shots if result.kept else 0
    word = confidence(c.ci_low, c.ci_high, c.p, shots)
    word = "likely" if word == "tie" and c.better else word
    first, second = facts.name(c.first), facts.name(c.second)
    found = _of_votes(facts, poll, (c.first, c.second), word, shots)
    if c.elo is None or c.ci_low is None or c.ci_high is None:
        claim = f"the votes give no number for {first} against {second}"
        return replace(found, claim=f"{_voters(result)}: {claim}.")
    reach = f"{c.elo:+.0f} Elo, 95 % CI {c.ci_low:+.0f} to {c.ci_high:+.0f}, {_shots(shots)}"
    claim = f"no difference detected between {first} and {second} ({reach})"
    if c.better:
        better, other = (first, second) if c.better == c.first else (second, first)
        likely = "likely " if word == "likely" else ""
        claim = f"{better} is {likely}preferred to {other} ({first} over {second}: {reach})"
    claim = f"{_voters(result)}: {claim}."
    return replace(found, claim=claim, effect=c.elo, ci_low=c.ci_low, ci_high=c.ci_high)


def _first(facts: Facts, poll: Poll, result: Result) -> Iterator[Finding]:
    """Say who is surely first; simultaneous 95 % over all differences, or a tie said as one."""
    if result.kept is None or any(m.rank_high is None for m in result.kept.models):
        return
    top = [m for m in result.kept.models if m.rank_low == 1]
    shots = result.kept.n_shots
    names = ", ".join(facts.name(m.name) for m in top)
    if len(top) == 1:
        word = "sure" if shots >= FEW_SHOTS else "likely"
        claim = f"{names} is {'' if word == 'sure' else 'likely '}preferred to every other recipe"
    else:
        word, claim = "tie", f"no difference detected at the top between {names}"
    found = _of_votes(facts, poll, tuple(m.name for m in top), word, shots)
    yield replace(found, claim=f"{_voters(result)}: {claim} ({_shots(shots)}).")


def _voters(result: Result) -> str:
    return "People's votes" if result.headline == "studios" else "The platform's own raters"


def _of_votes(facts: Facts, poll: Poll, recipes: tuple[str, ...], word: str, shots: int) -> Finding:
    return Finding(
        id=content_id("finding", ["people", poll.study.id, *recipes]),
        kind="people",
        claim="",
        effect=None,
        unit="elo",
        ci_low=None,
        ci_high=None,
        n_shots=shots,
        comparison=None,
        evidence=tuple(t for r in recipes for t in poll.takes.get(r, ()) if t in facts.takes),
        simulated=facts.simulated,
        confidence=word,
    )


RULES: tuple[Callable[[Facts], Iterator[Finding]], ...] = (
    _beats,
    _does_not_beat_control,
    _no_difference,
    _control_check,
    _coverage,
    _failures,
    _cost,
    _circled,
    _old_way,
    _people,
)


def _paid(facts: Facts) -> Iterator[tuple[Comparison, Contrast]]:
    """Contrasts of two paid recipes of which neither is set aside."""
    for comparison in facts.comparisons:
        arms = {a.recipe: a for a in comparison.arms}
        for contrast in comparison.contrasts:
            pair = arms[contrast.a], arms[contrast.b]
            if not any(a.control or a.aside for a in pair):
                yield comparison, contrast


def _against_controls(facts: Facts) -> Iterator[tuple[Comparison, Contrast]]:
    """Contrasts with a control on a metric where beating it means something."""
    for comparison in facts.comparisons:
        rivals = rivals_on(comparison.task, comparison.metric, facts.recipes)
        for contrast in comparison.contrasts:
            if contrast.b in rivals:
                yield comparison, contrast


def _of_contrast(
    facts: Facts, kind: str, comparison: Comparison, contrast: Contrast, claim: str
) -> Finding:
    pair = (contrast.a, contrast.b)
    takes = (t for r in pair for t in facts.measured.get((comparison.id, r), ()))
    word = confidence(contrast.ci_low, contrast.ci_high, contrast.p_adjusted, contrast.n_shots)
    said = f"likely ({_shots(contrast.n_shots)}): {claim}" if word == "likely" else claim
    return Finding(
        id=content_id("finding", [kind, comparison.id, *pair]),
        kind=kind,
        claim=f"{title(comparison.metric)}: {said}",
        effect=contrast.difference,
        unit=comparison.unit,
        ci_low=contrast.ci_low,
        ci_high=contrast.ci_high,
        n_shots=contrast.n_shots,
        comparison=comparison.id,
        evidence=tuple(takes),
        simulated=facts.simulated,
        confidence=word,
    )


def _shots(count: int) -> str:
    return f"{count} shot{'' if count == 1 else 's'}"


def _of_arm(facts: Facts, kind: str, comparison: Comparison, arm: Arm, claim: str) -> Finding:
    return Finding(
        id=content_id("finding", [kind, comparison.id, arm.recipe]),
        kind=kind,
        claim=claim,
        effect=arm.mean,
        unit=comparison.unit,
        ci_low=arm.ci_low,
        ci_high=arm.ci_high,
        n_shots=arm.n_shots,
        comparison=comparison.id,
        evidence=facts.measured.get((comparison.id, arm.recipe), ()),
        simulated=facts.simulated,
    )


def _of_bill(
    facts: Facts, kind: str, recipe: str, claim: str, effect: tuple[float | None, str]
) -> Finding:
    bill = facts.bills[recipe]
    return Finding(
        id=content_id("finding", [kind, recipe, claim, list(bill.takes)]),
        kind=kind,
        claim=claim,
        effect=effect[0],
        unit=effect[1],
        ci_low=None,
        ci_high=None,
        n_shots=0,
        comparison=None,
        evidence=bill.takes,
        simulated=facts.simulated,
    )
