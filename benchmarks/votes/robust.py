"""How much hangs on few votes, on one partner, on one rater."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.domain.vote import Outcome, Vote
from benchmarks.votes.ballots import Ballots
from benchmarks.votes.resampling import table
from benchmarks.votes.strength import connected, strengths

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tipping:
    """Votes that carry the lead: without these few, somebody else leads."""

    leader: str
    instead: str
    votes: int  # an upper bound: those with the most influence were left out first
    share: float  # of all votes


def tipping(ballots: Ballots) -> Tipping | None:
    """Find few votes whose absence changes who leads; None where there is no leader to change.

    Votes are left out in the order of their influence on the lead, and the strengths are fitted
    again. (Few of thousands were enough in public arenas: J. Huang et al., arXiv:2508.11847.)
    """
    names = ballots.models
    wins = table(ballots).total()
    if len(names) < 2 or not connected(wins):
        return None
    theta = strengths(wins)
    first = int(theta.argmax())
    order = _most_helpful(ballots, names, theta, wins, first)
    low, high = 0, len(order)
    found: str | None = None
    while low < high:
        middle = (low + high) // 2
        leader = _leader(wins, order[: middle + 1], names)
        if leader is not None and leader != names[first]:
            found, high = leader, middle
        else:
            low = middle + 1
    if found is None:
        return None
    return Tipping(leader=names[first], instead=found, votes=low + 1, share=(low + 1) / ballots.n)


Cell = tuple[int, int, float]  # winner, loser, share of the vote: a tie is a half each way


def _most_helpful(
    ballots: Ballots, names: tuple[str, ...], theta: Floats, wins: Floats, first: int
) -> list[Cell]:
    """Votes in the order of what they add to the lead over the second, greatest first."""
    second = int(np.argsort(-theta)[1])
    chance = 1.0 / (1.0 + np.exp(theta[None, :] - theta[:, None]))
    curve = (wins + wins.T) * chance * (1.0 - chance)
    inverse = np.linalg.pinv(np.diag(curve.sum(1)) - curve)
    lead = inverse[first] - inverse[second]
    place = {name: i for i, name in enumerate(names)}
    pulls: list[tuple[float, Cell]] = []
    for vote, n in ballots.counts.items():
        cell = _cell(vote, place)
        if cell is not None:
            winner, loser, share = cell
            pull = (share - chance[winner, loser]) * (lead[winner] - lead[loser])
            pulls += [(float(pull), cell)] * n
    pulls.sort(key=lambda row: -row[0])
    return [cell for pull, cell in pulls if pull > 0]


def _cell(vote: Vote, place: Mapping[str, int]) -> Cell | None:
    left, right = place[vote.left], place[vote.right]
    match vote.outcome:
        case Outcome.LEFT:
            return left, right, 1.0
        case Outcome.RIGHT:
            return right, left, 1.0
        case Outcome.TIE:
            return left, right, 0.5
        case Outcome.BOTH_FAIL:
            return None


def _leader(wins: Floats, without: list[Cell], names: tuple[str, ...]) -> str | None:
    left = wins.copy()
    for winner, loser, share in without:
        left[winner, loser] -= share
        left[loser, winner] -= 1 - share
    left = np.maximum(left, 0.0)
    return names[int(strengths(left).argmax())] if connected(left) else None
