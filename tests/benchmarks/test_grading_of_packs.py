"""A pack's scene-referred plates reach models through the view that the pack names."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from benchmarks import testing
from benchmarks.domain.pack import PackFile, ShotPack
from benchmarks.domain.rendering import Colours
from benchmarks.grading import record
from benchmarks.intake import take_in
from benchmarks.packs.check import check
from benchmarks.store.record import dumps, loads
from benchmarks.testing_pack import GOOD, good_pack
from router.decode import Decoder
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
    pack = testing.pack(tmp_path / "pack")
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


def test_a_config_that_floats_is_refused_once_with_the_reason(tmp_path):
    text = GOOD.replace("cg-config-v2.2.0_aces-v1.3_ocio-v2.4", "cg-config-latest")
    (mistake,) = check(good_pack(tmp_path, text), today=date(2026, 11, 21)).errors
    assert mistake.field == "colour.config"
    assert "another config in every release" in mistake.expected
