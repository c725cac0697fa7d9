"""A contact sheet shows every take once, circled ones ringed, verdicts by shape, on any page."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.review.lettering import AMBER, cut, plain, width, wrapped
from benchmarks.review.marks import mark
from benchmarks.review.sheet import PAGES, Sheet, by_recipes, by_takes, pages
from benchmarks.review.shelf import shelf
from benchmarks.testing.review import label
from evaluators.domain.verdict import Ruling
from router.domain.errors import Conflict


def take(shot, version, recipe="Plain", circled=None):
    one = label(name=f"{shot}_genai_v{version:03d}")
    return replace(one, shot=replace(one.shot, id=shot), recipe=recipe, circled_by=circled)


def drawn(labels, strips, size=PAGES["4k"]):
    grey = np.full((90, 160, 3), 128, np.uint8)
    return pages(
        Sheet(
            title="The Kite", partner="Paper Lantern", simulated=True, strips=strips,
            verdicts={}, picture=lambda _l, _s: grey, references=lambda _l, _s: [grey],
        ),
        size,
    )  # fmt: skip


def test_every_take_stands_once_and_a_long_shot_goes_on_below():
    takes = [take("SQ010_SH0010", n) for n in range(1, 9)] + [take("SQ010_SH0020", 1)]
    strips = by_takes(takes)
    assert [len(s.cells) for s in strips] == [6, 2, 1]
    assert [s.more for s in strips] == [False, True, False]
    assert [c for s in strips for c in s.cells] == takes


def test_of_a_recipe_the_circled_take_is_shown_and_holes_stay_holes():
    a, b = take("SQ010_SH0010", 1, "A"), take("SQ010_SH0010", 2, "A", circled="Ines")
    (strip, other) = by_recipes([a, b, take("SQ010_SH0020", 1, "B")])
    assert strip.cells == (b, None)
    assert other.cells[0] is None


@pytest.mark.slow
@pytest.mark.parametrize("size", PAGES)
def test_pages_hold_all_rows_and_only_a_circled_take_has_a_ring(size):
    def ringed(who):
        takes = [take(f"SQ010_SH{n:04d}", v) for n in range(10, 60, 10) for v in (1, 2, 3, 4, 5, 6)]
        takes[2] = replace(takes[2], circled_by=who)
        made = drawn(takes, by_takes(takes), PAGES[size])
        assert {page.size for page in made} == {PAGES[size]}
        return [int((np.asarray(p) == AMBER).all(axis=2).sum()) for p in made]

    plain_pages, circled = ringed(None), ringed("Ines")
    assert len(circled) == 2
    assert circled[0] > plain_pages[0] + 2000
    assert circled[1] == plain_pages[1]


def test_verdicts_differ_by_shape_alone():
    shapes = [np.asarray(mark(r, 32))[..., 3] > 127 for r in Ruling]
    apart = [(a != b).sum() for i, a in enumerate(shapes) for b in shapes[i + 1 :]]
    assert min(apart) > 100


def test_words_are_shortened_to_fit_and_never_become_boxes():
    assert plain("Inès Duval – “Ł” 你") == 'Ines Duval - "L" ?'
    assert width(cut("SQ010_SH0010_genai_v001", 20, 120), 20) <= 120
    lines = wrapped("a long wish " * 40, 20, 300, 3)
    assert len(lines) == 3
    assert lines[-1].endswith("…")
    assert max(width(line, 20) for line in lines) <= 300


def test_a_run_that_fails_writes_nothing_and_a_whole_one_takes_old_pages_away(tmp_path):
    out = tmp_path / "out"

    def run(*names, fail=False):
        with shelf(out, "list.json", {}, whole=True) as opened:
            for name in names:
                opened.lay(name, name.encode(), name, {})
            if fail:
                raise ValueError(fail)

    with pytest.raises(ValueError):
        run("one.png", fail=True)
    assert list(tmp_path.iterdir()) == []
    run("one.png", "two.png")
    run("one.png")
    assert sorted(p.name for p in out.iterdir()) == ["list.json", "one.png"]
    (out / "one.png").write_bytes(b"a note of mine")
    with pytest.raises(Conflict):
        run("one.png")
    assert (out / "one.png").read_bytes() == b"a note of mine"
