"""inside_mask: what an edit did, and whether it was done frame by frame."""

import cv2
import numpy as np
import pytest

from evaluators.domain.score import Status
from evaluators.flags import flags_of

FRAMES = 16


@pytest.fixture(scope="module")
def scene(person):
    return np.concatenate([person, person[:, ::-1]], axis=1)


@pytest.fixture(scope="module")
def matte():
    mask = np.zeros((180, 320), np.uint8)
    mask[40:140, 90:220] = 255
    return mask


@pytest.fixture
def inside(measure, put, film, matte):
    def run(frames, plate=None):
        said = {"mask": put("mask.png", matte)}
        if plate is not None:
            said["plate"] = film("p.mp4", plate) if isinstance(plate, list) else put("p.png", plate)
        take = film("a.mp4", frames) if isinstance(frames, list) else put("a.png", frames)
        got = measure("inside_mask", take, **said)
        return got["inside_mask"], got["inside_mask.flicker"]

    return run


def pan(scene, step=0.0):
    window = scene[100:280]
    return [
        cv2.warpAffine(window, np.float32([[1, 0, -60 - step * i], [0, 1, 0]]), (320, 180))
        for i in range(FRAMES)
    ]


def boiled(frames, matte, strength, *, each=True, size=20):
    """Repaint the inside, anew for each frame or once, with soft blotches."""
    rng = np.random.default_rng(0)
    made, blotches = [], None
    for frame in frames:
        if blotches is None or each:
            seeds = rng.normal(0, 1, (180 // size + 1, 320 // size + 1)).astype(np.float32)
            blotches = cv2.resize(seeds, (320, 180), interpolation=cv2.INTER_CUBIC)
        off = (strength * blotches * (matte > 0))[..., None]
        made.append(np.clip(frame + off, 0, 255).astype(np.uint8))
    return made


def test_nothing_done_reads_nothing_and_everything_done_reads_all(inside, scene, matte):
    plate = pan(scene)[0]
    values = []
    for share in (0.0, 0.25, 1.0):
        take = plate.copy()
        rows = slice(40, 40 + round(100 * share))
        take[rows, 90:220] = 255 - take[rows, 90:220]
        values.append(inside(take, plate)[0].value)
    assert values == pytest.approx([0.0, 0.25, 1.0], abs=0.02)


def test_a_change_outside_is_none_of_its_business(inside, scene, matte):
    plate = pan(scene)[0]
    take = np.where(matte[..., None] > 0, plate, 255 - plate)
    assert inside(take, plate)[0].value == 0.0


def test_a_still_does_not_flicker(inside, scene):
    plate = pan(scene)[0]
    assert inside(plate, plate)[1].status is Status.NOT_APPLICABLE


@pytest.mark.parametrize("beside", ["plate", "ring outside"])
def test_flicker_rises_with_the_boiling(inside, scene, matte, beside):
    shot = pan(scene, 0.5)
    found = [
        inside(boiled(shot, matte, s), shot if beside == "plate" else None)[1] for s in (0, 4, 12)
    ]
    values = [f.value for f in found]
    assert values == sorted(values)
    assert values[0] < 0.5
    assert values[2] > 4
    assert {f.evidence["against"] for f in found} == {beside}


@pytest.mark.parametrize("step", [0.0, 1.0])
@pytest.mark.parametrize("with_plate", [True, False])
def test_pictures_cleaned_one_by_one_are_said_to_be(inside, scene, matte, step, with_plate):
    shot = pan(scene, step)
    got = inside(boiled(shot, matte, 16), shot if with_plate else None)[1]
    assert got.evidence["still_by_still"]
    assert got.evidence["carries_on"] == pytest.approx(-0.5, abs=0.15)
    assert flags_of([got]) == ("still_by_still",)


@pytest.mark.parametrize("step", [0.0, 1.0, 3.0])
def test_an_edit_that_holds_still_is_not(inside, scene, matte, step):
    shot = pan(scene, step)
    got = inside(boiled(shot, matte, 16, each=False), shot)[1]
    assert not got.evidence["still_by_still"]


def test_flicker_of_the_whole_picture_is_not_the_edits(inside, scene):
    flashing = [np.clip(f * (1.0 + 0.1 * (-1) ** i), 0, 255).astype(np.uint8)
                for i, f in enumerate(pan(scene))]  # fmt: skip
    got = inside(flashing)[1]
    assert got.value < 0.5
    assert not got.evidence["still_by_still"]


def test_something_that_moves_inside_is_not_boiling(inside, scene, matte, cat):
    frames = [f.copy() for f in pan(scene)]
    for i, frame in enumerate(frames):
        frame[60:120, 95 + 4 * i : 155 + 4 * i] = cat[100:160, 100:160]
    got = inside(frames)[1]
    assert got.value > 1
    assert got.evidence["carries_on"] > -0.3
    assert not got.evidence["still_by_still"]


def test_it_is_blind_to_what_the_change_is(inside, scene, matte):
    plate = pan(scene)[0]
    good, bad = plate.copy(), plate.copy()
    good[40:140, 90:220] = cv2.GaussianBlur(plate, (0, 0), 20)[40:140, 90:220] // 2
    bad[40:140, 90:220] = (255, 0, 255)
    assert inside(bad, plate)[0].value == pytest.approx(inside(good, plate)[0].value, abs=0.03)


@pytest.mark.slow
def test_no_real_take_is_said_to_be_cleaned_still_by_still(material, measure, put):
    for path in sorted((material / "footage").glob("*.mkv")):
        for box in ((100, 300, 200, 450), (300, 460, 100, 500), (20, 120, 20, 200)):
            mask = np.zeros((480, 640), np.uint8)
            mask[box[0] : box[1], box[2] : box[3]] = 255
            got = measure("inside_mask", path, mask=put("m.png", mask))["inside_mask.flicker"]
            assert not got.evidence["still_by_still"], (path.name, box, got.evidence)
