"""Findings say what the numbers allow, in words, with the takes behind them."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.comparing.compare import Question, Sample, compare
from benchmarks.domain.pack import Baseline
from benchmarks.planning import recipes
from benchmarks.reporting.baseline import Effort, multiple
from benchmarks.reporting.findings import Bill, Facts, findings
from benchmarks.reporting.loop import Way, circling
from evaluators.domain.score import Direction
from router import catalog, tasks

RECIPES = recipes.load(catalog.load(), tasks.load())
ID = Question(
    metric="id_ref", task="reference_to_image", unit="similarity", direction=Direction.HIGHER
)
LOOK = Question(
    metric="colour_match.w1",
    task="relight_colour_match",
    unit="delta_e",
    direction=Direction.LOWER,
)
OUTSIDE = Question(metric="outside_mask", task="clean_up", unit="share", direction=Direction.LOWER)


def compared(question, flags=(), missing=(), **means):
    """Six shots of one take around each mean; `flags` on controls, `missing` recipes half empty."""
    samples = []
    for recipe, mean in means.items():
        noise = np.random.default_rng(round(1000 * mean)).normal(0, 0.01, 6)
        control = RECIPES[recipe].control
        samples += [
            Sample(
                take=f"{recipe}-{n}",
                shot=f"s{n}",
                recipe=recipe,
                value=None if recipe in missing and n % 2 else mean + float(d) * (mean > 0),
                control=control,
                flags=flags if control else (),
            )
            for n, d in enumerate(noise)
        ]
    return compare(question, samples, {n: r.title for n, r in RECIPES.items()})


def facts(*comparisons, **bills):
    measured = {
        (c.id, a.recipe): tuple(t for t in c.evidence if t.startswith(a.recipe))
        for c in comparisons
        for a in c.arms
    }
    return Facts(
        recipes=RECIPES, comparisons=comparisons, measured=measured, bills=bills, simulated=True
    )


def found(kind, *args, **kwargs):
    return [f for f in findings(facts(*args, **kwargs)) if f.kind == kind]


def bill(**changes):
    values = {
        "takes": ("t1", "t2"),
        "outcomes": {"done": 2},
        "spend_musd": 140_000,
        "passed_must_lines": 4,
        "must_lines": 6,
    }
    return Bill(**values | changes)


def test_a_winner_is_named_with_effect_interval_and_takes():
    (finding,) = found("beats", compared(ID, init_image=0.85, style_guide=0.6))
    assert "Plate start is better than Style guide" in finding.claim
    assert finding.effect == pytest.approx(0.25, abs=0.02)
    assert finding.ci_low < 0.25 < finding.ci_high
    assert (finding.n_shots, len(finding.evidence), finding.simulated) == (6, 12, True)


def test_a_tie_is_told_as_no_difference_detected():
    comparison = compared(ID, init_image=0.8, style_guide=0.801)
    (finding,) = found("no_difference", comparison)
    assert "no difference detected (95 % CI" in finding.claim
    assert not found("beats", comparison)


def test_a_paid_recipe_that_loses_to_its_free_control_is_told_so():
    comparison = compared(LOOK, init_image=6.0, init_image_alt=1.0, cdl_only=2.0)
    (finding,) = found("does_not_beat_control", comparison)
    assert "Plate start does not beat the free control CDL only" in finding.claim
    assert "CDL only is better" in finding.claim


def test_no_difference_to_a_control_is_not_beating_it():
    (finding,) = found("does_not_beat_control", compared(LOOK, init_image=2.0, cdl_only=2.001))
    assert "no difference detected" in finding.claim


def test_doing_nothing_is_no_rival_where_it_is_perfect_by_nature():
    comparison = compared(OUTSIDE, erase_matte=0.01, do_nothing=0.0)
    assert comparison.contrasts[0].better == "do_nothing"
    assert not found("does_not_beat_control", comparison)


def test_classical_inpainting_is_a_rival_on_what_it_leaves_untouched():
    (finding,) = found(
        "does_not_beat_control", compared(OUTSIDE, inpaint_matte=0.05, classical_inpaint=0.0)
    )
    assert "Classical inpainting" in finding.claim


def test_a_flagged_copy_is_set_aside_in_words():
    comparison = compared(ID, ("copy_paste",), init_image=0.85, paste_reference=0.99)
    (finding,) = found("control_check", comparison)
    assert "flagged as a copy and set aside" in finding.claim


def test_an_unflagged_copy_that_comes_first_is_an_alarm():
    (finding,) = found("control_check", compared(ID, init_image=0.85, paste_reference=0.99))
    assert "must not crown anybody" in finding.claim


def test_a_copy_that_loses_needs_no_words():
    assert not found("control_check", compared(ID, init_image=0.85, paste_reference=0.3))


def test_refusals_and_failures_are_counted_and_named():
    outcomes = {"done": 2, "refused": 1, "failed": 1, "unknown": 0}
    (finding,) = found("failures", style_guide=bill(outcomes=outcomes))
    assert "2 of 4 trials gave no take (1 refused, 1 failed)" in finding.claim
    assert finding.effect == 0.5


def test_the_price_of_a_passed_must_line_is_told():
    (finding,) = found("cost", init_image=bill())
    assert "0.070 USD a take; 4 of 6 must-lines passed, 0.035 USD each" in finding.claim
    assert finding.effect == pytest.approx(0.035)


def test_a_recipe_that_passed_nothing_has_no_price_a_line_instead_of_zero():
    (finding,) = found("cost", init_image=bill(passed_must_lines=0))
    assert finding.effect is None
    assert "no price a passed line" in finding.claim


def test_a_free_control_has_no_cost_finding():
    assert not found("cost", do_nothing=bill(spend_musd=0))


def test_thin_coverage_is_told_beside_the_mean():
    comparison = compared(ID, missing=("style_guide",), init_image=0.8, style_guide=0.7)
    (finding,) = found("coverage", comparison)
    assert "50 % of the takes of Style guide" in finding.claim


def test_finding_ids_are_stable_and_unique():
    comparison = compared(ID, init_image=0.85, style_guide=0.6, init_image_alt=0.601)
    first, again = findings(facts(comparison)), findings(facts(comparison))
    assert [f.id for f in first] == [f.id for f in again]
    assert len({f.id for f in first}) == len(first)


def test_every_finding_bears_the_word_that_its_interval_allows():
    kinds = {f.kind: f for f in findings(facts(compared(ID, init_image=0.85, style_guide=0.6)))}
    assert kinds["beats"].confidence == "sure"
    (tie,) = found("no_difference", compared(ID, init_image=0.8, style_guide=0.801))
    assert tie.confidence == "tie"
    (price,) = found("cost", init_image=bill())
    assert price.confidence == "counted"


def few_shots(shots):
    samples = [
        Sample(
            take=f"{r}-{n}", shot=f"s{n}", recipe=r, value=mean + 0.001 * n * (r == "init_image")
        )
        for r, mean in (("init_image", 0.85), ("style_guide", 0.6))
        for n in range(shots)
    ]
    return compare(ID, samples, {n: r.title for n, r in RECIPES.items()})


def test_on_three_shots_nothing_is_said_for_sure():
    (finding,) = found("beats", few_shots(3))
    assert finding.confidence == "likely"
    assert "likely (3 shots): Plate start is better" in finding.claim


def way(shot, usd, *, circled):
    return Way(recipe="init_image", shot=shot, circled=circled, usd=usd, minutes=9.0, attempts=3)


def test_attempts_for_a_circled_take_are_told_with_money_and_minutes():
    told = circling([way("a", 1.0, circled=True), way("b", 2.0, circled=True)])
    base = facts(init_image=bill())
    (finding,) = [f for f in findings(replace(base, circling=told)) if f.kind == "circled"]
    assert "2 of 2 shots have a circled take, 3.0 attempts for each" in finding.claim
    assert "circled by 1.00 USD (95 % CI 1.00 to open) and 9 minutes" in finding.claim
    assert (finding.effect, finding.n_shots) == (1.0, 2)
    nobody = circling([way("a", 1.0, circled=False)])
    assert not [f for f in findings(replace(base, circling=nobody)) if f.kind == "circled"]


def test_the_old_way_is_told_with_its_interval_or_as_not_measured():
    shots = [
        Effort(
            shot=str(n),
            circled=True,
            hours=1 + n / 10,
            cost_usd=None,
            baseline=Baseline(source="bid", by="production", hours=10.0),
        )
        for n in range(6)
    ]
    both = (multiple(shots, "hours"), multiple(shots, "cost_usd"))
    base = replace(facts(), multiples=both, circled_takes=("t1",))
    hours, cost = [f for f in findings(base) if f.kind == "old_way"]
    assert (hours.confidence, hours.evidence) == ("sure", ("t1",))
    assert hours.ci_low < hours.effect < hours.ci_high
    assert (cost.effect, cost.confidence, cost.evidence) == (None, "open", ())
    assert "not measured" in cost.claim


def test_no_interval_of_two_shares_is_said_to_reach_past_everything():
    samples = [
        Sample(take=f"{r}-{n}", shot=f"s{n}", recipe=r, value=mean + step * n)
        for r, mean, step in (("erase_matte", 0.0, 0), ("inpaint_matte", 0.8, 0.1))
        for n in range(2)
    ]
    found = compare(OUTSIDE, samples, {n: r.title for n, r in RECIPES.items()})
    assert found.contrasts[0].ci_low < -1
    assert "to 100 percentage points" in found.contrasts[0].sentence
