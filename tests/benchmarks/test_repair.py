"""Repair: aimed at failed lines, inside the matte, with proof that nothing else changed."""

from dataclasses import replace
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from benchmarks.commands import repair as printed
from benchmarks.repairing.again import origin
from benchmarks.repairing.laying import lay
from benchmarks.repairing.repair import FEATHER, candidates
from benchmarks.rights.authorship import NOBODY, log
from benchmarks.testing import doubles
from benchmarks.testing.routing import InlineJobs
from benchmarks.testing.stage import Stage
from benchmarks.views.document import Imprint, document
from benchmarks.views.pictures import Album
from evaluators.domain.verdict import AcceptanceLine, Ruling, Verdict
from router.domain.attempt import AttemptState
from router.domain.errors import BadInput, OverBudget, UnknownName
from router.domain.take import Source

KEEP = AcceptanceLine(
    number=3, criterion="Nothing outside the matte moves", kind="untouched_region", must=True
)
COAT = AcceptanceLine(
    number=4, criterion="All buttons are there", kind="wardrobe", must=False, metric="id_ref"
)
TRACE = AcceptanceLine(number=5, criterion="No trace is left", kind="artefact", must=False)
DYE = AcceptanceLine(number=6, criterion="The coat is green", kind="wardrobe", must=False)
FRAME = AcceptanceLine(number=7, criterion="Room above", kind="composition", must=False)
ADDED = (KEEP, COAT, TRACE, DYE, FRAME)


@pytest.fixture
def stage(tmp_path):
    """A finished campaign whose clean-up shot also demands what each remedy is for."""
    with Stage.to_repair(tmp_path, *ADDED) as stage:
        yield stage


@pytest.fixture
def case(stage):
    """The campaign, every line of which fails."""
    found = stage.case()
    failed = {
        take: tuple(replace(v, ruling=Ruling.FAIL) for v in verdicts)
        for take, verdicts in found.verdicts.items()
    }
    return replace(found, verdicts=failed)


def take_of(case, recipe, task):
    return next(
        id_ for id_, t in case.trial_of.items() if t.recipe == recipe and case.shot(t).task == task
    )


@pytest.fixture
def portrait(case):
    return take_of(case, "init_image", "reference_to_image")


@pytest.fixture
def cleanup(case):
    return take_of(case, "inpaint_matte", "erase")


@pytest.fixture
def matte(stage):
    return stage.media.put("lantern", doubles.matte(), "image/png")


def outside(darkroom):
    inside = darkroom.mask(doubles.matte(), (640, 360))
    away = cv2.distanceTransform((~inside).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return away > FEATHER + 1


def pixels(stage, take, darkroom):
    return darkroom.picture(stage.media.get("lantern", take.media.sha256))


def test_outside_matte_and_feather_the_child_is_its_parent_to_the_bit(
    stage, case, repairer, portrait, matte, darkroom
):
    (repair,) = repairer.repair(case, portrait, [4], matte=matte).repairs
    child, parent = (stage.router.stored[t] for t in (repair.child, repair.parent))
    after, before = pixels(stage, child, darkroom), pixels(stage, parent, darkroom)
    rest = outside(darkroom)
    assert np.array_equal(after[rest], before[rest])
    assert not np.array_equal(after, before)
    assert repair.outside_child == 0.0
    assert repair.outside_raw > 0.5


def test_the_models_answer_is_kept_as_it_came_and_bears_the_cost(
    stage, case, repairer, portrait, matte
):
    (repair,) = repairer.repair(case, portrait, [4], matte=matte).repairs
    raw, child = (stage.router.stored[t] for t in (repair.raw, repair.child))
    assert (raw.source, raw.parent, raw.cost_musd) == (Source.GENERATED, portrait, 70_000)
    assert (child.source, child.parent, child.cost_musd) == (Source.REPAIRED, portrait, 0)
    assert repair.spend_musd == 70_000
    assert raw.media.sha256 != child.media.sha256


def test_it_asks_for_what_the_failed_line_demands_in_the_directors_words(
    case, repairer, portrait, matte
):
    errand = repairer.errand(case, portrait, [4], matte)
    request = errand.request
    assert request.operation == "inpaint"
    assert request.prompt.startswith("All buttons are there.")
    assert "A woman of forty, short grey hair" in request.prompt
    assert (request.parent, request.seed > 0) == (portrait, True)
    assert errand.worst_case_musd == 70_000
    assert errand.as_json()["worst_case_usd"] == 0.07


def test_in_a_clean_up_it_erases(case, repairer, cleanup):
    assert repairer.errand(case, cleanup, [5]).request.operation == "erase"


def test_planning_a_repair_sends_nothing(stage, case, repairer, portrait, matte):
    repairer.errand(case, portrait, [4], matte)
    assert stage.router.sent == []


def test_what_had_to_stay_untouched_is_put_back_from_the_plate_for_free(
    stage, case, repairer, cleanup, darkroom
):
    outcome = repairer.repair(case, cleanup, [3])
    (repair,) = outcome.repairs
    child = stage.router.stored[repair.child]
    plate = darkroom.picture(doubles.picture(90))
    rest = outside(darkroom)
    assert np.array_equal(pixels(stage, child, darkroom)[rest], plate[rest])
    assert (repair.ground, repair.spend_musd, stage.router.sent) == ("plate", 0, [])
    assert repair.outside_raw > 0
    assert repair.outside_child == 0.0
    said = printed.text(outcome)
    assert "outside the matte it is the plate again" in said
    assert "free" in said


def test_what_a_model_answered_is_printed_as_its_own(case, repairer, portrait, matte):
    outcome = repairer.repair(case, portrait, [4], matte=matte)
    said = printed.text(outcome)
    assert (
        "outside the matte and its soft edge not one pixel changed (the model had changed" in said
    )
    assert "0.07 USD" in said
    assert "now: " in said


def test_before_and_after_answer_every_line_of_the_shot(case, repairer, portrait, matte):
    (repair,) = repairer.repair(case, portrait, [4], matte=matte).repairs
    assert [v.line.number for v in repair.before] == [v.line.number for v in repair.after]
    assert {v.take for v in repair.after} == {repair.child}


def told(margins):
    """Rule each new take by the next margin of the coat; all other lines pass."""
    left = iter(margins)

    def rule(lines, scored):
        margin = next(left)
        passes = {n.number: Ruling.PASS for n in lines}
        passes[COAT.number] = Ruling.PASS if margin >= 0 else Ruling.FAIL
        return tuple(
            Verdict(line=n, take=scored.take, ruling=passes[n.number], threshold=1.0, margin=margin)
            for n in lines
        )

    return rule


@pytest.fixture
def half_done(case, portrait):
    """The campaign with a portrait whose coat fails by 2.0, and nothing else."""
    shot = case.shot(case.trial_of[portrait])
    verdicts = told([-2.0])(shot.acceptance, SimpleNamespace(take=portrait))
    return replace(case, verdicts={**case.verdicts, portrait: verdicts})


def test_each_round_starts_from_the_best_take_and_a_failed_one_replaces_nothing(
    half_done, repairer, portrait, matte
):
    repairer.rule = told([-3.0, -1.0, -1.5, 0.5])
    outcome = repairer.repair(half_done, portrait, [4], matte=matte, rounds=9)
    worse, better, vain, good = (r.child for r in outcome.repairs)
    assert [r.parent for r in outcome.repairs] == [portrait, portrait, better, better]
    assert outcome.as_json()["best"] == outcome.as_json()["kept"] == good
    assert len({worse, better, vain, good}) == 4


def test_it_stops_after_two_rounds_that_made_nothing_better_and_keeps_the_take(
    half_done, repairer, portrait, matte
):
    repairer.rule = told([-3.0, -2.5])
    outcome = repairer.repair(half_done, portrait, [4], matte=matte, rounds=9).as_json()
    assert (outcome["rounds"], outcome["best"], outcome["kept"]) == (2, None, portrait)
    assert "nothing better" in outcome["stopped"]


def test_it_stops_at_the_budget_and_keeps_what_was_gained(half_done, repairer, portrait, matte):
    repairer.rule = told([-1.0, -0.5])
    outcome = repairer.repair(half_done, portrait, [4], matte=matte, rounds=9, budget_musd=100_000)
    assert (outcome.rounds, outcome.best) == (1, outcome.repairs[0])
    assert "0.03 USD are left" in outcome.stopped


def test_a_repair_that_breaks_another_must_line_is_not_the_best(
    half_done, repairer, portrait, matte
):
    repairer.rule = lambda lines, scored: tuple(
        replace(v, ruling=Ruling.FAIL) if v.line.number == 1 else v
        for v in told([0.5])(lines, scored)
    )
    assert repairer.repair(half_done, portrait, [4], matte=matte).best is None


def test_a_repair_that_brings_into_doubt_what_passed_is_not_the_best(
    half_done, repairer, portrait, matte
):
    repairer.rule = lambda lines, scored: tuple(
        replace(v, ruling=Ruling.UNSURE) if v.line.number == 1 else v
        for v in told([0.5])(lines, scored)
    )
    assert repairer.repair(half_done, portrait, [4], matte=matte).best is None


def test_light_and_colour_are_graded_without_any_model(stage, case, repairer, portrait, darkroom):
    (repair,) = repairer.repair(case, portrait, [2]).repairs
    child, parent = (
        pixels(stage, stage.router.stored[t], darkroom) for t in (repair.child, portrait)
    )
    plate = darkroom.picture(doubles.picture(90))
    assert (stage.router.sent, repair.spend_musd, repair.raw) == ([], 0, portrait)
    near, far = (abs(p.mean((0, 1)) - plate.mean((0, 1))).max() for p in (child, parent))
    assert near < far / 4
    assert stage.router.stored[repair.child].operation == "grade"


def test_light_is_graded_whole_beside_the_shots_own_matte_and_inside_a_given_one(
    stage, case, repairer, portrait, matte
):
    """A shot's matte marks what is cleaned up or worn; the light of a picture is everywhere."""
    kept = next(iter(case.packs.values())).media
    drawn = next(f for s in stage.pack.shots for f in s.inputs if f.functional_type == "matte")
    assert drawn.sha256 in kept
    shots = {
        place: replace(s, inputs=(*s.inputs, drawn)) if s.id == case.trial_of[portrait].shot else s
        for place, s in case.shots.items()
    }
    own = replace(case, shots=shots)
    assert repairer.errand(own, portrait, [2]).matte is None
    assert repairer.errand(own, portrait, [4]).matte == kept[drawn.sha256]
    assert repairer.errand(own, portrait, [2], matte).matte == matte


def test_a_coat_of_the_wrong_colour_is_recoloured_by_its_name_and_needs_no_matte(
    case, repairer, portrait
):
    request = repairer.errand(case, portrait, [6]).request
    assert request.operation == "search_recolor"
    assert (request.prompt, dict(request.parameters)["select_prompt"]) == (
        "bottle-green coat",
        "coat",
    )
    assert [i.role for i in request.inputs] == ["init_image"]


def test_a_frame_is_extended_around_its_parent(stage, case, repairer, portrait, darkroom):
    square = stage.media.put("lantern", doubles.picture(50, width=360), "image/png")
    parent = replace(case.takes[portrait], media=square)
    narrow = replace(case, takes={**case.takes, portrait: parent})
    errand = repairer.errand(narrow, portrait, [7])
    assert errand.request.operation == "outpaint"
    assert dict(errand.request.parameters) == {"left": 140, "right": 140}
    assert repairer.errand(case, portrait, [7]).remedy.operation == "again"  # nothing is missing
    (repair,) = repairer.repair(narrow, portrait, [7]).repairs
    child = pixels(stage, stage.router.stored[repair.child], darkroom)
    inner = child[:, 140 : 140 + 360]
    assert child.shape == (360, 640, 3)
    away = slice(FEATHER + 1, 360 - FEATHER - 1)
    assert np.array_equal(inner[:, away], darkroom.picture(doubles.picture(50, width=360))[:, away])
    assert repair.outside_child == 0.0


def test_the_same_repair_twice_is_paid_once(stage, case, repairer, portrait, matte):
    first = repairer.repair(case, portrait, [4], matte=matte)
    second = repairer.repair(case, portrait, [4], matte=matte)
    assert first == second
    assert len(stage.router.sent) == 1


def test_a_round_that_could_cost_more_than_is_left_is_not_begun(
    stage, case, repairer, portrait, matte
):
    with pytest.raises(OverBudget):
        repairer.repair(case, portrait, [4], matte=matte, budget_musd=69_999)
    assert stage.router.sent == []


def test_a_model_that_declines_leaves_a_reason_and_no_child(stage, case, repairer, portrait, matte):
    label = repairer.errand(case, portrait, [4], matte).request.label
    stage.router.script = {label: (AttemptState.REFUSED, "filtered")}
    outcome = repairer.repair(case, portrait, [4], matte=matte)
    assert (outcome.repairs, outcome.refused, outcome.as_json()["best"]) == ((), "filtered", None)


def test_what_no_part_can_be_repaired_for_is_asked_for_again(stage, case, repairer, portrait):
    asked = stage.router.known[case.trial_of[portrait].request]
    errand = repairer.errand(case, portrait, [1])
    assert (errand.remedy.operation, errand.matte) == ("again", None)
    assert replace(errand.request, id="", seed=0, label="", parent=None) == replace(
        asked, id="", seed=0, label=""
    )
    assert errand.request.seed not in {None, asked.seed}
    (repair,) = repairer.repair(case, portrait, [1]).repairs
    raw, child = (stage.router.stored[t] for t in (repair.raw, repair.child))
    assert child.media == raw.media
    assert (child.source, child.parent, repair.spend_musd) == (Source.REPAIRED, portrait, 70_000)


def test_a_clip_is_asked_for_again_and_never_painted(case, repairer):
    clip = take_of(case, "video_from_key", "image_to_video")
    moving = replace(case.takes[clip], media=replace(case.takes[clip].media, mime="video/mp4"))
    line = case.shot(case.trial_of[clip]).acceptance[0].number
    errand = repairer.errand(replace(case, takes={**case.takes, clip: moving}), clip, [line])
    assert (errand.remedy.operation, errand.worst_case_musd > 0) == ("again", True)


def test_it_is_asked_again_with_the_recipe_whose_take_passes_the_line(case, portrait):
    other = replace(case.takes[portrait], id="other")
    trial = replace(case.trial_of[portrait], id="t", recipe="init_image_alt", request="r")
    grown = replace(
        case,
        kept=replace(case.kept, recipes=(*case.kept.recipes, replace(
            case.recipes["init_image"], name="init_image_alt"))),
        takes={**case.takes, "other": other},
        trial_of={**case.trial_of, "other": trial},
    )  # fmt: skip

    def ruled(mine, theirs):
        line = case.shot(trial).acceptance[0]
        both = {portrait: mine, "other": theirs}
        said = {t: (Verdict(line=line, take=t, ruling=r),) for t, r in both.items()}
        return replace(grown, verdicts={**case.verdicts, **said})

    number = case.shot(trial).acceptance[0].number
    assert origin(ruled(Ruling.FAIL, Ruling.PASS), portrait, [number]).recipe == "init_image_alt"
    assert origin(ruled(Ruling.FAIL, Ruling.FAIL), portrait, [number]).recipe == "init_image"


def test_what_cannot_be_repaired_says_why(case, repairer, portrait, cleanup):
    nobodys = replace(
        case,
        takes={t: replace(one, source=Source.IMPORTED) for t, one in case.takes.items()},
    )
    with pytest.raises(BadInput, match="--matte"):
        repairer.errand(nobodys, portrait, [4])
    with pytest.raises(BadInput, match="character's sheet"):
        repairer.errand(nobodys, portrait, [1])
    with pytest.raises(UnknownName):
        repairer.errand(case, portrait, [9])
    with pytest.raises(UnknownName):
        repairer.errand(case, "nobody", [1])


def test_an_empty_matte_is_refused():
    picture = np.zeros((8, 8, 3), np.uint8)
    with pytest.raises(BadInput, match="white"):
        lay(picture, picture, np.zeros((8, 8), bool), 2)


def test_the_edge_fades_outwards_and_never_inwards():
    ground, answer = np.zeros((1, 40, 3), np.uint8), np.full((1, 40, 3), 200, np.uint8)
    inside = np.zeros((1, 40), bool)
    inside[0, :10] = True
    row = lay(answer, ground, inside, 8).pixels[0, :, 0].astype(int)
    assert (row[:10] == 200).all()
    assert (np.diff(row[9:19]) < 0).all()
    assert (row[18:] == 0).all()


def test_the_report_shows_the_repair_with_its_pictures(
    stage, case, repairer, portrait, matte, darkroom
):
    (repair,) = repairer.repair(case, portrait, [4], matte=matte).repairs
    imprint = Imprint(title="t", now=doubles.NOW, code_version="1", generated_by="x", reproduce="y")
    album = Album(media=stage.media, darkroom=darkroom)
    told, assets = document([stage.case()], stage.catalogue, album, imprint)
    (row,) = told["repairs"]
    assert set(row["pictures"].values()) <= set(assets)
    takes = {t["take"]: t for t in told["takes"]}
    assert (takes[repair.child]["parent"], takes[repair.child]["source"]) == (portrait, "repaired")
    assert repair.raw not in takes
    recipe = next(r for r in told["recipes"] if r["recipe"] == "init_image")
    assert repair.child not in {t for f in told["findings"] for t in f["evidence"]}
    assert recipe["takes"] == sum(
        t["recipe"] == "init_image" and t["source"] == "generated" for t in told["takes"]
    )


def test_candidates_are_failed_must_lines_with_a_matte_worst_first(case, cleanup, portrait):
    other = next(
        t
        for t, trial in case.trial_of.items()
        if trial.recipe == "do_nothing" and case.shot(trial).task == "erase"
    )
    verdicts = {
        take: tuple(
            replace(v, ruling=Ruling.FAIL, threshold=0.001, margin=-0.01 * v.line.number)
            for v in case.verdicts[take]
        )
        for take in (cleanup, portrait, other)
    }
    second = replace(case.takes[cleanup], id="worse")
    worse = tuple(replace(v, take="worse", margin=-5.0) for v in verdicts[cleanup])
    grown = replace(
        case,
        takes={**case.takes, "worse": second},
        trial_of={**case.trial_of, "worse": case.trial_of[cleanup]},
        verdicts={**verdicts, "worse": worse},
    )
    assert list(candidates(grown)) == [("worse", 3), (cleanup, 3)]


class Forgetful(InlineJobs):
    """A job that ends while its attempt is open, so many times."""

    handed_in = 0
    broken = 1

    def enqueue(self, attempts):
        self.handed_in += 1
        if self.handed_in > self.broken:
            InlineJobs.enqueue(self, attempts)


def test_a_repair_whose_job_broke_is_handed_in_again(stage, case, repairer, portrait, matte):
    repairer.jobs = Forgetful(stage.router)
    (repair,) = repairer.repair(case, portrait, [4], matte=matte).repairs
    assert (repairer.jobs.handed_in, repair.spend_musd) == (2, 70_000)
    assert stage.clock.monotonic() < 15


def test_a_repair_that_nobody_answers_is_given_up_in_words(stage, case, repairer, portrait, matte):
    repairer.jobs, repairer.poll_s = InlineJobs(stage.router, limit=0), 60.0
    outcome = repairer.repair(case, portrait, [4], matte=matte)
    assert "no answer came within 2 hours" in outcome.refused
    assert 7200 <= stage.clock.monotonic() < 7500
    repairer.jobs = InlineJobs(stage.router)
    assert len(repairer.repair(case, portrait, [4], matte=matte).repairs) == 1
    assert len(stage.router.sent) == 1


def ruled(case, take, rulings, **more):
    """Give a campaign in which a take's lines are ruled so."""
    verdicts = tuple(
        replace(v, ruling=rulings.get(v.line.number, v.ruling), **more) for v in case.verdicts[take]
    )
    return replace(case, verdicts={**case.verdicts, take: verdicts})


def test_a_line_that_passes_or_cannot_be_measured_is_left_alone_for_free(
    stage, case, repairer, portrait, matte
):
    mixed = ruled(case, portrait, {3: Ruling.NOT_MEASURED, 5: Ruling.PASS})
    for number, reason in ((3, "not measured"), (5, "it passes already")):
        with pytest.raises(BadInput, match=reason):
            repairer.repair(mixed, portrait, [number], matte=matte)
    assert stage.router.sent == []
    outcome = repairer.repair(mixed, portrait, [3, 4, 5], matte=matte)
    assert [r.lines for r in outcome.repairs] == [(4,)]
    assert [one["line"] for one in outcome.as_json()["left_alone"]] == [3, 5]
    assert "line 5 is left alone: it passes already" in printed.text(outcome)


def test_of_the_wrong_raster_no_new_take_is_bought(stage, case, repairer, portrait):
    """Asked again, a model gives the raster that it gave before."""

    def failing(check):
        evidence = {"checks": [{"check": check, "passed": False}]}
        return ruled(case, portrait, {}, evidence=evidence)

    with pytest.raises(BadInput, match="form"):
        repairer.errand(failing("width"), portrait, [1])
    frozen = repairer.errand(failing("frozen_seconds"), portrait, [1])
    assert (frozen.remedy.operation, stage.router.sent) == ("again", [])


def test_before_anything_is_asked_each_step_has_its_worst_cost_and_the_budget_holds(
    stage, case, repairer, portrait, matte
):
    errand = repairer.errand(case, portrait, [4], matte)
    row = errand.as_json() | errand.steps(3)
    assert [s["worst_case_usd"] for s in row["steps"]] == [0.07, 0.08, 0.08]  # a new take, then
    said = printed.planned(row)
    assert "round 1: the region is painted anew, for line 4; at most 0.07 USD" in said
    assert "together at most 0.23 USD" in said
    with pytest.raises(OverBudget):
        repairer.errand(case, portrait, [4], matte, 0)
    free = repairer.errand(case, portrait, [2], None, 0)
    assert "free, no model is asked" in printed.planned(free.as_json() | free.steps(1))
    assert stage.router.sent == []


def test_what_each_round_may_cost_is_told_before_it_is_asked(
    stage, case, repairer, portrait, matte
):
    told = []
    repairer.on_round = lambda n, e: told.append((n, e.worst_case_musd, list(stage.router.sent)))
    repairer.repair(case, portrait, [4], matte=matte)
    assert told == [(1, 70_000, [])]


def test_the_authorship_log_names_who_repaired_and_nobody_where_nobody_was_named(
    stage, case, repairer, portrait, cleanup, matte
):
    repairer.by = "Ana Sup"
    (named,) = repairer.repair(case, portrait, [4], matte=matte).repairs
    repairer.by = "Somebody Else"  # the same repair again is still hers
    repairer.repair(case, portrait, [4], matte=matte)
    repairer.by = ""
    (unnamed,) = repairer.repair(case, cleanup, [3]).repairs
    lines = {x.take: x for x in log(stage.case(), [], {}) if x.event == "repaired"}
    assert (lines[named.child].by, lines[unnamed.child].by) == ("Ana Sup", NOBODY)
