"""Calibration: held out by shot, covering what it says; a composite only where it was earned."""

import json

import numpy as np
import pytest

from benchmarks.agreement import calibration_file
from benchmarks.agreement.calibration import calibrate
from benchmarks.agreement.calibration_composite import composite
from benchmarks.agreement.calibration_maps import Sample, Way, fit, folds
from benchmarks.agreement.powered import powered
from benchmarks.agreement.tables import Item, Scores
from dashboard.testing.console import Terminal
from evaluators.domain.score import Direction
from router.domain.errors import BadInput

NAMES = ("copy_paste", "id_ref", "prompt_align", "tech.noise")


def world(seed=0, *, shots=60, takes=5, sees=0.5, cares=1.0, pastes=False, blind=False):
    """People like likeness and what was asked for; each metric sees its part through noise.

    With `pastes` the last take of a shot is the reference itself: a perfect likeness that does
    nothing of what was asked, and the flag's metric knows.
    """
    chance = np.random.default_rng(seed)
    items, values, felt = {}, {n: {} for n in NAMES}, {}
    for s in range(shots):
        level = chance.normal(0, 0.5)
        for t in range(takes):
            name = f"s{s}t{t}"
            paste = pastes and t == takes - 1
            likeness = 3.0 if paste else level + chance.normal()
            asked = -3.0 if paste else chance.normal()
            items[name] = Item(id=name, shot=f"s{s}", model=f"m{t}")
            values["id_ref"][name] = float(likeness + chance.normal(0, sees))
            values["prompt_align"][name] = float(asked + chance.normal(0, sees))
            values["tech.noise"][name] = float(chance.normal())
            values["copy_paste"][name] = 0.95 if paste else 0.1
            quality = chance.normal() if blind else likeness + cares * asked
            felt[name] = float(3 + quality + chance.normal(0, 0.3))
    ways = dict.fromkeys(NAMES, Direction.HIGHER)
    ways |= {"copy_paste": Direction.LOWER, "tech.noise": Direction.LOWER}
    return Scores(items=items, values=values, directions=ways), felt


def rated(felt):
    return {"quality": {i: {"r": v} for i, v in felt.items()}}


def without(scores, *names):
    return Scores(
        items=scores.items,
        values={m: v for m, v in scores.values.items() if m not in names},
        directions=scores.directions,
    )


def test_no_shot_stands_in_two_folds_and_order_does_not_matter():
    shots = [f"s{n}" for n in range(37)]
    assert folds(shots) == folds(shots[::-1])
    assert max(np.bincount(list(folds(shots).values()))) == 4


@pytest.mark.parametrize("way", list(Way))
def test_maps_never_fall_and_recover_a_planted_curve(way):
    chance = np.random.default_rng(1)
    x = chance.normal(0, 2, 4000)
    y = (chance.random(4000) < 1 / (1 + np.exp(-(0.5 + x)))) * 1.0
    found = fit(way, Sample(x, y, np.arange(4000)))
    line = found.at(np.linspace(-3, 3, 50))
    assert (np.diff(line) >= 0).all()
    assert found.at(np.array([0.0, 1.0])) == pytest.approx([0.62, 0.82], abs=0.06)
    wrong = fit(way, Sample(-x, y, np.arange(4000)))
    assert np.ptp(wrong.at(np.linspace(-1, 1, 9))) < 0.02


@pytest.mark.parametrize("way", list(Way))
def test_a_good_metric_tells_who_is_preferred_and_noise_does_not(way):
    scores, felt = world()
    by_name = {m.metric: m for m in calibrate(scores, rated(felt), way).metrics}
    assert by_name["id_ref"].preference.brier.high < 0.25
    assert by_name["id_ref"].rating.error.high < by_name["id_ref"].rating.error_of_the_mean
    noise = by_name["tech.noise"].preference
    assert noise.brier.low < 0.26
    assert noise.brier.high > 0.25


def test_a_map_of_preference_knows_no_first_and_second():
    scores, felt = world()
    for way in Way:
        (one,) = (m for m in calibrate(scores, rated(felt), way).metrics if m.metric == "id_ref")
        gaps = np.array([-1.3, -0.2, 0.2, 1.3])
        said = one.preference.map.at(gaps)
        assert said + said[::-1] == pytest.approx([1, 1, 1, 1], abs=0.01)


@pytest.mark.slow
@pytest.mark.parametrize("shots", [12, 40])
def test_nine_of_ten_takes_of_new_shots_lie_inside_the_interval(shots):
    """Takes of a shot hang together; the width was made without the shots that it is tried on."""
    hits = total = 0
    said = []
    for seed in range(40):
        scores, felt = world(seed, shots=shots + 20)
        early = {i: v for i, v in felt.items() if int(i[1 : i.index("t")]) < shots}
        found = calibrate(without(scores, "copy_paste", "tech.noise", "prompt_align"),
                          rated(early), Way.LOGISTIC)  # fmt: skip
        rating = found.metrics[0].rating
        said.append(rating.coverage.value)
        low, high = rating.scale
        for item, value in felt.items():
            if item not in early:
                x = np.array([scores.values["id_ref"][item]])
                middle = low + (high - low) * float(rating.map.at(x)[0])
                hits += abs(value - middle) <= rating.half_width
                total += 1
    assert 0.88 <= hits / total <= 0.97
    assert 0.88 <= np.mean(said) <= 0.98  # each fold is tried with fewer shots: wider


def test_too_few_shots_give_a_reason_and_no_number():
    scores, felt = world(shots=9)
    for one in calibrate(scores, rated(felt), Way.ISOTONIC).metrics:
        assert (one.preference, one.rating) == (None, None)
        assert one.reason == "9 shots with scores and ratings; at least 10"


def test_a_composite_of_what_people_go_by_passes_and_beats_each_metric_alone():
    scores, felt = world()
    found = composite(scores, felt, "quality")
    assert (found.passed, found.reasons, found.surely_better) == (True, (), True)
    weights = dict(zip(found.weights.metrics, found.weights.weights, strict=True))
    assert "copy_paste" not in weights
    assert weights["tech.noise"] < 0.1
    assert weights["id_ref"] == pytest.approx(weights["prompt_align"], abs=0.15)


def test_a_composite_that_is_not_surely_better_than_one_metric_says_so():
    scores, felt = world(cares=0.08, sees=0.2)
    found = composite(scores, felt, "quality")
    assert found.passed
    assert not found.surely_better
    assert found.reasons[0].startswith("not surely better than id_ref alone")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"shots": 29}, "29 rated shots"),
        ({"blind": True}, "held-out accuracy"),
        ({"blind": True, "shots": 300}, "not surely better than a coin"),
    ],
)
def test_below_the_gate_a_composite_is_refused(change, why):
    scores, felt = world(**change)
    found = composite(scores, felt, "quality")
    assert not found.passed
    assert any(why in reason for reason in found.reasons)


@pytest.mark.parametrize("name", ["copy_paste", "prompt_align"])
def test_without_what_exposes_copies_no_composite_is_made(name):
    scores, felt = world()
    found = composite(without(scores, name), felt, "quality")
    assert not found.passed
    assert "a copy of the reference could win" in found.reasons[0]


def test_where_what_was_asked_carries_no_weight_a_near_copy_could_win_and_none_is_made():
    scores, felt = world(cares=-1.0)
    found = composite(scores, felt, "quality")
    assert not found.passed
    assert (
        "prompt_align carries no weight with these raters: a near copy could win" in found.reasons
    )


def test_a_pasted_reference_is_disqualified_and_a_near_copy_loses():
    """People were deceived: they rate the pasted references best of all."""
    scores, felt = world(pastes=True)
    pasted = {i for i, v in scores.values["copy_paste"].items() if v > 0.8}
    felt = {i: 9.0 if i in pasted else v for i, v in felt.items()}
    found = composite(scores, felt, "quality")
    assert found.disqualified == len(pasted) == 60
    assert max(scores.values["id_ref"], key=scores.values["id_ref"].get) in pasted
    assert not pasted & set(found.weights.values(scores))
    near = {i: 0.7 if i in pasted else v for i, v in scores.values["copy_paste"].items()}
    changed = Scores(
        items=scores.items,
        values={**scores.values, "copy_paste": near},
        directions=scores.directions,
    )
    said = found.weights.values(changed)
    winners = {max((f"s{s}t{t}" for t in range(5)), key=said.get) for s in range(60)}
    assert len(winners & pasted) <= 6


def test_a_take_that_may_be_a_copy_for_all_anybody_knows_has_no_composite():
    scores, felt = world()
    found = composite(scores, felt, "quality").weights
    del scores.values["copy_paste"]["s0t0"]
    assert "s0t0" not in found.values(scores)
    assert "s0t1" in found.values(scores)


@pytest.mark.slow
def test_a_gate_on_noise_lets_next_to_nothing_through():
    passed = 0
    for seed in range(40):
        scores, felt = world(seed, blind=True, shots=30, takes=4)
        passed += composite(scores, felt, "quality").passed
    assert passed <= 1


@pytest.mark.slow
@pytest.mark.parametrize("noise", [0.3, 30.0])
@pytest.mark.parametrize("few", [5, 20])
def test_estimates_with_scores_cover_the_truth_whatever_the_metric_is_worth(few, noise):
    chance = np.random.default_rng(few)
    hits, ratios = 0, []
    for _ in range(500):
        shot_of, score, rating = {}, {}, {}
        for s in range(100):
            level = chance.normal()
            for t in range(3):
                name = f"{s}.{t}"
                shot_of[name] = str(s)
                quality = level + chance.normal(0, 0.5)
                score[name] = float(quality + chance.normal(0, noise))
                if s < few and t < 2:
                    rating[name] = float(3 + quality + chance.normal(0, 0.3))
        found = powered(score, rating, shot_of)
        hits += found.low <= 3 <= found.high
        ratios.append(found.narrower)
    assert hits / 500 >= 0.93
    if noise < 1:
        assert np.median(ratios) < 0.7


def test_nothing_is_estimated_from_too_little():
    one = {"a": 1.0, "b": 2.0}
    assert powered(one, {"a": 3.0}, {"a": "a", "b": "b"}) is None


def written(tmp_path, scores, felt):
    rows = [
        f"{i},{scores.items[i].shot},{scores.items[i].model},{m},{v}"
        for m, values in scores.values.items()
        for i, v in values.items()
    ]
    (tmp_path / "s.csv").write_text("item,shot,model,metric,value\n" + "\n".join(rows))
    said = [f"{i},r,quality,{v}" for i, v in felt.items()]
    (tmp_path / "r.csv").write_text("item,rater,dimension,value\n" + "\n".join(said))
    return ["--scores", str(tmp_path / "s.csv"), "--ratings", str(tmp_path / "r.csv")]


@pytest.mark.slow
def test_the_composite_of_a_file_that_passed_is_tried_on_other_ratings(tmp_path):
    terminal = Terminal(tmp_path / "home")
    files = written(tmp_path, *world())
    kept = tmp_path / "c.json"
    document = terminal.run("calibrate", *files, "--out", str(kept)).answer
    assert document["passed"]
    assert json.loads(kept.read_text()) == document
    again = terminal.run("agree", *files, "--calibration", str(kept)).answer
    assert any("fitted on these very ratings" in w for w in again["warnings"])
    (tmp_path / "other").mkdir()
    other = written(tmp_path / "other", *world(7))
    rows = terminal.run("agree", *other, "--calibration", str(kept)).answer["metrics"]
    accuracy = {m["metric"]: m["within_shot_accuracy"] for m in rows}
    assert accuracy["composite.quality"] > max(accuracy["id_ref"], accuracy["prompt_align"])


def test_a_file_whose_composite_was_refused_shows_nothing(tmp_path):
    path = tmp_path / "c.json"
    scores, felt = world(shots=12)
    made = calibrate(scores, rated(felt), Way.ISOTONIC)
    path.write_text(json.dumps(calibration_file.as_document(made, {})))
    with pytest.raises(BadInput, match="none may be shown without"):
        calibration_file.read_composites(path)
    for text in ("{", "[]", '{"schema": "report/1"}'):
        path.write_text(text)
        with pytest.raises(BadInput):
            calibration_file.read_composites(path)
