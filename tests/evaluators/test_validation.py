"""The study on third-party material: what it needs, what it says, what it writes."""

import pytest

from dashboard.console import run
from evaluators.thresholds import LIMITS
from evaluators.validation import exr, footage, golden, study, trust
from router.domain.errors import BadInput


def test_without_material_it_says_what_is_missing(capsys, tmp_path):
    with pytest.raises(BadInput, match="CIRCLETAKE_DATA"):
        study.whole(None)
    (tmp_path / "subjects").mkdir()
    (tmp_path / "subjects/manifest.csv").write_text("subject\n")
    assert run(["--home", str(tmp_path / "home"), "validate", "--data", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert "footage/manifest.csv" in said
    assert "subjects/manifest.csv" not in said


def test_every_metric_says_what_it_is_blind_to_and_every_limit_is_shown():
    rows = {one.metric: one for one in trust.every()}
    assert {b.number for one in rows.values() for b in one.bounds} == set(LIMITS)
    assert all(one.blind.startswith("Blind to ") for one in rows.values())
    assert rows["id_ref"].may_fail == "no, it doubts"
    assert rows["outside_mask"].may_fail == "yes"
    assert rows["costume_colour"].may_fail == "where the region is given"


def test_published_values_come_out(material):
    found = golden.study(material / "golden")
    for one in found:
        assert one.error <= one.allowed, one.measure
    cases = {one.measure: one.cases for one in found}
    assert (cases["CIEDE2000"], cases["SSIM"], cases["MS-SSIM"]) == (34, 4, 3)
    assert [cases[f"VIF, scale {scale}"] for scale in range(4)] == [4] * 4


@pytest.mark.slow
def test_every_damaged_openexr_is_refused_and_quickly(material):
    found = exr.study(material / "exr")
    assert (found.damaged, found.accepted) == (15, ())
    assert found.slowest_s < 20


@pytest.mark.slow
def test_no_real_take_is_called_drift_and_strangers_are_told(material):
    found = footage.study(material / "footage")
    assert found.takes_flagged == 0
    assert found.stretches_flagged <= study.MOST_DRIFT
    assert found.planted_flagged >= 0.9
    assert (found.same_kept, found.other_passed) == (1.0, 0.0)
    assert found.same.high < found.other.low


def test_a_row_is_missed_only_where_something_was_promised():
    free = study._row("a", "b", 0.5, 1)
    kept = study._row("a", "c", 0.5, 1, wanted="<= 1", holds=False)
    text = study.table({"rows": [free, kept], "unmeasured": ["x: why"]})
    assert text.splitlines()[0].startswith("       a")
    assert text.splitlines()[1].startswith("MISSED")
    assert text.endswith("not measured: x: why")
