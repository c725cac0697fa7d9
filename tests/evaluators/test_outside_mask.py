"""outside_mask: exact, because a director's untouched must mean untouched."""

import numpy as np
import pytest

from evaluators.domain.score import Status


@pytest.fixture
def matte(person):
    mask = np.zeros(person.shape[:2], np.uint8)
    mask[200:300, 100:200] = 255
    return mask


@pytest.fixture
def untouched(measure, put, person, matte):
    plate, mask = put("plate.png", person), put("mask.png", matte)

    def run(take, **spec):
        return measure("outside_mask", put("take.png", take), plate=plate, mask=mask, spec=spec)

    return run


def test_a_change_inside_the_matte_is_none(untouched, person, matte):
    take = person.copy()
    take[matte > 0] = 255 - take[matte > 0]
    got = untouched(take, feather=0)
    assert got["outside_mask"].value == 0.0
    assert got["outside_mask.max"].value == 0.0


def test_one_changed_pixel_is_found_and_boxed(untouched, person):
    take = person.copy()
    take[10, 20] = take[10, 20] ^ 64
    got = untouched(take)
    assert got["outside_mask.max"].value == 64
    assert 0 < got["outside_mask"].value < 1e-5
    assert got["outside_mask"].evidence["box"] == [20, 10, 1, 1]


@pytest.mark.parametrize(("delta", "share"), [(2, 0.0), (3, 1.0)])
def test_two_code_values_are_the_limit(untouched, person, delta, share):
    take = np.where(person < 128, person + delta, person - delta).astype(np.uint8)
    got = untouched(take)
    assert got["outside_mask"].value == share
    assert got["outside_mask.max"].value == delta


def test_the_feather_belongs_to_the_matte(untouched, person):
    take = person.copy()
    take[195:200, 120:180] = 255 - take[195:200, 120:180]
    assert untouched(take, feather=8)["outside_mask"].value == 0
    assert untouched(take, feather=2)["outside_mask"].value > 0


def test_the_share_rises_with_the_spill(untouched, person):
    rng = np.random.default_rng(0)
    where = rng.random(person.shape[:2])
    values = []
    for share in (0.01, 0.1, 0.5):
        take = person.copy()
        take[where < share] ^= 32
        values.append(untouched(take)["outside_mask"].value)
    assert values == pytest.approx([0.01, 0.1, 0.5], rel=0.1)


def test_other_sizes_are_not_scaled_to_fit(untouched, person):
    got = untouched(person[:, :400])["outside_mask"]
    assert got.status is Status.NOT_MEASURED
    assert got.reason == "different sizes: take 400x512, plate 512x512, mask 512x512"


def test_a_matte_of_everything_leaves_nothing_to_say(measure, put, person):
    path = put("a.png", person)
    mask = put("mask.png", np.full(person.shape[:2], 255, np.uint8))
    got = measure("outside_mask", path, plate=path, mask=mask)["outside_mask"]
    assert got.reason == "the mask covers the whole picture"


def test_a_clip_names_its_worst_frame(measure, put, film, person, matte):
    still = person[:96, :96]
    frames = [still] * 11 + [255 - still] + [still] * 4
    got = measure(
        "outside_mask",
        film("a.mp4", frames),
        plate=put("plate.png", still),
        mask=put("mask.png", matte[200:296, 180:276]),
        spec={"feather": 0},
    )["outside_mask"]
    assert got.evidence["frame"] == 11
    assert got.n_used == 16
