"""Drift: a face that becomes another one is seen; a clip that stands still is never first."""

import numpy as np
import pytest

from evaluators.domain.character import Kind
from evaluators.domain.score import Status
from evaluators.flags import flags_of
from evaluators.metrics.id_drift import steadiness


def embeddings(*rows):
    """Put a position before each short embedding, padded to 128 numbers."""
    return np.array([[i, *row, *([0.0] * (128 - len(row)))] for i, row in enumerate(rows)])


@pytest.fixture
def swaying(film, person):
    """A real face that moves a little for 24 frames."""

    def run(name="a.mp4", change=lambda i, f: f):
        views = [np.roll(person[:256, 90:346], 3 * (i % 8), axis=1) for i in range(24)]
        return film(name, [change(i, v) for i, v in enumerate(views)])

    return run


def test_a_face_that_stays_has_no_drift_and_no_slope():
    drift, slope, _ = steadiness(embeddings(*[(1.0,)] * 8))
    assert drift == pytest.approx(0.0, abs=1e-9)
    assert slope == pytest.approx(0.0, abs=1e-9)


def test_unrest_has_drift_and_no_slope_and_a_slow_change_has_both():
    unrest = steadiness(embeddings(*[(0.3 * (i % 2),) for i in range(8)]))
    slow = steadiness(embeddings(*[(0.1 * i,) for i in range(8)]))
    assert unrest[0] > 0.08
    assert unrest[1] < 0.03
    assert slow[0] > 0.08
    assert slow[1] == pytest.approx(0.1 / 1.2, rel=1e-6)


def test_fewer_faces_look_no_steadier():
    """Faces that are all as unlike each other, however many were clear enough."""
    few, many = (steadiness(embeddings(*np.eye(8)[:n] * 0.2))[0] for n in (3, 8))
    assert few == pytest.approx(many)
    assert many == pytest.approx(0.2 * np.sqrt(2) / 1.2)


def test_the_order_of_time_decides_the_slope_and_not_the_drift():
    rows = [(0.1 * i,) for i in range(8)]
    shuffled = [rows[i] for i in (3, 0, 6, 2, 7, 1, 5, 4)]
    slow, mixed = steadiness(embeddings(*rows)), steadiness(embeddings(*shuffled))
    assert mixed[0] == pytest.approx(slow[0])
    assert mixed[1] < 0.5 * slow[1]


def test_a_clip_that_stands_still_has_no_drift_to_boast_of(measure, film, person):
    frozen = film("frozen.mp4", [person[:256, 90:346]] * 24)
    got = measure("id_drift", frozen, kind=Kind.PERSON)
    assert {s.status for s in got.values()} == {Status.NOT_APPLICABLE}
    assert "stands still" in got["id_drift"].reason
    assert got["id_drift"].evidence["motion"] == pytest.approx(0.0, abs=0.01)
    assert "frozen" in flags_of(list(got.values()))


def test_a_face_that_stays_needs_no_reference_and_says_how_much_moved(measure, swaying):
    got = measure("id_drift", swaying(), kind=Kind.PERSON)
    assert got["id_drift"].value < 0.1
    assert got["id_drift"].evidence["motion"] > 0.1
    assert got["id_drift"].n_expected == 8


@pytest.mark.parametrize("kind", [Kind.CREATURE, Kind.OBJECT, Kind.DRAWN])
def test_what_is_no_person_has_no_face_that_drifts(measure, swaying, kind):
    got = measure("id_drift", swaying(), kind=kind)
    assert {s.status for s in got.values()} == {Status.NOT_APPLICABLE}


def test_a_still_has_no_course_and_a_clip_without_faces_is_not_measured(measure, film, put, cat):
    still = measure("id_drift", put("a.png", cat), kind=Kind.PERSON)["id_drift"]
    assert (still.status, still.reason) == (Status.NOT_APPLICABLE, "a still picture")
    clip = film("cat.mp4", [np.roll(cat[:256, :256], 4 * i, axis=1) for i in range(12)])
    got = measure("id_drift", clip, kind=Kind.PERSON)["id_drift"]
    assert (got.status, got.n_used) == (Status.NOT_MEASURED, 0)


@pytest.fixture
def shown(material, gallery):
    """The sampled frames of a real clip."""

    def run(name):
        return list(gallery.open(material / f"footage/{name}.mkv").frames)

    return run


@pytest.mark.slow
@pytest.mark.parametrize(("name", "other"), [("again", "milk"), ("eat", "book"), ("walk", "bird")])
def test_a_face_that_becomes_another_one_is_called_drift(measure, film, put, shown, name, other):
    mine, theirs = shown(name), shown(other)
    said = {"refs": (put("ref.png", mine[0]),), "kind": Kind.PERSON}
    kept = {**measure("id_drift", film("kept.mp4", mine), **said),
            **measure("id_ref", film("kept.mp4", mine), **said)}  # fmt: skip
    swapped = film("swapped.mp4", mine[:8] + theirs[8:])
    lost = {**measure("id_drift", swapped, **said), **measure("id_ref", swapped, **said)}
    assert lost["id_drift"].value > kept["id_drift"].value + 0.03
    assert lost["id_drift.slope"].value > kept["id_drift.slope"].value + 0.01
    assert lost["id_ref"].value < kept["id_ref"].value
    assert "identity_drift" in flags_of(list(lost.values()))
    assert "identity_drift" not in flags_of(list(kept.values()))
