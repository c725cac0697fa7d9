"""Colour arithmetic against independent implementations."""

import csv

import numpy as np
import pytest
import skimage.color
from scipy.stats import wasserstein_distance

from evaluators import colour


def test_lab_equals_skimage(person):
    ours = colour.lab(person)
    theirs = skimage.color.rgb2lab(person)
    assert np.abs(ours - theirs).max() < 0.05


def test_linear_luma_equals_skimage_luminance(person):
    theirs = skimage.color.rgb2xyz(person)[..., 1]
    assert np.abs(colour.linear_luma(person) - theirs).max() < 1e-3


def test_sliced_w1_equals_scipy_on_every_direction(person, cat):
    a = colour.lab(colour.small(person, 96)).reshape(-1, 3)
    b = colour.lab(colour.small(cat, 96)).reshape(-1, 3)[: len(a) // 2]
    directions = colour._directions()
    exact = np.mean(
        [wasserstein_distance(a @ directions[:, k], b @ directions[:, k]) for k in range(32)]
    )
    assert colour.sliced_w1(colour.profile(a), colour.profile(b)) == pytest.approx(exact, abs=0.02)


def test_a_pure_shift_reads_half_its_length():
    points = np.random.default_rng(1).normal((50, 0, 0), 5, (20_000, 3)).astype(np.float32)
    moved = points + np.array([0, 12, 0], np.float32)
    assert colour.sliced_w1(colour.profile(points), colour.profile(moved)) == pytest.approx(
        6, rel=0.15
    )


def test_ciede2000_meets_the_published_pairs(material):
    with (material / "golden/ciede2000_34pairs.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 34
    for row in rows:
        a = np.array([float(row[k]) for k in ("L1", "a1", "b1")])
        b = np.array([float(row[k]) for k in ("L2", "a2", "b2")])
        assert colour.delta_e_2000(a, b) == pytest.approx(float(row["dE00"]), abs=1e-4)


def test_shrinking_never_stretches_and_never_enlarges():
    assert colour.small(np.zeros((720, 1280, 3), np.uint8)).shape == (144, 256, 3)
    assert colour.small(np.zeros((10, 20, 3), np.uint8)).shape == (10, 20, 3)
