"""SSIM: the values of two other implementations, and of a published table."""

import csv

import numpy as np
import pytest
from skimage.metrics import structural_similarity

from evaluators.vision.structure import ssim

GAUSSIAN = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
# libvmaf reads 10 bits as quarters of a code value and keeps the constants of 8 bits.
AS_LIBVMAF = {10: (4.0, 255.0), 8: (1.0, 255.0)}


@pytest.fixture(scope="module")
def pair(person):
    rng = np.random.default_rng(0)
    grey = person.mean(axis=2)
    return grey, np.clip(grey + rng.normal(0, 12, grey.shape), 0, 255)


@pytest.mark.parametrize("bits", [8, 10, 16])
def test_it_is_scikit_images_value_at_any_bit_depth(pair, bits):
    peak = 2**bits - 1
    a, b = (np.rint(p / 255 * peak).astype(np.uint16) for p in pair)
    theirs = structural_similarity(a, b, data_range=peak, **GAUSSIAN)
    assert ssim(a, b, data_range=peak) == pytest.approx(theirs, abs=1e-5)


@pytest.mark.parametrize("size", [(11, 11), (37, 211), (288, 352)])
def test_odd_sizes_agree_too(pair, size):
    a, b = (np.rint(p[: size[0], : size[1]]).astype(np.uint8) for p in pair)
    theirs = structural_similarity(a, b, data_range=255, **GAUSSIAN)
    assert ssim(a, b, data_range=255) == pytest.approx(theirs, abs=1e-5)


def test_the_wrong_data_range_would_give_another_number(pair):
    a, b = (np.rint(p * 257).astype(np.uint16) for p in pair)
    assert ssim(a, b, data_range=65535) - ssim(a, b, data_range=255) > 0.05


def test_flat_pictures_have_a_value(pair):
    flat = np.full((40, 40), 255, np.uint8)
    assert ssim(flat, flat, data_range=255) == pytest.approx(1.0, abs=1e-6)
    assert ssim(flat, flat * 0, data_range=255) == pytest.approx(0.0, abs=1e-3)


def test_the_published_values_of_four_video_pairs_come_out(material):
    folder = material / "golden" / "vmaf_resource"
    with (folder / "expected.csv").open() as file:
        rows = [r for r in csv.DictReader(file) if r["metric"] == "float_ssim"]
    expected = {row["pair"]: float(row["measured_mean"]) for row in rows}
    with (folder / "pairs.csv").open() as file:
        pairs = list(csv.DictReader(file))
    assert len(pairs) == len(expected) == 4
    for row in pairs:
        scale, peak = AS_LIBVMAF[10 if row["pix_fmt"].endswith("10le") else 8]
        sides = (_luma(folder / row[side], row) / scale for side in ("reference", "distorted"))
        values = [ssim(a, b, data_range=peak) for a, b in zip(*sides, strict=True)]
        assert np.mean(values) == pytest.approx(expected[row["pair"]], abs=2e-5), row["pair"]


def _luma(path, row):
    width, height = int(row["width"]), int(row["height"])
    raw = np.fromfile(path, "<u2" if row["pix_fmt"].endswith("10le") else "u1")
    frames = raw.reshape(int(row["frames"]), -1)
    return frames[:, : width * height].reshape(-1, height, width).astype(np.float32)
