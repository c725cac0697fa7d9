"""Full-reference measures of the literature: they prove our arithmetic, and score no take.

ms_ssim  Wang, Simoncelli, Bovik: Multi-scale structural similarity, Asilomar 2003. Five scales,
their weights; between scales the 9-tap low-pass of Cohen, Daubechies, Feauveau (1992)
and every second pixel. Mean luminance, contrast and structure of a scale are taken
apart, as in equation 7.
vif      Sheikh, Bovik: Image information and visual quality, IEEE TIP 2006, in the pixel domain
and scale by scale: Gaussian windows of 17, 9, 5 and 3 pixels, a fifth of that as sigma,
noise variance 2. Where the reference is flatter than the noise nothing can be lost but
what the other one adds counts against it, as libvmaf has it.
"""

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np

from evaluators.vision.structure import BORDER, K1, K2, SIGMA, WINDOW

WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
LOW_PASS = np.array([0.026749, -0.016864, -0.078223, 0.266864, 0.602949])
NOISE = 2.0  # variance, code values of 8 bits squared
FULL = 4.0 / 255**2  # one over the largest variance that 8 bits can have
LEAST = 1e-10
VIF_WINDOWS = (17, 9, 5, 3)  # pixels, by scale

Array = np.ndarray[Any, Any]


def ms_ssim(a: Array, b: Array, *, data_range: float) -> float:
    """Multi-scale structural similarity of two grey pictures of at least 176 pixels a side."""
    kernel = np.append(LOW_PASS, LOW_PASS[-2::-1])
    kernel /= kernel.sum()
    total, light = 1.0, 1.0
    for scale, weight in enumerate(WEIGHTS):
        if scale:
            a, b = (_filtered(p, kernel)[::2, ::2] for p in (a, b))
        light, contrast, structure = _parts(a, b, data_range)
        total *= (contrast * abs(structure)) ** weight
    return float(total * light ** WEIGHTS[-1])


def vif(a: Array, b: Array) -> tuple[float, ...]:
    """Visual information fidelity of `b` beside `a` at four scales; grey, code values of 8 bits."""
    return tuple(_vif(a, b))


def _vif(a: Array, b: Array) -> Iterator[float]:
    for scale, side in enumerate(VIF_WINDOWS):
        kernel = np.asarray(cv2.getGaussianKernel(side, side / 5, cv2.CV_64F)).ravel()
        if scale:
            height, width = (n // 2 * 2 for n in a.shape)
            a, b = (_mirrored(p, kernel)[:height:2, :width:2] for p in (a, b))
        yield _kept(a, b, kernel)


def _kept(a: Array, b: Array, kernel: Array) -> float:
    """Share of the reference's information that is left at one scale."""
    a, b = (p.astype(np.float64) for p in (a, b))
    mean_a, mean_b = (_mirrored(p, kernel) for p in (a, b))
    spread_a = np.maximum(_mirrored(a * a, kernel) - mean_a * mean_a, 0)
    spread_b = np.maximum(_mirrored(b * b, kernel) - mean_b * mean_b, 0)
    both = _mirrored(a * b, kernel) - mean_a * mean_b
    gain = np.where((spread_a < LEAST) | (spread_b < LEAST), 0, both / (spread_a + LEAST))
    rest = np.where(gain < 0, spread_b, spread_b - gain * both)
    gain = np.maximum(gain, 0)
    kept = np.log2(1 + gain * gain * spread_a / (np.maximum(rest, LEAST) + NOISE))
    whole = np.log2(1 + spread_a / NOISE)
    flat = spread_a < NOISE
    kept, whole = np.where(flat, 1 - spread_b * FULL, kept), np.where(flat, 1.0, whole)
    return float(kept.sum() / whole.sum())


def _parts(a: Array, b: Array, data_range: float) -> tuple[float, float, float]:
    """Mean luminance, contrast and structure where the window is whole."""
    a, b = (p.astype(np.float64) for p in (a, b))
    c1, c2 = (K1 * data_range) ** 2, (K2 * data_range) ** 2
    mean_a, mean_b = _window(a), _window(b)
    spread_a = np.maximum(_window(a * a) - mean_a * mean_a, 0)
    spread_b = np.maximum(_window(b * b) - mean_b * mean_b, 0)
    both, root = _window(a * b) - mean_a * mean_b, np.sqrt(spread_a * spread_b)
    light = (2 * mean_a * mean_b + c1) / (mean_a * mean_a + mean_b * mean_b + c1)
    contrast = (2 * root + c2) / (spread_a + spread_b + c2)
    structure = (both + c2 / 2) / (root + c2 / 2)
    return float(light.mean()), float(contrast.mean()), float(structure.mean())


def _window(picture: Array) -> Array:
    inner = slice(BORDER, -BORDER)
    return np.asarray(cv2.GaussianBlur(picture, (WINDOW, WINDOW), SIGMA))[inner, inner]


def _filtered(picture: Array, kernel: Array) -> Array:
    picture = picture.astype(np.float64)
    return np.asarray(cv2.sepFilter2D(picture, -1, kernel, kernel, borderType=cv2.BORDER_REFLECT))


def _mirrored(picture: Array, kernel: Array) -> Array:
    """Filter; beyond its edge the picture goes on as its mirror."""
    picture = picture.astype(np.float64)
    return np.asarray(cv2.sepFilter2D(picture, -1, kernel, kernel))
