"""Two reports: changes beyond noise are named, ties are ties, what cannot be compared is not."""

import copy
import json

import numpy as np
import pytest

from benchmarks.comparing.regression import KEPT, read_report, regression
from dashboard.testing.console import Terminal
from dashboard.testing.report import sample
from router.domain.errors import BadInput

OLD, _ = sample(7)
RECIPE = next(r["recipe"] for r in OLD["recipes"] if not r["control"])


def score(metric, value):
    return {"metric": metric, "value": value}


def report(chance, *, shots=8, recipes=("a", "b"), effects=None, declared=True):
    """Two takes a shot; `effects`: recipe → what its likeness has more than it had."""
    takes, sheet = [], []
    for s in range(shots):
        rows = []
        for r in recipes:
            for n in range(2):
                name = f"{s}{r}{n}"
                value = 0.6 + 0.02 * s + (effects or {}).get(r, 0.0) + chance.normal(0, 0.03)
                takes.append(
                    {
                        "take": name,
                        "campaign": "c",
                        "shot": f"s{s}",
                        "recipe": r,
                        "parent": None,
                        "scores": [score("id_ref", float(value))],
                    }
                )
                verdicts = [{"line": 1, "verdict": "pass"}]
                rows.append({"take": name, "recipe": r, "verdicts": verdicts})
        lines = [{"line": 1, "must": True}]
        sheet.append(
            {
                "campaign": "c",
                "pack": "P",
                "shot": f"s{s}",
                "task": "reference_to_image",
                "lines": lines,
                "takes": rows,
            }
        )
    return {
        "schema": "report/1",
        "simulated": True,
        "campaigns": [{"id": "c", "partner": "p", "packs": [{"code": "P", "seal": "1"}]}],
        "recipes": [
            {
                "recipe": r,
                "title": f"Recipe {r}",
                "control": False,
                "model_name": "Emulated A",
                "operation": "o",
                "template": "t/1",
                "usd_per_take": 0.04,
                "outcomes": {"done": 2 * shots},
            }
            for r in recipes
        ],
        "comparisons": [
            {
                "metric": "id_ref",
                "task": "reference_to_image",
                "metric_title": "Likeness",
                "unit": "similarity",
                "direction": "higher",
                "declared": declared,
            }
        ],
        "takes": takes,
        "sheet": sheet,
        "provenance": {"metrics": {"id_ref": "1"}, "wire_ids": []},
    }


def verdicts(found):
    return {(c.recipe, c.metric): c.verdict for c in found.changes}


def test_a_change_beyond_noise_is_named_and_the_rest_are_ties():
    chance = np.random.default_rng(1)
    found = regression(report(chance), report(chance, effects={"a": -0.2}))
    assert verdicts(found) == {
        ("a", "id_ref"): "worse",
        ("b", "id_ref"): "tie",
        ("a", KEPT): "tie",
        ("b", KEPT): "tie",
    }
    first = found.changes[0]
    assert first.recipe == "a"
    assert first.ci_low < -0.2 < first.ci_high
    assert "Likeness: worse by \N{MINUS SIGN}0." in first.sentence
    assert "no change detected" in found.changes[1].sentence


def test_a_report_against_itself_changed_nowhere_and_says_why():
    found = regression(OLD, copy.deepcopy(OLD))
    assert {c.verdict for c in found.changes} == {"tie"}
    assert (found.versions, found.facts) == ((), ())
    assert found.warnings == ("both reports are the same document",)


def test_versions_that_differ_are_named_and_another_metric_is_not_compared():
    chance = np.random.default_rng(2)
    old, new = report(chance), report(chance, effects={"a": 0.5})
    new["provenance"]["metrics"]["id_ref"] = "2"
    new["recipes"][0] |= {"template": "t/2", "usd_per_take": 0.06}
    found = regression(old, new)
    assert verdicts(found)["a", "id_ref"] == "not_comparable"
    assert "Recipe a: template t/1 → t/2" in found.versions
    assert "id_ref: measured by version 1 and by version 2" in found.versions
    assert found.facts == ("Recipe a: 0.040 → 0.060 USD a take",)
    assert any("metrics were renewed" in w for w in found.warnings)


def test_shots_and_recipes_of_one_report_only_are_counted_and_left_out():
    chance = np.random.default_rng(3)
    found = regression(report(chance, shots=8), report(chance, shots=6, recipes=("a", "c")))
    assert {c.recipe for c in found.changes} == {"a"}
    assert {c.n_shots for c in found.changes} == {6}
    assert any("only in NEW, not compared: Recipe c" in w for w in found.warnings)
    assert any("2 shots are in one report only" in w for w in found.warnings)


def test_one_shot_says_nothing():
    chance = np.random.default_rng(4)
    found = regression(report(chance, shots=1), report(chance, shots=1, effects={"a": 9.0}))
    assert {c.verdict for c in found.changes} == {"tie"}
    assert "one shot gives no interval" in found.changes[0].sentence


@pytest.mark.slow
@pytest.mark.parametrize("shots", [5, 12])
def test_where_nothing_changed_one_pair_of_reports_in_twenty_at_most_says_so(shots):
    chance = np.random.default_rng(5)
    recipes, rounds = ("a", "b", "c"), 300
    false = 0
    for _ in range(rounds):
        pair = (report(chance, shots=shots, recipes=recipes) for _ in range(2))
        false += any(c.verdict != "tie" for c in regression(*pair).changes)
    assert false / rounds <= 0.05


def test_simulated_and_real_are_never_compared():
    with pytest.raises(BadInput, match="OLD simulated, NEW real"):
        regression(OLD, OLD | {"simulated": False})


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "JSON"),
        ("[]", "schema"),
        ('{"schema": "report/2"}', "report/2"),
        ('{"schema": "report/1"}', "campaigns"),
        (json.dumps(OLD | {"takes": None}), "takes"),
        (json.dumps(OLD | {"sheet": [3]}), "sheet"),
        (json.dumps(OLD | {"simulated": "no"}), "simulated"),
    ],
)
def test_what_is_no_report_is_refused_with_the_field(tmp_path, text, why):
    path = tmp_path / "f.json"
    path.write_text(text)
    with pytest.raises(BadInput, match=why):
        read_report(path)
    broken = copy.deepcopy(OLD)
    del broken["takes"][0]["scores"]
    with pytest.raises(BadInput, match="scores"):
        regression(OLD, broken)


@pytest.mark.slow
def test_the_command_answers_with_what_changed(tmp_path):
    new = copy.deepcopy(OLD)
    for n, take in enumerate(new["takes"]):
        if take["recipe"] == RECIPE:
            for one in take["scores"]:
                one["value"] = None if one["value"] is None else one["value"] - 0.3 - 0.01 * (n % 5)
    for name, document in (("old", OLD), ("new", new)):
        (tmp_path / f"{name}.json").write_text(json.dumps(document))
    said = Terminal(tmp_path / "home").run(
        "report", "compare", str(tmp_path / "old.json"), str(tmp_path / "new.json")
    )
    assert said.code == 0
    worse = [c for c in said.answer["changes"] if c["verdict"] in {"worse", "better"}]
    assert {c["recipe"] for c in worse} == {RECIPE}
