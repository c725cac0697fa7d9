"""A second round's budget goes to pairs that can be decided, and every share says why."""

import numpy as np
import pytest
from scipy import stats

from benchmarks.comparing.allocation import HOPELESS, allocate, total_usd
from benchmarks.comparing.inference import interval
from router.domain.errors import BadInput


def contrast(a, b, values, *, better=None):
    found = interval(values)
    return {
        "a": a,
        "b": b,
        "difference": found.mean,
        "ci_low": found.low,
        "ci_high": found.high,
        "n_shots": found.n,
        "better": better,
    }


def report(contrasts, *, prices=None, aside=()):
    names = sorted({r for c in contrasts for r in (c["a"], c["b"])})
    return {
        "recipes": [
            {
                "recipe": r,
                "title": r.upper(),
                "control": r == "free",
                "usd_per_take": (prices or {}).get(r, 0.1),
            }
            for r in names
        ],
        "comparisons": [
            {
                "metric_title": "Likeness",
                "task": "reference_to_image",
                "direction": "higher",
                "declared": True,
                "arms": [{"recipe": r, "aside": "flagged" if r in aside else ""} for r in names],
                "contrasts": contrasts,
            }
        ],
    }


NEAR = [0.1, -0.05, 0.12, 0.02, 0.08, -0.02]  # half a spread from 0
FLAT = [0.1, -0.1, 0.1, -0.1, 0.1, -0.098]


def test_the_soonest_decided_pair_comes_first_and_the_budget_is_kept():
    wide = [0.1, -0.09, 0.12, 0.02, 0.08, -0.02]
    made = report([contrast("a", "b", wide), contrast("c", "d", NEAR)])
    shares = allocate(made, 12.0)
    assert [(s.pair.a, s.shots > 0) for s in shares] == [("c", True), ("a", False)]
    assert 0 < total_usd(shares) <= 12.0
    assert "left" in shares[1].reason
    rich = allocate(made, 1000.0)
    assert all(s.shots for s in rich)
    assert "in 80 of 100 cases" in rich[0].reason


def test_a_recipe_that_is_paid_for_is_not_paid_twice():
    made = report([contrast("a", "b", NEAR), contrast("a", "c", NEAR)])
    first, second = allocate(made, 1000.0)
    assert second.usd == pytest.approx(first.usd / 2)


def test_next_to_no_difference_gets_nothing_and_says_so():
    (share,) = allocate(report([contrast("a", "b", FLAT)]), 1e9)
    assert share.pair.needed > HOPELESS * 6
    assert share.shots == 0
    assert "over 10 times as many as there were" in share.reason


def test_decided_pairs_controls_and_copies_are_left_out():
    rows = [
        contrast("a", "b", NEAR, better="a"),
        contrast("a", "free", NEAR),
        contrast("a", "copy", NEAR),
    ]
    assert allocate(report(rows, aside=("copy",)), 100.0) == ()


def test_one_shot_and_a_missing_price_are_said():
    rows = [contrast("a", "b", [0.3]), contrast("c", "d", NEAR)]
    priced, blind = allocate(report(rows, prices={"c": None}), 100.0)
    assert "no price was seen" in priced.reason
    assert "no spread is known yet" in blind.reason


@pytest.mark.slow
def test_the_shots_that_are_asked_for_find_the_difference_four_times_of_five():
    chance = np.random.default_rng(1)
    values = chance.normal(0, 1, 20)
    values = values - values.mean() + 0.5 * values.std(ddof=1)
    (share,) = allocate(report([contrast("a", "b", values.tolist())]), 1e6)
    effect, spread = values.mean(), values.std(ddof=1)
    found = [interval(chance.normal(effect, spread, share.shots).tolist()).p for _ in range(1000)]
    assert 0.76 <= np.mean([p < 0.05 for p in found]) <= 0.86


def test_a_round_is_as_large_as_the_contrasts_that_are_judged_together_demand():
    """The same pair alone, and as the smallest of nine: its power after Holm's correction."""
    chance = np.random.default_rng(6)
    others = [contrast("c", f"d{n}", FLAT, better="c") for n in range(8)]
    (alone,) = allocate(report([contrast("a", "b", NEAR)]), 1e6)
    (share,) = allocate(report([contrast("a", "b", NEAR), *others]), 1e6)
    assert share.shots > alone.shots
    assert "with the 9 declared contrasts" in share.reason
    effect, spread = np.mean(NEAR), np.std(NEAR, ddof=1)
    table = chance.normal(effect, spread, (20_000, share.shots))
    found = stats.ttest_1samp(table, 0, axis=1).pvalue
    assert 0.77 <= (found < 0.05 / 9).mean() <= 0.84


@pytest.mark.parametrize(("budget", "takes"), [(0.0, 2), (-1.0, 2), (float("nan"), 2), (1.0, 0)])
def test_no_budget_is_no_plan(budget, takes):
    with pytest.raises(BadInput):
        allocate(report([contrast("a", "b", NEAR)]), budget, takes)


def test_a_row_that_lacks_a_field_is_named():
    made = report([contrast("a", "b", NEAR)])
    del made["comparisons"][0]["contrasts"]
    with pytest.raises(BadInput, match="contrasts"):
        allocate(made, 10.0)
