"""Studies from opening to result: blind, balanced, never changed, told after closing only."""

import json
import shutil
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest

from benchmarks.domain.repair import Decision
from benchmarks.domain.study import Cast, Kind
from benchmarks.domain.vote import Outcome
from benchmarks.planning import recipes
from benchmarks.planning.plan import Order, Stock, plan
from benchmarks.store.store import Store
from benchmarks.testing import doubles
from benchmarks.testing.stage import DIALECTS, Stage
from benchmarks.voting.booth import Booth, Call
from benchmarks.voting.material import material
from benchmarks.voting.seat import Seat
from router.domain.errors import BadInput, Conflict, UnknownName
from router.domain.partner import Sharing
from router.store import database

RECIPES = ("init_image", "canonical_text", "sheet_start")
LEFT, RIGHT = Outcome.LEFT, Outcome.RIGHT


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    """A campaign that ran once; each test votes in a copy of its database."""
    tmp_path = tmp_path_factory.mktemp("lived")
    stage = Stage(tmp_path)
    packs = [doubles.pack(tmp_path / f"pack{n}", code=f"DEMO{n}") for n in range(5)]
    stage.names = list(RECIPES)
    order = Order(
        partner=doubles.partner(),
        packs=packs,
        recipes=recipes.choose(stage.recipes, RECIPES),
        takes=2,
        budget_musd=50_000_000,
        simulated=True,
    )
    files = {k: v for pack in packs for k, v in doubles.taken_in(stage.media, pack).items()}
    planned = plan(
        order,
        Stock(catalogue=stage.catalogue, media=files, dialects=DIALECTS),
        now=doubles.NOW - timedelta(hours=1),
    )
    stage.runner().run(planned, files)
    stage.id = planned.campaign.id
    stage.engine.dispose()
    return stage, tmp_path / "circletake.db"


@pytest.fixture
def stage(lived, tmp_path):
    stage, file = lived
    shutil.copy(file, tmp_path / "copy.db")
    stage.engine = database.connect(tmp_path / "copy.db")
    stage.store = Store(stage.engine, ("lantern", "neighbour"))
    yield stage
    stage.engine.dispose()


@pytest.fixture
def booth(stage):
    made = Booth(
        store=stage.store,
        router=stage.router,
        media=stage.media,
        clock=stage.clock,
        partners={"lantern": doubles.partner(), "neighbour": doubles.partner("neighbour")},
    )
    yield made
    made.darkroom.close()


def opened(booth, stage, **more):
    call = {"raters": ("Ines@lantern", "Bo@lantern", "Kim"), "votes": 12, "second_round": 6}
    parts = booth.open(Call(campaigns=[stage.id], **{**call, **more}))
    return parts[0]


def said(booth, study, rater):
    """Vote on everything that this rater is shown: whatever stands first by name wins."""
    slots = {s.number: s for s in booth.given(study).slots if s.rater == rater}
    while (asked := booth.question(study, rater))["slot"] is not None:
        slot = slots[asked["slot"]]
        better = LEFT if slot.left.recipe and slot.left.recipe < slot.right.recipe else RIGHT
        if slot.left.recipe == slot.right.recipe:
            better = Outcome.TIE
        if not slot.right.recipe:
            better = LEFT
        booth.cast(study, rater, slot.number, better, seconds=8.0)


def test_a_study_is_laid_out_whole_before_anybody_votes(booth, stage):
    study = opened(booth, stage)
    given = booth.given(study.id)
    assert given.casts == ()
    assert {s.rater for s in given.slots} == {"Ines", "Bo", "Kim"}
    assert max(Counter((s.rater, s.pack, s.shot) for s in given.slots).values()) <= 2
    assert {s.left.recipe for s in given.slots} | {s.right.recipe for s in given.slots} <= {
        "",
        *stage.names,
    }
    assert set(study.recipes) == set(stage.names)


def test_a_name_that_a_spreadsheet_would_run_is_no_raters_name(booth, stage):
    with pytest.raises(BadInput, match="letter or a digit"):
        opened(booth, stage, raters=("=cmd()@lantern",))


def test_a_recipe_without_a_take_is_never_left_out_of_a_study_in_silence(booth, stage):
    case = booth._case(stage.id)
    kept = {k: v for k, v in case.takes.items() if case.trial_of[k].recipe != "sheet_start"}
    with pytest.raises(BadInput, match="sheet_start"):
        material([replace(case, takes=kept)], RECIPES, ())


def test_opening_the_same_again_is_the_same_study(booth, stage):
    one, two = opened(booth, stage), opened(booth, stage)
    assert one == two
    assert len(booth.store.studies.every()) == 1
    assert opened(booth, stage, votes=5).id != one.id


def test_a_question_tells_neither_recipe_nor_model_nor_cost_nor_take(booth, stage):
    study = opened(booth, stage)
    asked = booth.question(study.id, "Ines")
    text = json.dumps(asked)
    models = {stage.recipes[n].model for n in stage.names}
    secrets = {*stage.names, *models, *stage.router.stored, "cost", "latency", "seed"}
    assert [word for word in secrets if word in text] == []
    assert asked["left"]["code"] != asked["right"]["code"]
    partner, side = booth.picture(study.id, asked["left"]["code"])
    assert partner == "lantern"
    assert booth.media.get(partner, side.sha256)


def test_a_gold_pair_shows_a_picture_that_was_broken_here(booth, stage):
    study = opened(booth, stage, votes=14)
    gold = [s for s in booth.given(study.id).slots if s.kind is Kind.GOLD]
    assert gold
    for slot in gold:
        (broken,) = [side for side in (slot.left, slot.right) if not side.recipe]
        assert broken.sha256 not in {t.media.sha256 for t in stage.router.stored.values()}
        assert booth.media.get("lantern", broken.sha256)


def test_the_same_answer_is_the_same_vote_and_another_one_is_refused(booth, stage):
    study = opened(booth, stage)
    first = booth.question(study.id, "Ines")["slot"]
    assert booth.cast(study.id, "Ines", first, LEFT)["new"]
    assert not booth.cast(study.id, "Ines", first, LEFT)["new"]
    with pytest.raises(Conflict):
        booth.cast(study.id, "Ines", first, RIGHT)
    assert [c.outcome for c in booth.given(study.id).casts] == [LEFT]


def test_nobody_votes_on_what_was_never_shown(booth, stage):
    study = opened(booth, stage)
    with pytest.raises(Conflict) as refused:
        booth.cast(study.id, "Ines", 2, LEFT)
    assert "not shown yet" in refused.value.found
    with pytest.raises(UnknownName):
        booth.cast(study.id, "Ines", 99, LEFT)
    with pytest.raises(UnknownName):
        booth.cast(study.id, "Nobody", 1, LEFT)
    stranger = Cast(
        partner="neighbour", study=study.id, rater="Ines", slot=1, outcome=LEFT, at=doubles.NOW
    )
    with pytest.raises(UnknownName):
        booth.keep([stranger])
    assert booth.given(study.id).casts == ()


def test_nothing_is_revealed_before_closing_and_nothing_is_voted_after(booth, stage):
    study = opened(booth, stage)
    said(booth, study.id, "Ines")
    with pytest.raises(Conflict):
        booth.result(study.id)
    booth.close(study.id)
    for refused in (
        lambda: booth.question(study.id, "Bo"),
        lambda: booth.cast(study.id, "Bo", 1, LEFT),
        lambda: booth.keep([replace(booth.given(study.id).casts[0], rater="Bo")]),
    ):
        with pytest.raises(Conflict):
            refused()
    assert booth.result(study.id).headline == "studios"


def test_a_take_that_somebody_decided_on_is_not_put_to_their_vote(booth, stage):
    study = opened(booth, stage)
    shown = next(s for s in booth.given(study.id).slots if s.rater == "Ines" and s.number == 1)
    take = shown.left.take or shown.right.take
    stage.store.decide(
        Decision(
            partner="lantern",
            id="d1",
            campaign=stage.id,
            take=take,
            by="ines",
            role="director",
            status="circled",
            notes="",
            created_at=doubles.NOW - timedelta(minutes=1),
        )
    )
    assert booth.question(study.id, "Ines")["slot"] != 1
    assert booth.question(study.id, "Bo")["slot"] == 1
    late = Cast(
        partner="lantern", study=study.id, rater="Ines", slot=1, outcome=LEFT, at=doubles.NOW
    )
    booth.keep([late])
    booth.close(study.id)
    assert booth.result(study.id).after_decision == 1


def test_own_and_internal_votes_are_kept_apart_and_the_headline_is_the_studios(booth, stage):
    study = opened(booth, stage)
    for rater in ("Ines", "Bo", "Kim"):
        said(booth, study.id, rater)
    booth.close(study.id)
    found = booth.result(study.id)
    assert set(found.strata) == {"own", "internal"}
    assert found.kept.n_raters == 2
    assert found.headline == "studios"
    assert found.gold.share in {None, 1.0}
    assert found.same.share in {None, 1.0}
    assert found.again.share == 1.0


def test_a_second_round_asks_undecided_pairs_only_and_only_if_it_was_announced(booth, stage):
    study = opened(booth, stage)
    with pytest.raises(Conflict):
        booth.open_second(study.id)
    for rater in ("Ines", "Bo"):
        said(booth, study.id, rater)
    booth.close(study.id)
    second = booth.open_second(study.id)[0]
    assert second.first == study.id
    before = {_asked(s) for s in booth.given(study.id).slots if s.kind is Kind.PAIR}
    after = {_asked(s) for s in booth.given(second.id).slots if s.kind is Kind.PAIR}
    assert not before & after
    assert {pair for *_, pair in after} <= {frozenset(p) for p in second.pairs}
    alone = opened(booth, stage, second_round=0)
    booth.close(alone.id)
    with pytest.raises(Conflict):
        booth.open_second(alone.id)


def _asked(slot):
    return slot.rater, slot.pack, slot.shot, frozenset((slot.left.recipe, slot.right.recipe))


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"raters": ()}, BadInput),
        ({"raters": ("Ines", "ines")}, BadInput),
        ({"raters": ("Ines@nowhere",)}, UnknownName),
        ({"raters": ("Ada@neighbour",)}, BadInput),
        ({"recipes": ("no_such",)}, UnknownName),
        ({"recipes": ("init_image",)}, BadInput),
        ({"votes": 0}, BadInput),
        ({"contrasts": ("a:b",)}, UnknownName),
        ({"contrasts": ("a:b",) * 4}, BadInput),
        ({"broken": ("no_take",)}, UnknownName),
    ],
)
def test_a_study_that_cannot_be_is_refused_and_nothing_is_stored(booth, stage, wrong, error):
    with pytest.raises(error):
        opened(booth, stage, **wrong)
    assert booth.store.studies.every() == ()


def agreed(booth, consent):
    mine = replace(booth.partners["lantern"], shares_shots_with_raters=consent)
    booth.partners = {**booth.partners, "lantern": mine}


def test_a_studio_sees_other_studios_shots_only_where_that_was_agreed(booth, stage):
    call = {"raters": ("Ada@neighbour", "Ines@lantern"), "across": True}
    late = Sharing(evidence_sha256="0" * 64, signed_by="A", granted_on=date(2999, 1, 1))
    for consent in (None, late):
        agreed(booth, consent)
        with pytest.raises(BadInput, match="shares_shots_with_raters"):
            opened(booth, stage, **call)
    agreed(booth, replace(late, granted_on=date(2020, 1, 1)))
    study = opened(booth, stage, **call)
    assert {s.rater for s in booth.given(study.id).slots} == {"Ada", "Ines"}
    said(booth, study.id, "Ada")
    booth.close(study.id)
    assert set(booth.result(study.id).strata) == {"other"}


def test_practice_comes_first_and_is_never_counted(booth, stage):
    study = opened(booth, stage)
    seat = Seat(booth)
    seen = []
    while (asked := seat.question(study.id, "Ines"))["lesson"]:
        seen.append(asked["lesson"])
        told = seat.practise(study.id, "Ines", asked["lesson"], Outcome.TIE)
        assert told["because"]
        assert told["right"] is (told["answer"] == "tie")
    assert seen == [1, 2, 3, 4]
    assert booth.given(study.id).casts == ()
    assert asked["slot"] == 1
    assert seat.question(study.id, "Bo")["lesson"] == 1


def test_what_comes_after_is_named_by_codes_only_and_is_what_comes(booth, stage):
    study = opened(booth, stage)
    now = booth.question(study.id, "Ines")
    assert {k for side in now["after"].values() for k in side} == {"code", "mime", "fps", "frames"}
    booth.cast(study.id, "Ines", now["slot"], LEFT, seconds=2.0, modes=("side", "wipe"))
    after = booth.question(study.id, "Ines")
    assert [after[s]["code"] for s in ("left", "right")] == [
        now["after"][s]["code"] for s in ("left", "right")
    ]
    assert booth.given(study.id).casts[0].modes == ("side", "wipe")


def test_a_remark_follows_a_vote_and_stands_as_it_was_made(booth, stage):
    study = opened(booth, stage)
    seat = Seat(booth)
    about = {"left": {"face": "broken"}}
    with pytest.raises(Conflict, match="not answered"):
        seat.remark(study.id, "Ines", 1, about, {})
    booth.cast(study.id, "Ines", 1, LEFT)
    assert seat.remark(study.id, "Ines", 1, about, {"left": 2})["new"]
    assert not seat.remark(study.id, "Ines", 1, about, {"left": 2})["new"]
    with pytest.raises(Conflict):
        seat.remark(study.id, "Ines", 1, about, {"left": 3})
    for parts, levels in (
        ({"left": {"nose": "ok"}}, {}),
        ({}, {"left": 6}),
        ({"up": {}}, {"up": 1}),
    ):
        with pytest.raises(BadInput):
            seat.remark(study.id, "Ines", 1, parts, levels)


def test_what_stood_where_is_told_after_closing_only(booth, stage):
    study, seat = opened(booth, stage), Seat(booth)
    booth.cast(study.id, "Ines", 1, LEFT)
    with pytest.raises(Conflict, match="open"):
        seat.reveal(study.id, "Ines")
    booth.close(study.id)
    (row,) = seat.reveal(study.id, "Ines")["rows"]
    slot = next(s for s in booth.given(study.id).slots if (s.rater, s.number) == ("Ines", 1))
    assert (row["left"], row["said"]) == (slot.left.recipe or "broken on purpose", "left")
