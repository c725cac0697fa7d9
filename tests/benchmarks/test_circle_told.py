"""Whoever circles a take hears which must-lines are open on it, what it replaces, and what now."""

from benchmarks.commands.verdicts import answered, found
from benchmarks.decisions.telling import told
from router.console import Console

TAKE, CAMPAIGN = "a" * 32, "c" * 32
SAID = {"status": "circled", "by": "Ana Sup", "version": "SQ010_SH0020_genai_v004"}
OPEN = [
    {"line": 2, "criterion": "The suit stays orange", "verdict": "fail", "reason": None},
    {"line": 5, "criterion": "It is Mara", "verdict": "not_measured", "reason": "no face"},
]
BEFORE = {"take": "b" * 32, "version": "v003", "by": "Ben Lee", "at": "2026-11-21T12:00:00Z"}


def test_open_must_lines_are_named_with_their_words_and_verdicts():
    words = told({**SAID, "open": OPEN}, TAKE, CAMPAIGN)
    assert "2 must-lines are open" in words
    assert "2 must  fail  The suit stays orange" in words
    assert "5 must  not measured  It is Mara  (no face)" in words
    assert f"circletake repair {TAKE} --lines 2 5" in words
    assert "with a marker for each" in words


def test_a_take_without_open_lines_goes_straight_on():
    words = told({**SAID, "open": []}, TAKE, CAMPAIGN)
    assert "open" not in words
    assert "repair" not in words
    assert "What now?  Shots beside it can start from it" in words


def test_a_second_circle_says_which_one_it_replaces():
    words = told({**SAID, "open": [], "replaces": BEFORE}, TAKE, CAMPAIGN)
    assert words.startswith(
        "SQ010_SH0020_genai_v004 circled by Ana Sup; replaces v003, circled by Ben Lee"
    )


def test_taking_a_circle_back_says_which_one_counts_again():
    gone = {**SAID, "status": "withdrawn"}
    words = told({**gone, "open": OPEN, "stands": BEFORE}, TAKE, CAMPAIGN)
    assert "v003, circled by Ben Lee, counts again" in words
    assert "Nothing starts" not in words
    assert "Nothing starts from this shot" in told(gone, TAKE, CAMPAIGN)


def test_a_service_that_tells_less_is_understood():
    words = told({"status": "circled", "by": "Ana Sup"}, TAKE, CAMPAIGN)
    assert words.startswith(f"{TAKE} circled by Ana Sup\n")


def test_a_verdict_says_what_was_found_the_limit_and_on_which_side_of_it_good_lies():
    line = {"metric": "costume_colour", "unit": "delta_e", "value": 8.187, "threshold": 5.0}
    assert found(line | {"margin": -3.187}) == "costume_colour 8.19 ΔE, limit at most 5 ΔE"
    assert found(line | {"threshold": 10.0, "margin": 1.813}).endswith("at most 10 ΔE")
    alike = {"metric": "id_ref", "unit": "similarity", "value": 0.8, "threshold": 0.7}
    assert found(alike | {"margin": 0.1}) == "id_ref 0.8, limit at least 0.7"
    below = {"metric": "w1.stops", "unit": "stops", "value": -0.7, "threshold": 0.5}
    assert found(below | {"margin": -0.2}).endswith("at most 0.5 stops")
    assert not found(alike | {"value": None, "margin": None})


def test_takes_with_verdicts_are_named_by_version_and_recipe_and_marked_simulated(capsys):
    line = {
        "line": 2, "must": True, "verdict": "fail", "criterion": "The suit stays orange",
        "metric": "costume_colour", "unit": "delta_e", "value": 8.187, "threshold": 5.0,
        "margin": -3.187, "reason": None,
    }  # fmt: skip
    row = {
        "shot": "SQ010_SH0030", "take": TAKE, "version": 3, "recipe": "style_guide",
        "simulated": True, "open_must": 1, "lines": [line], "superseded_by": "b" * 32,
        "decision": {"status": "circled", "by": "Ana Sup"},
    }  # fmt: skip
    other = row | {"take": "b" * 32, "version": 4, "superseded_by": None, "lines": []}
    answered(Console(), [row, other], CAMPAIGN)
    said = capsys.readouterr().out
    assert f"SQ010_SH0030  v003  style_guide  {TAKE}" in said
    assert "circled by Ana Sup, superseded by v004  SIMULATED" in said
    assert f"What now?  `circletake repair {TAKE} --lines 2`" in said
