"""Asking again: a new take of the same shot, where no part of the old one can be repaired. Pure.

The recipe is the one whose take of this shot passes the aimed lines; where none does, the take's
own. Never a control, and never a chain: what comes out of one is asked for as a campaign.
"""

from collections.abc import Sequence
from dataclasses import replace

from benchmarks.domain.campaign import Trial
from benchmarks.requests import SEEDS, named
from benchmarks.views.case import Case
from evaluators.domain.verdict import Ruling
from evaluators.verdicts import open_must
from router.domain.ids import content_id
from router.domain.model import Model
from router.domain.request import Request
from router.domain.take import Source

AGAIN = "again"


def origin(case: Case, take: str, lines: Sequence[int]) -> Trial | None:
    """Choose the trial whose request is asked again; None = there is none."""
    mine = case.trial_of[take]
    found = {
        case.trial_of[t.id].id: (_open(case, t.id, lines), case.trial_of[t.id])
        for t in case.takes.values()
        if t.source is Source.GENERATED and _serves(case, case.trial_of[t.id], mine)
    }
    if not found:
        return None
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


def _open(case: Case, take: str, lines: Sequence[int]) -> tuple[int, int]:
    """Count what a take leaves open: of the aimed lines, then of all must-lines, doubts too."""
    verdicts = case.verdicts.get(take, ())
    passed = {v.line.number for v in verdicts if v.ruling is Ruling.PASS}
    return sum(n not in passed for n in lines), open_must(verdicts)
