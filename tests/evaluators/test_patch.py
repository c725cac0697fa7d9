"""A hole is patched with a piece from beside it."""

import numpy as np

from evaluators.colour import lab
from evaluators.mending.patch import patched


def cloth(size=(160, 240), seed=0):
    rng = np.random.default_rng(seed)
    weave = 6 * np.sin(np.arange(size[1]) * 0.9)[None, :, None]
    return np.clip(np.array([40, 110, 70]) + weave + rng.normal(0, 2, (*size, 3)), 0, 255).astype(
        np.uint8
    )


def torn():
    plate = cloth()
    inside = np.zeros(plate.shape[:2], bool)
    inside[60:100, 90:130] = True
    plate[62:98, 92:128] = (240, 235, 220)
    return plate, inside


def test_the_tear_is_gone_and_the_weave_goes_on():
    plate, inside = torn()
    made = patched(plate, plate, inside)
    whole = cloth()
    assert np.abs(lab(made)[inside].mean(axis=0) - lab(whole)[inside].mean(axis=0)).max() < 2
    assert 0.7 < made[inside].std() / whole[inside].std() < 1.4


def test_nothing_beyond_the_seam_changes():
    plate, inside = torn()
    away = np.ones_like(inside)
    away[56:104, 86:134] = False
    assert (patched(plate, plate, inside)[away] == plate[away]).all()


def test_the_piece_takes_on_the_light_of_the_take():
    plate, inside = torn()
    darker = np.rint(plate * 0.6).astype(np.uint8)
    made = patched(darker, plate, inside)
    assert abs(made[inside].mean() - 0.6 * cloth()[inside].mean()) < 3


def test_what_lies_beside_and_is_something_else_is_not_carried_over():
    plate, inside = torn()
    plate[:, 140:] = (200, 40, 30)
    made = patched(plate, plate, inside)
    assert made[inside][:, 0].max() < 100


def test_a_hole_as_large_as_the_picture_has_nothing_beside_it():
    plate = cloth((60, 80))
    inside = np.zeros((60, 80), bool)
    inside[5:55, 5:75] = True
    assert patched(plate, plate, inside) is None


def test_a_hole_at_the_edge_of_the_frame_is_filled_too():
    plate = cloth()
    inside = np.zeros(plate.shape[:2], bool)
    inside[60:100, 0:30] = True
    plate[inside] = (240, 235, 220)
    assert patched(plate, plate, inside)[inside].max() < 150
