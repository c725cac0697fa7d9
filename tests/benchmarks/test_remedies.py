"""Remedies: each kind of failed line gets the cheapest operation that can fix it, or a reason."""

from dataclasses import replace

import pytest

from benchmarks.repairing.remedies import Garment, NoRemedy, Situation, choose, garment, standing
from evaluators.domain.verdict import AcceptanceLine, Ruling, Verdict

PRICES = {"erase": 70_000, "inpaint": 70_000, "search_recolor": 70_000, "outpaint": 60_000}
READY = Situation(
    prices=PRICES,
    matte=True,
    plate=True,
    look=True,
    garment=Garment(name="coat", colour="green"),
    margins=True,
)


def line(kind, number=1, **more):
    return AcceptanceLine(number=number, criterion=f"{kind} is right", kind=kind, must=True, **more)


@pytest.mark.parametrize(
    ("kind", "operation", "cost"),
    [
        ("artefact", "erase", 70_000),
        ("wardrobe", "search_recolor", 70_000),
        ("colour", "grade", 0),
        ("lighting", "grade", 0),
        ("composition", "outpaint", 60_000),
        ("untouched_region", "lay_in", 0),
    ],
)
def test_each_kind_of_line_has_its_operation(kind, operation, cost):
    found = choose([line(kind)], READY)
    assert (found.operation, found.cost_musd) == (operation, cost)


@pytest.mark.parametrize(
    ("kind", "change", "operation"),
    [
        ("artefact", {"prices": {"inpaint": 1}}, "inpaint"),
        ("artefact", {"prices": {**PRICES, "inpaint": 1}}, "inpaint"),
        ("wardrobe", {"garment": None}, "inpaint"),
        ("wardrobe", {"prices": {**PRICES, "inpaint": 1}}, "inpaint"),
        ("wardrobe", {"matte": False}, "search_recolor"),
    ],
)
def test_the_cheapest_one_that_has_what_it_needs_is_taken(kind, change, operation):
    assert choose([line(kind)], replace(READY, **change)).operation == operation


def test_in_a_clean_up_the_hole_is_patched_and_elsewhere_the_cloth_is_dyed():
    worn = replace(READY, cloth=True)
    hole = replace(worn, hole=True)
    assert choose([line("wardrobe")], worn).operation == "dye"
    assert choose([line("wardrobe")], hole).operation == "patch"
    assert choose([line("wardrobe")], replace(hole, spent=frozenset({"patch"}))).operation == "dye"
    assert choose([line("wardrobe", metric="id_ref")], hole).operation == "inpaint"


@pytest.mark.parametrize("kind", ["artefact", "technical"])
def test_flicker_of_a_clip_is_taken_out_for_free_and_then_asked_again(kind):
    clip = replace(READY, still=False, prices={**PRICES, "again": 70_000})
    flickers = line(kind, metric="temporal.flicker")
    assert choose([flickers], clip).operation == "deflicker"
    assert choose([flickers], replace(clip, spent=frozenset({"deflicker"}))).operation == "again"
    assert choose([line(kind)], clip).operation == "again"
    still = choose([flickers], replace(READY, matte=False))
    assert "deflicker needs a clip" in still.reasons[1]


def test_of_frames_that_stand_still_it_says_that_no_remedy_is_known():
    said = choose([line("technical")], replace(READY, still=False)).reasons[1]
    assert "no remedy is known; ask another model" in said


def test_a_costume_that_failed_in_something_else_than_colour_is_not_recoloured():
    assert choose([line("wardrobe", metric="id_ref")], READY).operation == "inpaint"


@pytest.mark.parametrize(
    ("kind", "change", "reason"),
    [
        ("identity", {}, "new take"),
        ("action", {}, "new take"),
        ("continuity", {}, "new take"),
        ("artefact", {"matte": False}, "--matte"),
        ("untouched_region", {"plate": False}, "plate"),
        ("colour", {"look": False}, "wanted light"),
        ("composition", {"margins": False}, "aspect"),
        ("composition", {"prices": {}}, "model"),
    ],
)
def test_what_cannot_be_repaired_has_a_reason(kind, change, reason):
    found = choose([line(kind, 4)], replace(READY, **change))
    assert isinstance(found, NoRemedy)
    assert reason in found.reasons[4]


def test_free_work_comes_before_paid_work_and_the_rest_waits():
    found = choose([line("artefact", 1), line("colour", 2), line("identity", 3)], READY)
    assert (found.operation, [x.number for x in found.lines]) == ("grade", [2])


def test_the_plate_is_laid_back_in_the_same_round_as_a_repair_inside_the_matte():
    found = choose([line("artefact", 1), line("untouched_region", 2)], READY)
    assert (found.operation, found.on_plate, len(found.lines)) == ("erase", True, 2)


def test_an_extended_frame_has_no_plate_to_lie_on():
    found = choose([line("composition", 1), line("untouched_region", 2)], READY)
    assert (found.operation, found.on_plate, len(found.lines)) == ("outpaint", False, 1)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("A bottle-green coat with brass buttons", ("coat", "bottle-green")),
        ("A yellow raincoat.", ("raincoat", "yellow")),
        ("She wears a navy blue pea jacket, open", ("pea jacket", "navy blue")),
        ("An armoured suit", None),
    ],
)
def test_the_garment_and_its_colour_are_read_from_the_costumes_words(words, found):
    read = garment(words)
    assert (read and (read.name, read.colour)) == found


def verdict(number, ruling, margin=None, *, must=True):
    told = replace(line("colour", number), must=must)
    return Verdict(line=told, take="t", ruling=ruling, threshold=4.0, margin=margin)


def test_a_take_that_loses_another_must_line_is_no_better():
    before = [verdict(1, Ruling.FAIL, -2.0), verdict(2, Ruling.PASS, 1.0)]
    after = [verdict(1, Ruling.PASS, 1.0), verdict(2, Ruling.FAIL, -1.0)]
    assert not standing(after, [1]) < standing(before, [1])


def test_what_it_mends_elsewhere_does_not_make_up_for_what_it_loses():
    before = [verdict(1, Ruling.FAIL), verdict(2, Ruling.PASS), verdict(3, Ruling.FAIL)]
    after = [verdict(1, Ruling.PASS), verdict(2, Ruling.UNSURE), verdict(3, Ruling.PASS)]
    assert not standing(after, [1], had=[2]) < standing(before, [1], had=[2])


def test_among_takes_with_as_many_open_lines_the_smaller_shortfall_is_better():
    near, far = [verdict(1, Ruling.FAIL, -1.0)], [verdict(1, Ruling.FAIL, -2.0)]
    assert standing(near, [1]) < standing(far, [1])
    assert standing([], [1]) >= standing([verdict(1, Ruling.PASS, 1.0)], [1])
