"""A take is held against its pack's deliverable, and each kind of gap is told once."""

from dataclasses import replace
from datetime import date

import pytest

from benchmarks.packs.check import check
from benchmarks.review import gap
from benchmarks.review.gap import MEETS, NOT_ASKED, SHORT, UNKNOWN
from benchmarks.testing.pack import good_pack
from benchmarks.testing.review import label
from router.decoding.decode import Probe

CLIP = Probe(
    still=False, mime="video/mp4", width=960, height=540, codec="h264", pixel_format="yuv420p",
    bit_depth=8, frames=120, fps=24.0,
)  # fmt: skip
STILL = Probe(
    still=True, mime="image/png", width=1920, height=1080, codec="png", pixel_format="rgb24",
    bit_depth=8,
)  # fmt: skip
DEEP = replace(STILL, mime="image/x-exr", bit_depth=16)


def states(one, facts):
    return {line.name: line.state for line in gap.lines(one, facts)}


@pytest.mark.parametrize("master", ["exr16_acescg", "exr16_aces2065"])
def test_a_generated_clip_fails_most_lines_of_a_film_delivery(master):
    asked = label(master=master, cut=120, handles=(8, 8))
    assert states(asked, CLIP) == {
        "raster": SHORT, "bit depth": SHORT, "light": SHORT, "compression": SHORT,
        "alpha": NOT_ASKED, "frames": SHORT, "frame rate": MEETS,
    }  # fmt: skip


def test_what_is_delivered_as_asked_meets_every_line():
    assert set(states(label(master="exr16_acescg"), DEEP).values()) == {MEETS, NOT_ASKED}
    assert set(states(label(master="png8"), STILL).values()) == {MEETS, NOT_ASKED}


def test_sixteen_integer_bits_are_no_half_floats():
    assert states(label(master="exr16_acescg"), replace(STILL, bit_depth=16))["bit depth"] == SHORT


def test_frames_are_counted_at_the_rate_of_the_cut_and_handles_are_told_apart():
    slow = replace(CLIP, frames=60, fps=12.0)
    asked = label(master="png8", cut=120, handles=(8, 8))
    (line,) = (n for n in gap.lines(asked, slow) if n.name == "frames")
    assert line.gap == "16 frames missing (the cut is covered, handles are not)"
    (line,) = (n for n in gap.lines(label(cut=100), slow) if n.name == "frames")
    assert line.state == MEETS


def test_a_larger_picture_of_another_aspect_is_a_gap():
    square = replace(STILL, width=2048, height=2048)
    assert states(label(), square)["raster"] == SHORT


def test_a_deliverable_that_is_not_on_record_is_unknown_and_not_met():
    body = gap.told("c", [(label(), tuple(gap.lines(label(), STILL)))])
    assert states(label(), STILL)["master"] == UNKNOWN
    assert body["deliverable"] == 0


def test_each_kind_is_told_once_with_its_takes_the_gaps_first():
    asked = [label(name=f"SQ010_SH0010_genai_v{n:03d}", master="exr16_acescg") for n in range(40)]
    body = gap.told("c", [(one, tuple(gap.lines(one, CLIP))) for one in asked])
    assert [len(k["takes"]) for k in body["kinds"]] == [40] * len(body["kinds"])
    assert body["kinds"][0]["state"] == SHORT
    text = gap.words(body)
    assert text.count("BIT DEPTH") == 1
    assert "all 40 takes" in text


def test_the_deliverable_is_the_one_that_the_pack_says(tmp_path):
    checked = check(good_pack(tmp_path), today=date(2026, 6, 1))
    assert checked.pack is not None
    assert checked.pack.master == "png8"
    assert checked.pack.master in gap.MASTERS
