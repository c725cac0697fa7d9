"""A choice among those that can carries its reason, and chance is only where it was asked for."""

import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.admission import policies
from router.admission.matching import Asker, Need, match
from router.domain.errors import BadInput, NotEntitled, UnknownName
from router.testing.asking import TODAY, clearance, partner
from router.testing.doubles import model

ASKER = Asker(
    partner=partner(), clearance=clearance(), today=TODAY, runnable_dialects=("scripted",)
)
ROWS = {
    row.key: row
    for row in (
        model("dear", usd="0.20"),
        model("cheap", usd="0.04"),
        replace(model("middle", usd="0.08"), timeout_s=400.0),
        replace(model("other"), operations=("erase",)),
    )
}
MATCHED = match(Need(operations=("text_to_image",)), ROWS, ASKER)
NOBODY = match(Need(operations=("text_to_image",), indemnified=True), ROWS, ASKER)
KEYS = ("cheap", "dear", "middle")


def chance(seed: int = 0) -> random.Random:
    return random.Random(seed)


def test_the_cheapest_names_its_price_and_the_next_one():
    found = policies.cheapest(MATCHED)
    assert found.fit.model.key == "cheap"
    assert found.reason == ("cheap 0.04 USD a take at worst; next middle: 0.08 USD a take at worst")
    assert [c.model for c in found.considered] == ["cheap", "middle", "dear"]


def test_the_fastest_goes_by_the_median_of_what_was_measured():
    found = policies.fastest(MATCHED, {"dear": [9.0, 1.0, 8.0], "middle": [7.0, 7.0, 90.0]})
    assert found.fit.model.key == "middle"
    assert "took 7.0 s, the median of 3 takes" in found.reason
    assert found.considered[-1].said == "is allowed 300 s; 0 takes are too few to measure"


def test_the_unmeasured_are_faster_only_where_they_surely_are():
    slow = {"dear": [350.0] * 3, "middle": [500.0] * 3, "cheap": [1.0]}
    found = policies.fastest(MATCHED, slow)
    assert found.fit.model.key == "cheap"
    assert "is allowed 300 s; 1 takes are too few" in found.reason


def test_best_finds_what_keeps_its_lines():
    kept = {"dear": [1.0] * 30, "cheap": [0.1] * 30, "middle": [0.2] * 30}
    found = policies.best(MATCHED, kept, chance=chance())
    assert found.fit.model.key == "dear"
    assert "kept 1.00 over 30 shots, believed 0.97 ± 0.03" in found.reason
    assert "chosen in 100 % of draws" in found.reason


def test_best_without_measurements_says_that_it_is_chance():
    chosen = Counter(
        policies.best(MATCHED, {}, chance=chance(seed)).fit.model.key for seed in range(30)
    )
    assert set(chosen) == set(KEYS)
    reason = policies.best(MATCHED, {}, chance=chance()).reason
    assert reason.startswith("nothing is measured yet")
    assert "unmeasured, prior 0.50 ± 0.29" in reason


def test_who_is_little_known_is_still_tried_sometimes():
    kept = {"dear": [0.7] * 12, "cheap": [0.1] * 12}
    found = policies.best(MATCHED, kept, chance=chance())
    unknown = next(c for c in found.considered if c.model == "middle")
    share = int(unknown.said.split("chosen in ")[1].split(" %")[0])
    assert 10 < share < 60


def test_the_same_chance_makes_the_same_choice():
    kept = {"dear": [0.5] * 4}
    twice = [policies.best(MATCHED, kept, chance=chance(3)) for _ in range(2)]
    assert twice[0] == twice[1]


@pytest.mark.parametrize("share", [1.1, -0.1, float("nan")])
def test_a_share_that_is_none_is_refused(share: float):
    with pytest.raises(BadInput, match="shares from 0 to 1"):
        policies.best(MATCHED, {"dear": [share]}, chance=chance())


def test_lots_fall_as_the_weights_say():
    lots = chance()
    drawn = Counter(
        policies.weighted(MATCHED, {"cheap": 3, "dear": 1}, chance=lots).fit.model.key
        for _ in range(2000)
    )
    assert set(drawn) == {"cheap", "dear"}
    assert 0.71 < drawn["cheap"] / 2000 < 0.79
    found = policies.weighted(MATCHED, {"cheap": 3, "dear": 1}, chance=chance())
    assert {c.model: c.said for c in found.considered}["cheap"] == "has 75 % of the lots"


@pytest.mark.parametrize(
    "weights", [{}, {"cheap": 0}, {"other": 1}, {"cheap": -1}, {"dear": float("nan")}]
)
def test_weights_that_choose_nobody_are_refused(weights):
    with pytest.raises(BadInput, match="weight"):
        policies.weighted(MATCHED, weights, chance=chance())


def test_unknown_names_explain_themselves():
    with pytest.raises(UnknownName, match="cheap, dear, middle, other"):
        policies.pinned(MATCHED, "mystery")
    with pytest.raises(UnknownName, match="cheap"):
        policies.weighted(MATCHED, {"mystery": 1}, chance=chance())


def test_a_pinned_model_that_cannot_says_why():
    with pytest.raises(NotEntitled, match="does erase; none of: text_to_image"):
        policies.pinned(MATCHED, "other")
    assert policies.pinned(MATCHED, "dear").fit.model.key == "dear"


@pytest.mark.parametrize(
    "choose",
    [
        policies.cheapest,
        lambda m: policies.fastest(m, {}),
        lambda m: policies.best(m, {}, chance=chance()),
        lambda m: policies.weighted(m, {"cheap": 1}, chance=chance()),
    ],
)
def test_among_nobody_there_is_no_choice(choose):
    with pytest.raises(NotEntitled, match=r"no model can do this.*not indemnified"):
        choose(NOBODY)


@given(
    kept=st.dictionaries(st.sampled_from(KEYS), st.lists(st.floats(0, 1), max_size=5)),
    seed=st.integers(0, 99),
)
def test_every_policy_weighs_all_that_can_and_chooses_one_of_them(kept, seed):
    for found in (
        policies.best(MATCHED, kept, chance=chance(seed)),
        policies.fastest(MATCHED, kept),
        policies.cheapest(MATCHED),
    ):
        assert found.fit in MATCHED.can
        assert sorted(c.model for c in found.considered) == sorted(KEYS)
        assert found.considered[0].model == found.fit.model.key
