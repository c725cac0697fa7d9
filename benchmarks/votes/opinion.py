"""What a judge said, in the shape of a vote and of a row: kept apart from people's votes."""

from dataclasses import asdict
from typing import Any

from benchmarks.domain.vote import Outcome, Vote
from benchmarks.planning.plan import usd
from benchmarks.votes.ranking import Ranking
from evaluators.domain.judging import Comparison
from evaluators.judges.tally import Account, Rate

REAL = "opinions of language models; they stand beside people's votes and are never merged"
SIMULATED = "SIMULATED judges of the emulator: they rehearse the run and say nothing about takes"


def vote_of(comparison: Comparison) -> Vote | None:
    """Give a judge's opinion in the shape of a vote; None where it has none."""
    if comparison.opinion is None:
        return None
    pair = comparison.pair
    return Vote(
        rater=f"judge: {comparison.name}",
        shot=pair.shot,
        left=pair.left.arm,
        right=pair.right.arm,
        outcome=Outcome(comparison.opinion.value),
    )


def account_row(one: Account, *, simulated: bool) -> dict[str, Any]:
    """Say what one judge did; a simulated one has no family."""
    return {
        "judge": one.name,
        "family": None if simulated else one.family,
        "pairs": one.pairs,
        "concordance": _rate(one.concordant),
        "discordant": one.discordant,
        "missing": dict(one.missing),
        "position_bias": _rate(one.first),
        "controls": [asdict(c) for c in one.controls],
        "flagged": one.flagged,
        "spend_usd": usd(one.cost_musd),
        "void": one.void,
    }


def ranking_row(ranking: Ranking) -> dict[str, Any]:
    """Give a ranking by judges."""
    return {
        "n": ranking.n_votes,
        "judges": ranking.n_raters,
        "shots": ranking.n_shots,
        "models": [asdict(m) for m in ranking.models],
        "groups": [list(g) for g in ranking.groups],
        "warnings": list(ranking.warnings),
    }


def _rate(rate: Rate) -> dict[str, Any]:
    return {k: round(v, 6) if isinstance(v, float) else v for k, v in asdict(rate).items()}
