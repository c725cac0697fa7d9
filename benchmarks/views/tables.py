"""Campaigns, recipes and failures as JSON rows."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any

from benchmarks.domain.campaign import Recipe, Stop, Trial, TrialState
from benchmarks.planning.plan import stamp, usd
from benchmarks.reporting.findings import Bill
from benchmarks.running.progress import S, reached
from benchmarks.views.case import Case
from benchmarks.views.takes import must, passed_must
from benchmarks.views.veil import Veil
from router.domain.attempt import Attempt
from router.domain.errors import Conflict
from router.domain.model import Model
from router.domain.take import Take
from router.store.outline import Standing

Json = dict[str, Any]

NO_TAKE = (TrialState.REFUSED, TrialState.FAILED, TrialState.PARKED, TrialState.UNKNOWN)


def campaign_row(case: Case, veil: Veil) -> Json:
    """Give one campaign with its money and its trials."""
    told, window = case.progress.as_json(), case.partner.window
    key, name = veil.partner(case.partner)
    return {
        "id": case.id,
        "partner": key,
        "partner_name": name,
        "packs": [
            {"code": k.pack.code, "title": k.pack.title, "seal": seal}
            for seal, k in case.packs.items()
        ],
        "state": told["state"],
        "budget_usd": told["budget_usd"],
        "spend_usd": told["spend_usd"],
        "reserved_usd": told["reserved_usd"],
        "unknown_usd": told["unknown_usd"],
        "trials": told["trials"],
        "window": {
            "opens": window.opens.isoformat(),
            "findings_due": window.findings_due.isoformat(),
        },
        "created_at": stamp(case.kept.campaign.created_at),
    }


def one_recipe_each(cases: Sequence[Case]) -> Mapping[str, Recipe]:
    """Join the recipes of several campaigns.

    Raises:
        Conflict: two campaigns mean different things by one name.
    """
    joined: dict[str, Recipe] = {}
    for case in cases:
        for name, recipe in case.recipes.items():
            if joined.setdefault(name, recipe) != recipe:
                expected = "the same row in every campaign of a report; build two reports"
                raise Conflict(field="recipe", found=f"two versions of {name}", expected=expected)
    return joined


def bills(cases: Sequence[Case], recipes: Mapping[str, Recipe]) -> dict[str, Bill]:
    """Count outcomes, money and passed must-lines of every recipe that was asked for."""
    asked = {t.recipe for case in cases for t in case.trials}
    return {name: _bill(cases, name) for name in recipes if name in asked}


def recipe_row(
    cases: Sequence[Case], recipe: Recipe, bill: Bill, veil: Veil, catalogue: Mapping[str, Model]
) -> Json:
    """Give one recipe with cost, latency, outcomes and reasons."""
    seconds = sorted(_seconds(cases, recipe.name))
    per_take, per_line = bill.per_take_usd, bill.per_passed_line_usd
    return {
        "recipe": recipe.name,
        "title": recipe.title,
        "model_name": told_models(recipe, veil),
        "control": recipe.control,
        "operation": told_operations(recipe),
        "template": " → ".join(c.template for c in recipe.calls),
        "licence": "; ".join(
            dict.fromkeys(veil.text(catalogue[c.model].licence) for c in recipe.calls)
        ),
        "takes": len(bill.takes),
        "spend_usd": usd(bill.spend_musd),
        "usd_per_take": None if per_take is None else round(per_take, 6),
        "usd_per_passed_must_line": None if per_line is None else round(per_line, 6),
        "latency_s": {
            "median": round(median(seconds), 3) if seconds else None,
            "p90": round(_p90(seconds), 3) if seconds else None,
            "n": len(seconds),
        },
        "outcomes": {s.value: bill.outcomes[s.value] for s in (TrialState.DONE, *NO_TAKE)},
        "reasons": [
            {"code": code, "reason": reason, "count": count}
            for (code, reason), count in _reasons(cases, recipe.name, veil).items()
        ],
    }


def failure_rows(cases: Sequence[Case], veil: Veil) -> list[Json]:
    """Give what gave no take, and what was not asked because it could not be."""
    count: Counter[tuple[str, str, str, str, str, str]] = Counter()
    for case in cases:
        for trial in case.trials:
            state = case.states[trial.id]
            if state in NO_TAKE:
                why = _why(case, trial, veil)
                count[case.id, trial.shot, trial.recipe, state.value, *why] += 1
        for refusal in case.kept.refused:
            why = (refusal.code, veil.text(refusal.reason))
            count[case.id, refusal.shot, refusal.recipe, "not asked", *why] += 1
    names = ("campaign", "shot", "recipe", "state", "code", "reason")
    return [dict(zip(names, key, strict=True)) | {"count": n} for key, n in count.items()]


def _bill(cases: Sequence[Case], name: str) -> Bill:
    states: Counter[str] = Counter({s.value: 0 for s in TrialState})
    spend = 0
    for case in cases:
        for trial in case.trials:
            if trial.recipe == name:
                states[case.states[trial.id].value] += 1
                paid = (case.attempts.get(request) for request in trial.requests)
                spend += sum(attempt.spent_musd for attempt in paid if attempt)
    verdicts = [case.verdicts.get(take.id, ()) for case, take in _with_case(cases, name)]
    return Bill(
        takes=tuple(take.id for _, take in _takes(cases, name)),
        outcomes=dict(states),
        spend_musd=spend,
        passed_must_lines=sum(passed_must(v) for v in verdicts),
        must_lines=sum(must(v) for v in verdicts),
    )


def _takes(cases: Sequence[Case], name: str) -> Iterator[tuple[Trial, Take]]:
    for case in cases:
        for trial, take in case.own_takes():
            if trial.recipe == name:
                yield trial, take


def _with_case(cases: Sequence[Case], name: str) -> Iterator[tuple[Case, Take]]:
    for case in cases:
        for trial, take in case.own_takes():
            if trial.recipe == name:
                yield case, take


def _reasons(cases: Sequence[Case], name: str, veil: Veil) -> Counter[tuple[str, str]]:
    return Counter(
        _why(case, trial, veil)
        for case in cases
        for trial in case.trials
        if trial.recipe == name and case.states[trial.id] in NO_TAKE
    )


def _seconds(cases: Sequence[Case], name: str) -> Iterator[float]:
    """Give how long takes were waited for; of a chain, all its steps together."""
    for case in cases:
        for trial, take in case.own_takes():
            if trial.recipe == name:
                before = (case.steps[r].latency_s for r in trial.earlier if r in case.steps)
                yield take.latency_s + sum(before)


def told_models(recipe: Recipe, veil: Veil) -> str:
    """Name the models of all steps, in order."""
    return " → ".join(veil.model(call.model) for call in recipe.calls)


def told_operations(recipe: Recipe) -> str:
    """Name the operations of all steps, in order."""
    return " → ".join(call.operation for call in recipe.calls)


def _why(case: Case, trial: Trial, veil: Veil) -> tuple[str, str]:
    return why_of(case.recipes[trial.recipe], trial, case.attempts, case.stops, veil)


def why_of(
    recipe: Recipe,
    trial: Trial,
    last: Mapping[str, S],
    stops: Mapping[str, Stop],
    veil: Veil,
) -> tuple[str, str]:
    """Give code and reason of a trial that gave no take; in a chain, name the step it ended at."""
    request = reached(trial, last)
    found: Attempt | Standing | Stop | None = last.get(request) or stops.get(request)
    if isinstance(found, Stop):
        code, reason = veil.text(found.code), veil.text(found.reason)
    else:
        code, reason = why(found, veil)
    if not trial.earlier:
        return code, reason
    number = trial.requests.index(request)
    operation = recipe.calls[number].operation.replace("_", " ")
    return code, f"step {number + 1} of {len(trial.requests)}, {operation}: {reason}"


def why(attempt: Attempt | Standing | None, veil: Veil) -> tuple[str, str]:
    """Give the code and the reason of an attempt that gave no take; None = never handed in."""
    if attempt is None:
        return "not_submitted", "not handed in yet"
    if attempt.state.value in {"parked", "cancelled"} and not attempt.code:
        words = {"parked": "the budget did not cover it", "cancelled": "the campaign was cancelled"}
        return attempt.state.value, words[attempt.state.value]
    return veil.text(attempt.code), veil.text(attempt.reason)


def _p90(ordered: Sequence[float]) -> float:
    """Give the nearest-rank 90th percentile."""
    return ordered[max(0, -(-9 * len(ordered) // 10) - 1)]
