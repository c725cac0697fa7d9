"""A shot can start from the circled take of the shot before; without a decision it is refused."""

from dataclasses import replace
from datetime import timedelta

import pytest

from benchmarks.decisions.circled import circled
from benchmarks.domain.repair import Decision
from benchmarks.planning.plan import Order, Stock, plan
from benchmarks.testing import doubles
from benchmarks.testing.stage import DIALECTS, Stage

FIRST, SECOND = "SQ010_SH0010", "SQ010_SH0020"


@pytest.fixture
def stage(tmp_path):
    stage = Stage(tmp_path)
    stage.finish("init_image", takes=2)
    yield stage
    stage.engine.dispose()


def takes_of(stage, shot):
    asked = {t.request for t in stage.store.trials("lantern", stage.id) if t.shot == shot}
    paid = (t for t in stage.router.stored.values() if t.request in asked and t.cost_musd)
    return sorted(paid, key=lambda t: t.id)


def decide(stage, take, status, minute):
    stage.store.decide(
        Decision(
            partner="lantern",
            id=f"decision{minute}",
            campaign=stage.id,
            take=take,
            by="Ines",
            role="director",
            status=status,
            notes="",
            created_at=doubles.NOW + timedelta(minutes=minute),
        )
    )


def planned(stage, recipe="previous_shot"):
    found = circled("lantern", stage.store, stage.router, simulated=True)
    order = Order(
        partner=doubles.partner(),
        packs=[stage.pack],
        recipes=[stage.recipes[recipe]],
        takes=1,
        budget_musd=50_000_000,
        simulated=True,
    )
    stock = Stock(catalogue=stage.catalogue, media=stage.files, dialects=DIALECTS, circled=found)
    return plan(order, stock, now=doubles.NOW)


def test_without_a_decision_the_recipe_is_refused_with_the_reason(stage):
    found = planned(stage)
    assert found.requests == ()
    assert {(r.shot, r.code) for r in found.refused} == {
        (FIRST, "no_anchor"),
        (SECOND, "no_anchor"),
    }
    assert "circles a take" in found.refused[0].reason


def test_a_shot_starts_from_the_circled_take_of_the_shot_before(stage):
    take = takes_of(stage, FIRST)[0]
    decide(stage, take.id, "circled", 1)
    found = planned(stage)
    (request,) = found.requests
    assert request.input("init_image") == take.media
    assert request.label.startswith(SECOND)
    assert [r.shot for r in found.refused] == [FIRST]


def test_the_last_decision_counts_and_another_one_is_another_campaign(stage):
    one, other = takes_of(stage, FIRST)
    decide(stage, one.id, "circled", 1)
    before = planned(stage)
    decide(stage, one.id, "rejected", 2)
    decide(stage, other.id, "circled", 3)
    after = planned(stage)
    assert after.requests[0].input("init_image") == other.media
    assert before.campaign.id != after.campaign.id


def test_decisions_change_nothing_for_recipes_that_do_not_build_on_them(stage):
    before = planned(stage, "sheet_start").campaign.id
    decide(stage, takes_of(stage, FIRST)[0].id, "circled", 1)
    assert planned(stage, "sheet_start").campaign.id == before


def test_a_repaired_take_can_be_circled_and_a_clip_is_no_still(stage):
    take = takes_of(stage, FIRST)[0]
    child = replace(take, id="child", request="repair", parent=take.id)
    clip = replace(take, id="clip", media=replace(take.media, mime="video/mp4"))
    for made in (child, clip):
        stage.router.record_take(made)
    decide(stage, "child", "circled", 1)
    decide(stage, "clip", "circled", 2)
    found = circled("lantern", stage.store, stage.router, simulated=True)
    assert found == {(stage.pack.seal, FIRST): take.media}


def test_who_is_seen_in_the_shot_before_has_to_have_consented_too(stage):
    decide(stage, takes_of(stage, FIRST)[0].id, "circled", 1)
    bare = [replace(s, appearances=()) if s.id == SECOND else s for s in stage.pack.shots]
    stage.pack = replace(stage.pack, shots=tuple(bare), consents=())
    second = next(r for r in planned(stage).refused if r.shot == SECOND)
    assert second.code == "no_consent"
