"""An export goes into the cut that the pack came from, and over nothing that is not its own."""

from dataclasses import replace
from fractions import Fraction

import pytest

from benchmarks.domain.cut import Cut, CutClip
from benchmarks.editorial.export import Order, doubts
from benchmarks.editorial.writing import Export, write
from benchmarks.testing import doubles
from router.domain.errors import BadInput, Conflict
from router.domain.ids import sha256_of

SHOT = "SQ010_SH0010"


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    made = doubles.pack(tmp_path_factory.mktemp("pack"))
    shots = [replace(s, cut_in=1009, cut_frames=48) if s.id == SHOT else s for s in made.shots]
    return replace(made, shots=tuple(shots))


@pytest.fixture
def order(tmp_path):
    (tmp_path / "cut.otio").write_text("a cut")
    return Order(out=tmp_path / "edit", original=tmp_path / "cut.otio")


def cut(first=1009, **marks):
    clip = CutClip(number=1, name=SHOT, track=1, used=(first, first + 47), record=0)
    return Cut(name="reel", rate=Fraction(24), clips=(clip,), metadata=marks)


def test_another_shows_cut_is_refused_though_its_shots_have_the_same_ids(pack, order):
    with pytest.raises(BadInput, match="a cut of LONGORBIT") as refused:
        list(doubts(cut(pack="LONGORBIT"), pack, order))
    assert "--any-cut" in refused.value.expected


def test_another_shows_cut_may_be_meant_and_is_told_all_the_same(pack, order):
    meant = replace(order, any_cut=True)
    (note,) = doubts(cut(first=40, pack="LONGORBIT"), pack, meant)
    assert "no shot stands in it where the pack says" in note


def test_a_cut_that_says_nothing_and_fits_nowhere_is_doubted(pack, order):
    (note,) = doubts(cut(first=40), pack, order)
    assert f"does not say that it is {pack.code}'s" in note


def test_the_packs_own_cut_is_not_doubted(pack, order):
    assert not list(doubts(cut(pack=pack.code), pack, order))
    assert not list(doubts(cut(), pack, order))  # its shots stand where the pack says
    sealed = replace(
        pack.files[0], functional_type="edit", sha256=sha256_of(order.original.read_bytes())
    )
    handed_in = replace(pack, files=(*pack.files, sealed))
    assert not list(doubts(cut(first=40), handed_in, order))


def export(text, campaign="c1"):
    return Export(
        code="LANTERN", texts={"edl": text}, media={}, told={"campaign": campaign}, bundle=False
    )


def test_a_second_export_names_what_it_replaces_and_a_third_of_the_same_nothing(tmp_path):
    out = tmp_path / "edit"
    assert write(out, [export("one")], out.joinpath).replaced == []
    assert write(out, [export("two")], out.joinpath).replaced == ["LANTERN.edl"]
    assert write(out, [export("two")], out.joinpath).replaced == []


def test_another_campaigns_export_is_never_replaced(tmp_path):
    out = tmp_path / "edit"
    write(out, [export("one")], out.joinpath)
    with pytest.raises(Conflict, match="an export of campaign c1"):
        write(out, [export("two", "c2")], out.joinpath)
    assert (out / "LANTERN.edl").read_text() == "one"
