"""Verdicts: who may fail a line, who may only doubt, and who has the last word."""

import pytest

from evaluators.domain.score import Direction, Score, Status
from evaluators.domain.verdict import AcceptanceLine, Ruling
from evaluators.thresholds import LIMITS
from evaluators.verdicts import decide, open_must, overrule, sheet


def line(kind, metric=None, threshold=None, *, must=True, number=1):
    return AcceptanceLine(
        number=number, criterion="as it says", kind=kind, must=must, metric=metric,
        threshold=threshold,
    )  # fmt: skip


def number(metric, value, direction=Direction.LOWER, *, used=8, expected=8, **evidence):
    return Score(
        metric=metric, unit="share", direction=direction, status=Status.MEASURED, value=value,
        coverage=used / expected, n_used=used, n_expected=expected, evidence=evidence,
    )  # fmt: skip


def silence(metric, reason, status=Status.NOT_MEASURED, **evidence):
    return Score(
        metric=metric, unit="share", direction=Direction.HIGHER, status=status, reason=reason,
        evidence=evidence,
    )  # fmt: skip


HIGHER, NONE = Direction.HIGHER, Direction.NONE


@pytest.mark.parametrize(
    ("demand", "score", "ruling", "margin"),
    [
        (line("technical"), number("spec_checks.passed", 1.0, HIGHER), Ruling.PASS, 0.0),
        (line("technical"), number("spec_checks.passed", 0.9, HIGHER), Ruling.FAIL, -0.1),
        (line("untouched_region"), number("outside_mask", 0.0), Ruling.PASS, 0.001),
        (line("untouched_region"), number("outside_mask", 0.02), Ruling.FAIL, -0.019),
        (line("untouched_region"), number("outside_mask", 0.0, used=2), Ruling.UNSURE, 0.001),
        (line("untouched_region"), number("outside_mask", 0.02, used=2), Ruling.FAIL, -0.019),
        (line("colour"), number("colour_match.delta_e", 9.0), Ruling.FAIL, -5.0),
        (line("lighting"), number("colour_match.stops", -0.1, NONE), Ruling.PASS, 0.23),
        (line("lighting"), number("colour_match.stops", -1.0, NONE), Ruling.FAIL, -0.67),
        (line("lighting"), number("colour_match.stops", 1.0, NONE), Ruling.FAIL, -0.67),
        (line("wardrobe"), number("costume_colour", 20, region="mask"), Ruling.FAIL, -14),
        (line("wardrobe"), number("costume_colour", 20, region="torso"), Ruling.UNSURE, -14),
        (line("composition"), number("framing", 0.0), Ruling.PASS, 0.5),
        (line("composition"), number("framing", 2.0), Ruling.UNSURE, -1.5),
        (line("camera"), number("camera_move", 1.0, HIGHER), Ruling.PASS, 0.0),
        (line("camera"), number("camera_move", 0.0, HIGHER), Ruling.UNSURE, -1.0),
        (line("identity"), number("id_ref", 0.8, HIGHER), Ruling.PASS, 0.18),
        (line("identity"), number("id_ref", 0.2, HIGHER), Ruling.UNSURE, -0.42),
        (line("artefact"), number("tech.blur", 0.8), Ruling.FAIL, -0.25),
        (line("artefact"), number("tech.blur", 0.2), Ruling.UNSURE, 0.35),
        (line("artefact", "tech.blur"), number("tech.blur", 0.2), Ruling.PASS, 0.35),
        (line("camera", "temporal.warp"), number("temporal.warp", 9.0), Ruling.FAIL, -6.0),
        (line("identity", "id_ref", 0.9), number("id_ref", 0.8, HIGHER), Ruling.UNSURE, -0.1),
    ],
)
def test_each_kind_is_ruled_by_its_metric(demand, score, ruling, margin):
    got = decide(demand, "t1", [score])
    assert got.ruling is ruling
    assert got.margin == pytest.approx(margin)
    assert (got.metric, got.by) == (score.metric, f"{score.metric} v1")
    assert got.reason or ruling in {Ruling.PASS, Ruling.FAIL}


@pytest.mark.parametrize("kind", ["action", "continuity", "x.smell"])
def test_what_needs_eyes_is_not_measured(kind):
    got = decide(line(kind), "t1", [number("tech.blur", 0.1)])
    assert got.ruling is Ruling.NOT_MEASURED
    assert "a person must look" in got.reason


@pytest.mark.parametrize("value", [0.595, 0.62, 0.645])
def test_inside_the_error_of_the_metric_nothing_is_claimed(value):
    got = decide(line("identity"), "t1", [number("id_ref", value, HIGHER)])
    assert got.ruling is Ruling.UNSURE
    assert "own error" in got.reason


def test_a_take_that_was_hardly_seen_is_unsure_whatever_the_number():
    got = decide(line("identity"), "t1", [number("id_ref", 0.95, HIGHER, used=2, expected=8)])
    assert (got.ruling, got.reason) == (Ruling.UNSURE, "seen in 2 of 8 frames only")


def test_a_frozen_clip_never_passes_for_being_steady():
    still = number("temporal.warp", 0.0, frozen=True)
    assert decide(line("artefact", "temporal.warp"), "t1", [still]).ruling is Ruling.UNSURE


def test_a_missing_number_is_not_measured_for_the_scores_reason():
    for status in (Status.NOT_MEASURED, Status.NOT_APPLICABLE, Status.FAILED):
        score = silence("id_ref", "no face found", status)
        got = decide(line("identity"), "t1", [score])
        assert (got.ruling, got.reason) == (Ruling.NOT_MEASURED, "no face found")
        assert got.value is None
    assert decide(line("identity"), "t1", []).ruling is Ruling.NOT_MEASURED


def test_a_stranger_in_the_picture_is_a_doubt_and_not_a_silence():
    score = silence("id_ref", "only faces unlike the reference", strangers=3)
    assert decide(line("identity"), "t1", [score]).ruling is Ruling.UNSURE


def test_a_metric_of_one_number_may_be_named_by_its_file_and_one_of_several_not():
    one = number("spec_checks.passed", 1.0, HIGHER)
    assert decide(line("technical", "spec_checks"), "t1", [one]).ruling is Ruling.PASS
    two = [number("tech.blur", 0.1), number("tech.noise", 0.1)]
    assert decide(line("artefact", "tech"), "t1", two).ruling is Ruling.NOT_MEASURED


def test_a_metric_without_a_default_needs_a_threshold():
    moving = number("temporal.motion", 0.4, NONE)
    assert "temporal.motion" not in LIMITS
    assert "name a threshold" in decide(line("camera", "temporal.motion"), "t1", [moving]).reason
    assert decide(line("camera", "temporal.motion", 0.5), "t1", [moving]).ruling is Ruling.PASS


def test_a_persons_word_stands_and_what_it_overruled_is_kept():
    said = decide(line("technical"), "t1", [number("spec_checks.passed", 0.5, HIGHER, frame=3)])
    ruled = overrule(said, "Ada Lovelace", Ruling.PASS, "the client asked for this size")
    assert (ruled.ruling, ruled.by) == (Ruling.PASS, "Ada Lovelace")
    assert ruled.evidence["frame"] == 3
    assert ruled.evidence["overruled"]["ruling"] == "fail"
    assert ruled.value == said.value


def test_a_sheet_answers_every_line_and_counts_the_open_demands():
    lines = [
        line("technical", number=1),
        line("identity", number=2),
        line("camera", number=3, must=False),
        line("action", number=4),
    ]
    scores = [number("spec_checks.passed", 1.0, HIGHER), number("id_ref", 0.3, HIGHER)]
    got = sheet(lines, "t1", scores)
    assert [v.line.number for v in got] == [1, 2, 3, 4]
    assert open_must(got) == 2
