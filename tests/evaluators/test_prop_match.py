"""prop_match: a textured thing is found again; what is not found is no zero."""

import cv2
import numpy as np
import pytest

from evaluators.domain.score import Status
from evaluators.domain.verdict import AcceptanceLine, Ruling
from evaluators.verdicts import decide


@pytest.fixture(scope="module")
def prop(cat):
    return cat[40:240, 120:360]


@pytest.fixture
def match(measure, put, prop):
    def run(take, *props):
        paths = tuple(put(f"prop{i}.png", p) for i, p in enumerate(props or [prop]))
        return measure("prop_match", put("take.png", take), props=paths)["prop_match"]

    return run


def beside(person, prop, angle=0.0, scale=1.0, blur=0.0):
    """Lay the prop into a picture, turned and scaled."""
    height, width = prop.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, scale)
    turn[:, 2] += (40, 260)
    take = person.copy()
    laid = cv2.warpAffine(prop, turn, (512, 512))
    there = cv2.warpAffine(np.full(prop.shape[:2], 255, np.uint8), turn, (512, 512)) > 254
    if blur:
        laid = cv2.GaussianBlur(laid, (0, 0), blur)
    take[there] = laid[there]
    return take


@pytest.mark.parametrize(("angle", "scale"), [(0, 1.0), (20, 0.8), (-40, 0.7)])
def test_the_prop_is_found_wherever_it_lies(match, person, prop, angle, scale):
    got = match(beside(person, prop, angle, scale))
    assert got.value == 1.0
    assert got.coverage == 1.0


def test_the_value_falls_as_the_prop_goes_soft(match, person, prop):
    rows = [match(beside(person, prop, blur=b)) for b in (0.0, 2.5, 5.0)]
    values = [row.value if row.value is not None else -1.0 for row in rows]
    assert values == sorted(values, reverse=True)
    assert values[-1] < 1.0


def test_a_prop_that_is_not_there_is_not_found_and_not_zero(match, person):
    got = match(person)
    assert got.status is Status.NOT_MEASURED
    assert got.reason.startswith("not found")
    assert got.evidence["not_found"] == ["prop0.png"]


def test_what_is_not_found_lowers_the_coverage(match, person, prop, cup):
    got = match(beside(person, prop), prop, cup[:200, :300])
    assert got.value == 1.0
    assert got.coverage == 0.5
    assert got.evidence["not_found"] == ["prop1.png"]


def test_a_picture_that_cannot_be_read_lowers_the_coverage_and_is_named(measure, put, person, prop):
    text = put("a.png", person).with_name("t.png")
    text.write_text("no picture")
    take, paths = put("take.png", beside(person, prop)), (put("prop.png", prop), text)
    got = measure("prop_match", take, props=paths)["prop_match"]
    assert (got.n_used, got.n_expected, got.value) == (1, 2, 1.0)
    assert got.evidence["not_found"] == ["t.png"]
    (lost,) = got.evidence["unused_references"]
    assert lost.startswith("t.png: ")
    line = AcceptanceLine(
        number=1, criterion="Bell and book", kind="continuity", must=True, metric="prop_match"
    )
    said = decide(line, "take.png", [got])
    assert (said.ruling, said.reason) == (Ruling.UNSURE, "found 1 of 2 props only")


def test_of_a_prop_one_of_its_pictures_is_enough(measure, put, person, prop, cup):
    take, paths = put("take.png", beside(person, prop)), (put("a.png", prop), put("b.png", cup))
    got = measure("prop_match", take, props=paths, prop_of=("bell", "bell"))["prop_match"]
    assert (got.n_used, got.n_expected, got.value) == (1, 1, 1.0)
    assert got.evidence["found"] == {"bell": 1.0}


def test_a_prop_in_one_frame_of_a_clip_is_enough(measure, put, film, person, prop):
    frames = [person] * 3 + [beside(person, prop)] * 2 + [person] * 3
    path = film("a.mp4", frames)
    got = measure("prop_match", path, props=(put("prop.png", prop),))["prop_match"]
    assert got.value == 1.0
    assert got.evidence["frame"] in {3, 4}


def test_it_is_blind_to_colour_and_to_smooth_things(match, person, prop):
    grey = np.repeat(cv2.cvtColor(prop, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    assert match(beside(person, grey)).value == 1.0
    ball = cv2.circle(np.full((120, 120, 3), 60, np.uint8), (60, 60), 40, (200, 60, 60), -1)
    assert match(beside(person, ball), ball).status is Status.NOT_MEASURED


def test_no_props_is_no_question(measure, put, person):
    got = measure("prop_match", put("a.png", person))["prop_match"]
    assert got.status is Status.NOT_APPLICABLE
    text = put("a.png", person).with_name("t.png")
    text.write_text("no picture")
    broken = measure("prop_match", put("a.png", person), props=(text,))["prop_match"]
    assert broken.status is Status.NOT_MEASURED
