"""A pack's scene-referred plates reach models through the view that the pack names."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from benchmarks.domain.pack import PackFile, ShotPack
from benchmarks.domain.rendering import Colours
from benchmarks.grading import record
from benchmarks.grading.back import returned
from benchmarks.packs.check import check
from benchmarks.packs.intake import take_in
from benchmarks.store.record import dumps, loads
from benchmarks.testing import doubles
from benchmarks.testing.pack import GOOD, good_pack
from router.decoding.decode import Decoder
from router.domain.errors import BadInput
from router.domain.ids import sha256_of
from router.media_folder import MediaFolder

oiio = pytest.importorskip("OpenImageIO", reason="OpenImageIO is not installed")
pytest.importorskip("PyOpenColorIO", reason="opencolorio is not installed")
GREY = {"ACEScg": 0.18, "ARRI LogC3 (EI800)": 0.391}  # of an 18 % card


@pytest.fixture
def media(tmp_path):
    return MediaFolder(root=tmp_path / "media")


def with_plate(tmp_path, suffix, kind, space, functional_type="x.plate", **changes):
    pack = doubles.pack(tmp_path / "pack")
    path = tmp_path / f"pack/plate{suffix}"
    card = np.full((72, 128, 3), GREY.get(space, 0.18), np.float32)
    oiio.ImageBuf(card).write(str(path), kind)
    file = PackFile(
        path=path,
        name=path.name,
        sha256=sha256_of(path.read_bytes()),
        functional_type=functional_type,
        colour_space=space,
    )
    return replace(pack, files=(*pack.files, file), colours=Colours(**changes)), file


@pytest.mark.parametrize(("suffix", "kind", "space"), [
    (".exr", "half", "ACEScg"), (".tif", "uint16", "ACEScg"),
    (".png", "uint16", "ACEScg"), (".dpx", "uint16", "ARRI LogC3 (EI800)"),
])  # fmt: skip
def test_a_scene_referred_plate_is_stored_as_models_see_it(tmp_path, media, suffix, kind, space):
    pack, file = with_plate(tmp_path, suffix, kind, space)
    stored = take_in(pack, media)[file.sha256]
    assert (stored.mime, stored.width, stored.height) == ("image/png", 128, 72)
    told = record.read(media.get("lantern", stored.sha256))
    assert told.source_sha256 == file.sha256
    assert told.showing.source_space == space
    with Decoder() as decoder:
        seen = decoder.read(media.path("lantern", stored.sha256))
    assert seen.probe.bit_depth == 8
    assert abs(seen.rgb[0].mean() - 90) <= 3  # where ACES 1.3 puts the card


def test_the_same_pack_twice_stores_the_same_picture(tmp_path, media):
    pack, file = with_plate(tmp_path, ".exr", "half", "ACEScg")
    assert take_in(pack, media)[file.sha256] == take_in(pack, media)[file.sha256]


@pytest.mark.parametrize("space", ["sRGB - Texture", None])
def test_a_deep_picture_for_displays_stays_as_it_is(tmp_path, media, space):
    pack, file = with_plate(tmp_path, ".png", "uint16", space)
    assert take_in(pack, media)[file.sha256].sha256 == file.sha256


def test_a_matte_is_no_light_and_is_shown_through_no_view(tmp_path, media):
    pack, file = with_plate(tmp_path, ".png", "uint16", "ACEScg", "matte")
    assert take_in(pack, media)[file.sha256].sha256 == file.sha256


def test_an_exr_whose_space_nobody_said_is_not_guessed(tmp_path, media):
    pack, file = with_plate(tmp_path, ".exr", "half", None)
    assert file.sha256 not in take_in(pack, media)


def test_a_damaged_plate_is_refused_by_name(tmp_path, media):
    pack, file = with_plate(tmp_path, ".exr", "half", "ACEScg")
    file.path.write_bytes(file.path.read_bytes()[:600])
    damaged = replace(file, sha256=sha256_of(file.path.read_bytes()))
    with pytest.raises(BadInput, match=r"plate\.exr.*damaged"):
        take_in(replace(pack, files=(damaged,)), media)


def test_a_kept_pack_remembers_its_colours(tmp_path):
    pack, _ = with_plate(tmp_path, ".exr", "half", "ACEScg")
    assert loads(ShotPack, dumps(pack)) == pack


@pytest.mark.parametrize(
    ("right", "wrong", "field", "meant"),
    [
        ("working_space: ACEScg", "working_space: ACESgc", "colour.working_space", "ACEScg"),
        ("model_display: sRGB - Display", "model_display: sRGB", "colour.model_display",
         "sRGB - Display"),
        ("model_view: ACES 1.0 - SDR Video", "model_view: Filmic", "colour.model_view",
         "ACES 1.0 - SDR Video"),
        ("cg-config-v2.2.0_aces-v1.3_ocio-v2.4", "cg-config-v2.2.0_aces-v1.3_ocio-v2.5",
         "colour.config", "cg-config-v2.2.0_aces-v1.3_ocio-v2.4"),
        ("functional_type: matte", "functional_type: matte, colour_space: ACEScgg",
         "shots[1].inputs[1].colour_space", "ACEScg"),
    ],
)  # fmt: skip
def test_a_wrong_name_of_colour_is_told_with_the_nearest(tmp_path, right, wrong, field, meant):
    assert right in GOOD
    checked = check(good_pack(tmp_path, GOOD.replace(right, wrong)), today=date(2026, 11, 21))
    (mistake,) = checked.errors
    assert (mistake.field, mistake.code) == (field, "colour")
    assert mistake.line is not None
    assert meant in mistake.expected.partition("nearest: ")[2]


@pytest.mark.parametrize(("named", "noted"), [("", 1), (", colour_space: ACEScg", 0)])
def test_a_picture_of_light_without_the_name_of_a_space_is_noted_by_the_check(
    tmp_path, named, noted
):
    plate = f"path: plates/light.exr, functional_type: x.style{named}"
    text = GOOD.replace("path: refs/dusk.png, functional_type: x.style", plate)
    assert text != GOOD
    checked = check(good_pack(tmp_path, text), today=date(2026, 11, 21))
    said = [m for m in checked.warnings if m.code == "colour_space"]
    assert len(said) == noted
    assert all(m.found == "plates/light.exr" and m.line for m in said)


def test_a_config_that_floats_is_refused_once_with_the_reason(tmp_path):
    text = GOOD.replace("cg-config-v2.2.0_aces-v1.3_ocio-v2.4", "cg-config-latest")
    (mistake,) = check(good_pack(tmp_path, text), today=date(2026, 11, 21)).errors
    assert mistake.field == "colour.config"
    assert "another config in every release" in mistake.expected


CC = """<ColorCorrection id="SQ010_SH0010" xmlns="urn:ASC:CDL:v1.2"><SOPNode>
<Slope>{slope} 1 1</Slope><Offset>0.02 0 -0.01</Offset><Power>1 1.1 1</Power></SOPNode>
<SatNode><Saturation>{saturation}</Saturation></SatNode></ColorCorrection>"""


def with_grade(tmp_path, slope=1.2, saturation=0.9, space=None):
    """Give a pack whose first shot has a scene-linear plate and a grade, and the plate."""
    pack, plate = with_plate(tmp_path, ".exr", "half", "ACEScg")
    path = tmp_path / "pack/grade.cc"
    path.write_text(CC.format(slope=slope, saturation=saturation))
    grade = PackFile(
        path=path, name=path.name, sha256="0" * 64, functional_type="cdl", colour_space=space
    )
    shot = replace(pack.shots[0], inputs=(plate, grade))
    others = tuple(replace(s, inputs=()) for s in pack.shots[1:])
    return replace(pack, shots=(shot, *others)), plate


def test_a_shots_own_grade_lies_on_its_plate_is_recorded_and_comes_off_again(tmp_path, media):
    pack, plate = with_grade(tmp_path)
    graded = take_in(pack, media)[plate.sha256]
    bare = replace(pack, shots=(replace(pack.shots[0], inputs=(plate,)), *pack.shots[1:]))
    assert take_in(bare, media)[plate.sha256].sha256 != graded.sha256
    told = record.read(media.get("lantern", graded.sha256))
    assert told.showing.grade.slope == (1.2, 1.0, 1.0)
    assert (told.showing.grade.saturation, told.showing.grade.space) == (0.9, "ACEScct")
    with Decoder() as decoder:
        seen = decoder.read(media.path("lantern", graded.sha256), samples=1)
    home = returned(seen, told)
    assert np.abs(home.values - GREY["ACEScg"]).max() < 0.01  # 8 bits of the graded view


def test_the_space_of_a_grade_is_that_which_the_pack_names(tmp_path, media):
    pack, plate = with_grade(tmp_path, space="ACEScc")
    told = record.read(media.get("lantern", take_in(pack, media)[plate.sha256].sha256))
    assert told.showing.grade.space == "ACEScc"


@pytest.mark.parametrize(
    ("changes", "found"),
    [({"slope": 0}, "slope 0"), ({"saturation": 0}, "saturation 0"), ({"space": "ACESct"}, "ACE")],
)
def test_a_grade_that_cannot_come_off_is_refused_before_anything_is_paid(
    tmp_path, media, changes, found
):
    pack, _ = with_grade(tmp_path, **changes)
    with pytest.raises(BadInput, match=found) as refused:
        take_in(pack, media)
    assert "grade.cc" in refused.value.field


def test_one_plate_in_two_grades_is_refused(tmp_path, media):
    pack, plate = with_grade(tmp_path)
    shots = (pack.shots[0], replace(pack.shots[1], inputs=(plate,)))
    with pytest.raises(BadInput, match="another grade"):
        take_in(replace(pack, shots=shots), media)
