"""Real OpenEXR files as plates: whole ones are read, damaged ones say what is wrong with them."""

import os
from pathlib import Path

import numpy as np
import pytest

from router.decoding.decode import Decoder, Unreadable, Values

pytest.importorskip("OpenImageIO", reason="OpenImageIO is not installed")
DATA = Path(os.environ.get("CIRCLETAKE_DATA") or Path(__file__).parents[3] / "shared" / "data")
EXR = DATA / "exr"
needs_exr = pytest.mark.skipif(not EXR.is_dir(), reason="no OpenEXR test images ($CIRCLETAKE_DATA)")
NO_COLOUR = {"Rec709_YC.exr": "luminance/chroma", "WideFloatRange.exr": "channels G"}


@pytest.fixture(scope="module")
def decoder():
    with Decoder() as running:
        yield running


def files(folder):
    found = sorted((EXR / folder).glob("*.exr"))
    return found or [pytest.param(None, marks=pytest.mark.skip(reason="no OpenEXR test images"))]


@pytest.mark.parametrize("path", files("valid"), ids=lambda p: p and p.name)
def test_a_whole_plate_is_read_or_refused_for_its_channels(decoder, path):
    found = decoder.values(path)
    if path.name in NO_COLOUR:
        assert NO_COLOUR[path.name] in found.reason
        return
    assert isinstance(found, Values)
    assert found.pixels.shape == (found.probe.height, found.probe.width, 3)
    assert np.isfinite(found.pixels).all()


@pytest.mark.parametrize("path", files("damaged"), ids=lambda p: p and p.name)
def test_a_damaged_plate_is_refused_and_the_next_one_is_read(decoder, path):
    found = decoder.values(path)
    assert isinstance(found, Unreadable)
    assert "died" not in found.reason  # refused, and not crashed
    assert isinstance(decoder.values(EXR / "valid" / "t01.exr"), Values)


@needs_exr
def test_light_over_white_is_kept(decoder):
    found = decoder.values(EXR / "valid" / "BrightRings.exr")
    assert found.pixels.max() == pytest.approx(1025.0)


def test_what_is_no_plate_says_what_is_accepted(decoder, tmp_path):
    (tmp_path / "a.exr").write_bytes(b"\xff\xd8\xff" + bytes(200))
    assert "OpenEXR, DPX" in decoder.values(tmp_path / "a.exr").reason
    assert "no such file" in decoder.values(tmp_path / "b.exr").reason
