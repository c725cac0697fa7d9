"""Cloth gets another dye, and keeps its folds."""

import numpy as np
import pytest

from evaluators.colour import lab, profile, sliced_w1
from evaluators.mending.dye import dyed

GREEN, PURPLE = np.array([40, 110, 70]), np.array([110, 50, 120])


def cloth(dye, size=(60, 80), seed=0):
    """Weave cloth with folds and a little grain."""
    folds = 1 + 0.35 * np.sin(np.linspace(0, 9, size[1]))[None, :, None]
    grain = np.random.default_rng(seed).normal(0, 2, (*size, 3))
    return np.clip(dye * folds + grain, 0, 255).astype(np.uint8)


def off(a, b):
    return sliced_w1(profile(lab(a).reshape(-1, 3)), profile(lab(b).reshape(-1, 3)))


def test_a_wrong_hue_becomes_the_goals_and_the_folds_stay():
    wrong, right = cloth(PURPLE), cloth(GREEN, seed=1)
    inside = np.ones(wrong.shape[:2], bool)
    made = dyed(wrong, inside, right.reshape(-1, 3))
    assert off(made, right) < 2 < 20 < off(wrong, right)
    columns = [p[..., 1].mean(axis=0) for p in (made, right)]
    assert np.corrcoef(*columns)[0, 1] > 0.99


def test_cloth_that_is_right_already_is_left_as_it_is():
    right = cloth(GREEN)
    made = dyed(right, np.ones(right.shape[:2], bool), right.reshape(-1, 3))
    assert np.abs(made.astype(int) - right).max() <= 1


def test_only_the_region_decides_what_the_dye_does():
    wrong, right = cloth(PURPLE), cloth(GREEN, seed=1)
    inside = np.zeros(wrong.shape[:2], bool)
    inside[:, :40] = True
    other = wrong.copy()
    other[~inside] = (250, 240, 10)
    both = (dyed(p, inside, right.reshape(-1, 3))[inside] for p in (wrong, other))
    np.testing.assert_array_equal(*both)


@pytest.mark.parametrize("level", [0, 90, 255])
def test_flat_colours_are_not_blown_up_to_noise(level):
    flat = np.full((20, 20, 3), level, np.uint8)
    flat[::2] = np.clip(level + np.array([1, -1, 0]), 0, 255)
    made = dyed(flat, np.ones((20, 20), bool), cloth(GREEN).reshape(-1, 3)).astype(int)
    assert np.ptp(made.reshape(-1, 3), axis=0).max() < 12


def test_beside_the_region_its_cloth_is_dyed_and_what_lies_behind_it_is_not():
    """The soft edge of a matte shows what is made beside it: no dark fringe of the background."""
    wrong, right = cloth(PURPLE), cloth(GREEN, seed=1)
    wrong[:, 50:] = (60, 90, 110)  # behind; the cloth goes on to column 50, the region to 40
    inside = np.zeros(wrong.shape[:2], bool)
    inside[:, :40] = True
    made = dyed(wrong, inside, right.reshape(-1, 3))
    np.testing.assert_array_equal(made[:, 50:], wrong[:, 50:])
    assert off(made[:, 40:50], right[:, 40:50]) < 6 < 20 < off(wrong[:, 40:50], right[:, 40:50])
