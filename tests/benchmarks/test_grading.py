"""Plates are shown to models by a recorded view, and takes come back by it."""

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from benchmarks.domain.rendering import ON_DISPLAY, Colours, Graded, Showing
from benchmarks.grading import grades, names, record, transform
from benchmarks.grading.plate import coded, loss, shown
from dashboard.console import app
from evaluators.mending.cdl import Cdl
from router.decoding.decode import Decoder, Unreadable
from router.domain.errors import BadInput

oiio = pytest.importorskip("OpenImageIO", reason="OpenImageIO is not installed")
ocio = pytest.importorskip("PyOpenColorIO", reason="opencolorio is not installed")
ACESCG = Showing(colours=Colours(), source_space="ACEScg")
REPLAY = """
import sys
import numpy as np, PyOpenColorIO as ocio
way = ocio.Config.CreateRaw().getProcessor(ocio.FileTransform(sys.argv[1]))
values = np.load(sys.argv[2], allow_pickle=False)
way.getDefaultCPUProcessor().applyRGB(values)
np.save(sys.argv[3], values)
"""


def ramp(width=480, height=32):
    """Fourteen stops in ACEScg, some colour, up to 22.8."""
    light = 0.18 * 2.0 ** np.linspace(-7, 6.985, width, dtype=np.float32)
    tint = np.linspace(0.6, 1.0, height, dtype=np.float32)[:, None]
    return np.stack([light * np.ones_like(tint), light * tint, light * tint**2], axis=2)


def saved(out, path, spec, values):
    assert out.open(str(path), spec)
    assert out.write_image(values)
    assert out.close()


def write(path, values, kind, names=("R", "G", "B")):
    spec = oiio.ImageSpec(values.shape[1], values.shape[0], values.shape[2], kind)
    spec.channelnames = names
    out = oiio.ImageOutput.create(str(path))
    saved(out, path, spec, values)
    return path


@pytest.fixture
def plate(tmp_path):
    return write(tmp_path / "plate.exr", ramp(), "half")


@pytest.fixture(scope="module")
def decoder():
    with Decoder() as each:
        yield each


def run(*words):
    return CliRunner().invoke(app, ["--json", "colour", *map(str, words)])


@pytest.mark.parametrize(
    ("suffix", "kind", "step"),
    [(".exr", "half", 0), (".dpx", "uint16", 1 / 65535), (".tif", "uint16", 1 / 65535),
     (".png", "uint16", 1 / 65535), (".tif", "float", 0)],
)  # fmt: skip
def test_every_bit_of_a_plate_is_read(decoder, tmp_path, suffix, kind, step):
    values = np.linspace(0, 1, 48 * 20 * 3, dtype=np.float16).reshape(20, 48, 3).astype(np.float32)
    found = decoder.values(write(tmp_path / f"a{suffix}", values, kind))
    assert np.abs(found.pixels - values).max() <= step / 2 + 1e-7
    assert found.probe.bit_depth in {16, 32}


def test_a_ten_bit_dpx_is_off_by_one_of_its_steps_at_most(decoder, tmp_path):
    path = tmp_path / "a.dpx"
    values = np.linspace(0, 1, 64 * 8 * 3, dtype=np.float32).reshape(8, 64, 3)
    spec = oiio.ImageSpec(64, 8, 3, "uint16")
    spec.attribute("oiio:BitsPerSample", 10)
    out = oiio.ImageOutput.create(str(path))
    saved(out, path, spec, values)
    found = decoder.values(path)
    assert found.probe.bit_depth == 10
    assert np.abs(found.pixels - values).max() <= 1 / 1023


@pytest.mark.parametrize("name", ["a.tif", "a.png"])
def test_straight_alpha_does_not_darken_a_plate(decoder, tmp_path, name):
    values = np.full((8, 8, 4), 0.5, np.float32)
    path = tmp_path / name
    spec = oiio.ImageSpec(8, 8, 4, "uint16")
    spec.attribute("oiio:UnassociatedAlpha", 1)
    out = oiio.ImageOutput.create(str(path))
    saved(out, path, spec, values)
    found = decoder.values(path)
    assert found.pixels == pytest.approx(0.5, abs=1e-4)
    assert "alpha is left out" in found.probe.notes


@pytest.mark.parametrize("share", [0.02, 0.3, 0.97])
@pytest.mark.parametrize("suffix", [".exr", ".dpx", ".tif", ".png"])
def test_a_plate_that_breaks_off_says_so(decoder, tmp_path, suffix, share):
    whole = write(tmp_path / f"a{suffix}", np.clip(ramp(), 0, 1), "uint16").read_bytes()
    (tmp_path / f"b{suffix}").write_bytes(whole[: int(len(whole) * share)])
    found = decoder.values(tmp_path / f"b{suffix}")
    assert isinstance(found, Unreadable)
    assert found.reason


def test_a_plate_is_shown_as_eight_bits_with_its_record_and_way(plate, tmp_path):
    out = tmp_path / "out"
    ran = run("plate", plate, "--space", "ACEScg", "--exposure", "-0.5", "--out", out)
    assert ran.exit_code == 0, ran.output
    assert sorted(p.name for p in out.iterdir()) == ["plate.ctf", "plate.json", "plate.png"]
    told = record.read((out / "plate.png").read_bytes())
    assert told == record.read((out / "plate.json").read_bytes())
    assert told.showing == replace(ACESCG, exposure=-0.5)
    body = json.loads(ran.stdout)["record"]
    assert body["ocio"] == ocio.__version__
    assert body["config_id"]
    assert body["processor_id"]
    with Decoder() as each:
        seen = each.probe(out / "plate.png")
    assert (seen.bit_depth, seen.width, seen.height) == (8, 480, 32)


def test_equal_plates_give_equal_bytes(plate, decoder):
    read = decoder.values(plate)
    assert shown(read, ACESCG, "0" * 64).picture == shown(read, ACESCG, "0" * 64).picture


@pytest.mark.parametrize(
    "showing",
    [
        ACESCG,
        replace(ACESCG, exposure=-3.0),
        replace(ACESCG, source_space="ARRI LogC4"),
        replace(ACESCG, grade=Graded(slope=(1.1, 1, 0.9), offset=(0.01, 0, 0), power=(1, 1.1, 1),
                                     saturation=0.9, space="ACEScct")),
    ],
    ids=["plain", "three stops down", "from log", "graded"],
)  # fmt: skip
def test_the_written_way_replays_to_the_last_bit_without_a_config(showing, tmp_path):
    way = transform.processor(showing)
    (tmp_path / "way.ctf").write_text(transform.ctf(way, showing), encoding="utf-8")
    values = np.clip(ramp(), 0, 1) if "Log" in showing.source_space else ramp()
    np.save(tmp_path / "in.npy", values)
    paths = [str(tmp_path / name) for name in ("way.ctf", "in.npy", "out.npy")]
    ended = subprocess.run(
        [sys.executable, "-c", REPLAY, *paths], env={}, capture_output=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    replayed = np.load(tmp_path / "out.npy", allow_pickle=False)
    assert np.abs(replayed - transform.applied(way, values)).max() == 0.0


def test_opencolorio_and_openimageio_agree_to_a_tenth_of_a_code():
    cg = replace(ACESCG, colours=Colours(config="ocio://cg-config-v2.1.0_aces-v1.3_ocio-v2.3"))
    said = cg.colours
    ours = transform.applied(transform.processor(cg), ramp())
    theirs = oiio.ImageBufAlgo.ociodisplay(
        oiio.ImageBuf(ramp()), said.model_display, said.model_view, "ACEScg",
        colorconfig=said.config,
    )  # fmt: skip
    assert not theirs.has_error
    assert np.abs(theirs.get_pixels(oiio.FLOAT) - ours).max() * 255 <= 0.1


@pytest.mark.parametrize("exposure", [0.0, -1.5, 1.0])
def test_what_comes_back_is_within_hundredths_of_a_stop_in_the_middle_range(exposure):
    showing = replace(ACESCG, exposure=exposure)
    codes = coded(transform.applied(transform.processor(showing), ramp()))
    found = loss(ramp(), codes, showing)
    assert found.median_stops <= 0.01
    assert found.p99_stops <= 0.05
    assert found.brightest == pytest.approx(ramp().max() * 2**exposure, rel=1e-4)


def test_highlights_over_the_view_stop_at_its_ceiling_and_are_counted(plate, tmp_path):
    run("plate", plate, "--space", "ACEScg", "--out", tmp_path)
    words = ("--record", tmp_path / "plate.png", "--out", tmp_path / "take.exr")
    ran = run("return", tmp_path / "plate.png", *words)
    assert ran.exit_code == 0, ran.output
    body = json.loads(ran.stdout)
    assert body["white"] > 0.02
    assert 16.0 < body["ceiling"] < 16.6
    assert body["brightest"] < 0.9 * ramp().max()


def test_a_take_comes_back_as_half_float_in_the_working_space(plate, tmp_path, decoder):
    run("plate", plate, "--space", "ACEScg", "--exposure", "-2", "--out", tmp_path)
    words = ("--record", tmp_path / "plate.json", "--out", tmp_path / "take.exr")
    assert run("return", tmp_path / "plate.png", *words).exit_code == 0
    spec = oiio.ImageInput.open(str(tmp_path / "take.exr")).spec()
    assert str(spec.format) == "half"
    assert spec.getattribute("chromaticities")[0] == pytest.approx(0.713)
    home = decoder.values(tmp_path / "take.exr").pixels
    middle = (ramp() > 0.18) & (ramp() < 4)
    assert np.median(np.abs(np.log2(home[middle] / ramp()[middle]))) < 0.01


def test_every_bit_of_a_deep_take_comes_back(plate, tmp_path, decoder):
    run("plate", plate, "--space", "ACEScg", "--out", tmp_path)
    values = transform.applied(transform.processor(ACESCG), ramp())
    write(tmp_path / "deep.png", np.clip(values, 0, 1), "uint16")
    words = ("--record", tmp_path / "plate.png", "--out", tmp_path / "take.exr")
    body = json.loads(run("return", tmp_path / "deep.png", *words).stdout)
    assert body["bit_depth"] == 16
    home = decoder.values(tmp_path / "take.exr").pixels
    middle = (ramp() > 0.05) & (ramp() < 2)
    off = np.abs(np.log2(home[middle] / ramp()[middle]))
    assert np.median(off) < 0.002  # of 8 bits 0.006


def test_the_wrong_view_is_a_stop_off(plate, decoder):
    """Why the record is kept."""
    codes = coded(transform.applied(transform.processor(ACESCG), ramp()))
    other = replace(ACESCG, colours=Colours(model_view="Un-tone-mapped"))
    home = transform.applied(
        transform.processor(other, back=True), codes.astype(np.float32) / np.float32(255)
    )
    middle = (ramp() > 0.1) & (ramp() < 2)
    assert np.median(np.abs(np.log2(home[middle] / ramp()[middle]))) > 0.5


def test_a_grade_on_the_display_acts_after_the_view():
    grade = Graded(
        slope=(0.5,) * 3, offset=(0,) * 3, power=(1,) * 3, saturation=1, space=ON_DISPLAY
    )
    plain = transform.applied(transform.processor(ACESCG), ramp())
    graded = transform.applied(transform.processor(replace(ACESCG, grade=grade)), ramp())
    assert np.abs(graded - plain * 0.5).max() < 2e-4  # OpenColorIO's power in float32


@pytest.mark.parametrize(
    ("changes", "field", "expected"),
    [
        ({"source_space": "ACESgc"}, "space", "nearest: ACEScg"),
        ({"source_space": "Raw"}, "space", "colours"),
        ({"colours": Colours(config="ocio://studio-config-latest")}, "config", "made again"),
        ({"colours": Colours(config="ocio://default")}, "config", "made again"),
        ({"colours": Colours(config="/etc/config.ocio")}, "config", "full name"),
        ({"colours": Colours(config="ocio://cg-config-v2.2.0_aces-v1.3_ocio-v2.3")}, "config",
         "nearest: ocio://cg-config-v2.2.0_aces-v1.3_ocio-v2.4"),
        ({"colours": Colours(working_space="ACEScct")}, "working_space", "nearest: ACEScg"),
        ({"colours": Colours(model_display="sRGB")}, "model_display", "sRGB - Display"),
        ({"colours": Colours(model_view="ACES 2.0 - SDR")}, "model_view", "ACES 1.0 - SDR Video"),
    ],
)  # fmt: skip
def test_a_wrong_name_is_told_with_its_field_and_the_nearest(changes, field, expected):
    with pytest.raises(BadInput) as caught:
        names.checked(replace(ACESCG, **changes))
    assert caught.value.field == field
    assert expected in str(caught.value)


def test_a_picture_without_a_record_cannot_be_brought_back(plate, tmp_path):
    write(tmp_path / "a.png", np.clip(ramp(), 0, 1), "uint8")
    ran = run("return", tmp_path / "a.png", "--record", tmp_path / "a.png", "--out",
              tmp_path / "b.exr")  # fmt: skip
    assert "without a colour record" in str(ran.exception)
    assert not (tmp_path / "b.exr").exists()


@pytest.mark.parametrize(
    "text", ["", "[]", '{"kind": "circletake.colour/1"}', "{" * 5000, "\0", '{"a": NaN}']
)
def test_a_record_that_is_none_of_ours_is_refused(text):
    with pytest.raises(BadInput):
        record.read(text.encode())


def test_a_record_with_a_field_of_its_own_is_refused(plate, decoder):
    told = record.as_dict(shown(decoder.values(plate), ACESCG, "0" * 64).rendering)
    assert record.read(json.dumps(told).encode()).showing == ACESCG
    with pytest.raises(BadInput, match="extra"):
        record.read(json.dumps({**told, "extra": 1}).encode())


def test_a_plate_tagged_with_other_primaries_is_doubted(tmp_path, decoder):
    path = tmp_path / "a.exr"
    spec = oiio.ImageSpec(480, 32, 3, "half")
    spec.attribute("chromaticities", "float[8]", (0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329))
    out = oiio.ImageOutput.create(str(path))
    saved(out, path, spec, ramp())
    made = shown(decoder.values(path), ACESCG, "0" * 64)
    assert any("Linear Rec.709" in note for note in made.rendering.notes)


@pytest.mark.parametrize("space", ["ACEScct", ON_DISPLAY])
def test_a_grade_is_applied_in_its_space_and_taken_back(plate, tmp_path, decoder, space):
    grade = tmp_path / "a.cdl"
    warm = Cdl(slope=(1.05, 1.0, 0.95), offset=(0.01, 0.0, 0.0), power=(1.0, 1.02, 1.0))
    grade.write_text(grades.written([grades.Named(name="a", cdl=warm)], ".cdl"), encoding="utf-8")
    words = ("plate", plate, "--space", "ACEScg", "--out", tmp_path, "--grade", grade)
    refused = run(*words)
    assert "grade_space" in str(refused.exception)
    assert run(*words, "--grade-space", space).exit_code == 0
    told = record.read((tmp_path / "plate.png").read_bytes())
    assert (told.showing.grade.space, told.showing.grade.slope) == (space, warm.slope)
    back = ("--record", tmp_path / "plate.png", "--out", tmp_path / "take.exr")
    assert run("return", tmp_path / "plate.png", *back).exit_code == 0
    home = decoder.values(tmp_path / "take.exr").pixels
    middle = (ramp() > 0.1) & (ramp() < 1)
    assert np.median(np.abs(np.log2(home[middle] / ramp()[middle]))) < 0.015


@pytest.mark.parametrize("changes", [{"slope": (0, 1, 1)}, {"saturation": 0}, {"power": (1, 0, 1)}])
def test_a_grade_that_has_no_way_back_is_refused_before_anybody_pays_for_a_take(changes):
    plain = {"slope": (1, 1, 1), "offset": (0, 0, 0), "power": (1, 1, 1), "saturation": 1}
    showing = replace(ACESCG, grade=Graded(**{**plain, **changes}, space="ACEScct"))
    with pytest.raises(BadInput, match="come back"):
        transform.processor(showing)
