"""Intervals hold: simulated studies with known truth, raters and shots with tastes of their own."""

import numpy as np
import pytest

from benchmarks.domain.vote import Outcome, Vote
from benchmarks.votes.ballots import ballots
from benchmarks.votes.ranking import ELO, MEAN, rank
from benchmarks.votes.strength import strengths

MODELS = 5
OF_SHOT, OF_RATER, TIES = 0.8, 0.45, 0.17  # standard deviations in logits, share of ties
STUDIES = 60


def tastes(chance, count, spread):
    drawn = chance.normal(0, spread, (count, MODELS))
    return drawn - drawn.mean(1, keepdims=True)


def study(theta, *, votes, raters, shots, seed):
    chance = np.random.default_rng(seed)
    of_shot, of_rater = tastes(chance, shots, OF_SHOT), tastes(chance, raters, OF_RATER)
    rater, shot = chance.integers(raters, size=votes), chance.integers(shots, size=votes)
    left = chance.integers(MODELS, size=votes)
    right = (left + 1 + chance.integers(MODELS - 1, size=votes)) % MODELS
    liked = theta + of_shot[shot] + of_rater[rater]
    rows = np.arange(votes)
    wins = chance.random(votes) < 1 / (1 + np.exp(liked[rows, right] - liked[rows, left]))
    said = np.where(wins, Outcome.LEFT, Outcome.RIGHT)
    said[chance.random(votes) < TIES] = Outcome.TIE
    return [
        Vote(rater=f"r{r}", shot=f"s{s}", left=f"m{a}", right=f"m{b}", outcome=Outcome(o))
        for r, s, a, b, o in zip(rater, shot, left, right, said, strict=True)
    ]


def truth(theta):
    """Strengths that endless raters and shots would give."""
    chance = np.random.default_rng(0)
    liked = theta + tastes(chance, 200_000, OF_SHOT) + tastes(chance, 200_000, OF_RATER)
    wins = np.zeros((MODELS, MODELS))
    for a in range(MODELS):
        for b in range(MODELS):
            won = (1 / (1 + np.exp(liked[:, b] - liked[:, a]))).mean()
            wins[a, b] = (won * (1 - TIES) + TIES / 2) * (a != b)
    return strengths(wins) * ELO + MEAN


@pytest.mark.slow
@pytest.mark.parametrize(
    ("votes", "raters", "shots"), [(300, 4, 5), (300, 3, 12), (1200, 8, 24), (1500, 8, 5)]
)
def test_intervals_hold_the_truth_as_often_as_they_say(votes, raters, shots):
    theta = np.linspace(-0.5, 0.5, MODELS)
    wanted = truth(theta)
    inside, ranks = [], []
    for seed in range(STUDIES):
        found = rank(ballots(study(theta, votes=votes, raters=raters, shots=shots, seed=seed)))
        for model in found.models:
            place = int(model.name[1])
            if model.ci_low is not None:
                inside.append(model.ci_low <= wanted[place] <= model.ci_high)
                ranks.append(model.rank_low <= MODELS - place <= model.rank_high)
    assert len(inside) > 0.9 * STUDIES * MODELS
    assert np.mean(inside) >= 0.92  # 93 % less the error of so few studies
    assert np.mean(ranks) >= 0.97


@pytest.mark.slow
def test_equals_are_called_different_in_few_studies():
    theta = np.zeros(MODELS)
    wrong = [
        len(rank(ballots(study(theta, votes=400, raters=5, shots=10, seed=seed))).groups) != 1
        for seed in range(STUDIES * 2)
    ]
    assert np.mean(wrong) <= 0.05
