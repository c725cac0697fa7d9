"""Real footage and photographs: no false alarms, and people told apart."""

import cv2
import pytest

from evaluators.domain.brief import Brief
from evaluators.domain.character import Kind
from evaluators.domain.score import Status
from evaluators.domain.verdict import AcceptanceLine, Ruling
from evaluators.measuring import Measurer
from evaluators.verdicts import decide

PEOPLE = {"again": "a", "help": "a", "bird": "b", "milk": "b", "book": "c", "eat": "d"}


@pytest.fixture(scope="module")
def measurer():
    running = Measurer(("id_ref", "temporal", "spec_checks", "copy_paste"))
    yield running
    running.close()


@pytest.fixture(scope="module")
def frames(material, gallery, tmp_path_factory):
    """One early frame of each clip, as a reference."""
    folder = tmp_path_factory.mktemp("frames")
    for name in PEOPLE:
        frame = gallery.open(material / f"footage/{name}.mkv").frames[0]
        cv2.imwrite(str(folder / f"{name}.png"), frame[..., ::-1])
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("name", PEOPLE)
def test_a_real_take_raises_no_flag_and_keeps_its_person(measurer, material, frames, name):
    path = material / f"footage/{name}.mkv"
    other = next(n for n in PEOPLE if (PEOPLE[n] == PEOPLE[name] and n != name) or n == name)
    ref = frames / f"{other}.png"
    scored = measurer.score(Brief(row=0, take=name, path=path, refs=(ref,), kind=Kind.PERSON))
    value = {s.metric: s.value for s in scored.scores}
    assert scored.flags == ()
    assert value["id_ref"] > 0.65
    assert value["id_coverage"] >= 0.6
    assert value["spec_checks.passed"] == 1.0
    line = AcceptanceLine(number=1, criterion="same man", kind="identity", must=True)
    assert decide(line, name, scored.scores).ruling is Ruling.PASS


@pytest.mark.slow
@pytest.mark.parametrize(("name", "other"), [("again", "bird"), ("eat", "again"), ("book", "eat")])
def test_another_person_never_passes_for_the_first(measurer, material, frames, name, other):
    path = material / f"footage/{name}.mkv"
    ref = frames / f"{other}.png"
    scored = measurer.score(Brief(row=0, take=name, path=path, refs=(ref,), kind=Kind.PERSON))
    line = AcceptanceLine(number=1, criterion="same man", kind="identity", must=True)
    assert decide(line, name, scored.scores).ruling is Ruling.UNSURE
    value = {s.metric: s.value for s in scored.scores}
    assert value["id_ref"] < 0.6


@pytest.mark.slow
def test_photographs_of_things_have_no_faces(measurer, material):
    for subject in ("dog", "teapot", "bear_plushie", "backpack_dog"):
        folder = material / "subjects" / subject
        brief = Brief(
            row=0, take=subject, path=folder / "00.jpg", refs=(folder / "01.jpg",), kind=Kind.OBJECT
        )
        scored = measurer.score(brief)
        status = {s.metric: s.status for s in scored.scores}
        assert status["id_ref"] is Status.NOT_APPLICABLE
        assert scored.flags == ()
