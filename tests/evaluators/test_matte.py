"""A matte is drawn for the plate, and lies in a take where the plate lies in it."""

import cv2
import numpy as np
import pytest

from evaluators.domain.character import Kind
from evaluators.domain.score import Status

BOX = np.s_[300:460, 120:380]  # the suit, under the face
MOVE = np.array([[1.15, 0.03, -60.0], [-0.02, 1.15, -45.0]])


@pytest.fixture
def costume(measure, put, person):
    drawn = np.zeros(person.shape[:2], np.uint8)
    drawn[BOX] = 255

    def run(take, **said):
        got = measure(
            "costume_colour",
            put("take.png", take),
            costume_refs=(put("suit.png", person[BOX]),),
            plate=put("plate.png", person),
            mask=put("mask.png", drawn),
            mask_of=put("plate.png", person),
            kind=Kind.OBJECT,
            **said,
        )
        return got["costume_colour"]

    return run


def test_in_a_closer_framing_the_mask_lies_on_the_same_cloth(costume, person):
    closer = cv2.warpAffine(person, MOVE, (512, 512), borderMode=cv2.BORDER_REPLICATE)
    got = costume(closer)
    assert got.evidence["region"] == "mask"
    assert got.value < 1
    x, y, width, height = got.evidence["box"]
    corner = MOVE @ (120, 300, 1)
    assert (x, y) == pytest.approx(corner, abs=12)
    assert (width, height) == pytest.approx((1.15 * 260, 1.15 * 160), abs=10)


def test_a_turned_hue_is_found_in_the_moved_mask(costume, person):
    hsv = cv2.cvtColor(person, cv2.COLOR_RGB2HSV)
    hsv[..., 0] = (hsv[..., 0].astype(int) + 40) % 180
    other = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)
    closer = cv2.warpAffine(other, MOVE, (512, 512), borderMode=cv2.BORDER_REPLICATE)
    assert costume(closer).value > 10


def test_in_a_picture_of_something_else_the_mask_is_nowhere_and_nothing_is_claimed(costume, cat):
    got = costume(cat)
    assert (got.status, got.value) == (Status.NOT_MEASURED, None)
    assert "drawn for a plate that is not found in the take" in got.reason


def test_a_box_of_the_take_itself_stands_in_for_a_mask_that_is_nowhere(costume, cat):
    got = costume(cat, spec={"box": [0.2, 0.2, 0.5, 0.5]})
    assert (got.status, got.evidence["region"]) == (Status.MEASURED, "box")
