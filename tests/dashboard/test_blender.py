"""The add-on in a real Blender: what it hands in is a valid pack, and its passes are right.

Blender is GPL: it runs in a process and an environment of its own (`make blender`, or an
interpreter named by CIRCLETAKE_BPY), and is neither imported nor shipped by us.
"""

import json
import math
import os
import subprocess
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import yaml

from benchmarks.packs import check
from dashboard import toolbox
from dashboard.folders import ask
from dashboard.testing.console import Terminal

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
STAGE = Path(__file__).parent / "blender" / "stage.py"
WIDE, HIGH, LENS, SENSOR = 384, 256, 35.0, 36.0
VIEWS = ["front", "profile_left", "back", "profile_right"]


def blender():
    named = os.environ.get("CIRCLETAKE_BPY")
    python = Path(named) if named else ROOT / ".venv-bpy" / "bin" / "python"
    if not python.exists():
        pytest.skip("no Blender here: `make blender` sets one up, or CIRCLETAKE_BPY names it")
    found = subprocess.run([python, "-c", "import bpy"], capture_output=True, check=False)
    if found.returncode:
        pytest.skip(f"{python} has no bpy")
    return python


@pytest.fixture(scope="module")
def staged(tmp_path_factory):
    python, out = blender(), tmp_path_factory.mktemp("blender")
    toolbox.install(toolbox.named("blender"), out / "apps")
    (out / "scripts" / "addons").mkdir(parents=True)
    words = [python, STAGE, out / "apps" / "circle_take.zip", out / "scripts", out]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=240)
    told = [line for line in done.stdout.splitlines() if line.startswith("STAGE ")]
    assert told, (done.stdout[-2000:], done.stderr[-2000:])
    return out, json.loads(told[0].removeprefix("STAGE "))


def exr(path):
    import OpenImageIO as oiio  # noqa: N813

    found = oiio.ImageInput.open(str(path))
    try:
        return np.asarray(found.read_image(oiio.FLOAT))
    finally:
        found.close()


def png(path):
    from PIL import Image

    with Image.open(path) as image:
        return np.asarray(image)


def pack(folder):
    return yaml.safe_load((folder / "shotpack.yaml").read_text())


def test_what_is_missing_is_said_in_words_before_anything_is_rendered(staged):
    out, told = staged
    assert "Is a character" in told["unsaid"]
    assert "cleared" in told["uncleared"]
    assert "is a pack already" in told["again"]
    assert not (out / "none").exists()


def test_the_pack_is_one_that_pack_check_accepts(staged, tmp_path):
    out, _ = staged
    found = Terminal(tmp_path / "home").run("pack", "check", str(out / "pack"))
    assert (found.code, found.answer["errors"]) == (0, []), found
    assert {w["code"] for w in found.answer["warnings"]} <= {"unsealed"}


def test_a_turnaround_has_its_views_and_each_shows_the_figure_whole(staged):
    out, _ = staged
    (figure,) = pack(out / "pack")["characters"]
    assert [r["view"] for r in figure["references"]] == VIEWS
    assert (figure["id"], figure["kind"]) == ("red_ball", "object")
    for reference in figure["references"]:
        seen = png(out / "pack" / reference["path"]).astype(int)
        red = (seen[..., 0] > seen[..., 1] + 40) & (seen[..., 0] > seen[..., 2] + 40)
        assert 0.2 < red.mean() < 0.8, "it is large in the picture"
        assert not red[[0, -1]].any(), "and is cut off nowhere"
        assert not red[:, [0, -1]].any()


def test_the_camera_is_said_in_the_words_of_a_pack(staged):
    out, told = staged
    (shot,) = pack(out / "pack")["shots"]
    assert shot["camera"] == {
        "framing": "WS",  # the frame holds 1.4 times the height of what the shot is about
        "angle": "eye",
        "movement": "static",
        "lens_mm": 35.0,
        "sensor_width_mm": 36.0,
        "camera_height_m": 1.0,
    }
    assert shot["timing"] == {"cut_in": 1001, "cut_out": 1024}
    assert told["moves"] == {name: name for name in told["moves"]}
    assert len(told["moves"]) == 8


def test_depth_is_in_metres_along_the_lens_axis(staged):
    out, _ = staged
    depth = exr(out / "pack/shots/SQ010_SH0010/depth.exr")[..., 0]
    assert depth.shape == (HIGH, WIDE)
    for corner in (depth[0, 0], depth[0, -1], depth[-1, 0], depth[-1, -1]):
        assert corner == pytest.approx(5.0, abs=1e-4), "a wall is as far away at its edges"
    assert depth[HIGH // 2, WIDE // 2] == pytest.approx(2.0, abs=0.005), "the front of the ball"


def test_depth_of_a_scene_in_other_units_is_in_metres_too(staged):
    _, told = staged
    folder = Path(told["request"]) / "pack"
    depth = exr(folder / "shots/SQ010_SH0010/depth.exr")[..., 0]
    assert depth[0, 0] == pytest.approx(10.0, abs=1e-4)
    assert pack(folder)["shots"][0]["camera"]["camera_height_m"] == 2.0


def test_ids_cover_what_the_ball_covers(staged):
    out, _ = staged
    ids = exr(out / "pack/shots/SQ010_SH0010/ids.exr")[..., 0]
    assert set(np.unique(ids)) == {0.0, 1.0}
    # A ball of radius r at distance d is seen as a disc of radius f r / sqrt(d² - r²).
    radius = LENS / SENSOR * WIDE * 0.5 / math.sqrt(2.5**2 - 0.5**2)
    share = math.pi * radius**2 / (WIDE * HIGH)
    assert ids.mean() == pytest.approx(share, rel=0.02)
    matte = png(out / "pack/shots/SQ010_SH0010/matte_red_ball.png")
    assert np.array_equal(matte == 255, ids == 1)


def test_a_plate_as_exr_keeps_its_own_colour_space_and_a_matte_lies_on_it(staged):
    _, told = staged
    folder = Path(told["request"])
    assert check.check(folder / "pack", today=date(2026, 11, 21)).errors == ()
    inputs = {row["functional_type"]: row for row in pack(folder / "pack")["shots"][0]["inputs"]}
    assert inputs["x.plate"]["colour_space"] == "Linear Rec.709 (sRGB)"
    assert inputs["x.previs"]["colour_space"] == "Raw"
    assert inputs["matte"]["path"].endswith("matte_red_ball.png")
    linear = exr(folder / "pack" / inputs["x.plate"]["path"])
    ball = linear[HIGH // 2 - 20, WIDE // 2]
    assert ball[0] > 0.05 > ball[1]


def test_what_was_handed_in_is_a_request_that_can_be_read(staged):
    _, told = staged
    wanted, _ = ask.read(Path(told["request"]))
    assert (wanted.pack, wanted.simulate, wanted.partner) == ("pack", True, "my_studio")
    assert told["early"] == ["CANCELLED"], "there is nothing to load yet"


def test_the_artist_s_scene_is_as_it_was_and_the_add_on_leaves_nothing(staged):
    _, told = staged
    assert told["untouched"]
    assert told["gone"]
    assert told["version"].startswith("4.5")
