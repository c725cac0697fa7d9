"""How small a difference a study can detect, before anybody votes.

The difference of two Bradley-Terry strengths varies with the raters who were asked, with the shots
that were shown, and with each vote:

    A = 2 rater^2 / R,  B = 2 shot^2 / S,  N = 4 (K - 1) (1 - ties) / V

(V votes spread over the K (K - 1) / 2 pairs give a Laplacian of information with eigenvalue
V / (2 (K - 1)); a tie is half a win and carries less noise.) The true error is sqrt(A + B + N). The
error that `ranking.py` and `contrast.py` allow for is larger, because a two-way bootstrap counts
the noise of single votes three times (A. B. Owen, Annals of Applied Statistics 1, 2007):
sqrt(A + B + 3 N). A test at 95 % with Student's t at Satterthwaite's degrees of freedom therefore
detects, at 80 % power, t(.975) times the error allowed for plus z(.80) times the true one. Whole
studies were simulated to see that it does (tests/benchmarks/test_power.py).
"""

import math
from collections import Counter
from dataclasses import dataclass, replace

from benchmarks.domain.vote import Outcome
from benchmarks.votes.ballots import Ballots
from benchmarks.votes.clustered import clustered, pulls_of_strengths
from benchmarks.votes.ranking import ELO
from benchmarks.votes.resampling import table
from benchmarks.votes.strength import connected, strengths
from router.domain.errors import BadInput

LEVEL = 0.95
NOISE = 3  # times that a two-way bootstrap counts the noise of single votes
Z_POWER = 0.8416212  # 80 % of a standard normal distribution lie below


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumed:
    """What is taken to be so, or was found in the first votes."""

    of_shot: float = 0.6  # spread of the recipes' strengths from shot to shot, in logits
    of_rater: float = 0.3  # the same from rater to rater
    ties: float = 0.17  # share of votes that are ties
    both_fail: float = 0.05  # share of votes that say nothing about which is better
    seconds_still: float = 16.0  # for a vote
    seconds_clip: float = 32.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How large a study is."""

    raters: int
    shots: int
    recipes: int
    votes: int  # on pairs, of all raters together


@dataclass(frozen=True, slots=True, kw_only=True)
class Detectable:
    """A difference that is found four times out of five."""

    elo: float
    win_rate: float  # of the better one against the other, ties as halves


def detectable(size: Size, assumed: Assumed, contrasts: int = 1) -> Detectable | None:
    """Give the smallest difference that such a study detects.

    Args:
        size: of the study.
        assumed: how much raters and shots differ.
        contrasts: how many are tested together (Bonferroni).

    Returns:
        None with fewer than two raters or two shots: no interval, so nothing is detected.
    """
    from scipy.special import stdtrit

    if min(size.raters, size.shots, size.recipes) < 2 or size.votes < 1:
        return None
    true, allowed, freedom = spread(size, assumed)
    tail = (1 - LEVEL) / (2 * contrasts)
    gap = allowed * float(stdtrit(freedom, 1 - tail)) + true * Z_POWER
    return Detectable(elo=ELO * gap, win_rate=1 / (1 + math.exp(-gap)))


def spread(size: Size, assumed: Assumed) -> tuple[float, float, float]:
    """Give a difference's true error and the error allowed for, in logits, and its freedom."""
    noise = one_vote(size.recipes, assumed.ties) / (size.votes * (1 - assumed.both_fail))
    raters = 2 * assumed.of_rater**2 / size.raters
    shots = 2 * assumed.of_shot**2 / size.shots
    seen_raters, seen_shots = raters + noise, shots + noise
    below = seen_raters**2 / (size.raters - 1) + seen_shots**2 / (size.shots - 1)
    freedom = (seen_raters + seen_shots) ** 2 / below
    return math.sqrt(raters + shots + noise), math.sqrt(raters + shots + NOISE * noise), freedom


def one_vote(recipes: int, ties: float) -> float:
    """Variance of a difference that one vote would leave, spread over all pairs."""
    return 4 * (recipes - 1) * (1 - ties)


def found(ballots: Ballots, before: Assumed) -> Assumed:
    """Replace what was assumed by what the first votes show; the seconds stay as they are.

    Raises:
        BadInput: the votes do not tie all recipes together yet.
    """
    cells = table(ballots)
    wins = cells.total()
    if min(cells.raters, cells.shots, len(ballots.models)) < 2 or not connected(wins):
        raise BadInput(
            field="votes",
            found=f"{ballots.n} by {cells.raters} raters on {cells.shots} shots",
            expected="votes of two raters on two shots that tie all recipes together",
        )
    near = clustered(cells, pulls_of_strengths(cells, strengths(wins)))
    raters, shots, noise = near.components()
    said = Counter[Outcome]()
    for vote, n in ballots.counts.items():
        said[vote.outcome] += n
    judged = ballots.n - said[Outcome.BOTH_FAIL]
    return replace(
        before,
        of_rater=math.sqrt(max(0.0, raters - noise) * cells.raters / 2),
        of_shot=math.sqrt(max(0.0, shots - noise) * cells.shots / 2),
        ties=said[Outcome.TIE] / judged,
        both_fail=said[Outcome.BOTH_FAIL] / ballots.n,
    )


def with_time(assumed: Assumed, seconds: float | None, *, clips: bool) -> Assumed:
    """Replace the seconds for a vote by measured ones; None leaves them."""
    if seconds is None:
        return assumed
    return (
        replace(assumed, seconds_clip=seconds) if clips else replace(assumed, seconds_still=seconds)
    )
