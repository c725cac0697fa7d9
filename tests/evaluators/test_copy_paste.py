"""copy_paste: a pasted reference is caught, a new picture of the same thing is not."""

import cv2
import numpy as np
import pytest

from evaluators.domain.score import Status


@pytest.fixture
def pasted(measure, put, person):
    ref = put("ref.png", person)

    def run(pixels):
        return measure("copy_paste", put("take.png", pixels), refs=(ref,))["copy_paste"]

    return run


def test_row55_the_reference_itself_is_a_copy(pasted, person):
    assert pasted(person).value == 1.0


def test_a_copy_survives_scaling_framing_and_jpeg(pasted, person):
    wide = np.full((540, 960, 3), 90, np.uint8)
    wide[14:526, 200:712] = person
    assert pasted(wide).value > 0.8
    data = cv2.imencode(".jpg", cv2.resize(person, (640, 640)), [cv2.IMWRITE_JPEG_QUALITY, 80])[1]
    assert pasted(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1]).value > 0.8


def test_a_relit_paste_is_still_a_paste(pasted, person):
    assert pasted((person * 0.6 + 20).astype(np.uint8)).value > 0.8


def test_other_pictures_are_no_copies(pasted, cat, cup):
    assert pasted(cat).value == 0.0
    assert pasted(cup).value == 0.0


def test_a_redrawn_picture_of_the_same_thing_is_no_copy(pasted, person):
    y, x = np.mgrid[0:512, 0:512].astype(np.float32)
    to_x, to_y = x + 7 * np.sin(y / 23), y + 7 * np.cos(x / 29)
    redrawn = cv2.remap(person, to_x, to_y, cv2.INTER_LINEAR)
    assert pasted(redrawn).value < 0.5


def test_a_clip_may_start_from_its_reference_and_leave_it(measure, film, put, person, cat):
    ref = put("ref.png", person[:256, 90:346])
    leaving = film("a.mp4", [person[:256, 90:346]] * 4 + [cat[:256, :256]] * 8)
    staying = film("b.mp4", [person[:256, 90:346]] * 12)
    assert measure("copy_paste", leaving, refs=(ref,))["copy_paste"].value == 0.0
    assert measure("copy_paste", staying, refs=(ref,))["copy_paste"].value > 0.9


def test_a_reference_without_texture_cannot_be_found_again(measure, put, person):
    flat = put("flat.png", np.full((200, 200, 3), 90, np.uint8))
    got = measure("copy_paste", put("a.png", person), refs=(flat,))["copy_paste"]
    assert got.status is Status.NOT_MEASURED
