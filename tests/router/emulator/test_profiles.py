"""Planted faults are read strictly and refuse by the same dice each time."""

import json
from dataclasses import fields
from pathlib import Path

import pytest

from router.emulator.profiles import Profile, ProfileError, load, refuses

BEST, MIDDLE, WORST = (
    "stability.sd3-5-large-v1:0",
    "stability.stable-image-ultra-v1:1",
    "stability.stable-image-style-guide-v1:0",
)


def written(folder: Path, said: object) -> Path:
    path = folder / "profiles.json"
    path.write_text(said if isinstance(said, str) else json.dumps(said), encoding="utf-8")
    return path


def test_every_emulated_model_has_a_profile_within_bounds() -> None:
    table = load(None)
    assert len(table) == 23
    values = [getattr(row, field.name) for row in table.values() for field in fields(Profile)]
    assert all(0 <= value <= 1 for value in values)


@pytest.mark.parametrize("field", ["identity_drift", "hue_drift", "colour_cast"])
def test_image_to_image_has_a_planted_order(field: str) -> None:
    table = load(None)
    best, middle, worst = (getattr(table[model], field) for model in (BEST, MIDDLE, WORST))
    assert best < middle < worst


@pytest.mark.parametrize("field", ["blur", "noise"])
def test_text_to_image_has_a_planted_order(field: str) -> None:
    table = load(None)
    order = (MIDDLE, BEST, "stability.stable-image-core-v1:1")
    best, middle, worst = (getattr(table[model], field) for model in order)
    assert best < middle < worst


def test_erasing_spills_less_than_painting_in() -> None:
    table = load(None)
    assert table["stability.stable-image-erase-object-v1:0"].spill == 0
    assert table["stability.stable-image-inpaint-v1:0"].spill == 0.35


def test_a_file_overlays_only_the_fields_it_names(tmp_path: Path) -> None:
    table = load(written(tmp_path, {WORST: {"hue_drift": 0, "blur": 0.5}}))
    before = load(None)[WORST]
    assert (table[WORST].hue_drift, table[WORST].blur) == (0.0, 0.5)
    assert table[WORST].identity_drift == before.identity_drift
    assert table[BEST] == load(None)[BEST]


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ({"no.such-model": {"blur": 1}}, BEST),
        ({BEST: {"blurr": 1}}, "identity_drift"),
        ({BEST: {"blur": 1.2}}, "from 0 to 1"),
        ({BEST: {"blur": True}}, "from 0 to 1"),
        ({BEST: {"blur": "much"}}, "from 0 to 1"),
        ({BEST: 0.3}, "field"),
        ([BEST], "list"),
        ("{", "not JSON"),
        ('{"stability.sd3-5-large-v1:0": {"blur": NaN}}', "from 0 to 1"),
    ],
)
def test_a_wrong_file_is_refused_and_told_what_is_known(
    tmp_path: Path, said: object, named: str
) -> None:
    with pytest.raises(ProfileError, match=named):
        load(written(tmp_path, said))


def test_refusals_come_at_the_rate_asked_for_and_stay_the_same() -> None:
    profile = Profile(refusal_rate=0.2)
    said = [refuses(profile, "a quiet street", seed) for seed in range(1000)]
    assert said == [refuses(profile, "a quiet street", seed) for seed in range(1000)]
    assert 150 < sum(said) < 250


def test_a_higher_rate_refuses_all_that_a_lower_one_did() -> None:
    low, high = Profile(refusal_rate=0.1), Profile(refusal_rate=0.4)
    refused = [seed for seed in range(300) if refuses(low, "p", seed)]
    assert refused
    assert all(refuses(high, "p", seed) for seed in refused)


@pytest.mark.parametrize(("rate", "answer"), [(0.0, False), (1.0, True)])
def test_never_and_always_mean_it(rate: float, answer: bool) -> None:
    profile = Profile(refusal_rate=rate)
    assert all(refuses(profile, "p", seed) is answer for seed in range(200))
