"""MS-SSIM and VIF: what a full-reference measure must do, and where one is fooled."""

import cv2
import numpy as np
import pytest
import scipy.ndimage

from evaluators.validation.fidelity import VIF_WINDOWS, _kept, _parts, ms_ssim, vif
from evaluators.vision.structure import BORDER, ssim_map


@pytest.fixture(scope="module")
def grey(person):
    return person.mean(axis=2)


def test_a_picture_beside_itself_has_lost_nothing(grey):
    assert ms_ssim(grey, grey, data_range=255) == pytest.approx(1, abs=1e-9)
    assert vif(grey, grey) == pytest.approx([1] * 4, abs=1e-6)


def test_more_blur_and_more_noise_lose_more(grey):
    noise = np.random.default_rng(0).normal(0, 1, grey.shape)
    ladders = [[cv2.GaussianBlur(grey, (0, 0), s) for s in (0.8, 1.6, 3.2)],
               [np.clip(grey + s * noise, 0, 255) for s in (4, 8, 16)]]  # fmt: skip
    for ladder in ladders:
        for measure in (lambda b: ms_ssim(grey, b, data_range=255), lambda b: vif(grey, b)[0]):
            values = [measure(b) for b in ladder]
            assert values == sorted(values, reverse=True)
            assert values[0] < 1


def test_more_contrast_fools_vif_and_not_ms_ssim(grey):
    quiet = 0.5 * grey + 64
    louder = 1.2 * (quiet - 128) + 128
    assert vif(quiet, louder)[0] > 1 > ms_ssim(quiet, louder, data_range=255)


def test_the_parts_of_one_scale_multiply_to_ssim_where_there_is_one_window(grey):
    a, b = grey[:11, :11], cv2.GaussianBlur(grey, (0, 0), 2.0)[:11, :11]
    whole = ssim_map(a, b, data_range=255)[BORDER, BORDER]
    assert np.prod(_parts(a, b, 255)) == pytest.approx(whole, abs=1e-5)


def test_the_coarser_scales_see_what_scipy_makes_of_the_picture(grey):
    side = VIF_WINDOWS[1]
    spread = np.exp(-0.5 * ((np.arange(side) - side // 2) / (side / 5)) ** 2)
    spread /= spread.sum()
    other = cv2.GaussianBlur(grey, (0, 0), 1.0)
    halves = []
    for picture in (grey, other):
        down = scipy.ndimage.correlate1d(picture, spread, axis=0, mode="mirror")
        both = scipy.ndimage.correlate1d(down, spread, axis=1, mode="mirror")
        halves.append(both[::2, ::2])
    # From the second scale on both start from the same halved pictures.
    kernel = np.asarray(cv2.getGaussianKernel(side, side / 5, cv2.CV_64F)).ravel()
    assert vif(grey, other)[1] == pytest.approx(_kept(*halves, kernel), abs=1e-9)
