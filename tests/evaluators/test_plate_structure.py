"""plate_structure: a moved camera is forgiven, a changed picture is not."""

import cv2
import numpy as np
import pytest

from evaluators.domain.score import Status


@pytest.fixture
def structure(measure, put, person):
    plate = put("plate.png", person)

    def run(take, **said):
        scores = measure("plate_structure", put("take.png", take), **{"plate": plate, **said})
        return {name.partition(".")[2] or "ssim": s for name, s in scores.items()}

    return run


def test_the_plate_itself_is_perfect_and_unmoved(structure, person):
    got = structure(person)
    assert got["ssim"].value == pytest.approx(1.0, abs=1e-6)
    assert got["inliers"].value == pytest.approx(1.0, abs=0.01)
    assert got["shift"].value == pytest.approx(0.0, abs=0.05)


@pytest.mark.parametrize("pixels", [4, 40])
def test_a_pan_is_a_shift_and_no_damage(structure, person, pixels):
    got = structure(np.roll(person, pixels, axis=1)[:, pixels:])
    assert got["ssim"].value > 0.97
    moved = structure(np.roll(person, pixels, axis=1))
    assert moved["ssim"].value > 0.97
    assert moved["shift"].value == pytest.approx(pixels / 512 * 100, rel=0.1)


def test_a_turned_and_closer_view_is_found(structure, person):
    turn = cv2.getRotationMatrix2D((256, 256), 5, 1.1)
    got = structure(cv2.warpAffine(person, turn, (512, 512)))
    assert got["ssim"].value > 0.95
    assert got["shift"].value > 5


@pytest.mark.parametrize("spoil", ["blur", "noise", "warp"])
def test_the_number_falls_with_the_damage(structure, person, spoil):
    values = [structure(_spoilt(person, spoil, amount))["ssim"].value for amount in (0, 1, 2, 4)]
    assert values == sorted(values, reverse=True)
    assert values[-1] < 0.85


def _spoilt(pixels, how, amount):
    if not amount:
        return pixels
    if how == "blur":
        return cv2.GaussianBlur(pixels, (0, 0), amount)
    rng = np.random.default_rng(0)
    if how == "noise":
        return np.clip(pixels + rng.normal(0, 5 * amount, pixels.shape), 0, 255).astype(np.uint8)
    y, x = np.mgrid[:512, :512].astype(np.float32)
    return cv2.remap(pixels, x + amount * np.sin(y / 20), y, cv2.INTER_LINEAR)


def test_the_damaged_place_is_boxed(structure, person):
    take = person.copy()
    take[300:364, 100:164] = 128
    x, y, width, height = structure(take)["ssim"].evidence["box"]
    assert abs(x + width / 2 - 132) < 48
    assert abs(y + height / 2 - 332) < 48


def test_another_size_is_brought_to_the_plates_raster_and_another_crop_is_not_stretched(
    structure, person
):
    half = cv2.resize(person, (256, 256), interpolation=cv2.INTER_AREA)
    assert structure(half)["ssim"].value > 0.9
    crop = structure(person[40:480])
    assert crop["ssim"].value > 0.97
    assert crop["ssim"].evidence["overlap"] < 0.9


def test_three_times_the_plate_lies_on_it_to_a_fraction_of_a_pixel(structure, person):
    large = cv2.resize(person, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    got = structure(large)
    assert got["ssim"].value > 0.98
    assert got["shift"].value == pytest.approx(0.0, abs=0.05)


@pytest.mark.parametrize("other", ["cat", "mirror"])
def test_what_does_not_lie_on_the_plate_has_no_number(structure, person, cat, other):
    got = structure(cat if other == "cat" else person[:, ::-1])
    assert {s.status for s in got.values()} == {Status.NOT_MEASURED}
    assert "no registration" in got["ssim"].reason


def test_without_key_points_the_light_itself_registers(measure, put):
    y, x = np.mgrid[:240, :320]
    soft = (128 + 80 * np.sin(x / 40) * np.cos(y / 50 + x / 90)).astype(np.uint8)
    plate, take = (np.dstack([p] * 3) for p in (soft, np.roll(soft, 3, axis=1)))
    got = measure("plate_structure", put("t.png", take), plate=put("p.png", plate))
    assert got["plate_structure"].evidence["rule"] == "ecc"
    assert got["plate_structure"].value > 0.97
    assert got["plate_structure.inliers"].status is Status.NOT_MEASURED


def test_only_what_the_plate_shows_is_compared(structure, put, person):
    alpha = np.zeros(person.shape[:2], np.uint8)
    alpha[100:500, 50:350] = 255
    take = person.copy()
    take[:90] = 0
    whole = structure(take)
    inside = structure(take, plate=put("cut.png", np.dstack([person, alpha])))
    assert inside["ssim"].value > whole["ssim"].value + 0.05


def test_it_is_blind_to_colour(structure, person):
    grey = np.repeat(cv2.cvtColor(person, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    assert structure(grey)["ssim"].value > 0.99


def test_a_clip_says_which_frames_were_not_found(measure, put, film, person, cat):
    still, other = person[:256, 100:400], cv2.resize(cat, (300, 256))
    path = film("a.mp4", [still] * 10 + [other] * 10)
    got = measure("plate_structure", path, plate=put("p.png", still))["plate_structure"]
    assert got.evidence["unregistered"] == [19]
    assert (got.n_used, got.n_expected) == (2, 3)
