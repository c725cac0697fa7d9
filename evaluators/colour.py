"""Colour arithmetic on sRGB or Rec.709 pictures of 8 or 16 bits: CIELAB, light, distances."""

from functools import cache
from typing import Any

import cv2
import numpy as np

Array = np.ndarray[Any, Any]

LAB_SIDE = 256  # long side at which colour is measured: colour needs no detail
PROJECTIONS = 32
BIN, BINS = 0.1, 4096  # of a projection; Lab of sRGB stays within 205 of the origin
LAB_EPSILON, LAB_KAPPA = 216 / 24389, 24389 / 27
# Linear Rec.709 to XYZ relative to the D65 white, for row vectors.
TO_XYZ = (
    np.array(
        [
            [0.412453, 0.212671, 0.019334],
            [0.357580, 0.715160, 0.119193],
            [0.180423, 0.072169, 0.950227],
        ]
    )
    / np.array([0.95047, 1.0, 1.08883])
).astype(np.float32)
REC709 = np.array([0.2126, 0.7152, 0.0722], np.float32)


def small(rgb: Array, side: int = LAB_SIDE) -> Array:
    """Shrink to a long side by area averaging, never stretched, never enlarged."""
    height, width = rgb.shape[:2]
    scale = min(1.0, side / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA))


def lab(rgb: Array) -> Array:
    """uint8 or uint16 sRGB to float32 CIELAB (D65, 2 degrees), same height and width.

    CIE 15:2004 on IEC 61966-2-1; OpenCV's own conversion is up to 0.4 off.
    """
    xyz = _linear(rgb.dtype.itemsize)[rgb] @ TO_XYZ
    root = np.where(xyz > LAB_EPSILON, np.cbrt(xyz), xyz * (LAB_KAPPA / 116) + 16 / 116)
    x, y, z = root[..., 0], root[..., 1], root[..., 2]
    return np.asarray(np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1))


def linear_luma(rgb: Array) -> Array:
    """uint8 or uint16 sRGB to linear relative luminance 0..1 (IEC 61966-2-1, Rec.709 weights)."""
    return np.asarray(_linear(rgb.dtype.itemsize)[rgb] @ REC709)


@cache
def _linear(size: int) -> Array:
    """Linear light of every code value of 1 or 2 bytes."""
    code = np.arange(256**size) / (256**size - 1)
    curve = np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)
    return np.asarray(curve, np.float32)


@cache
def _directions() -> Array:
    """Fixed random directions on the sphere, (3, PROJECTIONS)."""
    drawn = np.random.default_rng(0).normal(size=(3, PROJECTIONS))
    return np.asarray((drawn / np.linalg.norm(drawn, axis=0)).astype(np.float32))


def profile(points: Array) -> Array:
    """Distribution functions of Lab points along 32 fixed random directions.

    Args:
        points: (n, 3) or (height, width, 3) Lab values.

    Returns:
        float32 (PROJECTIONS, BINS), rising to 1; bins are 0.1 delta_e wide.
    """
    flat = points.reshape(-1, 3)
    bins = ((flat @ _directions()) * (1 / BIN) + BINS / 2).astype(np.int32)
    np.clip(bins, 0, BINS - 1, out=bins)
    bins += np.arange(PROJECTIONS, dtype=np.int32) * BINS
    counts = np.bincount(bins.ravel(), minlength=PROJECTIONS * BINS).reshape(PROJECTIONS, BINS)
    return np.asarray((counts.cumsum(axis=1) / len(flat)).astype(np.float32))


def sliced_w1(a: Array, b: Array) -> float:
    """Mean 1-Wasserstein distance of two colour profiles over their directions, in delta_e.

    Rabin, Peyre, Delon, Bernot: Wasserstein barycenter and its application to texture mixing,
    SSVM 2011. 0 = same colours in the same shares; a pure shift of the colour by v reads about
    |v| / 2, because a random direction sees half of it. Blind to where a colour is. Accurate to
    one bin.

    Args:
        a: from `profile`.
        b: from `profile`; of any other number of points.
    """
    return float(np.abs(a - b).sum(axis=1).mean() * BIN)


def delta_e_2000(a: Array, b: Array) -> float:
    """CIEDE2000 between two Lab colours (Sharma, Wu, Dalal 2005)."""
    import skimage.color

    formula: Any = skimage.color.deltaE_ciede2000
    return float(formula(np.asarray(a, np.float64), np.asarray(b, np.float64)))
