"""Comparing: right against references, honest with few shots, never deceived by copies."""

import math
from dataclasses import replace
from itertools import count

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from benchmarks.comparing.compare import Question, Sample, compare
from benchmarks.comparing.inference import benjamini_hochberg, holm, interval, intervals
from evaluators.domain.score import Direction

ID = Question(
    metric="id_ref", task="reference_to_image", unit="similarity", direction=Direction.HIGHER
)
DELTA = Question(
    metric="colour_match.delta_e",
    task="relight_colour_match",
    unit="delta_e",
    direction=Direction.LOWER,
)


def samples(table, *, control=(), flags=()):
    """Write {recipe: {shot: [values]}} as samples."""
    number = count()
    return [
        Sample(
            take=f"t{next(number)}",
            shot=shot,
            recipe=recipe,
            value=value,
            control=recipe in control,
            flags=flags if recipe in control else (),
        )
        for recipe, shots in table.items()
        for shot, values in shots.items()
        for value in values
    ]


def arms(comparison):
    return {a.recipe: a for a in comparison.arms}


SHOTS = [f"s{n}" for n in range(6)]


def spread(mean):
    """Six shots of two takes around a mean; another mean has another noise."""
    noise = np.random.default_rng(round(mean * 1000)).normal(0, 0.015, (6, 2))
    return {s: [mean + float(d) for d in pair] for s, pair in zip(SHOTS, noise, strict=True)}


def test_the_interval_is_students():
    values = [0.71, 0.64, 0.8, 0.77, 0.69]
    found = interval(values)
    low, high = stats.t.interval(0.95, 4, np.mean(values), stats.sem(values))
    assert (found.low, found.high) == pytest.approx((low, high))
    assert found.p == pytest.approx(stats.ttest_1samp(values, 0).pvalue)


def test_the_interval_covers_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(7)
    hits = 0
    for _ in range(1000):
        found = interval(list(rng.normal(0.3, 1.0, 5)))
        hits += found.low <= 0.3 <= found.high
    assert 0.93 <= hits / 1000 <= 0.97


@pytest.mark.parametrize(("ours", "theirs"), [(holm, "holm"), (benjamini_hochberg, "fdr_bh")])
def test_families_are_adjusted_as_the_reference_does(ours, theirs):
    rng = np.random.default_rng(5)
    for size in (1, 2, 3, 9, 40):
        p_values = [float(p) for p in rng.beta(0.4, 2, size)] + [0.03, 0.03]
        expected = multipletests(p_values, method=theirs)[1]
        assert ours(p_values) == pytest.approx(expected)
    assert ours([]) == ()


def test_the_planted_order_is_recovered_with_ranks_that_do_not_overlap():
    found = compare(ID, samples({"mid": spread(0.7), "worst": spread(0.5), "best": spread(0.85)}))
    assert [a.recipe for a in found.arms] == ["best", "mid", "worst"]
    assert [(a.rank_low, a.rank_high) for a in found.arms] == [(1, 1), (2, 2), (3, 3)]


def test_lower_is_better_where_the_metric_says_so():
    found = compare(DELTA, samples({"a": spread(2.0), "b": spread(6.0)}))
    assert found.contrasts[0].better == "a"
    assert "a is better than b" in found.contrasts[0].sentence


def test_equal_recipes_say_that_no_difference_was_detected_with_the_interval():
    rng = np.random.default_rng(3)
    table = {
        r: {s: [float(v)] for s, v in zip(SHOTS, rng.normal(0.7, 0.05, 6), strict=True)}
        for r in "ab"
    }
    found = compare(ID, samples(table))
    contrast = found.contrasts[0]
    assert contrast.better is None
    assert "no difference detected (95 % CI" in contrast.sentence
    assert [(a.rank_low, a.rank_high) for a in found.arms] == [(1, 2), (1, 2)]


def test_one_shot_gives_a_difference_but_no_interval_and_no_winner():
    found = compare(ID, samples({"a": {"s0": [0.9]}, "b": {"s0": [0.1]}}))
    contrast = found.contrasts[0]
    assert contrast.difference == pytest.approx(0.8)
    assert (contrast.ci_low, contrast.p, contrast.better) == (None, None, None)
    assert contrast.sentence == (
        "a and b cannot be told apart (difference 0.8; 1 shot, no interval)."
    )


def test_the_same_gap_on_every_shot_needs_six_shots_to_count():
    """Without spread the sign-flip test decides: 2 / 2^n."""
    for shots, better in ((5, None), (6, "a")):
        table = {r: {s: [v] for s in SHOTS[:shots]} for r, v in (("a", 1.0), ("b", 0.5))}
        contrast = compare(ID, samples(table)).contrasts[0]
        assert (contrast.p, contrast.better) == (2 ** (1 - shots), better)
        assert contrast.ci_low is None


def test_a_sentence_uses_titles_units_and_the_winners_side():
    found = compare(DELTA, samples({"a": spread(6.0), "b": spread(2.0)}), {"b": "Plate start"})
    contrast = found.contrasts[0]
    assert contrast.difference > 0
    assert contrast.sentence.startswith("Plate start is better than a by 3.99 ΔE (95 % CI 3.98 to ")
    assert "6 shots" in contrast.sentence


def test_identical_numbers_are_no_difference():
    table = {r: {s: [0.0] for s in SHOTS} for r in "ab"}
    contrast = compare(DELTA, samples(table)).contrasts[0]
    assert (contrast.difference, contrast.p, contrast.better) == (0.0, 1.0, None)


def test_a_missing_number_is_not_zero():
    table = {"a": spread(0.8), "b": spread(0.7) | {"s4": [None, None], "s5": [None, 0.7]}}
    found = compare(ID, samples(table))
    b = arms(found)["b"]
    assert (b.n_shots, b.n_takes, b.coverage) == (5, 9, 0.75)
    assert b.mean > 0.69
    assert found.contrasts[0].n_shots == 5
    assert "1 shot not measured for both" in found.contrasts[0].sentence


def test_a_recipe_that_was_never_measured_stays_in_the_table_without_a_number():
    found = compare(ID, samples({"a": spread(0.8), "b": {s: [None] for s in SHOTS}}))
    b = arms(found)["b"]
    assert (b.mean, b.ci_low, b.n_shots, b.coverage, b.rank_low) == (None, None, 0, 0.0, None)
    assert "no shot was measured for both" in found.contrasts[0].sentence


def test_controls_are_contrasted_with_paid_recipes_and_never_with_each_other():
    table = {"c1": spread(0.5), "a": spread(0.8), "c2": spread(0.4), "b": spread(0.7)}
    found = compare(ID, samples(table, control=("c1", "c2")))
    pairs = {(c.a, c.b) for c in found.contrasts}
    assert pairs == {("a", "b"), ("a", "c1"), ("a", "c2"), ("b", "c1"), ("b", "c2")}
    assert {c.p_adjusted >= c.p for c in found.contrasts} == {True}


def test_only_rivals_and_paid_recipes_share_the_declared_family():
    table = {"a": spread(0.8), "b": spread(0.79), "must": spread(0.785), "scale": spread(0.5)}
    found = compare(ID, samples(table, control=("must", "scale")), rivals=["must"])
    by_pair = {(c.a, c.b): c for c in found.contrasts}
    declared = [("a", "b"), ("a", "must"), ("b", "must")]
    assert [by_pair[p].p_adjusted for p in declared] == pytest.approx(
        holm([by_pair[p].p for p in declared])
    )
    rest = [by_pair[p] for p in (("a", "scale"), ("b", "scale"))]
    assert max(c.p_adjusted for c in rest) == pytest.approx(max(c.p for c in rest))
    assert "Holm over 3 declared contrasts; Benjamini-Hochberg over 2" in found.method


def test_an_interval_without_0_that_does_not_count_explains_itself():
    rng = np.random.default_rng(11)
    gaps = (0.0, 0.021, 0.03, 0.04)
    table = {
        f"r{n}": {
            s: [0.7 + gap + float(d)] for s, d in zip(SHOTS, rng.normal(0, 0.02, 6), strict=True)
        }
        for n, gap in enumerate(gaps)
    }
    found = compare(ID, samples(table)).contrasts
    lost = [c for c in found if c.p < 0.05 <= c.p_adjusted]
    assert lost
    for contrast in lost:
        assert "no difference detected (95 % CI" in contrast.sentence
        assert "once the other contrasts are counted" in contrast.sentence


def test_two_shares_differ_by_percentage_points():
    share = Question(metric="outside_mask", task="erase", unit="share", direction=Direction.LOWER)
    (contrast,) = compare(share, samples({"a": spread(0.1), "b": spread(0.4)})).contrasts
    assert "a is better than b by 28.8 " in contrast.sentence
    assert "percentage points (95 % CI" in contrast.sentence


def test_a_pasted_reference_is_shown_and_never_crowned():
    table = {"a": spread(0.8), "b": spread(0.7), "paste": spread(0.99)}
    found = compare(ID, samples(table, control=("paste",), flags=("copy_paste",)))
    paste = arms(found)["paste"]
    assert paste.mean > 0.98
    assert (paste.rank_low, paste.aside) == (None, "flagged copy_paste")
    assert arms(found)["a"].rank_low == 1
    assert all("paste" not in {c.a, c.b} for c in found.contrasts), "nobody loses to a copy"


@pytest.mark.parametrize(
    "metric", ["id_ref", "costume_colour", "ref_embed", "prop_match", "subject_shape", "xshot_id"]
)
def test_whoever_pastes_wins_on_no_metric_of_likeness(metric):
    table = {"paster": spread(0.99), "a": spread(0.8), "b": spread(0.7)}
    made = [
        replace(s, flags=("copy_paste",)) if s.recipe == "paster" else s for s in samples(table)
    ]
    found = compare(replace(ID, metric=metric), made)
    assert (arms(found)["paster"].aside, arms(found)["a"].rank_low) == ("flagged copy_paste", 1)
    assert not [c for c in found.contrasts if "paster" in {c.a, c.b}]


def test_a_control_that_is_no_rival_is_shown_for_scale_and_takes_no_rank():
    table = {"nothing": spread(0.95), "a": spread(0.8), "b": spread(0.7), "rival": spread(0.6)}
    found = arms(compare(ID, samples(table, control=("nothing", "rival")), rivals=["rival"]))
    assert (found["nothing"].aside, found["nothing"].rank_low) == ("for scale", None)
    ranks = [(found[r].rank_low, found[r].rank_high) for r in ("a", "b", "rival")]
    assert ranks == [(1, 1), (2, 2), (3, 3)]


def test_a_metric_without_a_better_end_ranks_nobody():
    question = Question(
        metric="temporal.motion", task="x", unit="percent_width_per_frame", direction=Direction.NONE
    )
    found = compare(question, samples({"a": spread(2.0), "b": spread(6.0)}))
    assert found.contrasts[0].better is None
    assert "differ" in found.contrasts[0].sentence
    assert {a.rank_low for a in found.arms} == {None}


def test_every_number_in_a_comparison_is_finite():
    found = compare(ID, samples({"a": spread(0.8), "b": {s: [None] for s in SHOTS}}))
    numbers = [x for a in found.arms for x in (a.mean, a.ci_low, a.ci_high) if x is not None]
    assert all(math.isfinite(x) for x in numbers)


def test_intervals_of_many_samples_at_once_are_those_of_each():
    chance = np.random.default_rng(3)
    many = [list(chance.normal(0.2, 1.0, n)) for n in (0, 1, 5, 40, 40, 31)] + [[0.5] * 40]
    for together, values in zip(intervals(many), many, strict=True):
        alone = interval(values)
        assert together.n == alone.n == len(values)
        for name in ("mean", "low", "high", "p"):
            assert getattr(together, name) == pytest.approx(getattr(alone, name))
