"""Where a plate lies in a take, and whether the take is a picture of it."""

import cv2
import numpy as np
import pytest
import skimage.data

from benchmarks.repairing import placing

PLATE = skimage.data.astronaut()
MOVE = np.array([[1.1, 0.02, -30.0], [-0.02, 1.1, -20.0]])


def seen(picture):
    return cv2.warpAffine(picture, MOVE, (512, 512), borderMode=cv2.BORDER_REPLICATE)


def test_a_matte_follows_the_plate_into_a_closer_framing():
    matte = np.zeros_like(PLATE)
    matte[200:300, 150:350] = 255
    take = seen(PLATE)
    matrix = placing.onto(PLATE, take)
    laid = placing.moved(matte, PLATE, take, matrix)
    assert np.abs(laid.astype(int) - seen(matte)).mean() < 2
    assert placing.shows(PLATE, take, matrix)


def test_a_take_that_stands_still_keeps_its_matte_to_the_bit():
    take = np.clip(PLATE.astype(int) + 12, 0, 255).astype(np.uint8)
    np.testing.assert_array_equal(placing.onto(PLATE, take), np.eye(3))


def test_something_else_is_not_the_plate():
    assert placing.onto(PLATE, skimage.data.coffee()) is None


def test_somebody_of_the_plate_in_another_picture_is_found_and_is_no_picture_of_the_plate():
    elsewhere = np.full_like(PLATE, (90, 30, 40))
    elsewhere[::9] = (200, 220, 90)
    elsewhere[100:300, 120:320] = PLATE[20:220, 130:330]
    matrix = placing.onto(PLATE, elsewhere)
    assert matrix is not None
    assert not placing.shows(PLATE, elsewhere, matrix)


@pytest.mark.parametrize("side", [60, 200])
def test_a_ring_lies_beside_its_region_and_never_in_it(side):
    inside = np.zeros((200, 300), bool)
    inside[:side, :side] = True
    ring = placing.around(inside)
    assert ring.any()
    assert not (ring & inside).any()


def test_where_nothing_is_around_the_region_stands_for_itself():
    assert placing.around(np.ones((20, 20), bool)).all()
