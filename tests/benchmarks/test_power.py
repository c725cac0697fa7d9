"""What a plan promises to detect is detected, in whole simulated studies."""

import numpy as np
import pytest

from benchmarks.domain.study import Kind
from benchmarks.domain.vote import Outcome, Vote
from benchmarks.votes import blocks, power
from benchmarks.votes.ballots import ballots
from benchmarks.votes.contrast import contrasts, holm
from benchmarks.votes.design import Order, design
from router.domain.errors import BadInput

ASSUMED = power.Assumed()


def asked(raters, shots, recipes, slots):
    names = [f"m{i}" for i in range(recipes)]
    every = {f"s{i}": frozenset(names) for i in range(shots)}
    ground = blocks.Ground(shots=every, pairs=blocks.pairs_of(names), golden=frozenset(every))
    asks = blocks.layout("x", [(f"r{i}", ground) for i in range(raters)], slots)
    return [a for a in asks if a.kind is Kind.PAIR]


def tastes(chance, count, recipes, spread):
    drawn = chance.normal(0, spread, (count, recipes))
    return drawn - drawn.mean(1, keepdims=True)


def voted(asks, theta, seed, raters, shots):
    chance = np.random.default_rng(seed)
    of_shot = tastes(chance, shots, len(theta), ASSUMED.of_shot)
    of_rater = tastes(chance, raters, len(theta), ASSUMED.of_rater)
    votes = []
    for ask in asks:
        rater, shot = int(ask.rater[1:]), int(ask.shot[1:])
        liked = theta + of_shot[shot] + of_rater[rater]
        wins = 1 / (1 + np.exp(liked[int(ask.right[1:])] - liked[int(ask.left[1:])]))
        outcome = Outcome.LEFT if chance.random() < wins else Outcome.RIGHT
        if chance.random() < ASSUMED.ties:
            outcome = Outcome.TIE
        if chance.random() < ASSUMED.both_fail:
            outcome = Outcome.BOTH_FAIL
        votes.append(
            Vote(rater=ask.rater, shot=ask.shot, left=ask.left, right=ask.right, outcome=outcome)
        )
    return ballots(votes)


def gap_for(win_rate):
    """Find the difference in strength that shows as this win rate, ties and tastes included."""
    chance = np.random.default_rng(0)
    spread = np.sqrt(2 * (ASSUMED.of_shot**2 + ASSUMED.of_rater**2))
    noise = chance.normal(0, spread, 20_000)
    low, high = 0.0, 8.0
    for _ in range(40):
        middle = (low + high) / 2
        won = (1 / (1 + np.exp(-middle - noise))).mean()
        shown = 0.5 + (1 - ASSUMED.ties) * (won - 0.5)
        low, high = (middle, high) if shown < win_rate else (low, middle)
    return low


@pytest.mark.slow
@pytest.mark.parametrize(
    ("raters", "shots", "recipes", "slots"), [(8, 60, 5, 100), (8, 24, 5, 48), (5, 24, 4, 48)]
)
def test_a_difference_as_small_as_promised_is_found_four_times_out_of_five(
    raters, shots, recipes, slots
):
    asks = asked(raters, shots, recipes, slots)
    size = power.Size(raters=raters, shots=shots, recipes=recipes, votes=len(asks))
    promised = power.detectable(size, ASSUMED)
    theta = np.zeros(recipes)
    theta[0] = gap_for(promised.win_rate) / 2
    theta[1] = -theta[0]
    found = [
        contrasts(voted(asks, theta, seed, raters, shots), [("m0", "m1")])[0].better
        for seed in range(100)
    ]
    assert found.count("m1") == 0
    assert 70 <= found.count("m0") <= 95


@pytest.mark.slow
def test_equals_are_told_apart_in_one_study_of_twenty_at_most():
    asks = asked(6, 20, 4, 40)
    declared = [("m0", "m1"), ("m0", "m2"), ("m1", "m3")]
    wrong = 0
    for seed in range(120):
        said = contrasts(voted(asks, np.zeros(4), seed, 6, 20), declared)
        wrong += any(c.better for c in said)
    assert wrong <= 0.05 * 120


@pytest.mark.slow
def test_the_first_votes_correct_what_was_assumed():
    asks = asked(8, 40, 4, 80)
    found = [
        power.found(voted(asks, np.zeros(4), seed, 8, 40), power.Assumed(of_shot=3, ties=0.9))
        for seed in range(20)
    ]
    assert np.mean([f.of_shot**2 for f in found]) ** 0.5 == pytest.approx(0.5, abs=0.15)
    assert np.mean([f.of_rater**2 for f in found]) ** 0.5 == pytest.approx(0.25, abs=0.15)
    assert np.mean([f.ties for f in found]) == pytest.approx(0.17, abs=0.03)
    assert np.mean([f.both_fail for f in found]) == pytest.approx(0.05, abs=0.02)


def test_more_votes_shots_and_raters_detect_less_each_by_itself():
    size = {"raters": 5, "shots": 24, "recipes": 4, "votes": 200}
    start = power.detectable(power.Size(**size), ASSUMED).elo
    for name in ("raters", "shots", "votes"):
        more = power.Size(**{**size, name: size[name] * 2})
        assert power.detectable(more, ASSUMED).elo < start


def test_one_rater_or_one_shot_detects_nothing():
    assert power.detectable(power.Size(raters=1, shots=9, recipes=3, votes=99), ASSUMED) is None
    assert power.detectable(power.Size(raters=9, shots=1, recipes=3, votes=99), ASSUMED) is None
    alone = design(Order(partners=1, raters=1, shots=12), ASSUMED)
    assert alone.declared is None
    assert "no interval" in alone.cannot_say[0]


def test_the_default_plan_is_a_beta_of_three_partners_one_of_them_a_single_person():
    found = design(Order(), ASSUMED)
    assert [r.studio for r in found.raters].count("partner_3") == 1
    assert len({r.studio for r in found.raters}) == 3
    assert found.declared.elo < found.ranking.elo
    assert any("partner_3" in s for s in found.cannot_say)
    assert any("equally good" in s for s in found.cannot_say)
    assert any("favours its own" in s for s in found.cannot_say)
    assert [n.win_rate for n in found.needs] == sorted(n.win_rate for n in found.needs)


def test_what_no_number_of_votes_can_show_is_said_to_be_out_of_reach():
    few = design(Order(raters=3, shots=12), ASSUMED)
    assert few.needs[0].votes is None
    many = design(Order(raters=40, shots=400, across=True), ASSUMED)
    assert many.needs[-1].votes is not None


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"shots": 0}, "shots"),
        ({"recipes": 1}, "models"),
        ({"raters": 0}, "raters"),
        ({"votes": 0}, "votes"),
        ({"partners": 9, "shots": 5}, "shots"),
    ],
)
def test_a_size_that_is_no_study_is_refused(wrong, field):
    with pytest.raises(BadInput) as refused:
        design(Order(**wrong), ASSUMED)
    assert refused.value.field == field


def test_holm_never_lets_a_later_value_overtake_an_earlier_one():
    assert holm([0.01, None, 0.04, 0.03]) == [0.03, None, 0.06, 0.06]
