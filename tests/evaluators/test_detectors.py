"""Which detector saw a face is never unsaid, and no detector decides what somebody is."""

import os
from pathlib import Path

import numpy as np
import pytest

from evaluators import weights
from evaluators.domain.brief import Brief
from evaluators.domain.character import Kind
from evaluators.domain.score import Status
from evaluators.domain.verdict import AcceptanceLine, Ruling
from evaluators.measuring import Measurer, metric
from evaluators.verdicts import decide
from evaluators.vision.detectors import _lies_within, detector, nobody
from evaluators.vision.faces import find


@pytest.fixture
def without_weights(tmp_path):
    """A process whose weights folder is empty."""
    weights.use(tmp_path)
    yield
    weights.use(None)


@pytest.fixture
def with_yunet(material):
    """A process whose weights folder holds the face detector."""
    folder = Path(os.environ.get("CIRCLETAKE_WEIGHTS") or material.parent / "weights")
    weights.use(folder)
    try:
        weights.path_of("yunet")
    except weights.NoWeights as absent:
        weights.use(None)
        pytest.skip(str(absent))
    yield
    weights.use(None)


def test_without_its_weights_the_other_detector_looks_and_says_so(without_weights, measure, put,
                                                                  person):  # fmt: skip
    path = put("a.png", person)
    got = measure("id_ref", path, refs=(path,), kind=Kind.PERSON)["id_ref"]
    assert detector().name == "hog"
    assert got.version.endswith("+hog")


def test_a_face_that_is_not_found_without_the_detectors_weights_says_how_to_get_them(
    without_weights, measure, put, person, cup
):
    """Both the line's verdict and the report show this reason."""
    reference = put("a.png", person)
    got = measure("id_ref", put("b.png", cup), refs=(reference,), kind=Kind.PERSON)["id_ref"]
    assert got.status is Status.NOT_MEASURED
    assert "no face found" in got.reason
    assert "circletake weights fetch yunet" in got.reason
    line = AcceptanceLine(number=1, criterion="It is she", kind="identity", must=True)
    said = decide(line, "b", [got])
    assert (said.ruling, said.reason) == (Ruling.NOT_MEASURED, got.reason)


def test_with_the_detectors_weights_nobody_is_nobody(with_yunet):
    assert nobody() == "no face found"


def test_a_file_with_another_hash_is_not_loaded(without_weights, tmp_path):
    (tmp_path / "yunet_n_640_640.onnx").write_bytes(b"x" * 317466)
    assert detector().name == "hog"


def test_both_detectors_give_the_same_square(with_yunet, person, tmp_path):
    seen = {detector().name: find(person)[0]}
    weights.use(tmp_path)
    seen[detector().name] = find(person)[0]
    assert set(seen) == {"yunet", "hog"}
    for a, b in zip(seen["yunet"].box, seen["hog"].box, strict=True):
        assert a == pytest.approx(b, abs=0.12 * seen["hog"].box[2])
    assert seen["yunet"].box[2] == seen["yunet"].box[3]
    assert all(face.clear for face in seen.values())


def test_scores_of_two_detectors_are_two_measurements(with_yunet, put, person, tmp_path):
    path = put("a.png", person)
    brief = Brief(row=0, take="a", path=path, refs=(path,), kind=Kind.PERSON)
    versions = set()
    for folder in (weights.folder(), tmp_path):
        weights.use(folder)
        measurer = Measurer(("id_ref",), tmp_path / "cache")
        versions |= {s.version for s in measurer.score(brief).scores}
        measurer.close()
    assert {v.partition("+")[2] for v in versions} == {"yunet", "hog"}
    assert metric("tech").edition == metric("tech").version


@pytest.mark.slow
def test_a_face_behind_a_hand_is_found_and_not_judged_by(with_yunet, material, gallery):
    frames = gallery.open(material / "footage/bird.mkv").frames
    found = [find(f) for f in frames]
    assert all(found)
    assert 0 < sum(not faces[0].clear for faces in found) < len(found)


@pytest.mark.slow
@pytest.mark.parametrize("subject", ["dog", "dog5", "dog6", "rc_car"])
def test_a_dog_never_gets_a_face_verdict_although_the_detector_fires(with_yunet, material, gallery,
                                                                     subject):  # fmt: skip
    pictures = sorted((material / "subjects" / subject).glob("*.jpg"))
    assert any(find(gallery.open(p).frames[0]) for p in pictures)
    measurer = Measurer(("id_ref", "id_drift", "id_confusion"))
    for kind in (Kind.CREATURE, Kind.OBJECT, None):
        for path in pictures[1:3]:
            brief = Brief(row=0, take=subject, path=path, refs=(pictures[0],), kind=kind)
            scored = measurer.score(brief)
            wanted = {Status.NOT_APPLICABLE} | ({Status.NOT_MEASURED} if kind is None else set())
            assert {s.status for s in scored.scores} <= wanted
            assert scored.flags == ()
    measurer.close()


@pytest.mark.parametrize(
    ("x", "width", "is_one"),
    [(40, 60, True), (-10, 60, True), (-70, 60, False), (630, 60, False), (0, 1e8, False),
     (float("-inf"), float("inf"), False), (float("nan"), 60, False)],
)  # fmt: skip
def test_a_box_that_the_network_ran_away_with_is_no_face(x, width, is_one):
    row = np.array([x, 40, width, 60, *[50.0] * 10, 1.0], np.float32)
    assert _lies_within(row, [640, 360]) is is_one
