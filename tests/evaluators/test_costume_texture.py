"""costume_texture: weave and cut, whatever the colour."""

import cv2
import numpy as np
import pytest

from evaluators.domain.character import Kind
from evaluators.domain.score import Status

BOX = [60, 40, 128, 192]


def cloth(period, angle=0.0, colour=(120, 90, 70), seed=0):
    """Draw a striped, slightly uneven cloth on a plain ground."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:280, :260].astype(float)
    stripes = np.sin((x * np.cos(angle) + y * np.sin(angle)) * 2 * np.pi / period)
    pixels = np.full((280, 260, 3), 128.0)
    pattern = (1 + 0.4 * stripes + rng.normal(0, 0.03, x.shape))[..., None] * np.array(colour)
    part = np.s_[BOX[1] : BOX[1] + BOX[3], BOX[0] : BOX[0] + BOX[2]]
    pixels[part] = pattern[part]
    return np.clip(pixels, 0, 255).astype(np.uint8)


@pytest.fixture
def texture(measure, put):
    def run(take, *refs, **said):
        paths = tuple(put(f"r{i}.png", r) for i, r in enumerate(refs or [cloth(16)]))
        said = {"spec": {"box": BOX, "ref_box": BOX}, **said}
        got = measure("costume_texture", put("take.png", take), costume_refs=paths, **said)
        return got["costume_texture"]

    return run


def test_the_same_cloth_is_the_same(texture):
    got = texture(cloth(16))
    assert got.value == pytest.approx(1.0, abs=1e-5)
    assert got.evidence["region"] == "box"


def test_it_falls_as_the_stripes_turn(texture):
    values = [texture(cloth(16, angle)).value for angle in (0.0, 0.1, 0.4, 1.5)]
    assert values == sorted(values, reverse=True)
    assert values[-1] < 0.8


def test_the_most_alike_reference_counts(texture):
    got = texture(cloth(16), cloth(7, 1.0), cloth(16))
    assert got.evidence["reference"] == "r1.png"
    assert got.value > 0.99


def test_the_ground_around_the_region_does_not_count(texture):
    take = cloth(16)
    take[:30] = 255
    assert texture(take).value == pytest.approx(1.0, abs=1e-3)


def test_another_size_is_fitted_and_not_stretched(texture):
    double = cv2.resize(cloth(16), (520, 560), interpolation=cv2.INTER_CUBIC)
    box = [v / s for v, s in zip(BOX, (260, 280, 260, 280), strict=True)]
    got = texture(double, spec={"box": box, "ref_box": box})
    assert got.value > 0.85
    wide = cv2.resize(cloth(16), (520, 280), interpolation=cv2.INTER_CUBIC)
    assert texture(wide, spec={"box": box, "ref_box": box}).value < got.value - 0.1


def test_it_is_blind_to_colour(texture):
    assert texture(cloth(16, colour=(70, 95, 130))).value > 0.95


def test_without_a_region_it_does_not_guess(texture):
    got = texture(cloth(16), spec={}, kind=Kind.OBJECT)
    assert got.status is Status.NOT_MEASURED
    assert "give a mask or spec.box" in got.reason
