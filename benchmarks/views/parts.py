"""Parts of a report that say how it was made: decided beforehand, method, sample, gallery."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from benchmarks.comparing.wording import task_title
from benchmarks.domain.finding import Finding
from benchmarks.reporting import plates
from benchmarks.reporting.advice import advice
from benchmarks.reporting.findings import Facts
from benchmarks.views.case import Case
from benchmarks.views.signoff import seen
from benchmarks.views.veil import Veil
from benchmarks.votes.poll import Poll
from evaluators.domain.verdict import Ruling

Json = dict[str, Any]
DECIDED = (
    "Shot packs were sealed before the first paid call: shots, references, acceptance lines and "
    "thresholds cannot change under a campaign.",
    "Metrics, their direction and the contrasts that are tested were declared per task before "
    "anything was measured; everything else is marked exploratory.",
    "Free controls run beside every paid recipe, and each has to be beaten where it is a rival.",
    "Contrasts are adjusted for their number (Holm); a difference that is not shown is called a "
    "tie, never a win.",
    "A budget is a cap: what would exceed it is not asked, and what was not asked is reported.",
)
METHOD = (
    "The shot is the unit. Takes of one shot are averaged first, so that many takes of one shot "
    "do not pass for many shots.",
    "Differences are paired by shot; intervals are Student t on shot means, exact sign flips where "
    "few shots carry them.",
    "Votes are blind and sides balanced; strengths are Bradley-Terry on the Elo scale, intervals "
    "by two-way bootstrap over raters and shots.",
    "Likeness passes a line or leaves it open; it never fails one. A missing number is missing, "
    "not zero.",
    "Simulated and real takes never stand in one report, and people's votes, language models' "
    "opinions and metrics are never merged.",
)


def parts(
    cases: Sequence[Case], facts: Facts, found: Sequence[Finding], polls: Sequence[Poll], veil: Veil
) -> Json:
    """Give the parts of a report that are neither measured nor voted."""
    return {
        "counts": _counts(cases, facts),
        "decided": list(DECIDED),
        "method": list(METHOD),
        "sample": _sample(cases, polls, veil),
        "gallery": {"rule": plates.RULE, "rows": [r for c in cases for r in _gallery(c)]},
        "sheets": {case.id: list(_sheet(case)) for case in cases},
        "recommendations": [asdict(a) for a in advice(facts, found)],
    }


def _counts(cases: Sequence[Case], facts: Facts) -> Json:
    recipes = [facts.recipes[n] for n in facts.bills]
    ends = [s for case in cases for s in case.progress.as_json()["trials"].items()]
    trials = {k: sum(n for name, n in ends if name == k) for k in dict(ends)}
    return {
        "takes": sum(len(case.takes) for case in cases),
        "shots": sum(len(_shots(case)) for case in cases),
        "recipes": sum(not r.control for r in recipes),
        "controls": sum(r.control for r in recipes),
        "trials": trials,
        "spend_usd": round(sum(c.progress.as_json()["spend_usd"] for c in cases), 6),
        "budget_usd": round(sum(c.progress.as_json()["budget_usd"] for c in cases), 6),
    }


def _shots(case: Case) -> frozenset[tuple[str, str]]:
    return frozenset((t.pack, t.shot) for t in case.trials)


def _sample(cases: Sequence[Case], polls: Sequence[Poll], veil: Veil) -> Json:
    rows = [
        {
            "campaign": case.id,
            "partner_name": veil.partner(case.partner)[1],
            "shots": len(_shots(case)),
            "tasks": sorted({task_title(case.shots[place].task) for place in _shots(case)}),
            "takes": len(case.takes),
            "measured": sum(take in case.scored for take in case.takes),
            "lines": _lines(case),
        }
        for case in cases
    ]
    votes = [
        {
            "study": poll.study.id,
            "raters": len(poll.study.raters),
            "asked": len(poll.given.slots),
            "votes": len(poll.given.casts),
            "kept": poll.result.kept.n_votes if poll.result and poll.result.kept else None,
            "open": poll.result is None,
        }
        for poll in polls
    ]
    return {"campaigns": rows, "votes": votes}


def _lines(case: Case) -> Mapping[str, int]:
    found = [v.ruling for lines in case.verdicts.values() for v in lines if v.line.must]
    return {r.value: found.count(r) for r in Ruling} | {"must": len(found)}


def _sheet(case: Case) -> Sequence[str]:
    shown = case.printed if case.printed is not None else frozenset(case.takes)
    return [take for take in plates.contact_sheet(seen(case)) if take in shown]


def _gallery(case: Case) -> list[Json]:
    paid = {n for n, r in case.recipes.items() if not r.control}
    return [
        {
            "campaign": case.id,
            "recipe": recipe,
            "take": take,
            "why": why,
            "seed": case.takes[take].seed,
            "prompt": case.takes[take].prompt,
            "failed": [
                v.line.criterion
                for v in case.verdicts.get(take, ())
                if v.line.must and v.ruling is Ruling.FAIL
            ],
        }
        for recipe, takes in plates.gallery(seen(case)).items()
        if recipe in paid
        for take, why in takes
        if case.printed is None or take in case.printed
    ]
