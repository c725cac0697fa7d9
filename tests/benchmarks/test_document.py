"""The report document: complete, finite, traceable, and honest about what it is."""

import json
from dataclasses import replace

import pytest

from benchmarks.comparing.compare import Question, Sample, compare
from benchmarks.domain.campaign import Observation
from benchmarks.testing import doubles
from benchmarks.testing.stage import Stage
from benchmarks.views.document import Imprint, document
from benchmarks.views.pictures import Album
from benchmarks.views.summary import answer
from benchmarks.views.veil import Veil
from evaluators.domain.score import Direction
from evaluators.domain.verdict import Ruling
from router.domain.attempt import AttemptState
from router.domain.errors import BadInput, Conflict

IMPRINT = Imprint(
    title="What two recipes did",
    now=doubles.NOW,
    code_version="0.1.0",
    generated_by="circletake report build",
    reproduce="circletake demo",
    fictional=("lantern",),
)


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    """A finished campaign with one refusal whose reason names a vendor, and one observation."""
    stage = Stage(tmp_path_factory.mktemp("stage"))
    planned = stage.plan("init_image", "init_image_alt", "erase_matte")
    first = next(r.label for r in planned.requests if r.model == "sd35-large")
    stage.router.script = {first: (AttemptState.REFUSED, "Stability sd35-large said no")}
    stage.runner().run(planned, stage.files)
    stage.id = planned.campaign.id
    take = next(iter(stage.router.stored))
    stage.store.observe(
        Observation(
            partner="lantern",
            id="o1",
            campaign=stage.id,
            by="Ann Lee",
            role="director",
            text="The scar wanders",
            takes=(take,),
            severity="major",
            created_at=doubles.NOW,
        )
    )
    yield stage
    stage.engine.dispose()


@pytest.fixture(scope="module")
def case(stage):
    return stage.case()


@pytest.fixture(scope="module")
def made(stage, case, darkroom):
    def draw(brief, verdict):
        assert (brief.take, brief.path.is_file()) == (verdict.take, True)
        return b"drawn"

    album = Album(media=stage.media, darkroom=darkroom, draw=draw)
    return document([case], stage.catalogue, album, IMPRINT)


def test_the_document_has_every_part_and_only_finite_numbers(made):
    told, _ = made
    json.dumps(told, allow_nan=False)
    assert set(told) == {
        "schema", "title", "created_at", "simulated", "code_version", "currency", "answer",
        "campaigns", "recipes", "comparisons", "slices", "findings", "observations", "signoff",
        "sheet", "repairs", "takes", "failures", "limits", "provenance", "confidence", "loop",
        "old_way", "elsewhere", "edition", "across", "studies", "votes", "judgings", "counts",
        "trust", "decided", "method", "sample", "gallery", "sheets", "recommendations",
    }  # fmt: skip
    assert told["simulated"] is True


def test_every_picture_that_is_named_is_there_and_no_other(made):
    told, assets = made
    named = {t["thumb"] for t in told["takes"]} | {s["thumb"] for s in told["sheet"]}
    verdicts = [v for s in told["sheet"] for t in s["takes"] for v in t["verdicts"]]
    named |= {v["evidence"]["picture"] for v in verdicts if "picture" in v["evidence"]}
    assert named == set(assets)
    assert assets[told["takes"][0]["thumb"]][:3] == b"\xff\xd8\xff"


def test_evidence_is_drawn_for_what_failed_and_not_for_what_passed(made):
    verdicts = [v for s in made[0]["sheet"] for t in s["takes"] for v in t["verdicts"]]
    assert {(v["verdict"], "picture" in v["evidence"]) for v in verdicts} == {
        ("pass", False),
        ("fail", True),
    }


def test_every_finding_and_comparison_leads_to_takes_of_the_document(made):
    told, _ = made
    takes = {t["take"] for t in told["takes"]}
    comparisons = {c["id"] for c in told["comparisons"]}
    assert told["findings"]
    assert told["comparisons"]
    for finding in told["findings"]:
        assert set(finding["evidence"]) <= takes
        assert finding["comparison"] in comparisons | {None}
        assert finding["simulated"] is True
    assert all(set(c["evidence"]) <= takes and c["evidence"] for c in told["comparisons"])


def test_states_add_up_and_money_agrees_between_the_tables(made):
    told, _ = made
    trials = told["campaigns"][0]["trials"]
    total = trials.pop("total")
    assert sum(trials.values()) == total
    spent = sum(r["spend_usd"] for r in told["recipes"])
    assert spent == pytest.approx(told["campaigns"][0]["spend_usd"])
    assert spent == pytest.approx(sum(t["cost_usd"] for t in told["takes"]))


def test_a_refusal_is_told_with_its_reason_and_without_a_vendors_name(made):
    (failure,) = [f for f in made[0]["failures"] if f["state"] == "refused"]
    assert failure["reason"] == "the provider Emulated A said no"
    recipe = next(r for r in made[0]["recipes"] if r["recipe"] == "init_image")
    assert (recipe["outcomes"]["refused"], recipe["reasons"][0]["count"]) == (1, 1)


def test_no_vendor_stands_in_a_simulated_document_but_for_the_wire_ids(made, stage):
    told = dict(made[0])
    wire = told["provenance"]["wire_ids"]
    assert {w["alias"] for w in wire} >= {"Emulated A"}
    told["provenance"] = {k: v for k, v in told["provenance"].items() if k != "wire_ids"}
    text = json.dumps(told).lower()
    paid = [m for m in stage.catalogue.values() if m.dialect != "local"]
    names = {n.lower() for m in paid for n in (m.provider, m.key, m.model_id)}
    assert [n for n in names if n in text] == []


def test_a_real_partners_name_does_not_stand_on_simulated_material(stage, case, darkroom):
    album = Album(media=stage.media, darkroom=darkroom)
    told, _ = document([case], stage.catalogue, album, replace(IMPRINT, fictional=()))
    campaign = told["campaigns"][0]
    assert "Paper Lantern" not in json.dumps(told)
    assert campaign["partner"].startswith("partner_")
    assert told["observations"][0]["partner_name"] == campaign["partner_name"]


def test_real_material_keeps_its_names(stage):
    veil = Veil(stage.catalogue, simulated=False)
    assert veil.model("sd35-large") == "stability sd35-large"
    assert veil.text("stability said no") == "stability said no"
    assert veil.partner(doubles.partner()) == ("lantern", "Paper Lantern")


def test_words_of_people_stand_apart_from_the_findings(made):
    told, _ = made
    assert [o["text"] for o in told["observations"]] == ["The scar wanders"]
    assert "The scar wanders" not in json.dumps(told["findings"])


def test_simulated_and_real_campaigns_never_share_a_document(stage, case, darkroom):
    kept = replace(case.kept, campaign=replace(case.kept.campaign, simulated=False))
    takes = {k: replace(t, simulated=False) for k, t in case.takes.items()}
    real = replace(case, kept=kept, takes=takes)
    album = Album(media=stage.media, darkroom=darkroom)
    with pytest.raises(Conflict, match="only simulated or only real"):
        document([case, real], stage.catalogue, album, IMPRINT)


def test_a_recipe_that_meant_two_things_is_refused(stage, case, darkroom):
    changed = tuple(
        replace(r, parameters=(("strength", 0.9),)) if r.name == "init_image" else r
        for r in case.kept.recipes
    )
    other = replace(case, kept=replace(case.kept, recipes=changed))
    album = Album(media=stage.media, darkroom=darkroom)
    with pytest.raises(Conflict, match="two versions of init_image"):
        document([case, other], stage.catalogue, album, IMPRINT)


def test_a_document_of_nothing_is_refused(stage, darkroom):
    with pytest.raises(BadInput):
        document([], stage.catalogue, Album(media=stage.media, darkroom=darkroom), IMPRINT)


def test_the_answer_tells_lines_trials_and_money(made):
    text = " ".join(made[0]["answer"])
    assert "must-lines on generated takes" in text
    assert "1 refused" in text
    assert "USD at the emulator's prices; nothing was billed" in text


def test_the_headline_says_how_many_of_all_questions_tell_paid_recipes_apart(case):
    question = Question(
        metric="id_ref", task="reference_to_image", unit="similarity", direction=Direction.HIGHER
    )
    both = [
        Sample(take=f"{r}{n}", shot=f"s{n}", recipe=r, value=mean + 0.01 * n)
        for r, mean in (("init_image", 0.9), ("init_image_alt", 0.2))
        for n in range(6)
    ]
    alone = [s for s in both if s.recipe == "init_image"]
    asked = [compare(question, both), compare(replace(question, task="upscale"), alone)]
    said = answer([case], asked, (), case.recipes)[0]
    assert "1 question on which paid recipes differ (of 2 asked)" in said


def test_a_shot_on_which_a_control_serves_better_is_named(case):
    shot = next(t for t in case.trials if case.recipes[t.recipe].control)
    mine = {t for t, trial in case.trial_of.items() if trial.shot == shot.shot}
    free = {t for t in mine if case.recipes[case.trial_of[t].recipe].control}
    verdicts = {
        take: tuple(replace(v, ruling=Ruling.PASS if take in free else Ruling.FAIL) for v in given)
        for take, given in case.verdicts.items()
        if take in mine
    }
    said = answer([replace(case, verdicts=verdicts)], (), (), case.recipes)
    (sentence,) = [s for s in said if "fewer must-lines open" in s]
    assert sentence.startswith("On 1 of 1 shots a free control")
    assert f"on {shot.shot}." in sentence


def test_the_limits_say_first_that_it_is_simulated(made):
    assert made[0]["limits"][0].startswith("Simulated")


def test_derived_pictures_are_made_once(stage, case, darkroom, tmp_path):
    drawn = []

    def draw(brief, verdict):
        drawn.append(verdict.line.number)
        return b"drawn"

    for _ in range(2):
        album = Album(media=stage.media, darkroom=darkroom, draw=draw, folder=tmp_path)
        document([case], stage.catalogue, album, IMPRINT)
        count = len(drawn)
    assert count == sum(v.ruling == "fail" for vs in case.verdicts.values() for v in vs)


def test_the_same_bytes_twice_are_flagged_over_the_whole_campaign(stage):
    first, second, *_ = (t for t in stage.router.stored.values() if t.cost_musd)
    before = stage.router.stored[second.id]
    stage.router.stored[second.id] = replace(second, media=first.media)
    try:
        scored = stage.case().scored
    finally:
        stage.router.stored[second.id] = before
    assert {t for t, s in scored.items() if "duplicate" in s.flags} == {first.id, second.id}
