"""Identity: the ideal is reached, damage lowers it, and silence is never a zero."""

import cv2
import numpy as np
import pytest

from evaluators.domain.character import Kind
from evaluators.domain.score import Status
from evaluators.vision.detectors import nobody


@pytest.fixture
def identity(measure, put, person):
    ref = put("ref.png", person)

    def run(pixels, kind=Kind.PERSON, refs=(ref,)):
        return measure("id_ref", put("take.png", pixels), refs=refs, kind=kind)

    return run


def melted(pixels, strength):
    """Change the face's geometry by a smooth warp, the way a model forgets a face."""
    height, width = pixels.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    bump = np.exp(-(((x - 222) / 45) ** 2 + ((y - 120) / 45) ** 2))
    to_x = x + strength * bump * np.sin(y / 16)
    to_y = y + strength * bump * np.cos(x / 14)
    return cv2.remap(pixels, to_x.astype(np.float32), to_y.astype(np.float32), cv2.INTER_LINEAR)


def test_the_same_picture_reaches_the_ideal(identity, person):
    got = identity(person)
    assert got["id_ref"].value == pytest.approx(1.0, abs=1e-4)
    assert got["id_coverage"].value == 1.0
    assert got["id_ref"].evidence["box"][2] > 60


def test_a_face_that_melts_loses_identity_step_by_step(identity, person):
    values = [identity(melted(person, s))["id_ref"].value for s in (0, 2, 4, 7)]
    assert values == sorted(values, reverse=True)
    assert values[0] - values[-1] > 0.15


@pytest.mark.parametrize("change", ["mirror", "darker", "half", "blur"])
def test_what_a_camera_does_to_a_face_is_forgiven(identity, person, expose, change):
    taken = {
        "mirror": person[:, ::-1],
        "darker": expose(person, -1),
        "half": person[::2, ::2],
        "blur": cv2.GaussianBlur(person, (0, 0), 1.5),
    }[change]
    assert identity(taken)["id_ref"].value > 0.65


def test_no_face_is_not_measured_and_no_coverage(identity, cat):
    got = identity(cat)
    assert (got["id_ref"].status, got["id_ref"].reason) == (Status.NOT_MEASURED, nobody())
    assert (got["id_coverage"].status, got["id_coverage"].value) == (Status.MEASURED, 0.0)
    assert (got["id_ref"].n_used, got["id_ref"].n_expected) == (0, 1)


@pytest.mark.parametrize("kind", [Kind.CREATURE, Kind.OBJECT, Kind.DRAWN])
def test_other_kinds_have_no_face_identity(identity, person, kind):
    got = identity(person, kind=kind)
    assert {s.status for s in got.values()} == {Status.NOT_APPLICABLE}


def test_without_a_kind_faces_are_not_measured(identity, person):
    got = identity(person, kind=None)
    assert {s.reason for s in got.values()} == {"kind not given"}


def test_references_without_one_clear_face_are_named(identity, put, person, cat):
    two = np.concatenate([person[:300, 100:400], person[:300, 100:400]], axis=1)
    refs = (put("cat.png", cat), put("two.png", two))
    got = identity(person, refs=refs)["id_ref"]
    assert got.status is Status.NOT_MEASURED
    assert got.evidence["unused"] == ["cat.png: no face", "two.png: several faces"]
    beside = identity(person, refs=(*refs, put("good.png", person)))["id_ref"]
    assert beside.value == pytest.approx(1.0, abs=1e-4)
    assert len(beside.evidence["unused_references"]) == 2


def test_frames_without_the_face_lower_coverage_and_not_similarity(measure, film, put, person, cat):
    face, none = person[:256, 90:346], cat[:256, :256]
    path = film("a.mp4", [face] * 12 + [none] * 12)
    got = measure("id_ref", path, refs=(put("ref.png", person),), kind=Kind.PERSON)
    assert got["id_coverage"].value == pytest.approx(0.5)
    assert got["id_ref"].value > 0.9
    assert (got["id_ref"].n_used, got["id_ref"].n_expected) == (4, 8)
    assert got["id_ref"].coverage == 0.5
