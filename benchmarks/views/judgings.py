"""What language models said as judges, as JSON: beside people's votes, and never among them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks.agreement.accuracy import Shot, pairwise
from benchmarks.domain.study import Kind
from benchmarks.domain.vote import Outcome
from benchmarks.planning.plan import usd
from benchmarks.views.case import Case
from benchmarks.votes.ballots import ballots
from benchmarks.votes.opinion import REAL, SIMULATED, account_row, ranking_row, vote_of
from benchmarks.votes.poll import Poll, removed, said
from benchmarks.votes.ranking import rank
from evaluators.domain.judging import Comparison
from evaluators.judges import tally

Json = dict[str, Any]
Place = tuple[str, str]  # pack and shot
Liked = dict[Place, dict[str, list[float]]]  # recipe → wins of each comparison, ties half
WINS = {Outcome.LEFT: 1.0, Outcome.RIGHT: 0.0, Outcome.TIE: 0.5}


def judging_rows(
    case: Case, judgings: Mapping[str, Sequence[Comparison]], polls: Sequence[Poll]
) -> list[Json]:
    """Give the judgings of a campaign, with how far judges agree with people where both spoke.

    Args:
        case: the campaign.
        judgings: judging → what was said; checklists are no comparisons and are not in it.
        polls: studies that the reader may see.
    """
    return [_row(case, id_, said_, polls) for id_, said_ in judgings.items() if said_]


def _row(case: Case, id_: str, found: Sequence[Comparison], polls: Sequence[Poll]) -> Json:
    accounts = tally.accounts(found)
    void = tally.void_run(accounts)
    counted = () if void else tally.counted(found, accounts)
    votes = [v for c in counted if (v := vote_of(c)) is not None]
    return {
        "judging": id_,
        "campaign": case.id,
        "by": "judge",
        "criterion": found[0].criterion,
        "simulated": case.simulated,
        "said_by": SIMULATED if case.simulated else REAL,
        "comparisons": len(found),
        "counted": len(counted),
        "void": void,
        "accounts": [account_row(a, simulated=case.simulated) for a in accounts],
        "spend_usd": usd(sum(c.cost_musd for c in found)),
        "ranking": ranking_row(rank(ballots(votes))) if votes else None,
        "with_people": _with_people(case, counted, polls),
    }


def _with_people(case: Case, counted: Sequence[Comparison], polls: Sequence[Poll]) -> Json | None:
    """Of two recipes on a shot that people tell apart: how often do the judges pick theirs?"""
    people, judges = _liked(_of_people(polls)), _liked(_of_judges(case, counted))
    shots = []
    for place in people.keys() & judges.keys():
        both = sorted(people[place].keys() & judges[place].keys())
        shots.append(
            Shot(
                np.array([np.mean(judges[place][r]) for r in both]),
                np.array([np.mean(people[place][r]) for r in both]),
            )
        )
    found = pairwise(shots)
    if not found.n:
        return None
    return {
        "within_shot_accuracy": found.value,
        "ci_low": found.low,
        "ci_high": found.high,
        "pairs": found.n,
        "shots": found.shots,
    }


_Said = tuple[Place, str, str, Outcome]


def _of_people(polls: Sequence[Poll]) -> Iterator[_Said]:
    for poll in polls:
        for slot, cast in said(poll.given) if poll.result else ():
            if slot.kind is Kind.PAIR and not removed(poll, slot, cast):
                yield (slot.pack, slot.shot), slot.left.recipe, slot.right.recipe, cast.outcome


def _of_judges(case: Case, counted: Sequence[Comparison]) -> Iterator[_Said]:
    for one in counted:
        trial = case.trial_of.get(one.pair.left.take)
        if trial is not None and one.opinion is not None:
            outcome = Outcome(one.opinion.value)
            yield (trial.pack, trial.shot), one.pair.left.arm, one.pair.right.arm, outcome


def _liked(every: Iterator[_Said]) -> Liked:
    found: Liked = {}
    for place, left, right, outcome in every:
        if outcome in WINS:
            recipes = found.setdefault(place, {})
            recipes.setdefault(left, []).append(WINS[outcome])
            recipes.setdefault(right, []).append(1 - WINS[outcome])
    return found
