"""A colour difference comes with its remedy: ten numbers that any grading tool reads."""

import json
from xml.etree import ElementTree

import numpy as np
import pytest
from typer.testing import CliRunner

from dashboard.console import app
from evaluators.mending.cdl import (
    MOST_CLIPPED,
    NAMESPACE,
    OFFSETS,
    POWERS,
    SATURATIONS,
    SLOPES,
    Cdl,
    apply,
    as_cc,
    clipped,
    fit,
)

WARM = Cdl(slope=(1.05, 0.9, 0.8), offset=(0.02, 0, 0.01), power=(1.1, 1.0, 0.95), saturation=0.85)


@pytest.fixture(scope="module")
def picture(person):
    """Without pure black and white, so that a grade can be undone."""
    return 0.05 + 0.85 * person[::4, ::4] / 255.0


def as_bytes(values):
    return np.rint(values * 255).astype(np.uint8)


def ocio_of(path):
    ocio = pytest.importorskip("PyOpenColorIO", reason="opencolorio is not installed")
    transform = ocio.CDLTransform.CreateFromFile(str(path), "")
    transform.setStyle(ocio.CDL_ASC)
    return transform, ocio.Config.CreateRaw().getProcessor(transform).getDefaultCPUProcessor()


@pytest.mark.parametrize("seed", range(6))
def test_applying_equals_opencolorio(tmp_path, seed):
    rng = np.random.default_rng(seed)
    cdl = Cdl(
        slope=tuple(rng.uniform(*SLOPES, 3)),
        offset=tuple(rng.uniform(*OFFSETS, 3)),
        power=tuple(rng.uniform(*POWERS, 3)),
        saturation=float(rng.uniform(*SATURATIONS)),
    )
    (tmp_path / "a.cc").write_text(as_cc(cdl, "a"), encoding="utf-8")
    _, processor = ocio_of(tmp_path / "a.cc")
    values = rng.uniform(0, 1, (64, 64, 3))
    theirs = values.astype(np.float32)
    processor.applyRGB(theirs)
    assert np.abs(theirs - apply(values, cdl)).max() < 1e-4


def test_a_written_cc_is_read_back_by_opencolorio(tmp_path):
    (tmp_path / "a.cc").write_text(as_cc(WARM, 'take "7" & more', "for <you>"), encoding="utf-8")
    transform, _ = ocio_of(tmp_path / "a.cc")
    assert transform.getSlope() == pytest.approx(WARM.slope)
    assert transform.getOffset() == pytest.approx(WARM.offset)
    assert transform.getPower() == pytest.approx(WARM.power)
    assert transform.getSat() == pytest.approx(WARM.saturation)
    assert transform.getID() == 'take "7" & more'


def test_a_cc_has_the_elements_of_the_asc_schema_in_their_order():
    root = ElementTree.fromstring(as_cc(WARM, "a", "why"))
    names = [e.tag.removeprefix(f"{{{NAMESPACE}}}") for e in root.iter()]
    assert names == [
        *("ColorCorrection", "Description", "InputDescription", "ViewingDescription"),
        *("SOPNode", "Slope", "Offset", "Power", "SatNode", "Saturation"),
    ]
    assert "sRGB" in root.findtext(f"{{{NAMESPACE}}}InputDescription")


@pytest.mark.parametrize("planted", [WARM, Cdl(slope=(0.6,) * 3), Cdl(saturation=0.5)])
def test_a_planted_grade_is_found(picture, planted):
    target = apply(picture, planted)
    found = apply(picture, fit(picture, target))
    assert np.abs(found - target).mean() * 255 < 1.0


def test_every_fit_stays_within_what_a_colourist_would_call_a_grade(picture, cat):
    for target in (cat[::4, ::4] / 255.0, picture * 0.02, 1 - picture * 0.02, picture[..., ::-1]):
        cdl = fit(picture, target)
        for values, (low, high) in (
            (cdl.slope, SLOPES),
            (cdl.offset, OFFSETS),
            (cdl.power, POWERS),
        ):
            assert all(low <= v <= high for v in values)
        assert SATURATIONS[0] <= cdl.saturation <= SATURATIONS[1]


def test_a_fit_does_not_buy_its_match_with_clipping(picture):
    """The target is one flat bright tone with a little contrast; nothing in it is clipped."""
    target = np.clip(0.9 + (picture - 0.5) * 0.15, 0.0, 0.99)
    assert clipped(picture, fit(picture, target)) <= 2 * MOST_CLIPPED


def test_the_same_pictures_give_the_same_grade(picture):
    target = apply(picture, WARM)
    assert fit(picture, target) == fit(picture, target)


def ask(*words):
    run = CliRunner().invoke(app, ["--json", "colour", "match", *map(str, words)])
    return run.exit_code, json.loads(run.stdout)


def test_a_cast_is_measured_fitted_and_written(put, picture, tmp_path):
    take, plate = put("take.png", as_bytes(apply(picture, WARM))), put("p.png", as_bytes(picture))
    code, said = ask(take, "--to", plate, "--out", tmp_path / "fix.cc")
    assert (code, said["answer"]) == (0, "fixes")
    assert said["before"]["delta_e"] > 3 > 0.5 > said["after"]["delta_e"]
    assert abs(said["after"]["stops"]) < 0.05 < abs(said["before"]["stops"])
    transform, _ = ocio_of(tmp_path / "fix.cc")
    assert list(transform.getSlope()) == pytest.approx(said["cdl"]["slope"], abs=1e-6)


def test_what_matches_already_needs_no_grade(put, picture):
    plate = put("p.png", as_bytes(picture))
    code, said = ask(plate, "--to", plate)
    assert (code, said["answer"]) == (0, "matches")
    assert said["cdl"]["slope"] == [1, 1, 1]


def test_a_grade_that_changes_nothing_is_written_and_called_so(put, picture, tmp_path):
    plate, out = put("p.png", as_bytes(picture)), tmp_path / "x.cc"
    code, said = ask(plate, "--to", plate, "--out", out)
    assert (code, said["answer"], said["out"]) == (0, "matches", str(out))
    assert "changes nothing" in said["out_note"]
    transform, _ = ocio_of(out)
    assert list(transform.getSlope()) == [1, 1, 1]


def test_light_that_differs_from_place_to_place_is_beyond_a_cdl(put, picture):
    """Left half red, right half blue: no ten numbers for the whole picture undo that."""
    lit = picture.copy()
    middle = lit.shape[1] // 2
    lit[:, :middle] *= (1.0, 0.5, 0.5)
    lit[:, middle:] *= (0.5, 0.5, 1.0)
    code, said = ask(put("t.png", as_bytes(lit)), "--to", put("p.png", as_bytes(picture)))
    assert (code, said["answer"]) in {(1, "cannot"), (0, "helps")}
    assert "place to place" in said["reason"]


def test_highlights_that_are_gone_are_not_promised_back(put, picture, tmp_path):
    burnt = as_bytes(np.clip(picture * 2.5, 0, 1))
    out = tmp_path / "x.cc"
    code, said = ask(put("t.png", burnt), "--to", put("p.png", as_bytes(picture)), "--out", out)
    assert (code, said["answer"]) == (1, "cannot")
    assert said["reason"].startswith("a CDL cannot fix this")
    assert not out.exists()
    assert said["out"] is None
    assert said["out_note"] == f"not written: {out}: no grade would help"


def test_a_file_of_an_earlier_match_is_not_taken_for_this_one(put, picture, tmp_path):
    out = tmp_path / "x.cc"
    out.write_text("of yesterday")
    burnt = put("t.png", as_bytes(np.clip(picture * 2.5, 0, 1)))
    words = ["colour", "match", burnt, "--to", put("p.png", as_bytes(picture)), "--out", out]
    run = CliRunner().invoke(app, [str(word) for word in words])
    assert run.exit_code == 1
    assert f"not written: {out}" in run.stdout
    assert "of another match" in run.stdout
    assert out.read_text() == "of yesterday"


def test_a_file_that_cannot_be_read_is_bad_news_with_its_reason(put, picture, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    code, said = ask(broken, "--to", put("p.png", as_bytes(picture)))
    assert (code, said["answer"], said["out_note"]) == (1, "failed", None)
    assert "broken.png" in said["reason"]
