"""A human whom nobody plays is told of before anything is paid, and circled only with approval."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from benchmarks.decisions.circled import CIRCLED, standing
from benchmarks.decisions.deciding import Deciding, Word
from benchmarks.domain.pack import Approval
from benchmarks.planning.approval import notes, synthetic
from benchmarks.planning.requests import clearance
from benchmarks.testing import doubles
from benchmarks.testing.stage import Stage
from router.admission import disclosure
from router.domain.errors import NotEntitled
from router.store.requests import from_json, to_json
from router.testing.asking import clearance as cleared
from router.testing.asking import request

NOW = doubles.NOW
PAPER = "d" * 64


def approval(*covers, on=date(2027, 3, 1)):
    return Approval(
        who="Legal", what="a digital extra", on=on, evidence_sha256=PAPER, covers=covers
    )


def unplayed(pack, **changes):
    """The same pack, in which nobody stands behind Mara."""
    files = tuple(replace(f, likeness_of=None) for f in pack.files)
    return replace(pack, portrayals=(), consents=(), files=files, **changes)


@pytest.fixture
def pack(tmp_path):
    return doubles.pack(tmp_path / "pack")


def seen(pack):
    return next(s for s in pack.shots if s.appearances)


def test_who_is_played_by_somebody_is_not_synthetic(pack):
    assert synthetic(pack, seen(pack)) == ()
    assert list(notes([pack])) == []


def test_a_likeness_of_a_real_person_is_enough_and_a_fictional_participant_is_nobody(pack):
    assert synthetic(replace(pack, portrayals=()), seen(pack)) == ()
    invented = replace(pack, fictional=("ann",))
    assert [s.role for s in synthetic(invented, seen(pack))] == ["Mara Voss"]


def test_a_plan_says_role_and_notice_of_whom_nobody_plays(pack):
    (first, *_) = notes([unplayed(pack)])
    assert "Mara Voss is a synthetic human: no performer plays the role" in first
    assert "no notice is given" in first
    told = unplayed(pack, notices=(("mara", date(2027, 2, 1)),))
    assert "notice was given on 2027-02-01" in next(notes([told]))


@pytest.fixture
def stage(tmp_path):
    stage = Stage(tmp_path)
    stage.pack = unplayed(stage.pack)
    stage.finish("init_image", takes=2)
    yield stage
    stage.engine.dispose()


def a_take_of_mara(stage):
    shot = seen(stage.pack).id
    asked = {t.request for t in stage.store.trials("lantern", stage.id) if t.shot == shot}
    return min(t.id for t in stage.router.stored.values() if t.request in asked and t.cost_musd)


def word(stage, take):
    return Word(partner="lantern", campaign=stage.id, take=take, by="Ines", role="director")


def test_her_take_is_circled_after_an_approval_is_on_record_and_not_before(stage):
    deciding, take = Deciding(store=stage.store, router=stage.router), a_take_of_mara(stage)
    with pytest.raises(NotEntitled, match=f"provenance approve {take}"):
        deciding.decide(word(stage, take), NOW, CIRCLED)
    kept = deciding.clear(word(stage, take), PAPER, NOW)
    assert PAPER in kept.notes
    assert standing(stage.store.decisions("lantern", stage.id)) == {}
    circle = deciding.decide(word(stage, take), NOW + timedelta(minutes=1), CIRCLED)
    assert circle.status == CIRCLED
    deciding.clear(word(stage, take), PAPER, NOW + timedelta(minutes=2))
    assert standing(stage.store.decisions("lantern", stage.id))[take].status == CIRCLED


def test_the_approval_of_one_take_is_not_that_of_its_neighbour(stage):
    deciding, take = Deciding(store=stage.store, router=stage.router), a_take_of_mara(stage)
    deciding.clear(word(stage, take), PAPER, NOW)
    asked = {t.request for t in stage.store.trials("lantern", stage.id)}
    others = [t.id for t in stage.router.stored.values() if t.request in asked and t.id != take]
    refused = 0
    for other in others:
        try:
            deciding.decide(word(stage, other), NOW, CIRCLED)
        except NotEntitled:
            refused += 1
    assert refused > 0


@pytest.mark.parametrize(
    ("given", "is_enough"),
    [
        (approval("mara"), True),
        (approval("SQ010_SH0010"), True),
        (approval("somebody_else"), False),
        (approval(), False),
        (approval("mara", on=date(2028, 1, 1)), False),
    ],
)
def test_an_approval_in_the_pack_counts_for_whom_it_covers_and_from_its_day(
    tmp_path, given, is_enough
):
    stage = Stage(tmp_path)
    stage.pack = unplayed(stage.pack, approvals=(given,))
    stage.finish("init_image", takes=1)
    deciding = Deciding(store=stage.store, router=stage.router)
    take = a_take_of_mara(stage)
    try:
        deciding.decide(word(stage, take), NOW, CIRCLED)
        assert is_enough
    except NotEntitled:
        assert not is_enough
    finally:
        stage.engine.dispose()


def test_what_is_meant_for_the_final_picture_is_paid_for_only_with_an_approval(pack):
    final = replace(pack, disclosure_tier="final_story_or_likeness")
    without = clearance(final, seen(final), ())
    with pytest.raises(NotEntitled) as refused:
        disclosure.check(without)
    assert refused.value.field == "clearance.approval_sha256"
    approved = clearance(replace(final, approvals=(approval(),)), seen(final), ())
    disclosure.check(approved)
    assert approved.approval_sha256 == PAPER
    disclosure.check(clearance(pack, seen(pack), ()))


def test_requests_of_before_keep_their_text_and_later_ones_say_what_they_are_for():
    from router import catalog

    model = catalog.load()["sd35-large"]
    plain = request(model, "text_to_image")
    assert "disclosure_tier" not in to_json(plain)["clearance"]
    final = replace(
        plain,
        clearance=replace(
            cleared(), disclosure_tier="final_story_or_likeness", approval_sha256=PAPER
        ),
    )
    assert from_json(to_json(final)) == final
