"""framing: how close and where, read off a face."""

import cv2
import numpy as np
import pytest

from evaluators.domain.character import Kind
from evaluators.domain.score import Status
from evaluators.metrics.framing import size_of

GROUND = (90, 100, 110)


@pytest.fixture(scope="module")
def head(person):
    """A face of 90 to 120 pixels, as detectors go; its centre lies 226 across and 127 down."""
    return person


@pytest.fixture
def framed(measure, put):
    def run(take, **said):
        got = measure("framing", put("take.png", take), **{"kind": Kind.PERSON, **said})
        return {name.partition(".")[2] or "steps": s for name, s in got.items()}

    return run


def placed(picture, size, corner, scale=1.0):
    """Lay a picture on an empty frame."""
    frame = np.full((size[1], size[0], 3), GROUND, np.uint8)
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    x, y = corner
    part = small[: size[1] - y, : size[0] - x]
    frame[y : y + part.shape[0], x : x + part.shape[1]] = part
    return frame


@pytest.mark.parametrize(
    ("share", "size"),
    [(0.9, "ECU"), (0.70, "ECU"), (0.5, "CU"), (0.2, "MCU"), (0.15, "MS"), (0.05, "WS")],
)
def test_a_faces_height_names_the_size(share, size):
    assert size_of(share) == size


def test_the_steps_count_up_as_the_camera_goes_back(framed, head):
    closer, farther = head[40:270, 100:340], placed(head, (900, 700), (200, 188))
    takes = [closer, head[:360], farther, placed(head, (1500, 1300), (400, 500))]
    values = [framed(t, spec={"framing": "CU"})["steps"] for t in takes]
    assert [v.evidence["size"] for v in values] == ["CU", "MCU", "MS", "WS"]
    assert [v.value for v in values] == [0.0, 1.0, 2.0, 3.0]


def test_a_medium_wide_shot_lies_between_its_neighbours(framed, head):
    assert framed(placed(head, (900, 700), (200, 188)), spec={"framing": "MWS"})["steps"].value == 0
    assert framed(head[:360], spec={"framing": "MWS"})["steps"].value == 1


@pytest.mark.parametrize(("place", "offset"), [("left", 6), ("centre", 19), ("right", 44)])
def test_the_place_is_compared_with_the_one_that_was_asked_for(framed, head, place, offset):
    take = placed(head, (900, 512), (56, 0))  # its face lies at 0.31 of the width
    got = framed(take, spec={"position": place})["offset"].value
    assert got == pytest.approx(offset, abs=2)


def test_a_point_counts_both_ways_and_an_offset_grows_with_the_distance(framed, head):
    offs = [framed(head, spec={"position": [x, 0.27]})["offset"].value for x in (0.44, 0.6, 0.9)]
    assert offs == sorted(offs)
    assert offs[0] < 3
    assert framed(head, spec={"position": [0.44, 0.77]})["offset"].value == pytest.approx(50, abs=3)


def test_head_room_is_the_air_above(framed, head):
    low = placed(head, (512, 712), (0, 200))
    assert framed(low)["headroom"].value > framed(head)["headroom"].value + 0.15


def test_no_face_is_not_measured_and_never_a_wide_shot(framed, cup):
    got = framed(cup, spec={"framing": "WS"})
    assert {s.status for s in got.values()} == {Status.NOT_MEASURED}


@pytest.mark.parametrize("asked", ["OTS", "POV", "INSERT", "TWO_SHOT", None])
def test_what_says_no_size_is_not_compared(framed, head, asked):
    got = framed(head, spec={"framing": asked} if asked else {})
    assert got["steps"].status is Status.NOT_APPLICABLE
    assert got["headroom"].status is Status.MEASURED


def test_a_mask_gives_a_creatures_place_but_no_shot_size(framed, put, cat):
    mask = np.zeros(cat.shape[:2], np.uint8)
    mask[30:270, 250:400] = 255
    said = {"kind": Kind.CREATURE, "spec": {"framing": "MS", "position": "right"}}
    got = framed(cat, mask=put("mask.png", mask), **said)
    assert got["steps"].status is Status.NOT_MEASURED
    assert got["offset"].value == pytest.approx(abs(325 / 451 - 0.75) * 100, abs=0.5)
    assert framed(cat, **said)["offset"].status is Status.NOT_MEASURED


@pytest.mark.slow
def test_the_real_signers_are_medium_shots_give_or_take_a_step(material, measure):
    for path in sorted((material / "footage").glob("*.mkv")):
        got = measure("framing", path, kind=Kind.PERSON, spec={"framing": "MS"})["framing"]
        assert got.evidence["size"] in {"MCU", "MS"}, path.name  # detectors' boxes differ
