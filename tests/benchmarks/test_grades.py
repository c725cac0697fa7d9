"""CDL files in and out: what OpenColorIO reads in them is what we read, and the other way round."""

import json

import pytest
from typer.testing import CliRunner

from benchmarks.domain.rendering import ON_DISPLAY
from benchmarks.grading import grades
from dashboard.console import app
from evaluators.mending.cdl import NAMESPACE, Cdl, as_cc
from router.domain.errors import BadInput

WARM = Cdl(slope=(1.1, 1.0, 0.9), offset=(0.01, 0.0, -0.02), power=(1.0, 0.95, 1.2), saturation=0.8)
COOL = Cdl(slope=(0.9, 1.0, 1.1))
EDL = """TITLE: QUAY
FCM: NON-DROP FRAME

001  A001C001 V     C        01:00:00:00 01:00:02:00 00:00:00:00 00:00:02:00
* FROM CLIP NAME:  SQ010_SH0010
* ASC_SOP (1.1 1.0 0.9)(0.01 0 -0.02)(1 0.95 1.2)
* ASC_SAT 0.8
002  A001C002 V     C        01:00:02:00 01:00:03:00 00:00:02:00 00:00:03:00
* FROM CLIP NAME:  SQ010_SH0020
003  A001C003 V     C        01:00:03:00 01:00:04:00 00:00:03:00 00:00:04:00
* ASC_SOP (0.9 1.0 1.1) (0 0 0) (1 1 1)
"""


def put(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def numbers(cdl):
    return (*cdl.slope, *cdl.offset, *cdl.power, cdl.saturation)


@pytest.mark.parametrize("suffix", [".cc", ".ccc", ".cdl"])
def test_what_is_written_is_read_back_by_us_and_by_opencolorio(tmp_path, suffix):
    ocio = pytest.importorskip("PyOpenColorIO", reason="opencolorio is not installed")
    every = (grades.Named(name='a "7" & b', cdl=WARM), grades.Named(name="b", cdl=COOL))
    every = every[:1] if suffix == ".cc" else every
    path = put(tmp_path, f"a{suffix}", grades.written(every, suffix))
    assert grades.read(path) == every
    for named in every:
        theirs = ocio.CDLTransform.CreateFromFile(str(path), named.name)
        said = (*theirs.getSlope(), *theirs.getOffset(), *theirs.getPower(), theirs.getSat())
        assert said == pytest.approx(numbers(named.cdl))


@pytest.mark.parametrize(
    ("kind", "suffix"),
    [
        ("ColorCorrection", ".cc"),
        ("ColorCorrectionCollection", ".ccc"),
        ("ColorDecisionList", ".cdl"),
    ],
)
def test_what_opencolorio_writes_is_read(tmp_path, kind, suffix):
    ocio = pytest.importorskip("PyOpenColorIO", reason="opencolorio is not installed")
    one = ocio.CDLTransform()
    one.setSlope(list(WARM.slope))
    one.setOffset(list(WARM.offset))
    one.setPower(list(WARM.power))
    one.setSat(WARM.saturation)
    one.setID("warm")
    group = ocio.GroupTransform()
    group.appendTransform(one)
    text = group.write(kind, ocio.Config.CreateRaw())
    (found,) = grades.read(put(tmp_path, f"a{suffix}", text))
    assert found.name == "warm"
    assert numbers(found.cdl) == pytest.approx(numbers(WARM))


def test_an_edls_grades_are_named_by_clip_and_by_event(tmp_path):
    found = grades.read(put(tmp_path, "a.edl", EDL))
    assert [(g.name, g.cdl) for g in found] == [("SQ010_SH0010", WARM), ("event 003", COOL)]


def test_comments_of_an_edl_are_read_back(tmp_path):
    every = (grades.Named(name="a", cdl=WARM), grades.Named(name="b", cdl=COOL))
    assert grades.read(put(tmp_path, "a.edl", grades.written(every, ".edl"))) == every


def test_a_fitted_grade_says_itself_where_it_acts(tmp_path):
    path = put(tmp_path, "a.cc", as_cc(WARM, "take", "why"))
    assert grades.graded(grades.chosen(path, None), None).space == ON_DISPLAY


def test_a_grade_that_says_no_space_needs_one(tmp_path):
    path = put(tmp_path, "a.edl", EDL)
    with pytest.raises(BadInput, match="ACEScct"):
        grades.graded(grades.chosen(path, "SQ010_SH0010"), None)
    assert grades.graded(grades.chosen(path, "SQ010_SH0010"), "ACEScct").space == "ACEScct"


def test_one_of_several_grades_is_asked_for_by_name(tmp_path):
    path = put(tmp_path, "a.edl", EDL)
    with pytest.raises(BadInput, match="2 grades"):
        grades.chosen(path, None)
    with pytest.raises(BadInput, match="SQ010_SH0010"):
        grades.chosen(path, "SQ010_SH001")


@pytest.mark.parametrize(
    ("name", "text", "field", "found"),
    [
        ("a.cc", "", "a.cc, line 1", "no element"),
        ("a.cc", "<ColorCorrection>\n<SOPNode>\n</x>", "a.cc, line 3", "mismatched"),
        ("a.cc", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "a.cc", "document type"),
        ("a.cc", "<a" * 3000, "a.cc, line 1", ""),
        ("a.cc", "<ColorCorrection id='x'><SOPNode><Slope>1 2</Slope></SOPNode></ColorCorrection>",
         "a.cc: x, slope", "1 2"),
        ("a.cc", "<ColorCorrection id='x'><SOPNode><Slope>1 nan 2</Slope></SOPNode>"
         "</ColorCorrection>", "a.cc: x, slope", "nan"),
        ("a.cc", "<ColorCorrection id='x'><SOPNode><Power>1 0 2</Power></SOPNode>"
         "</ColorCorrection>", "a.cc: x, power", "1 0 2"),
        ("a.ccc", f"<ColorCorrectionCollection xmlns='{NAMESPACE}'/>", "a.ccc", "no grade"),
        ("a.edl", "001 A V C\n* ASC_SOP (1 1 1)(0 0)(1 1 1)\n", "a.edl, line 2", "(0 0)"),
        ("a.edl", "001 A V C\n* ASC_SAT -1\n", "a.edl, line 2, saturation", "-1"),
        ("a.txt", "", "cdl", "a.txt"),
    ],
)  # fmt: skip
def test_a_bad_grade_is_told_with_its_place(tmp_path, name, text, field, found):
    with pytest.raises(BadInput) as caught:
        grades.read(put(tmp_path, name, text))
    assert caught.value.field.startswith(field)
    assert found in str(caught.value.found)


def test_the_command_turns_an_edl_into_a_collection(tmp_path):
    path, out = put(tmp_path, "a.edl", EDL), tmp_path / "a.ccc"
    ran = CliRunner().invoke(app, ["--json", "colour", "cdl", str(path), "--out", str(out)])
    assert ran.exit_code == 0, ran.output
    assert [g["name"] for g in json.loads(ran.stdout)["grades"]] == ["SQ010_SH0010", "event 003"]
    assert [g.cdl for g in grades.read(out)] == [WARM, COOL]
