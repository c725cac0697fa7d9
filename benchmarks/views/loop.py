"""The loop of a report: lines passed, circled takes, lifts and overruled verdicts, as JSON rows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from benchmarks.comparing.survival import Survival
from benchmarks.decisions.circled import CIRCLED
from benchmarks.domain.campaign import Recipe, Trial, TrialState
from benchmarks.domain.repair import Repair
from benchmarks.planning.plan import usd
from benchmarks.reporting.loop import Circling, Journey, Way, best_within, circling, passing
from benchmarks.running.progress import reached
from benchmarks.views.case import Case
from benchmarks.views.comparisons import Compared
from benchmarks.views.lifts import lift_rows
from evaluators.domain.verdict import Ruling
from router.domain.take import Source

Json = dict[str, Any]
ANSWERED = (TrialState.DONE, TrialState.REFUSED, TrialState.FAILED)
YES = (CIRCLED, "approved")
RATING: Mapping[Ruling, float] = {Ruling.FAIL: 0.0, Ruling.UNSURE: 0.5, Ruling.PASS: 1.0}


def loop_of(cases: Sequence[Case], result: Compared, recipes: Mapping[str, Recipe]) -> Json:
    """Give the figures of the loop; free controls are counted like everybody else."""
    ways = [way for case in cases for way in ways_of(case)]
    return {
        "passing": [
            asdict(p) | {"after": [asdict(a) for a in p.after]}
            for p in passing([j for case in cases for j in journeys(case)])
        ],
        "circling": [_circling_row(c) for c in circling_of(cases)],
        "lifts": lift_rows(cases, result, recipes),
        "overruled": [row for case in cases for row in overruled(case)],
        "notes": list(_notes(ways)),
    }


def circling_of(cases: Sequence[Case]) -> tuple[Circling, ...]:
    """Say what a circled take took, recipe by recipe."""
    return circling([way for case in cases for way in ways_of(case)])


def journeys(case: Case) -> Iterator[Journey]:
    """Follow the first take of every shot and recipe through its repairs."""
    take_of = {t.request: id_ for id_, t in case.takes.items()}
    children: dict[str, list[str]] = {}
    for repair in case.repairs:
        children.setdefault(repair.parent, []).append(repair.child)
    for trial in case.trials:
        if trial.number == 1 and case.states[trial.id] in ANSWERED:
            first = take_of.get(trial.request)
            rounds = best_within(first, children, case.verdicts) if first else ()
            yield Journey(
                recipe=trial.recipe,
                shot=_place(trial),
                lines=case.shot(trial).acceptance,
                rounds=tuple(rounds),
            )


def ways_of(case: Case) -> Iterator[Way]:
    """Say what every shot took with every paid recipe, until a take was circled or until now.

    "Now" is when anybody last did something in the campaign: afterwards nobody looked. Nor did
    anybody look on for a shot of which a take was circled: for the other recipes it ends there.
    """
    end, settled, found = _last_seen(case), _settled(case), _found(case)
    by_place: dict[tuple[str, str], list[Trial]] = {}
    for trial in case.trials:
        if case.states[trial.id] in ANSWERED and not case.recipes[trial.recipe].control:
            by_place.setdefault((_place(trial), trial.recipe), []).append(trial)
    for (shot, recipe), trials in by_place.items():
        yield _way(case, (shot, recipe), trials, found, settled.get(shot, end))


def overruled(case: Case) -> Iterator[Json]:
    """Give every verdict that a named person overruled, with what stood there before."""
    for take, verdicts in case.verdicts.items():
        for verdict in verdicts:
            before = verdict.evidence.get("overruled")
            if before:
                trial = case.trial_of[take]
                yield {
                    "campaign": case.id,
                    "take": take,
                    "shot": trial.shot,
                    "recipe": trial.recipe,
                    "line": verdict.line.number,
                    "kind": verdict.line.kind,
                    "metric": verdict.metric,
                    "value": verdict.value,
                    "was": before["ruling"],
                    "now": verdict.ruling.value,
                    "by": verdict.by,
                    "reason": verdict.reason,
                }


def ratings(case: Case) -> tuple[list[Json], list[Json]]:
    """Give the rows that `agree` reads: what people said of lines, and what metrics had measured.

    An item is a line of a take, a shot that of one pack; a person's pass is 1, unsure 0.5, fail 0.
    """
    said, scored = [], []
    for row in overruled(case):
        item = f"{row['take']}/{row['line']}"
        value = RATING.get(Ruling(row["now"]))
        if value is None or row["value"] is None:
            continue
        said.append({"item": item, "rater": row["by"], "dimension": row["kind"], "value": value})
        scored.append(
            {
                "item": item,
                "shot": _place(case.trial_of[row["take"]]),
                "model": row["recipe"],
                "metric": row["metric"],
                "value": row["value"],
            }
        )
    return said, scored


@dataclass(frozen=True, slots=True)
class _Found:
    """What belongs to each trial, sorted out once: a season has thousands of pairs."""

    yes: Mapping[str, Sequence[datetime]]  # when its takes were circled or approved
    repairs: Mapping[str, Sequence[Repair]]  # of its takes, and of what came of these


def _found(case: Case) -> _Found:
    yes: dict[str, list[datetime]] = {}
    for take, decision in case.decisions.items():
        if decision.status in YES and take in case.trial_of:
            yes.setdefault(case.trial_of[take].id, []).append(decision.created_at)
    repairs: dict[str, list[Repair]] = {}
    for repair in case.repairs:
        if repair.parent in case.trial_of:
            repairs.setdefault(case.trial_of[repair.parent].id, []).append(repair)
    return _Found(yes, repairs)


def _way(
    case: Case, pair: tuple[str, str], trials: Sequence[Trial], found: _Found, end: datetime
) -> Way:
    yes = [at for t in trials for at in found.yes.get(t.id, ())]
    until = min(yes) if yes else end
    attempts = [
        a
        for t in trials
        for r in t.requests
        if (a := case.attempts.get(r)) and (a.created_at or until) <= until
    ]
    near = [r for t in trials for r in found.repairs.get(t.id, ())]
    repairs = [r for r in near if _made(case, r.child) <= until]
    asked = [a.created_at for a in attempts if a.created_at]
    begun = min(asked, default=case.kept.campaign.created_at)
    spent = sum(a.spent_musd for a in attempts) + sum(r.spend_musd for r in repairs)
    return Way(
        recipe=pair[1],
        shot=pair[0],
        circled=bool(yes),
        usd=usd(spent),
        minutes=max(0.0, (until - begun).total_seconds() / 60),
        attempts=sum(reached(t, case.attempts) in case.attempts for t in trials) + len(repairs),
    )


def _made(case: Case, take: str) -> datetime:
    return case.takes[take].created_at


def _settled(case: Case) -> Mapping[str, datetime]:
    """Say when a take of each shot was circled first, of whatever recipe."""
    found: dict[str, datetime] = {}
    for take, decision in case.decisions.items():
        if decision.status in YES and take in case.trial_of:
            shot = _place(case.trial_of[take])
            found[shot] = min(found.get(shot, decision.created_at), decision.created_at)
    return found


def _last_seen(case: Case) -> datetime:
    return max(
        [case.kept.campaign.created_at]
        + [t.created_at for t in case.takes.values() if t.source is not Source.IMPORTED]
        + [d.created_at for d in case.decisions.values()]
    )


def _place(trial: Trial) -> str:
    return f"{trial.pack}/{trial.shot}"


def _circling_row(one: Circling) -> Json:
    return asdict(one) | {"usd": _curve(one.usd), "minutes": _curve(one.minutes)}


def _curve(found: Survival) -> Json:
    return asdict(found) | {"steps": [asdict(s) for s in found.steps]}


def _notes(ways: Sequence[Way]) -> Iterator[str]:
    if not ways:
        return
    if not any(w.circled for w in ways):
        yield (
            "Nobody has circled a take of a paid recipe: what a circled take takes is not measured."
        )
        return
    open_ = sum(not w.circled for w in ways)
    if open_:
        yield (
            f"{open_} of {len(ways)} pairs of shot and recipe have no circled take: they are "
            "counted as open at what was spent on them until then, and end where a take of another "
            "recipe was circled for the shot. That assumes that they were left "
            "for reasons other than their cost; where the hopeless ones were left, the truth is "
            "higher than the figure."
        )
    yield (
        "Minutes run by the clock, from the first question to the decision, nights included; work "
        "is in the timesheet."
    )
