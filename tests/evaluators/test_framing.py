"""framing: how close and where, read off a face."""

from dataclasses import replace
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from evaluators.domain.brief import Brief
from evaluators.domain.character import Kind
from evaluators.domain.score import Status
from evaluators.metrics.framing import METRIC, size_of
from evaluators.vision.faces import Face

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


def test_a_mask_of_the_plate_is_looked_for_where_the_plate_lies_in_the_take(framed, put, person):
    mask = np.zeros(person.shape[:2], np.uint8)
    mask[100:200, 150:250] = 255
    said = {"kind": Kind.OBJECT, "spec": {"position": [0.5, 0.5]}, "mask": put("m.png", mask)}
    plate = put("plate.png", person)
    still = framed(person, mask_of=plate, **said)
    moved = framed(placed(person[:452, :412], (512, 512), (100, 60)), mask_of=plate, **said)
    assert still["headroom"].value == pytest.approx(100 / 512, abs=0.01)
    assert moved["headroom"].value == pytest.approx(160 / 512, abs=0.01)
    far = np.hypot(300 - 256, 210 - 256) / 512 * 100
    assert moved["offset"].value == pytest.approx(far, abs=1)
    x, y, _, _ = moved["offset"].evidence["box"]
    assert (x, y) == pytest.approx((250, 160), abs=5)


def test_in_a_two_shot_the_character_is_measured_and_not_the_larger_face(put, cup):
    """The other one stands nearer, on the right."""

    def face(place, box):
        return Face(box=box, score=1.0, embedding=(place, *[0.0] * 127))

    mine, other = face(0.0, (40, 100, 50, 50)), face(1.0, (300, 100, 120, 120))
    views = SimpleNamespace(
        probe=SimpleNamespace(width=600, height=400), indices=(0,), face_positions=(0,),
        faces=((other, mine),), gallery=SimpleNamespace(faces=lambda path: ((mine,),)),
    )  # fmt: skip
    path = put("ref.png", cup)
    brief = Brief(row=0, take="a", path=path, kind=Kind.PERSON, spec={"position": "left"})
    alone = METRIC.measure(views, brief)["framing.offset"]
    known = METRIC.measure(views, replace(brief, refs=(path,)))["framing.offset"]
    assert alone.evidence["box"] == [300, 100, 120, 120]
    assert known.evidence["box"] == [40, 100, 50, 50]
    assert known.value == pytest.approx(abs(65 / 600 - 0.25) * 100)


@pytest.mark.slow
def test_the_real_signers_are_medium_shots_give_or_take_a_step(material, measure):
    for path in sorted((material / "footage").glob("*.mkv")):
        got = measure("framing", path, kind=Kind.PERSON, spec={"framing": "MS"})["framing"]
        assert got.evidence["size"] in {"MCU", "MS"}, path.name  # detectors' boxes differ
