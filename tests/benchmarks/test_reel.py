"""Clips and sequences come back frame by frame: count, numbers and values are kept."""

from fractions import Fraction

import av
import cv2
import numpy as np
import pytest

from benchmarks.domain.rendering import Colours, Showing
from benchmarks.grading import reel
from benchmarks.grading.plate import shown
from router.decoding.decode import Decoder
from router.domain.errors import BadInput

oiio = pytest.importorskip("OpenImageIO", reason="OpenImageIO is not installed")
pytest.importorskip("PyOpenColorIO", reason="opencolorio is not installed")
GREY = 0.18


@pytest.fixture(scope="module")
def decoder():
    with Decoder() as found:
        yield found


@pytest.fixture
def told(tmp_path, decoder):
    """Give the record of a grey card, and lay its picture down as frames 1001 to 1005."""
    card = np.full((72, 128, 3), GREY, np.float32)
    oiio.ImageBuf(card).write(str(tmp_path / "plate.exr"), "half")
    showing = Showing(colours=Colours(), source_space="ACEScg")
    made = shown(decoder.values(tmp_path / "plate.exr"), showing, "0" * 64)
    for number in range(1001, 1006):
        (tmp_path / f"take.{number}.png").write_bytes(made.picture)
    return made.rendering


def bring(tmp_path, told, decoder, name, out="home.%04d.exr", first=1001):
    return reel.home(tmp_path / name, tmp_path / out, told, decoder, first=first, space=None)


def written(tmp_path):
    return sorted(p.name for p in tmp_path.glob("home.*"))


def test_a_sequence_keeps_its_count_its_numbers_and_its_values(tmp_path, told, decoder):
    found = bring(tmp_path, told, decoder, "take.%04d.png")
    assert (found.first, found.frames, found.space) == (1001, 5, "ACEScg")
    assert written(tmp_path) == [f"home.{n}.exr" for n in range(1001, 1006)]
    values = decoder.values(tmp_path / "home.1003.exr").pixels
    assert np.abs(values - GREY).max() < 0.005


def test_a_hole_is_named_and_nothing_is_written(tmp_path, told, decoder):
    (tmp_path / "take.1003.png").unlink()
    with pytest.raises(BadInput, match="frames missing: 1003"):
        bring(tmp_path, told, decoder, "take.%04d.png")
    assert written(tmp_path) == []


def test_a_damaged_frame_is_named_and_nothing_is_written(tmp_path, told, decoder):
    (tmp_path / "take.1004.png").write_bytes(b"no picture")
    with pytest.raises(BadInput) as refused:
        bring(tmp_path, told, decoder, "take.%04d.png")
    assert refused.value.field == "take.1004.png"
    assert written(tmp_path) == []


def test_a_file_that_is_there_is_not_replaced(tmp_path, told, decoder):
    (tmp_path / "home.1005.exr").write_bytes(b"mine")
    with pytest.raises(BadInput, match=r"home\.1005\.exr"):
        bring(tmp_path, told, decoder, "take.%04d.png")
    assert written(tmp_path) == ["home.1005.exr"]


def test_every_frame_of_a_clip_comes_back_under_its_number(tmp_path, told, decoder):
    picture = cv2.cvtColor(cv2.imread(str(tmp_path / "take.1001.png")), cv2.COLOR_BGR2RGB)
    with av.open(str(tmp_path / "take.mp4"), "w") as out:
        stream = out.add_stream("libx264", rate=Fraction(24), options={"crf": "10"})
        stream.width, stream.height, stream.pix_fmt = 128, 72, "yuv420p"
        for _ in range(20):  # more than a sample takes
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        out.mux(stream.encode())
    found = bring(tmp_path, told, decoder, "take.mp4", first=993)
    assert (found.first, found.frames) == (993, 20)
    assert written(tmp_path) == [f"home.{n:04d}.exr" for n in range(993, 1013)]
    assert np.abs(decoder.values(tmp_path / "home.1000.exr").pixels - GREY).max() < 0.02
