"""Asking again: a new take of the same shot, where no part of the old one can be repaired. Pure.

The recipe is the one whose take of this shot leaves least open that could not be put right for
free, and then the one whose take passes the aimed lines; where all are alike, the take's own. One
that was asked again in vain is left to the others: what a model gets wrong, it mostly gets wrong
again. Never a control, and never a chain: what comes out of one is asked for as a campaign.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

from benchmarks.domain.campaign import Trial
from benchmarks.planning.requests import SEEDS, named
from benchmarks.repairing.remedies import MENDED
from benchmarks.views.case import Case
from evaluators.domain.verdict import Ruling, Verdict
from evaluators.verdicts import is_of_colour, open_must
from router.domain.ids import content_id
from router.domain.model import Model
from router.domain.request import Request
from router.domain.take import Source


def origin(
    case: Case, take: str, lines: Sequence[int], tried: Collection[str] = ()
) -> Trial | None:
    """Choose the trial whose request is asked again; None = there is none.

    `tried`: recipes that were asked again in vain.
    """
    mine = case.trial_of[take]
    found = {
        case.trial_of[t.id].id: (_open(case, t.id, mine, lines), case.trial_of[t.id])
        for t in case.takes.values()
        if t.source is Source.GENERATED and _serves(case, case.trial_of[t.id], mine)
    }
    if not found:
        return None
    found = {t: f for t, f in found.items() if f[1].recipe not in tried} or found
    fewest = min(count for count, _ in found.values())
    able = [trial for count, trial in found.values() if count == fewest]
    own = [trial for trial in able if trial.recipe == mine.recipe]
    return min(own or able, key=lambda trial: (trial.recipe, trial.number))


def anew(request: Request, take: str, model: Model, lines: Sequence[int], round_: int) -> Request:
    """Write the request once more: another seed where the model takes one, for this take."""
    number = content_id("seed", [take, list(lines), round_])
    highest = model.limits.seed_max
    return named(
        replace(
            request,
            id="",
            seed=None if highest is None else 1 + int(number, 16) % min(highest, SEEDS),
            parent=take,
            label=f"{request.label} asked again for {take[:8]} round {round_}",
        )
    )


def _serves(case: Case, trial: Trial, mine: Trial) -> bool:
    same = (trial.pack, trial.shot) == (mine.pack, mine.shot)
    return same and not trial.earlier and not case.recipes[trial.recipe].control


def _open(case: Case, take: str, mine: Trial, lines: Sequence[int]) -> tuple[int, int, int]:
    """Count what a take leaves open: for good, of the aimed lines, and of all must-lines."""
    verdicts = case.verdicts.get(take, ())
    passed = {v.line.number for v in verdicts if v.ruling is Ruling.PASS}
    own = lines if case.trial_of[take].recipe == mine.recipe else ()
    for_good = sum(v.line.must and not _mends(v, own) for v in verdicts)
    return for_good, sum(n not in passed for n in lines), open_must(verdicts)


def _mends(verdict: Verdict, own: Sequence[int]) -> bool:
    """Say whether a line is met, or could be for free; not what the take itself is here for."""
    if verdict.ruling is Ruling.PASS:
        return True
    if verdict.line.number in own or verdict.ruling is Ruling.NOT_MEASURED:
        return False
    return verdict.line.kind in MENDED or is_of_colour(verdict)
