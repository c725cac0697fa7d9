"""tech: each number rises with its own damage; two have an independent reference."""

from itertools import pairwise

import cv2
import numpy as np
import pytest
from skimage.measure import blur_effect

from evaluators.metrics import tech


@pytest.fixture(scope="module")
def grey(person):
    return cv2.cvtColor(person, cv2.COLOR_RGB2GRAY)


def test_blur_equals_skimage(grey):
    for sigma in (0.01, 1, 3):
        picture = cv2.GaussianBlur(grey, (0, 0), sigma)
        assert tech.blur(picture) == pytest.approx(blur_effect(picture), abs=0.01)


def rising(values):
    return all(b > a for a, b in pairwise(values))


def test_blur_rises_with_blur(grey):
    assert rising([tech.blur(cv2.GaussianBlur(grey, (0, 0), s)) for s in (0.3, 1, 2, 4, 8)])


@pytest.mark.parametrize("sigma", [1.0, 2.0, 5.0, 12.0])
def test_noise_is_read_in_code_values(sigma):
    rng = np.random.default_rng(0)
    smooth = np.tile(np.linspace(60, 190, 512), (512, 1))
    noisy = np.clip(np.rint(smooth + rng.normal(0, sigma, smooth.shape)), 0, 255)
    expected = np.hypot(sigma, 0.29)  # rounding to code values adds its own
    assert tech.noise(noisy.astype(np.uint8)) == pytest.approx(expected, rel=0.05)


def test_noise_rises_with_noise_on_a_real_picture(person):
    rng = np.random.default_rng(0)
    channel = person[..., 1].astype(float)
    noisy = [channel + rng.normal(0, s, channel.shape) for s in (0, 2, 5, 10)]
    assert rising([tech.noise(np.clip(n, 0, 255).astype(np.uint8)) for n in noisy])


def test_blockiness_rises_as_jpeg_quality_falls(person):
    found = []
    for quality in (95, 50, 20, 5):
        data = cv2.imencode(".jpg", person, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        found.append(tech.blockiness(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)))
    assert rising(found)
    assert tech.blockiness(cv2.cvtColor(person, cv2.COLOR_RGB2GRAY)) < 0.5


def test_banding_rises_as_levels_are_lost_and_grain_hides_it():
    ramp = np.tile(np.linspace(40, 120, 640), (360, 1))
    found = [tech.banding((ramp // q * q).astype(np.uint8)) for q in (1, 2, 4)]
    assert found[0] == 0
    assert found[1] > 0.9
    assert found[2] > 0.9
    grain = np.random.default_rng(0).normal(0, 1.5, ramp.shape)
    assert tech.banding(((ramp + grain) // 1).astype(np.uint8)) < 0.01


def test_a_step_between_flat_areas_far_apart_is_no_banding():
    poster = np.full((64, 64), 40, np.uint8)
    poster[:, 32:] = 200
    assert tech.banding(poster) == 0


def test_clipping_counts_pixels(measure, put):
    pixels = np.full((20, 20, 3), 128, np.uint8)
    pixels[:4] = 0
    pixels[4:10] = 255
    got = measure("tech", put("a.png", pixels))
    assert got["tech.clipped_low"].value == pytest.approx(0.2)
    assert got["tech.clipped_high"].value == pytest.approx(0.3)


def test_the_plate_stands_beside_as_evidence_only(measure, put, person):
    soft = put("plate.png", cv2.GaussianBlur(person, (0, 0), 3))
    take = put("take.png", person)
    alone, beside = measure("tech", take), measure("tech", take, plate=soft)
    assert alone["tech.blur"].value == beside["tech.blur"].value
    assert beside["tech.blur"].evidence["plate"] > beside["tech.blur"].value
