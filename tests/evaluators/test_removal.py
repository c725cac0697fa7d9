"""removal: a clean-up that left the thing standing is told from one that took it out."""

import cv2
import numpy as np
import pytest

from evaluators.domain.score import Status
from evaluators.domain.verdict import AcceptanceLine, Ruling
from evaluators.measuring import metric
from evaluators.verdicts import decide

LINE = AcceptanceLine(
    number=1, criterion="The wire is gone", kind="artefact", must=True, metric="removal.left"
)


@pytest.fixture(scope="module")
def wall():
    fall = np.linspace(190, 90, 180)[:, None, None]
    picture = np.full((180, 320, 3), 1.0) * fall
    return np.clip(picture + np.random.default_rng(1).normal(0, 3, picture.shape), 0, 255)


@pytest.fixture(scope="module")
def wired(wall):
    picture = wall.astype(np.uint8).copy()
    cv2.line(picture, (100, 0), (130, 120), (30, 30, 30), 3, cv2.LINE_AA)
    return picture


@pytest.fixture
def left(measure, put, wired):
    matte = np.zeros((180, 320), np.uint8)
    cv2.line(matte, (100, 0), (130, 120), 255, 15)
    said = {"mask": put("matte.png", matte), "plate": put("plate.png", wired)}
    return lambda take: measure("removal", put("take.png", take.astype(np.uint8)), **said)


def ruled(scores):
    return decide(LINE, "t", list(scores.values())).ruling


def test_doing_nothing_fails_a_removal(left, wired):
    got = left(wired)
    assert got["removal.left"].value == pytest.approx(1.0)
    assert ruled(got) is Ruling.FAIL


def test_a_plate_with_new_grain_is_still_the_plate(left, wired):
    grain = np.random.default_rng(2).normal(0, 4, wired.shape)
    assert ruled(left(np.clip(wired + grain, 0, 255))) is Ruling.FAIL


def test_a_wall_without_its_wire_passes(left, wall):
    got = left(wall)
    assert got["removal.left"].value < 0.1
    assert ruled(got) is Ruling.PASS


def test_a_ghost_of_the_wire_is_a_doubt(left, wall, wired):
    got = left(0.6 * wall + 0.4 * wired)
    assert got["removal.left"].value == pytest.approx(0.4, abs=0.05)
    assert ruled(got) is Ruling.UNSURE


def test_where_nothing_stands_out_nothing_is_measured(measure, put, wall):
    matte = np.zeros((180, 320), np.uint8)
    matte[40:60, 200:230] = 255
    plain = cv2.GaussianBlur(wall, (0, 0), 5).astype(np.uint8)
    path = put("plain.png", plain)
    got = measure("removal", path, mask=put("m.png", matte), plate=path)["removal.left"]
    assert got.status is Status.NOT_MEASURED
    assert "stands out" in got.reason


def test_a_costume_that_stays_is_not_told_to_be_worse():
    assert metric("removal").outputs[0].direction == "none"
