"""Time and cost against the studio's own way, as JSON: hours by role and credit, and multiples."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from benchmarks.domain.campaign import Trial
from benchmarks.reporting.baseline import Effort, Multiple, labour_of, multiple, worked
from benchmarks.views.case import Case
from benchmarks.views.loop import YES

Json = dict[str, Any]


def old_way(cases: Sequence[Case]) -> Json:
    """Give logged hours, every shot's effort beside its baseline, and what may be said of both."""
    found = [(case, effort) for case in cases for effort in efforts(case)]
    return {
        "worked": [
            asdict(row) | {"campaign": case.id}
            for case in cases
            for row in worked(case.labour, rates_usd(case))
        ],
        "running_timers": sum(e.minutes is None for case in cases for e in case.labour_standing),
        "shots": [_row(case, effort) for case, effort in found if effort.baseline or effort.hours],
        "multiples": [asdict(m) for m in multiples(cases)],
    }


def multiples(cases: Sequence[Case]) -> tuple[Multiple, ...]:
    """Compare every shot's hours and cost with its baseline."""
    every = [effort for case in cases for effort in efforts(case)]
    return multiple(every, "hours"), multiple(every, "cost_usd")


def efforts(case: Case) -> list[Effort]:
    """Say what every shot took: people's hours, and money for people and models together."""
    rates, spent = rates_usd(case), _spent_usd(case)
    yes = {_place(case.trial_of[t]) for t, d in case.decisions.items() if d.status in YES}
    found = []
    for seal, id_ in dict.fromkeys(_place(t) for t in case.trials):
        hours, labour_usd = labour_of(id_, case.labour, rates)
        models_usd = spent.get((seal, id_), 0.0)
        found.append(
            Effort(
                shot=f"{seal}/{id_}",
                circled=(seal, id_) in yes,
                hours=hours,
                cost_usd=None if labour_usd is None else labour_usd + models_usd,
                baseline=case.shots[seal, id_].baseline,
            )
        )
    return found


def rates_usd(case: Case) -> dict[str, float]:
    """Give what an hour of a role costs the partner."""
    return {role: musd / 1e6 for role, musd in case.partner.rates_musd}


def _spent_usd(case: Case) -> dict[tuple[str, str], float]:
    """Sum up what models were paid for each shot: every recipe, every repair."""
    spent: dict[tuple[str, str], float] = {}
    for trial in case.trials:
        paid = (case.attempts[r].spent_musd for r in trial.requests if r in case.attempts)
        spent[_place(trial)] = spent.get(_place(trial), 0.0) + sum(paid) / 1e6
    for repair in case.repairs:
        place = _place(case.trial_of[repair.parent])
        spent[place] = spent.get(place, 0.0) + repair.spend_musd / 1e6
    return spent


def _place(trial: Trial) -> tuple[str, str]:
    return trial.pack, trial.shot


def _row(case: Case, effort: Effort) -> Json:
    return asdict(effort) | {"campaign": case.id, "shot": effort.shot.rpartition("/")[2]}
