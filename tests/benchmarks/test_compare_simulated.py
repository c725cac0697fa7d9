"""Comparisons in worlds whose truth is known: intervals cover it, and noise is no finding."""

import numpy as np
import pytest

from benchmarks.comparing.compare import Question, Sample, compare
from benchmarks.comparing.inference import MANY, interval
from evaluators.domain.score import Direction

QUESTION = Question(metric="m", task="t", unit="similarity", direction=Direction.HIGHER)


def world(chance, *, shots, recipes, effect=0.0, takes=(1, 4), tail=False):
    """Takes hang together within shots, recipes do not suit all shots alike, some takes are lost.

    The last recipe is better by `effect` on average.
    """
    level = chance.normal(0, 1, shots)
    found = []
    for r in range(recipes):
        suits = (chance.exponential(1, shots) - 1) if tail else chance.normal(0, 0.7, shots)
        for s in range(shots):
            for t in range(chance.integers(*takes)):
                value = level[s] + suits[s] + effect * (r == recipes - 1) + chance.normal(0, 0.5)
                lost = chance.random() < 0.05
                found.append(
                    Sample(
                        take=f"{r}-{s}-{t}",
                        shot=f"s{s}",
                        recipe=f"r{r}",
                        value=None if lost else float(value),
                    )
                )
    return found


@pytest.mark.slow
@pytest.mark.parametrize(
    ("shots", "tail"), [(5, False), (12, False), (60, False), (5, True), (12, True), (60, True)]
)
def test_contrasts_cover_the_truth_as_often_as_they_say(shots, tail):
    chance = np.random.default_rng(shots + tail)
    hits = total = 0
    for _ in range(500):
        samples = world(chance, shots=shots, recipes=2, effect=0.4, tail=tail)
        (contrast,) = compare(QUESTION, samples).contrasts
        if contrast.ci_low is not None:
            total += 1
            hits += contrast.ci_low <= -0.4 <= contrast.ci_high
    assert total > 480
    assert hits / total >= 0.93


@pytest.mark.slow
@pytest.mark.parametrize("shots", [5, 12, 40])
def test_under_the_null_at_most_one_comparison_in_twenty_finds_anything(shots):
    chance = np.random.default_rng(100 + shots)
    rounds = 300
    false = sum(
        any(c.better for c in compare(QUESTION, world(chance, shots=shots, recipes=4)).contrasts)
        for _ in range(rounds)
    )
    assert false / rounds <= 0.05


def test_from_thirty_shots_on_a_skewed_mean_gets_the_longer_arm():
    values = [0.0] * (MANY - 2) + [1.0, 3.0]
    found = interval(values)
    assert found.high - found.mean > found.mean - max(found.low, 0.0)
    few = interval(values[-(MANY - 1) :])
    assert few.high - few.mean == pytest.approx(few.mean - few.low)


def test_what_is_missing_as_the_worst_seen_can_turn_a_verdict_and_the_sentence_says_so():
    def value(recipe, shot):
        if recipe == "a":
            return 0.7 + 0.01 * (shot % 3)
        return 0.1 if shot == 11 else 0.5

    def samples(lost):
        return [
            Sample(
                take=f"{r}{s}",
                shot=f"s{s}",
                recipe=r,
                value=None if r == "a" and s < lost else value(r, s),
            )
            for r in "ab"
            for s in range(12)
        ]

    (whole,) = compare(QUESTION, samples(0)).contrasts
    assert (whole.better, whole.holds) == ("a", None)
    assert "worst" not in whole.sentence
    (holed,) = compare(QUESTION, samples(5)).contrasts
    assert (holed.better, holed.better_if_missing_is_worst, holed.holds) == ("a", None, False)
    assert "with what is missing as the worst seen: no difference" in holed.sentence
    (hardly,) = compare(QUESTION, samples(1)).contrasts
    assert (hardly.better, hardly.holds) == ("a", True)
    assert "the same verdict with what is missing as the worst seen" in hardly.sentence
