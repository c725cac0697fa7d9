"""A cast: every face goes to one character, and look-alikes are told."""

import numpy as np
import pytest

from evaluators.domain.brief import Castmate
from evaluators.domain.character import Kind
from evaluators.domain.score import Status
from evaluators.identity import matched


def test_every_face_goes_to_one_character_at_the_least_sum():
    assert matched(np.array([[0.3, 0.2], [0.7, 0.25]])) == [0, 1]
    assert matched(np.array([[0.2], [0.3]])) == [0, None]
    assert matched(np.array([[0.9, 0.8]])) == [None]


def test_a_face_far_from_everybody_takes_nobodys_place():
    assert matched(np.array([[0.76, 0.9], [0.4, 0.9]])) == [None, 0]


def test_one_character_alone_cannot_be_confused(measure, put, person):
    path = put("a.png", person)
    got = measure("id_confusion", path, refs=(path,), kind=Kind.PERSON)
    assert {s.status for s in got.values()} == {Status.NOT_APPLICABLE}
    dog = Castmate(character="rook", kind=Kind.CREATURE, refs=(path,))
    got = measure("id_confusion", path, refs=(path,), kind=Kind.PERSON, cast=(dog,))
    assert {s.status for s in got.values()} == {Status.NOT_APPLICABLE}


def test_a_cast_without_a_usable_face_is_not_measured(measure, put, person, cat):
    path = put("a.png", person)
    iven = Castmate(character="iven", kind=Kind.PERSON, refs=(put("cat.png", cat),))
    got = measure("id_confusion", path, refs=(path,), kind=Kind.PERSON, cast=(iven,))
    assert {s.status for s in got.values()} == {Status.NOT_MEASURED}
    assert got["id_confusion"].evidence["unused"] == ["iven: cat.png: no face"]


def test_the_same_person_twice_is_confused_with_themself(measure, put, person):
    path = put("a.png", person)
    twin = Castmate(character="twin", kind=Kind.PERSON, refs=(put("b.png", person[:, ::-1]),))
    got = measure("id_confusion", path, refs=(path,), kind=Kind.PERSON, cast=(twin,))
    assert got["id_confusion"].status is Status.MEASURED
    crowd = put("two.png", np.concatenate([person[:256, 90:346]] * 2, axis=1))
    got = measure("id_confusion", crowd, refs=(path,), kind=Kind.PERSON, cast=(twin,))
    assert got["id_confusion"].value == 1.0
    assert got["id_confusion"].evidence["box"]


@pytest.fixture
def early(material, gallery, put):
    """One early frame of a real clip, by name."""

    def run(name):
        frame = gallery.open(material / f"footage/{name}.mkv").frames[0]
        return frame, put(f"{name}.png", frame)

    return run


@pytest.mark.slow
def test_in_a_two_shot_everybody_is_scored_on_their_own_face(measure, put, early):
    (mara, _), (iven, _) = early("again"), early("eat")
    refs = {"mara": (early("help")[1],), "iven": (early("sister")[1],)}
    both = put("both.png", np.concatenate([mara, iven], axis=1))
    cast = {n: Castmate(character=n, kind=Kind.PERSON, refs=refs[n]) for n in refs}
    said = {"character": "mara", "refs": refs["mara"], "kind": Kind.PERSON, "cast": (cast["iven"],)}
    got = measure("id_ref", both, **said)
    assert got["id_ref"].value > 0.65
    where = {f["character"]: f["box"][0] for f in got["id_ref"].evidence["faces"]}
    assert where["mara"] < mara.shape[1] < where["iven"]
    confusion = measure("id_confusion", both, **said)
    assert confusion["id_confusion"].value == 0.0
    assert confusion["id_confusion.extra_faces"].value == 0.0


@pytest.mark.slow
def test_the_others_face_is_never_scored_as_the_missing_ones(measure, put, early):
    iven = Castmate(character="iven", kind=Kind.PERSON, refs=(early("sister")[1],))
    take, refs = early("eat")[1], (early("again")[1],)
    alone = measure("id_ref", take, refs=refs, kind=Kind.PERSON)["id_ref"]
    assert alone.value is not None
    told = measure("id_ref", take, refs=refs, kind=Kind.PERSON, cast=(iven,))
    assert told["id_ref"].status is Status.NOT_MEASURED
    assert told["id_ref"].reason == "only other characters of the cast"
    assert told["id_coverage"].value == 0.0


@pytest.mark.slow
def test_a_third_person_is_counted_as_extra(measure, put, early):
    frames = [early(n)[0] for n in ("again", "eat", "book")]
    take = put("three.png", np.concatenate(frames, axis=1))
    iven = Castmate(character="iven", kind=Kind.PERSON, refs=(early("sister")[1],))
    got = measure("id_confusion", take, refs=(early("help")[1],), kind=Kind.PERSON, cast=(iven,))[
        "id_confusion.extra_faces"
    ]
    assert got.value == 1.0
