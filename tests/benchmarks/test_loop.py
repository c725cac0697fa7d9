"""The loop in figures: what passes at once, after repairs, and what a circled take takes."""

import random

import pytest

from benchmarks.comparing.wording import CONFIDENCE, confidence
from benchmarks.reporting.loop import Journey, Way, best_within, circling, passing, share_of
from evaluators.domain.verdict import AcceptanceLine, Ruling, Verdict

PASS, FAIL, UNSURE = Ruling.PASS, Ruling.FAIL, Ruling.UNSURE


def line(number, kind="wardrobe"):
    return AcceptanceLine(number=number, criterion="c", kind=kind, must=True)


def said(*rulings, take="t"):
    return tuple(Verdict(line=line(n), take=take, ruling=r) for n, r in enumerate(rulings, 1))


def journey(shot, *rounds, recipe="r"):
    lines = tuple(v.line for v in rounds[0]) if rounds else (line(1),)
    return Journey(recipe=recipe, shot=shot, lines=lines, rounds=rounds)


def test_a_repair_that_breaks_another_line_is_no_success():
    verdicts = {"a": said(FAIL, PASS), "b": said(PASS, FAIL), "c": said(PASS, PASS)}
    rounds = list(best_within("a", {"a": ["b"], "b": ["c"]}, verdicts))
    assert rounds == [verdicts["a"], verdicts["a"], verdicts["c"]]


def test_shares_are_told_at_the_first_take_and_after_each_repair():
    found = passing(
        [
            journey("s1", said(FAIL), said(PASS)),
            journey("s2", said(PASS)),
            journey("s3", said(UNSURE)),
            journey("s4"),  # no take came
        ]
    )
    (one,) = found
    assert [(a.repairs, a.passed, a.share) for a in one.after] == [(0, 1, 0.25), (1, 2, 0.5)]
    assert (one.lines, one.shots, one.not_known, one.repaired) == (4, 4, 2, 1)


def test_a_share_of_all_shots_still_has_an_interval():
    share, low, high = share_of([(2, 2)] * 5)
    assert (share, high) == (1.0, 1.0)
    assert low == pytest.approx(0.478, abs=0.001)  # the exact bound of 5 of 5


@pytest.mark.parametrize("shots", [5, 12, 30])
def test_the_interval_of_a_share_covers_the_truth_in_clustered_lines(shots):
    rng = random.Random(shots)
    hits, rounds, truth = 0, 400, 0.6
    for _ in range(rounds):
        by_shot = []
        for _ in range(shots):
            p = rng.betavariate(0.6, 0.4)  # lines of a shot stand and fall together, mostly
            by_shot.append((sum(rng.random() < p for _ in range(3)), 3))
        _, low, high = share_of(by_shot)
        hits += low <= truth <= high
    assert hits / rounds >= 0.93


def way(shot, usd, *, circled, minutes=10.0, attempts=2):
    return Way(recipe="r", shot=shot, circled=circled, usd=usd, minutes=minutes, attempts=attempts)


def test_shots_without_a_circled_take_are_open_and_not_left_out():
    (one,) = circling(
        [way("s1", 1.0, circled=True), way("s2", 2.0, circled=True), way("s3", 5.0, circled=False)]
    )
    assert (one.shots, one.circled, one.attempts_per_circled) == (3, 2, 3.0)
    assert one.usd.median == 2.0  # leaving the open one out would say 1.5
    assert one.usd.median_high is None


def test_without_any_circled_take_there_is_no_number():
    (one,) = circling([way("s1", 1.0, circled=False)])
    assert (one.attempts_per_circled, one.usd.median) == (None, None)


@pytest.mark.parametrize(
    ("low", "high", "p", "shots", "word"),
    [
        (0.1, 0.3, 0.01, 8, "sure"),
        (0.1, 0.3, 0.01, 4, "likely"),  # too few shots to be sure
        (0.1, 0.3, 0.2, 8, "likely"),  # not once the others are counted
        (-0.1, 0.3, 0.4, 8, "tie"),
        (None, None, None, 1, "open"),
        (None, None, 0.03, 6, "sure"),  # the same gap on every shot, by the exact test
        (None, None, 1.0, 6, "tie"),
    ],
)
def test_the_word_follows_from_the_interval_alone(low, high, p, shots, word):
    assert confidence(low, high, p, shots) == word
    assert word in CONFIDENCE
