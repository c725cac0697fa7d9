"""Metrics against people: the contract of `agree`."""

import math

import numpy as np
import pytest

from benchmarks.agreement import correlation, reliability
from benchmarks.agreement.accuracy import Shot, pairwise
from benchmarks.agreement.agree import DIAGNOSTIC, VALIDATED, agree
from benchmarks.agreement.tables import Item, Scores, read_ratings, read_scores
from dashboard.testing.console import Terminal
from evaluators.domain.score import Direction
from router.domain.errors import BadInput

S_HEAD = "item,shot,model,metric,value\n"
R_HEAD = "item,rater,dimension,value\n"


def world(noise, *, shots=40, takes=4, raters=3, seed=0, shot_spread=1.0):
    """A metric that sees true quality through noise, and raters that do too."""
    chance = np.random.default_rng(seed)
    items, values, rated = {}, {}, {}
    for s in range(shots):
        level = chance.normal(0, shot_spread)
        for t in range(takes):
            name = f"s{s}t{t}"
            truth = level + chance.normal()
            items[name] = Item(id=name, shot=f"s{s}", model=f"m{t}")
            values[name] = float(truth + chance.normal(0, noise))
            rated[name] = {f"r{r}": float(truth + chance.normal(0, 0.3)) for r in range(raters)}
    scores = Scores(items=items, values={"metric": values}, directions={"metric": Direction.HIGHER})
    return scores, {"likeness": rated}


def only(found):
    (one,) = found.metrics
    return one


def test_a_good_metric_is_validated_and_noise_is_not():
    assert only(agree(*world(0.3))).status == VALIDATED
    blind = only(agree(*world(50.0)))
    assert blind.status == DIAGNOSTIC
    assert blind.accuracy.low < 0.5 < blind.accuracy.high


def test_fewer_than_thirty_shots_validate_nothing():
    found = agree(*world(0.1, shots=29))
    assert only(found).status == DIAGNOSTIC
    assert any("29 shots" in w for w in found.warnings)


def test_shots_that_differ_do_not_help_a_metric_that_cannot_tell_takes_apart():
    """Pooled correlation is high, because shots differ; within a shot it is a coin."""
    chance = np.random.default_rng(1)
    items, values, rated = {}, {}, {}
    for s in range(40):
        for t in range(4):
            name = f"s{s}t{t}"
            items[name] = Item(id=name, shot=f"s{s}", model=f"m{t}")
            values[name] = s + float(chance.normal(0, 0.1))
            rated[name] = {"r": s + float(chance.normal(0, 0.1))}
    directions = {"metric": Direction.HIGHER}
    scores = Scores(items=items, values={"metric": values}, directions=directions)
    one = only(agree(scores, {"d": rated}))
    assert one.spearman > 0.99
    assert one.accuracy.low < 0.5 < one.accuracy.high
    assert one.status == DIAGNOSTIC


def test_lower_is_better_is_turned_and_signed_is_best_at_zero():
    items = {i: Item(id=i, shot="s", model=i) for i in "abc"}
    people = {"d": {"a": {"r": 3.0}, "b": {"r": 2.0}, "c": {"r": 1.0}}}
    values = {
        "error": {"a": 1.0, "b": 2.0, "c": 3.0},
        "shift": {"a": 0.0, "b": -1.0, "c": 2.0},
    }
    directions = {"error": Direction.LOWER, "shift": Direction.NONE}
    found = agree(Scores(items=items, values=values, directions=directions), people)
    assert [m.accuracy.value for m in found.metrics] == [1.0, 1.0]
    assert any("best at zero: shift" in w for w in found.warnings)


def test_a_tie_of_the_metric_counts_half_and_a_tie_of_people_not_at_all():
    one = pairwise([Shot(np.array([1.0, 1.0, 2.0]), np.array([1.0, 2.0, 2.0]))])
    assert (one.value, one.n) == (0.75, 2)


def test_no_pair_that_people_tell_apart_gives_no_number():
    one = pairwise([Shot(np.array([1.0, 2.0]), np.array([3.0, 3.0]))])
    assert (one.value, one.low, one.n) == (None, None, 0)


def test_alpha_equals_the_textbook_definition():
    chance = np.random.default_rng(3)
    items = {
        f"i{i}": {f"r{r}": float(chance.integers(1, 6)) for r in range(4) if chance.random() < 0.7}
        for i in range(30)
    }
    pairable = [list(r.values()) for r in items.values() if len(r) > 1]
    flat = [v for values in pairable for v in values]
    n = len(flat)
    observed = sum(
        (a - b) ** 2 / (len(values) - 1) for values in pairable for a in values for b in values
    )
    expected = sum((a - b) ** 2 for a in flat for b in flat) / (n - 1)
    found = reliability.alpha(items, {i: f"s{i}" for i in items})
    assert found.value == pytest.approx(1 - observed / expected)
    assert found.low < found.value < found.high


def test_raters_that_always_say_the_same_number_have_no_alpha():
    items = {f"i{i}": {"a": 3.0, "b": 3.0} for i in range(5)}
    assert reliability.alpha(items, dict.fromkeys(items, "s")).value is None


def test_the_ceiling_is_what_one_rater_reaches_against_the_others():
    items = {"a": {"x": 1, "y": 1, "z": 2}, "b": {"x": 2, "y": 2, "z": 1}}
    assert reliability.ceiling(items, {"a": "s", "b": "s"}) == pytest.approx(0.0)
    same = {"a": {"x": 1, "y": 1}, "b": {"x": 2, "y": 2}}
    assert reliability.ceiling(same, {"a": "s", "b": "s"}) == 1.0


def test_correlations_are_averaged_in_z_and_turned_back():
    assert correlation.fisher_mean([0.2, 0.8]) == pytest.approx(
        math.tanh((math.atanh(0.2) + math.atanh(0.8)) / 2)
    )
    assert correlation.fisher_mean([0.5, 0.5]) == pytest.approx(0.5)


def test_shots_in_perfect_order_do_not_drown_the_others():
    good = Shot(np.arange(4.0), np.arange(4.0))
    bad = Shot(np.arange(4.0), np.array([1.0, 0, 3, 2]))
    assert correlation.kendall([good, good]) == 1.0
    assert 0.33 < correlation.kendall([good, bad]) < 0.8


def test_systems_need_three():
    assert only(agree(*world(0.3, takes=2))).system_spearman is None
    found = only(agree(*world(0.3, takes=4)))
    assert found.n_systems == 4
    assert -1 <= found.system_spearman <= 1


def accuracy(shots, seed):
    """A metric that sees quality through noise, five takes a shot; some shots are hard."""
    chance = np.random.default_rng(seed)
    found = []
    for _ in range(shots):
        truth = chance.normal(size=5)
        noise = chance.choice([0.3, 3.0])
        found.append(Shot(truth + chance.normal(0, noise, 5), truth))
    return pairwise(found)


@pytest.mark.slow
@pytest.mark.parametrize("shots", [5, 12, 40])
def test_intervals_of_accuracy_hold_the_truth_as_often_as_they_say(shots):
    truth = accuracy(20_000, 0).value
    studies = [accuracy(shots, seed) for seed in range(1, 301)]
    inside = [one.low <= truth <= one.high for one in studies]
    assert np.mean(inside) >= 0.92  # 93 % less the error of 300 studies


@pytest.mark.parametrize(
    ("text", "field", "found"),
    [
        (S_HEAD + "a,s,m,id,x\n", "row 2 value", "x"),
        (S_HEAD + "a,s,m,id,nan\n", "row 2 value", "nan"),
        (S_HEAD + "a,s,m,id,1\na,t,m,id2,1\n", "row 3 item", "shot t, model m"),
        (S_HEAD + "a,s,m,id,1\na,s,m,id,1\n", "row 3 metric", "id again for a"),
        (S_HEAD + ",s,m,id,1\n", "row 2 item", "nothing"),
        (S_HEAD, "file.csv", "no rows"),
        (S_HEAD.strip() + ",direction\na,s,m,id,1,up\n", "row 2 direction", "up"),
        ("item,shot,model,value\n", "file.csv: metric", "item, shot, model, value"),
    ],
)
def test_a_bad_row_of_scores_is_named(tmp_path, text, field, found):
    path = tmp_path / "file.csv"
    path.write_text(text)
    with pytest.raises(BadInput) as error:
        read_scores(path, {})
    assert (error.value.field, error.value.found) == (field, found)


def test_rating_twice_is_refused_with_the_row(tmp_path):
    path = tmp_path / "file.csv"
    path.write_text(R_HEAD + "a,r,d,1\na,r,d,2\n")
    with pytest.raises(BadInput, match="row 3 rater"):
        read_ratings(path)


def test_the_command_prints_the_contract_and_knows_which_way_our_metrics_point(tmp_path):
    s, r = tmp_path / "s.csv", tmp_path / "r.csv"
    rows = [f"t{i},s{i // 2},m{i % 2},costume_colour,{i}\n" for i in range(8)]
    s.write_text(S_HEAD + "".join(rows))
    r.write_text(R_HEAD + "".join(f"t{i},anna,costume,{-i}\n" for i in range(8)))
    found = Terminal(tmp_path).run("agree", "--scores", str(s), "--ratings", str(r)).answer
    (metric,) = found["metrics"]
    assert {
        "metric", "dimension", "within_shot_accuracy", "ci", "n_pairs", "spearman",
        "spearman_ci", "kendall_tau_b", "system_spearman", "n_systems", "status",
    } <= set(metric)  # fmt: skip
    assert metric["within_shot_accuracy"] == 1.0
    assert set(found["human"]["costume"]) == {"alpha", "alpha_ci", "ceiling_accuracy"}
