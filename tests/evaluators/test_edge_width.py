"""edge_width: softness is read at the sharpest edges, and grain does not hide it."""

import cv2
import numpy as np
import pytest

from evaluators.domain.score import Status


@pytest.fixture
def width(measure, put):
    def run(take, **against):
        return measure("edge_width", put("take.png", take), **against)["edge_width"]

    return run


def paper(side=480):
    """Cut paper: flat shapes with hard edges at all angles."""
    picture = np.full((side, side, 3), 60, np.uint8)
    rng = np.random.default_rng(0)
    for _ in range(24):
        corners = rng.integers(0, side, (3, 2)).astype(np.int32)
        colour = tuple(int(c) for c in rng.integers(30, 230, 3))
        cv2.fillPoly(picture, [corners], colour, cv2.LINE_AA)
    return picture


def soft(picture, sigma):
    return cv2.GaussianBlur(picture, (0, 0), sigma)


def grainy(picture, sigma):
    noise = np.random.default_rng(1).normal(0, sigma, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def test_blur_is_a_ladder_in_pixels(width):
    values = [width(soft(paper(), s)).value for s in (0.3, 1.0, 1.6, 2.4, 3.2)]
    assert values == sorted(values)
    assert values[0] < 3.5 < 3.9 < values[2] < 4.4 < values[3]
    assert values[4] == pytest.approx(2.5 * 3.2, rel=0.15)


def test_grain_hides_no_blur(width):
    assert width(grainy(soft(paper(), 2.4), 4)).value > 4.4
    assert width(grainy(paper(), 4)).value < 3.8


def test_a_picture_that_is_sharp_somewhere_is_not_soft(width):
    half = paper()
    half[:, :240] = soft(half, 4)[:, :240]
    assert width(half).value < 3.5


def test_the_plates_own_number_stands_beside(width, put):
    plate = put("plate.png", soft(paper(), 1.6))
    got = width(soft(paper(), 1.6), plate=plate)
    assert got.evidence["plate"] == pytest.approx(got.value, abs=0.01)


def test_fog_has_no_edges_and_no_number(width):
    got = width(np.full((200, 200, 3), 128, np.uint8))
    assert got.status is Status.NOT_MEASURED
