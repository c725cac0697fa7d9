"""subject_shape: a figure that was bent is told from one that was moved, lit or seen from aside."""

import cv2
import numpy as np
import pytest

from evaluators.domain.character import Kind
from evaluators.domain.score import Direction, Score, Status
from evaluators.domain.verdict import AcceptanceLine, Ruling
from evaluators.verdicts import decide


@pytest.fixture
def shape(measure, put, cat):
    def run(take, *, kind=Kind.CREATURE, **against):
        against = against or {"refs": (put("ref.png", cat),)}
        return measure("subject_shape", put("take.png", take), kind=kind, **against)[
            "subject_shape"
        ]

    return run


def bent(picture, share, seed=0):
    """Pull the picture about by a smooth field of this standard deviation, in short sides."""
    height, width = picture.shape[:2]
    rough = np.random.default_rng(seed).normal(0, share * min(height, width), (7, 7, 2))
    field = cv2.resize(rough.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    return cv2.remap(
        picture, x + field[..., 0], y + field[..., 1], cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REFLECT_101,
    )  # fmt: skip


def moved(picture, *, turn=0.0, scale=1.0, slant=0.0):
    """Turn, scale, and look at it from aside."""
    height, width = picture.shape[:2]
    matrix = np.eye(3)
    matrix[:2] = cv2.getRotationMatrix2D((width / 2, height / 2), turn, scale)
    matrix[2, 0] = slant / width
    return cv2.warpPerspective(picture, matrix, (width, height), borderMode=cv2.BORDER_REFLECT_101)


@pytest.mark.parametrize("seed", range(3))
def test_a_bent_figure_is_told(shape, cat, seed):
    got = shape(bent(cat, 0.025, seed))
    assert got.value > 0.0075
    assert got.evidence["bent"]


def test_the_more_it_is_bent_the_higher_it_reads(shape, cat):
    values = [shape(bent(cat, share)).value for share in (0.0, 0.008, 0.02)]
    assert values == sorted(values)
    assert values[0] < 0.001


@pytest.mark.parametrize("how", [{"turn": 8}, {"scale": 1.1}, {"slant": 0.12}])
def test_what_is_moved_or_seen_from_aside_is_not_bent(shape, cat, how):
    got = shape(moved(cat, **how))
    assert not got.evidence["bent"]


def test_light_and_colour_bend_nothing(shape, cat, expose):
    for take in (expose(cat, -0.5), np.ascontiguousarray(cat[..., ::-1])):
        assert not shape(take).evidence["bent"]


def test_a_picture_that_is_not_found_in_the_references_says_nothing(shape, person):
    got = shape(person)
    assert got.status is Status.NOT_MEASURED
    assert "from this side" in got.reason


def test_the_plate_is_a_picture_of_it_too(shape, put, cat, person):
    refs, plate = (put("ref.png", person),), put("plate.png", cat)
    got = shape(bent(cat, 0.025), refs=refs, plate=plate)
    assert got.evidence["reference"] == "plate.png"
    assert got.evidence["bent"]


def test_a_person_is_never_told_by_shape(shape, cat):
    assert shape(cat, kind=Kind.PERSON).status is Status.NOT_APPLICABLE


def witness(*, bent):
    return Score(
        metric="subject_shape", unit="share", direction=Direction.LOWER, status=Status.MEASURED,
        value=0.02, coverage=1.0, n_used=1, n_expected=1, evidence={"bent": bent},
    )  # fmt: skip


def embedded(value):
    return Score(
        metric="ref_embed", unit="similarity", direction=Direction.HIGHER,
        status=Status.NOT_MEASURED if value is None else Status.MEASURED, value=value,
        reason="no weights" if value is None else None, coverage=1.0, n_used=1, n_expected=1,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("value", "is_bent", "ruling"),
    [
        (0.9, True, Ruling.UNSURE),
        (0.9, False, Ruling.PASS),
        (None, True, Ruling.UNSURE),  # the witness speaks although there are no weights
        (None, False, Ruling.NOT_MEASURED),  # and its silence passes nothing
    ],
)
def test_a_bent_figure_is_a_doubt_with_and_without_weights(value, is_bent, ruling):
    line = AcceptanceLine(number=1, criterion="It is the Lamplighter", kind="identity", must=True)
    got = decide(line, "t", [embedded(value), witness(bent=is_bent)])
    assert got.ruling is ruling
    assert ("subject_shape" in (got.reason or "")) == is_bent
