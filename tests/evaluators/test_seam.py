"""seam: both sides of a matte's edge, seen by one camera or by two."""

import cv2
import numpy as np
import pytest

from evaluators.domain.score import Status

SIZE = (300, 400)


@pytest.fixture(scope="module")
def matte():
    mask = np.zeros(SIZE, np.uint8)
    mask[80:220, 100:300] = 255
    return mask


@pytest.fixture(scope="module")
def shot():
    """A dark brick-like pattern with shadows, the same on both sides, and a little grain."""
    rng = np.random.default_rng(3)
    coarse = rng.uniform(20, 120, (SIZE[0] // 10, SIZE[1] // 10)).astype(np.float32)
    walls = cv2.resize(coarse, SIZE[::-1], interpolation=cv2.INTER_NEAREST)
    soft = cv2.GaussianBlur(walls, (0, 0), 0.8)[..., None] * np.array([1.0, 0.9, 0.8])
    return soft + rng.normal(0, 3, SIZE)[..., None]


@pytest.fixture
def seam(measure, put, film, matte):
    def run(take, **said):
        written = film("a.mp4", [_code(t) for t in take]) if isinstance(take, list) else None
        path = written or put("take.png", _code(take))
        got = measure("seam", path, mask=said.pop("mask", put("m.png", matte)), **said)
        return {name.partition(".")[2]: s for name, s in got.items()}

    return run


def _code(pixels):
    return np.clip(np.rint(pixels), 0, 255).astype(np.uint8)


def inside(shot, matte, change):
    return np.where(matte[..., None] > 0, change(shot), shot)


def test_one_picture_has_no_seam(seam, shot):
    got = seam(shot)
    assert abs(got["grain"].value) < 0.5
    assert abs(got["sharpness"].value) < 0.05
    assert abs(got["black"].value) < 5
    assert got["colour"].value < 4
    assert got["flicker"].status is Status.NOT_APPLICABLE


@pytest.mark.parametrize("sigma", [4.0, 8.0])
def test_added_grain_is_read_in_code_values(seam, shot, matte, sigma):
    rng = np.random.default_rng(0)
    noise = rng.normal(0, sigma, SIZE)[..., None]
    got = seam(inside(shot, matte, lambda p: p + noise))["grain"].value
    assert got == pytest.approx(np.hypot(3, sigma) - 3, rel=0.35)


def test_coarse_grain_is_not_missed_by_the_fine_band(seam, shot, matte):
    rng = np.random.default_rng(0)
    grain = cv2.resize(rng.normal(0, 8, (150, 200)), SIZE[::-1], interpolation=cv2.INTER_NEAREST)
    assert seam(inside(shot, matte, lambda p: p + grain[..., None]))["grain"].value > 2


def test_softness_falls_below_zero_step_by_step(seam, shot, matte):
    values = [
        seam(inside(shot, matte, lambda p, s=s: cv2.GaussianBlur(p, (0, 0), s)))["sharpness"].value
        for s in (0.7, 1.5, 3.0)
    ]
    assert values == sorted(values, reverse=True)
    assert values[-1] < -0.2


@pytest.mark.parametrize("lift", [8, 20])
def test_lifted_blacks_are_read_in_code_values(seam, shot, matte, lift):
    flat = seam(shot)["black"].value
    got = seam(inside(shot, matte, lambda p: p + lift))["black"].value
    assert got - flat == pytest.approx(lift, abs=3)


def test_a_cast_is_a_colour_seam(seam, shot, matte):
    casts = [np.array([1.0, 1.0, 1.0 + k]) for k in (0.0, 0.2, 0.6)]
    values = [seam(inside(shot, matte, lambda p, c=c: p * c))["colour"].value for c in casts]
    assert values == sorted(values)
    assert values[-1] > values[0] + 6


def test_what_both_sides_share_is_no_seam(seam, shot):
    rng = np.random.default_rng(0)
    worse = cv2.GaussianBlur(shot, (0, 0), 1.5) + 15 + rng.normal(0, 6, SIZE)[..., None]
    got = seam(worse)
    assert abs(got["grain"].value) < 0.8
    assert abs(got["black"].value) < 5


def test_without_shadows_or_edges_it_does_not_guess(seam, put, matte):
    bright = np.full((*SIZE, 3), 200.0)
    got = seam(bright)
    assert got["black"].status is Status.NOT_MEASURED
    assert got["sharpness"].status is Status.NOT_MEASURED
    assert got["grain"].value == 0.0


def test_flicker_and_change_over_time_are_told(seam, shot, matte):
    steady = seam([shot] * 12)
    beating = seam([inside(shot, matte, lambda p, i=i: p + 8 * (i % 3 == 0)) for i in range(12)])
    assert steady["flicker"].value < 0.3
    assert beating["flicker"].value == pytest.approx(8, abs=1)
    assert beating["black"].evidence["over_time"] > steady["black"].evidence["over_time"] + 2


def test_the_feather_is_left_out(seam, shot, matte):
    blend = cv2.GaussianBlur(matte, (0, 0), 4)[..., None] / 255
    take = shot * (1 - blend) + (shot + 40) * blend
    near, far = (seam(take, spec={"feather": f})["black"].value for f in (0, 10))
    assert far > near


def test_another_size_of_mask_is_refused_and_no_edge_is_told(seam, put, shot):
    other = seam(shot, mask=put("o.png", np.zeros((150, 200), np.uint8)))["grain"]
    assert other.status is Status.NOT_MEASURED
    full = seam(shot, mask=put("f.png", np.full(SIZE, 255, np.uint8)))["grain"]
    assert full.reason == "the matte has no edge inside the picture"


def test_it_is_blind_to_why_the_sides_differ(seam, shot, matte):
    painted = inside(shot, matte, lambda p: p * 0 + np.array([150.0, 30.0, 30.0]))
    assert seam(painted)["colour"].value > 20  # a red coat would read the same
