"""How much it takes until a take is circled: by the book, and against a second implementation."""

import random

import pytest

from benchmarks.comparing.survival import estimate

# Weeks of remission under 6-MP (Freireich et al. 1963), the standard example of the textbooks.
REMISSION = [
    *((6, True), (6, True), (6, True), (6, False), (7, True), (9, False), (10, True)),
    *((10, False), (11, False), (13, True), (16, True), (17, False), (19, False), (20, False)),
    *((22, True), (23, True), (25, False), (32, False), (32, False), (34, False), (35, False)),
]


def test_the_textbook_example_comes_out_to_the_printed_digits():
    found = estimate(REMISSION)
    printed = {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}
    assert {s.at: round(s.open_share, 3) for s in found.steps} == printed
    assert (found.n, found.events, found.median) == (21, 9, 23)
    first = found.steps[0]
    assert (first.at_risk, first.events) == (21, 3)
    # the log-log interval at six weeks, as printed for this example
    assert (round(first.low, 3), round(first.high, 3)) == (0.620, 0.952)


@pytest.mark.parametrize("seed", range(5))
def test_a_second_implementation_agrees_on_curve_error_and_median(seed):
    from statsmodels.duration.survfunc import SurvfuncRight

    rng = random.Random(seed)
    seen = [(round(rng.expovariate(0.1), 1), rng.random() < 0.7) for _ in range(40)]
    seen.append((1000.0, False))  # the second one cannot do without
    peer = SurvfuncRight([t for t, _ in seen], [int(e) for _, e in seen])
    found = estimate(seen)
    assert [s.at for s in found.steps] == pytest.approx(list(peer.surv_times))
    assert [s.open_share for s in found.steps] == pytest.approx(list(peer.surv_prob))
    assert found.median == pytest.approx(peer.quantile(0.5))
    low, high = peer.quantile_ci(0.5, method="cloglog")
    assert found.median_low == pytest.approx(low)
    assert found.median_high == pytest.approx(high)


def test_where_few_were_circled_there_is_no_median():
    found = estimate([(1.0, True), (5.0, False), (5.0, False)])
    assert found.median is None
    assert found.median_high is None


def test_the_band_of_a_median_covers_what_is_true():
    """Twelve shots, half of them censored at random: 95 % of the bands hold the true median."""
    import math

    rng = random.Random(7)
    truth, hits, rounds = math.log(2) * 10, 0, 400
    for _ in range(rounds):
        pairs = [(rng.expovariate(0.1), rng.expovariate(0.05)) for _ in range(12)]
        found = estimate([(min(t, c), t <= c) for t, c in pairs])
        low = found.median_low if found.median_low is not None else math.inf
        high = found.median_high if found.median_high is not None else math.inf
        hits += min(low, high) <= truth <= high
    assert hits / rounds >= 0.93


def test_nobody_gives_an_empty_curve_and_a_negative_amount_is_refused():
    assert estimate([]).steps == ()
    with pytest.raises(ValueError, match="at least 0"):
        estimate([(-1.0, True)])
