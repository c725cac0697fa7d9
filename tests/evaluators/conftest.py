"""Pictures, clips and one shared decoder for the tests of this storey."""

import os
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
import skimage.data

from evaluators import weights
from evaluators.domain.brief import Brief
from evaluators.measuring import metric
from evaluators.views import Gallery
from router.decoding.decode import Decoder, Unreadable


@pytest.fixture(scope="session")
def gallery():
    with Decoder() as decoder:
        yield Gallery(decoder)


@pytest.fixture
def put(tmp_path):
    """Write a picture, lossless."""

    def write(name, pixels):
        path = tmp_path / name
        assert cv2.imwrite(str(path), np.ascontiguousarray(_for_cv2(pixels)))
        return path

    return write


def _for_cv2(pixels):
    pixels = np.asarray(pixels)
    return pixels if pixels.ndim == 2 else pixels[..., [2, 1, 0, 3][: pixels.shape[2]]]


@pytest.fixture
def film(tmp_path):
    """Write a clip that is nearly lossless."""

    def write(name, frames, fps=24, **tags):
        with av.open(str(tmp_path / name), "w") as out:
            options = {"crf": "4", "preset": "ultrafast"}
            stream = out.add_stream("libx264", rate=fps, options=options)
            stream.height, stream.width = frames[0].shape[:2]
            stream.pix_fmt = "yuv444p"
            for key, value in tags.items():
                setattr(stream.codec_context, key, value)
            for frame in frames:
                shown = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")
                out.mux(stream.encode(shown))
            out.mux(stream.encode())
        return tmp_path / name

    return write


@pytest.fixture
def measure(gallery):
    """Measure one take with one metric: gives scores by name."""

    def run(name, take, **said):
        brief = Brief(row=0, take=take.name, path=take, **said)
        views = gallery.fresh(take)
        assert not isinstance(views, Unreadable), views
        plug_in = metric(name)
        return {s.metric: s for s in plug_in.scores(plug_in.measure(views, brief), brief)}

    return run


@pytest.fixture(scope="session")
def person():
    return skimage.data.astronaut()


@pytest.fixture(scope="session")
def cat():
    return skimage.data.chelsea()


@pytest.fixture(scope="session")
def cup():
    return skimage.data.coffee()


@pytest.fixture(scope="session")
def material():
    """Third-party footage and photographs, where they are at hand."""
    beside = Path(__file__).parents[2].parent / "shared" / "data"
    root = Path(os.environ.get("CIRCLETAKE_DATA") or beside)
    if not (root / "footage").is_dir():
        pytest.skip("no third-party material at $CIRCLETAKE_DATA or ../shared/data")
    return root


def exposed(pixels, stops):
    """Scale the light of an sRGB picture."""
    code = pixels / 255
    linear = np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4) * 2.0**stops
    linear = np.clip(linear, 0, 1)
    back = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.rint(back * 255).astype(np.uint8)


@pytest.fixture(scope="session")
def expose():
    return exposed


@pytest.fixture(scope="session")
def shelf():
    """The real weights, where they are at hand, in use for the whole run of these tests."""
    beside = Path(__file__).parents[2].parent / "shared" / "weights"
    folder = Path(os.environ.get("CIRCLETAKE_WEIGHTS") or beside)
    pytest.importorskip("ai_edge_litert", reason="extra `learned` is not installed")
    if not (folder / "tf2_mobilenet_v2_1.0_224_ptq.tflite").is_file():
        pytest.skip("no weights at $CIRCLETAKE_WEIGHTS or ../shared/weights")
    return folder


@pytest.fixture
def weighted(shelf):
    """Measure with the real weights."""
    weights.use(shelf)
    yield shelf
    weights.use(None)
