"""The loop of a campaign: circled takes, overruled verdicts, lifts, hours beside the old way."""

import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from benchmarks.agreement import tables
from benchmarks.comparing.compare import Question, Sample, compare
from benchmarks.domain.labour import Labour
from benchmarks.domain.pack import Baseline
from benchmarks.domain.repair import Decision
from benchmarks.testing import doubles
from benchmarks.testing.stage import Stage
from benchmarks.views.comparisons import Compared
from benchmarks.views.lifts import is_words_only, lift_rows, line_samples
from benchmarks.views.loop import loop_of, ratings, ways_of
from benchmarks.views.old_way import old_way
from benchmarks.views.tables import one_recipe_each
from evaluators.domain.score import Direction
from evaluators.domain.verdict import Ruling
from evaluators.verdicts import overrule
from router.files.csv_text import csv_text

NOBODY_IS_REPLACED = re.compile(
    r"head.?count|\bFTE|full.time.equivalent|jobs?.(saved|cut|lost|replaced)|posts? saved|lay.?off"
    r"|redundan|staff(ing)? (saved|reduc)|replaces? (an? )?(artist|people)",
    re.IGNORECASE,
)


@pytest.fixture
def stage(tmp_path):
    stage = Stage(tmp_path)
    stage.finish("init_image", "erase_matte", takes=2)
    yield stage
    stage.engine.dispose()


def circle(stage, take, minutes):
    stage.store.decide(
        Decision(
            partner="lantern",
            id=f"d{minutes}",
            campaign=stage.id,
            take=take,
            by="Ines",
            role="director",
            status="circled",
            notes="",
            created_at=doubles.NOW + timedelta(minutes=minutes),
        )
    )


def loop(case):
    recipes = one_recipe_each([case])
    return loop_of([case], Compared(declared=(), others=(), measured={}), recipes)


def test_money_and_minutes_run_until_the_first_circle_and_open_shots_are_censored(stage):
    first = next(t for t, take in stage.case().takes.items() if take.cost_musd)
    circle(stage, first, 30)
    circle(stage, first, 90)  # circled again: the decision that counts is the latest
    case = stage.case()
    recipe = case.trial_of[first].recipe
    row = next(r for r in loop(case)["circling"] if r["recipe"] == recipe)
    assert (row["circled"], row["minutes"]["events"]) == (1, 1)
    assert [s["at"] for s in row["minutes"]["steps"]] == [90.0]
    assert row["usd"]["steps"][0]["at"] == pytest.approx(0.14)  # both takes were paid by then
    assert row["attempts_per_circled"] == row["attempts"]
    assert any("no circled take" in n for n in loop(case)["notes"])


def test_a_shot_that_is_circled_ends_there_for_the_other_recipes(stage):
    case = stage.case()
    first = next(t for t, take in case.takes.items() if take.cost_musd)
    circle(stage, first, 30)
    circle(stage, next(t for t in reversed(case.takes)), 600)
    mine = case.trial_of[first]
    other = replace(mine, id="x", recipe="style_guide", request="asked elsewhere")
    case = stage.case()
    case = replace(
        case,
        kept=replace(case.kept, recipes=(*case.kept.recipes, stage.recipes["style_guide"])),
        trials=(*case.trials, other),
        states={**case.states, "x": case.states[mine.id]},
    )
    (way,) = [w for w in ways_of(case) if w.recipe == "style_guide"]
    assert (way.circled, way.minutes) == (False, 30.0)


def test_without_a_circle_the_loop_says_not_measured(stage):
    assert "not measured" in loop(stage.case())["notes"][0]


def test_every_asked_line_is_counted_even_where_no_take_came(stage):
    case = stage.case()
    rows = {(p["recipe"], p["kind"]): p for p in loop(case)["passing"]}
    row = rows["init_image", "identity"]
    shots = {t.shot for t in case.trials if t.recipe == "init_image"}
    assert (row["shots"], row["lines"]) == (len(shots), len(shots))
    assert 0 <= row["after"][0]["ci_low"] <= row["after"][0]["share"] <= row["after"][0]["ci_high"]


def test_overruled_verdicts_become_ratings_that_agree_reads(stage, tmp_path):
    case = stage.case()
    take, verdicts = next((t, v) for t, v in case.verdicts.items() if v[0].value is not None)
    changed = overrule(verdicts[0], "Ines Falk", Ruling.PASS, "that is her")
    stage.store.overrule("lantern", stage.id, changed, doubles.NOW)
    case = stage.case()
    (row,) = loop(case)["overruled"]
    assert (row["take"], row["by"], row["now"]) == (take, "Ines Falk", "pass")
    assert row["was"] == verdicts[0].ruling.value
    said, scored = ratings(case)
    for name, rows in (("ratings", said), ("scores", scored)):
        text = csv_text(tuple(rows[0]), (tuple(r.values()) for r in rows))
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    found = tables.read_ratings(tmp_path / "ratings.csv")
    assert found == {"identity": {f"{take}/1": {"Ines Falk": 1.0}}}
    item = tables.read_scores(tmp_path / "scores.csv", {}).items[f"{take}/1"]
    trial = case.trial_of[take]
    assert item.shot == f"{trial.pack}/{trial.shot}"  # another pack may have a shot of that name


def compared(**means):
    question = Question(
        metric="costume_colour",
        task="reference_to_image",
        unit="delta_e",
        direction=Direction.LOWER,
    )
    samples = [
        Sample(take=f"{r}{n}", shot=f"s{n}", recipe=r, value=mean + 0.1 * n * (r == "init_image"))
        for r, mean in means.items()
        for n in range(6)
    ]
    return compare(question, samples)


def test_a_lift_is_turned_so_that_more_is_better(stage):
    found = compared(init_image=2.0, canonical_text=9.0)
    result = Compared(declared=(found,), others=(), measured={})
    (row,) = lift_rows([], result, stage.recipes)
    assert (row["recipe"], row["over"], row["over_is"]) == (
        "init_image",
        "canonical_text",
        "words_only",
    )
    assert row["lift"] == pytest.approx(6.75)
    assert row["ci_low"] < row["lift"] < row["ci_high"]
    assert row["confidence"] == "sure"


@pytest.mark.parametrize("flag", ["frozen", "copy_paste"])
def test_a_take_that_did_no_work_meets_no_line_and_stays_in_its_recipes_mean(stage, flag):
    case = stage.case()
    recipes = one_recipe_each([case])
    before = {s.take: s for _, s in line_samples([case], recipes)}
    take = next(t for t, s in before.items() if s.value and not s.control)
    free = next(t for t, s in before.items() if s.control)
    scored = {t: replace(case.scored[t], flags=(flag,)) for t in (take, free)}
    after = line_samples([replace(case, scored={**case.scored, **scored})], recipes)
    told = {s.take: s for _, s in after}
    assert set(told) == set(before) - {free}, "nobody beats a control for being what it is"
    assert (told[take].value, told[take].flags) == (0.0, (flag,))
    assert all(s.value == before[t].value for t, s in told.items() if t != take)


def test_what_only_words_steer_is_known_from_the_recipe(stage):
    words = {n for n, r in stage.recipes.items() if is_words_only(r)}
    assert {"text_only", "canonical_text", "text_then_upscale", "video_from_text"} <= words
    assert not words & {"init_image", "multi_reference", "face_again", "do_nothing"}


def test_a_shots_hours_and_money_stand_beside_its_baseline(stage):
    baseline = Baseline(source="bid", by="production", hours=8.0, cost_usd=640.0)
    case = stage.case()
    shots = {k: replace(s, baseline=baseline) for k, s in case.shots.items()}
    take = next(t for t, found in case.takes.items() if found.cost_musd)
    circle(stage, take, 5)
    stage.store.timesheet.add(
        Labour(
            partner="lantern",
            id="l1",
            campaign=stage.id,
            shot=case.trial_of[take].shot,
            role="compositor",
            what="review",
            by="Ada",
            minutes=60,
            at=doubles.NOW,
        )
    )
    partner = replace(case.partner, rates_musd=(("compositor", 80_000_000),))
    told = old_way([replace(stage.case(), shots=shots, partner=partner)])
    row = next(r for r in told["shots"] if r["hours"])
    assert row["cost_usd"] > 80.0  # people and models together
    assert (row["circled"], row["baseline"]["source"]) == (True, "bid")
    assert [m["times"] for m in told["multiples"]] == [None, None]  # one shot is no interval
    assert all("not measured" in m["sentence"] for m in told["multiples"])
    assert told["worked"][0]["hours"] == 1.0


def test_no_word_about_people_who_are_no_longer_needed(stage):
    told = json.dumps([loop(stage.case()), old_way([stage.case()])])
    assert not NOBODY_IS_REPLACED.search(told)
    for storey in ("benchmarks", "dashboard"):
        folder = doubles.Path(__file__).parents[2] / storey
        for file in [*folder.rglob("*.py"), *folder.rglob("*.html")]:
            assert not NOBODY_IS_REPLACED.search(file.read_text(encoding="utf-8")), file
