"""Notes on takes: drawn as mattes, kept for good, and done inside what is drawn."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.commands.notes import _jotted as jotted
from benchmarks.commands.notes import box, listed, outcome_text
from benchmarks.domain.note import Mark, Note, Stroke, Wish
from benchmarks.domain.repair import Repair, oldest_first
from benchmarks.notes import drawing
from benchmarks.notes.colours import Scene, wanted
from benchmarks.notes.refining import Refiner, Wished, together
from benchmarks.pictures.pixels import png
from benchmarks.repairing.repair import FEATHER
from benchmarks.testing import doubles
from benchmarks.testing.stage import Stage
from evaluators.domain.verdict import AcceptanceLine
from router.console import Console, arranged
from router.domain.errors import BadInput, OverBudget, UnknownName

SIZE = (640, 360)
BOX = Mark(region=(0.25, 0.25, 0.25, 0.5))
SQUARE = Stroke(points=((0.25, 0.25), (0.5, 0.25), (0.5, 0.5), (0.25, 0.5)), width=0, closed=True)
TRACE = AcceptanceLine(number=5, criterion="No trace is left", kind="artefact", must=False)


@pytest.fixture
def stage(tmp_path):
    with Stage.to_repair(tmp_path, TRACE) as stage:
        yield stage


@pytest.fixture
def refiner(repairer):
    return Refiner(repairer=repairer)


@pytest.fixture
def take(stage):
    case = stage.case()
    return next(t for t, trial in case.trial_of.items() if trial.recipe == "init_image")


def asked_of(stage):
    return [r for r in stage.router.known.values() if r.label in stage.router.sent]


def drawn(stage, *marks):
    inside = drawing.matte(marks or [BOX], SIZE)
    return stage.media.put("lantern", png(drawing.picture(inside)), "image/png")


def wished(take, wish, matte, *words, lines=()):
    return Wished(take=take, wish=wish, words=words, lines=lines, notes=("n1",), matte=matte)


def note(**changes):
    plain = Note(
        partner="lantern", id="n1", campaign="c", take="t", by="Ann", mark=BOX, text="Away with it",
        wish=Wish.ERASE, line=None, matte=None, created_at=doubles.NOW,
    )  # fmt: skip
    return replace(plain, **changes)


class TestDrawing:
    def test_a_closed_stroke_fills_its_share_of_any_raster(self):
        for size in (SIZE, (1920, 1080), (64, 36)):
            share = drawing.matte([Mark(strokes=(SQUARE,))], size).mean()
            assert share == pytest.approx(1 / 16, abs=0.02)

    def test_an_open_stroke_is_as_wide_as_it_says(self):
        line = Stroke(points=((0.0, 0.5), (1.0, 0.5)), width=0.05)
        inside = drawing.matte([Mark(strokes=(line,))], SIZE)
        assert inside[:, 320].sum() == pytest.approx(0.05 * 640, abs=2)

    def test_a_single_point_and_a_line_on_the_very_edge_are_seen(self):
        for points in (((0.5, 0.5),), ((1.0, 1.0),), ((0.0, 0.0), (1.0, 0.0))):
            assert drawing.matte([Mark(strokes=(Stroke(points=points, width=0),))], SIZE).any()

    def test_without_strokes_the_region_is_drawn_to_the_pixel(self):
        inside = drawing.matte([BOX], SIZE)
        assert inside.sum() == 160 * 180
        assert inside[90, 160]
        assert not inside[89, 160]

    def test_a_region_thinner_than_a_pixel_is_still_one(self):
        for x in (0.0, 0.5, 0.9999):
            assert drawing.matte([Mark(region=(x, 0.5, 0.0001, 0.0001))], SIZE).sum() >= 1

    def test_several_notes_are_drawn_together(self):
        one, other = Mark(region=(0, 0, 0.5, 0.5)), Mark(region=(0.5, 0.5, 0.5, 0.5))
        both = drawing.matte([one, other], SIZE)
        assert np.array_equal(both, drawing.matte([one], SIZE) | drawing.matte([other], SIZE))

    def test_nothing_drawn_is_refused(self):
        with pytest.raises(BadInput, match="nothing drawn"):
            drawing.matte([Mark()], SIZE)

    @pytest.mark.parametrize(
        ("mark", "field"),
        [
            (Mark(frame=12), "frame"),
            (Mark(frame=-1), "frame"),
            (Mark(frames=(3, 12)), "frames"),
            (Mark(frames=(5, 4)), "frames"),
            (Mark(frame=1, frames=(1, 2)), "frames"),
            (Mark(region=(0.5, 0.5, 0.6, 0.1)), "region"),
            (Mark(region=(0.5, 0.5, 0.0, 0.1)), "region"),
            (Mark(region=(float("nan"), 0.5, 0.1, 0.1)), "region"),
            (Mark(strokes=(Stroke(points=((0.5, 1.01),), width=0),)), "strokes[0].points"),
            (Mark(strokes=(Stroke(points=((float("nan"), 0.5),), width=0),)), "strokes[0].points"),
            (Mark(strokes=(SQUARE, Stroke(points=(), width=0))), "strokes[1].points"),
            (Mark(strokes=(replace(SQUARE, width=0.11),)), "strokes[0].width"),
            (Mark(strokes=(replace(SQUARE, points=((0.5, 0.5),) * 3000),) * 4), "strokes"),
        ],
    )
    def test_what_does_not_lie_in_the_take_is_refused_with_its_place(self, mark, field):
        with pytest.raises(BadInput) as refused:
            drawing.checked(mark, frames=12)
        assert refused.value.field == field


class TestWishes:
    def test_notes_are_joined_into_one_wish(self):
        found = together([note(line=2), note(id="n2", text="and this", line=1)])
        assert (found.notes, found.lines) == (("n1", "n2"), (1, 2))
        assert found.words == ("Away with it", "and this")

    def test_notes_that_wish_different_things_are_not(self):
        with pytest.raises(BadInput, match="wish the same"):
            together([note(), note(id="n2", wish=Wish.INPAINT)])

    def test_a_note_that_asks_for_nothing_says_what_would(self):
        with pytest.raises(BadInput, match="ask for nothing"):
            together([note(wish=Wish.NONE)])


SUIT = Scene(
    criteria=("The suit stays the same orange",),
    costumes=("orange pressure suit with a dark metal neck ring",),
    props=("Espresso cup, a red espresso cup on a red saucer",),
    description="Mara at the window of the docking bay",
)


class TestColours:
    @pytest.mark.parametrize(
        ("words", "found"),
        [
            ("suit too red here", "orange suit"),
            ("too red here", "orange suit"),
            ("this must not be red", "orange suit"),
            ("the red suit should be orange", "orange suit"),
            ("make the suit dark blue", "dark blue suit"),
            ("blue pressure suit please", "blue pressure suit"),
            ("the cup is too pale, make it bright red", "bright red cup"),
            ("not red but green", "green suit"),
            ("orange, instead of red", "orange suit"),
        ],
    )
    def test_the_words_the_line_and_the_costume_say_which_colour(self, words, found):
        read = wanted([words], SUIT)
        assert f"{read.colour} {read.name}" == found

    @pytest.mark.parametrize(
        ("words", "scene", "reason"),
        [
            ("a green hat", SUIT, "hat"),
            ("red suit or blue suit", SUIT, "red, blue"),
            ("too orange", SUIT, "too orange"),
            ("paint it", replace(SUIT, criteria=(), costumes=("a suit",)), "without a colour"),
        ],
    )
    def test_what_is_not_clear_is_refused_in_words(self, words, scene, reason):
        with pytest.raises(BadInput, match=reason):
            wanted([words], scene)

    def test_without_a_line_the_costume_says_it(self):
        read = wanted(["the suit is too red"], replace(SUIT, criteria=()))
        assert (read.colour, read.name) == ("orange", "suit")

    def test_where_the_pack_names_no_things_the_words_are_believed(self):
        read = wanted(["make it a green door"], Scene(criteria=(), costumes=(), props=()))
        assert (read.colour, read.name) == ("green", "door")


class TestConsole:
    @pytest.mark.parametrize("said", ["0.3,0.3,0.2,0.2", "0.3 0.3 0.2 0.2", "0.3, 0.3, 0.2, 0.2"])
    def test_a_region_is_four_numbers_by_commas_or_spaces(self, said):
        assert box(said) == [0.3, 0.3, 0.2, 0.2]
        words = arranged(["notes", "add", "T", "--region", *said.split(), "--wish", "erase"])
        assert box(words[words.index("--region") + 1]) == [0.3, 0.3, 0.2, 0.2]

    @pytest.mark.parametrize(
        "said", ["0.3,0.3,0.2", "0.3,0.3,0.2,2", "left", "nan,0,1,1", "-1,0,1,1"]
    )
    def test_another_region_is_refused_in_our_words(self, said):
        with pytest.raises(BadInput, match="four numbers from 0 to 1") as refused:
            box(said)
        assert refused.value.field == "--region"

    def test_a_drawing_that_is_none_is_refused_in_our_words(self):
        with pytest.raises(BadInput) as refused:
            jotted({"strokes": [{"points": [[2, 0]]}], "text": "x"}, "Ann")
        assert "points as shares from 0 to 1" in str(refused.value)
        assert "Input" not in str(refused.value)

    def test_a_list_names_each_note_so_that_it_can_be_asked_for(self, capsys):
        row = {
            "id": "n1", "at": "2027-03-15T09:00:00Z", "by": "Ann", "take": "t1", "wish": "erase",
            "line": None, "text": "Away", "children": [],
        }  # fmt: skip
        listed(Console(), [row])
        told = capsys.readouterr().out
        assert told.startswith("n1 ")
        assert "circletake notes refine t1 --note n1" in told


class TestRefining:
    def test_a_child_differs_inside_the_drawing_and_nowhere_else(self, stage, refiner, take):
        matte = drawn(stage)
        asked = wished(take, Wish.INPAINT, matte, "A clean wall")
        (child,) = refiner.refine(stage.case(), asked).outcome.repairs
        assert (child.parent, child.outside_child, child.notes) == (take, 0.0, ("n1",))
        (request,) = asked_of(stage)
        assert request.operation == "inpaint"
        assert request.prompt.startswith("A clean wall.")
        assert {i.role: i.media.sha256 for i in request.inputs}["mask"] == matte.sha256
        takes = stage.case().takes
        before, after = (
            refiner.repairer.darkroom.picture(stage.media.get("lantern", media.sha256))
            for media in (takes[take].media, takes[child.child].media)
        )
        away = ~drawing.matte([BOX], SIZE)
        away[90 - FEATHER - 2 : 270 + FEATHER + 2, 160 - FEATHER - 2 : 320 + FEATHER + 2] = False
        assert np.array_equal(before[away], after[away])
        assert not np.array_equal(before, after)

    def test_a_line_that_the_parent_passed_and_the_child_does_not_is_said(
        self, stage, refiner, take
    ):
        asked = wished(take, Wish.INPAINT, drawn(stage), "A clean wall")
        told = refiner.refine(stage.case(), asked).outcome.as_json() | {"next": "look"}
        (child,) = told["children"]
        had, has = ({"line": 4, "verdict": verdict} for verdict in ("pass", "fail"))
        child |= {"before": [had], "after": [has]}
        assert "; line 4 passed before, now: fail" in outcome_text(told)
        child |= {"before": [has], "after": [has]}
        assert "passed before" not in outcome_text(told)

    def test_a_child_of_a_child_stays_a_take_of_its_shot(self, stage, refiner, take):
        parent = take
        for words in ("one", "two", "three", "four"):
            asked = wished(parent, Wish.INPAINT, drawn(stage), words)
            (child,) = refiner.refine(stage.case(), asked).outcome.repairs
            assert child.parent == parent
            parent = child.child
        assert parent in stage.case().trial_of

    def test_a_dry_run_costs_nothing_and_says_the_price(self, stage, refiner, take):
        case = stage.case()
        errand = refiner.errand(case, wished(take, Wish.ERASE, drawn(stage)))
        assert (errand.remedy.operation, stage.router.sent) == ("erase", [])
        assert errand.worst_case_musd > 0

    def test_a_budget_below_the_price_asks_nothing(self, stage, refiner, take):
        with pytest.raises(OverBudget):
            refiner.refine(stage.case(), wished(take, Wish.ERASE, drawn(stage)), budget_musd=1)
        assert stage.router.sent == []

    def test_a_colour_is_read_from_the_words(self, stage, refiner, take):
        asked = wished(take, Wish.RECOLOUR, drawn(stage), "make it a dark red coat")
        request = refiner.errand(stage.case(), asked).request
        assert request.prompt == "dark red coat"
        assert dict(request.parameters)["select_prompt"] == "coat"

    def test_a_colour_complained_of_is_what_it_must_not_be(self, stage, refiner, take):
        """ "too red" on the line that the coat stays bottle green wishes for bottle green."""
        case = stage.case()
        green = AcceptanceLine(
            number=6, criterion="The coat stays the same bottle green", kind="wardrobe", must=True
        )
        shots = {k: replace(s, acceptance=(*s.acceptance, green)) for k, s in case.shots.items()}
        asked = wished(take, Wish.RECOLOUR, drawn(stage), "coat too red here", lines=(6,))
        request = refiner.errand(replace(case, shots=shots), asked).request
        assert request.prompt == "bottle green coat"
        assert dict(request.parameters)["select_prompt"] == "coat"

    def test_a_thing_that_nobody_wears_is_refused_in_words_and_for_free(self, stage, refiner, take):
        asked = wished(take, Wish.RECOLOUR, drawn(stage), "make it a green helicopter")
        with pytest.raises(BadInput, match="helicopter: nobody wears that here"):
            refiner.refine(stage.case(), asked)
        assert stage.router.sent == []

    def test_a_note_that_answers_a_line_carries_its_words(self, stage, refiner, take):
        asked = wished(take, Wish.INPAINT, drawn(stage), "Gone", lines=(5,))
        errand = refiner.errand(stage.case(), asked)
        assert "No trace is left." in errand.request.prompt
        assert [line.number for line in errand.lines] == [5]

    def test_a_line_answered_without_a_wish_is_repaired_inside_the_drawing(
        self, stage, refiner, take
    ):
        asked = wished(take, Wish.NONE, drawn(stage), lines=(5,))
        found = refiner.refine(stage.case(), asked)
        assert {r.notes for r in found.outcome.repairs} == {("n1",)}
        assert [r.operation for r in asked_of(stage)] == ["erase"]

    @pytest.mark.parametrize("wish", [Wish.INPAINT, Wish.ERASE, Wish.RECOLOUR])
    def test_a_local_wish_without_a_drawing_says_so(self, stage, refiner, take, wish):
        with pytest.raises(BadInput, match="nothing drawn"):
            refiner.errand(stage.case(), wished(take, wish, None, "a red coat"))

    def test_nothing_is_extended_where_nothing_is_missing(self, stage, refiner, take):
        with pytest.raises(BadInput, match="the shot's aspect"):
            refiner.errand(stage.case(), wished(take, Wish.OUTPAINT, None))

    def test_nothing_is_laid_into_a_clip(self, stage, refiner, take):
        case = stage.case()
        still = case.takes[take]
        clip = replace(still, media=replace(still.media, mime="video/mp4", frames=24))
        case = replace(case, takes={**case.takes, take: clip})
        with pytest.raises(BadInput, match="a still"):
            refiner.errand(case, wished(take, Wish.ERASE, drawn(stage)))

    def test_an_unknown_line_is_unknown(self, stage, refiner, take):
        with pytest.raises(UnknownName):
            refiner.errand(stage.case(), wished(take, Wish.ERASE, drawn(stage), lines=(99,)))


def test_repairs_of_children_come_after_them_whatever_their_ids():
    def repair(parent, child):
        return Repair(
            partner="p", campaign="c", parent=parent, child=child, raw="r", shot="s", lines=(),
            ground="parent", matte="", feather=0, before=(), after=(), outside_raw=0,
            outside_child=0, spend_musd=0,
        )  # fmt: skip

    chain = [repair("z", "a"), repair("m", "z"), repair("root", "m"), repair("root", "b")]
    order = [r.child for r in oldest_first(chain)]
    assert order.index("m") < order.index("z") < order.index("a")
    assert len(order) == 4
