"""colour_match tells light, white balance and content apart."""

import numpy as np
import pytest

from evaluators.domain.score import Direction


@pytest.fixture
def against(measure, put, person):
    plate = put("plate.png", person)

    def run(pixels):
        scores = measure("colour_match", put("take.png", pixels), plate=plate)
        return {name.partition(".")[2]: s.value for name, s in scores.items()}

    return run


def test_the_plate_matches_itself_perfectly(against, person):
    assert all(value == pytest.approx(0, abs=1e-6) for value in against(person).values())


@pytest.mark.parametrize("stops", [-2, -1, -1 / 3, 1 / 3])
def test_exposure_is_read_in_stops_with_its_sign(against, person, expose, stops):
    got = against(expose(person // 2 if stops > 0 else person, stops))
    base = against(person // 2)["stops"] if stops > 0 else 0
    assert got["stops"] - base == pytest.approx(stops, abs=0.06)


def test_darker_takes_are_further_away(against, person, expose):
    ladder = [against(expose(person, s)) for s in (0, -0.25, -0.5, -1, -2)]
    for name in ("w1", "delta_e"):
        values = [row[name] for row in ladder]
        assert values == sorted(values)
        assert values[-1] > values[0]


def test_a_warm_grade_is_warm_and_a_flat_one_flat(against, person):
    warm = np.clip(person * np.array([1.1, 1.0, 0.85]), 0, 255).astype(np.uint8)
    got = against(warm)
    assert got["wb_b"] > 3
    flat = np.rint(118 + (person.astype(float) - 118) * 0.6).astype(np.uint8)
    assert against(flat)["contrast"] < -10


def test_another_picture_with_a_similar_mean_is_seen_by_w1_and_not_by_the_mean(
    against, person, cat
):
    warm = np.clip(person * np.array([1.08, 1.0, 0.9]), 0, 255).astype(np.uint8)
    other = against(cat)
    assert other["w1"] > 2.5 * against(warm)["w1"]


def test_layout_is_not_seen(against, person):
    assert against(person[:, ::-1])["w1"] == pytest.approx(0, abs=0.3)


def test_signed_numbers_have_no_direction(measure, put, person):
    path = put("a.png", person)
    got = measure("colour_match", path, plate=path)
    none = {n for n, s in got.items() if s.direction is Direction.NONE}
    assert none == {f"colour_match.{n}" for n in ("stops", "wb_a", "wb_b", "contrast")}


def test_a_clip_is_compared_frame_by_frame_with_a_moving_plate(measure, film, person):
    fading = [(person[:96, :96] * (1 - i / 40)).astype(np.uint8) for i in range(20)]
    plate = film("plate.mp4", fading)
    got = measure("colour_match", film("take.mp4", fading), plate=plate)
    assert got["colour_match.delta_e"].value < 0.1
    assert got["colour_match.w1"].n_used == 16


def test_another_size_is_no_other_colour(against, person):
    assert against(person[::2, ::2])["w1"] < 1.5


def test_a_trimmed_clip_is_held_against_what_its_plate_shows_at_the_same_time(
    measure, film, person, expose
):
    """The light fades; the first half has not yet seen the end of the fade."""
    plate = [expose(person[::4, ::4], -2 * i / 23) for i in range(24)]
    path = film("plate.mp4", plate)
    got = measure("colour_match", film("take.mp4", plate[:12]), plate=path)
    assert abs(got["colour_match.stops"].value) < 0.1
