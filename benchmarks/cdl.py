"""ASC CDL: ten numbers that a colourist can type in, fitted from one picture to another.

    out = clamp(in * slope + offset) ** power        per channel, in 0..1
    out = luma + saturation * (out - luma)           luma by Rec.709 weights

Source: ASC Color Decision List, version 1.2. Applied to the picture's own code values (Rec.709 or
sRGB encoded), as an on-set CDL is. The fit matches distributions, not pixels, because the picture
to be matched is usually another framing of the scene.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

LUMA = np.array([0.2126, 0.7152, 0.0722])
QUANTILES = np.linspace(0.02, 0.98, 49)
POWERS = np.geomspace(0.4, 2.5, 61)

Floats = np.ndarray[Any, np.dtype[np.float64]]
Bytes = np.ndarray[Any, np.dtype[np.uint8]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cdl:
    """The ten numbers; channels in the order red, green, blue."""

    slope: tuple[float, float, float] = (1.0, 1.0, 1.0)
    offset: tuple[float, float, float] = (0.0, 0.0, 0.0)
    power: tuple[float, float, float] = (1.0, 1.0, 1.0)
    saturation: float = 1.0


def fit(source: Floats, target: Floats) -> Cdl:
    """Find the CDL that brings the distribution of `source` to that of `target`; RGB in 0..1."""
    channels = [_channel(source[..., c].ravel(), target[..., c].ravel()) for c in range(3)]
    slope, offset, power = (_triple([c[i] for c in channels]) for i in range(3))
    graded = Cdl(slope=slope, offset=offset, power=power)
    have, want = _chroma(apply(source, graded)), _chroma(target)
    saturation = float(np.clip(want / have, 0.0, 4.0)) if have > 1e-6 else 1.0
    return Cdl(slope=slope, offset=offset, power=power, saturation=saturation)


def apply(picture: Floats, cdl: Cdl) -> Floats:
    """Grade RGB in 0..1; the result is clamped to 0..1."""
    linear = np.clip(picture * np.array(cdl.slope) + np.array(cdl.offset), 0.0, 1.0)
    graded = linear ** np.array(cdl.power)
    luma = graded @ LUMA
    out: Floats = luma[..., None] + cdl.saturation * (graded - luma[..., None])
    return np.clip(out, 0.0, 1.0)


def graded(picture: Bytes, target: Bytes) -> Bytes:
    """Match the light and colour of a target; both uint8 RGB (H, W, 3), of any size."""
    source = picture.astype(np.float64) / 255.0
    made = apply(source, fit(source, target.astype(np.float64) / 255.0))
    return np.asarray(np.rint(made * 255.0), np.uint8)


def _channel(source: Floats, target: Floats) -> tuple[float, float, float]:
    """Fit slope and offset by least squares for each power; keep the power with least error."""
    x, y = np.quantile(source, QUANTILES), np.quantile(target, QUANTILES)
    best, least = (1.0, 0.0, 1.0), np.inf
    for power in POWERS:
        slope, offset = _line(x, y ** (1.0 / power))
        made = np.clip(slope * x + offset, 0.0, 1.0) ** power
        error = float(np.sum((made - y) ** 2))
        if error < least - 1e-12:
            best, least = (slope, offset, float(power)), error
    return best


def _line(x: Floats, y: Floats) -> tuple[float, float]:
    """Fit y = slope * x + offset with a slope that is not negative (a CDL's never is)."""
    spread = float(np.var(x))
    slope = max(0.0, float(np.mean((x - x.mean()) * (y - y.mean()))) / spread) if spread else 1.0
    return slope, float(y.mean() - slope * x.mean())


def _chroma(picture: Floats) -> float:
    return float(np.mean(np.abs(picture - (picture @ LUMA)[..., None])))


def _triple(values: list[float]) -> tuple[float, float, float]:
    red, green, blue = (round(v, 6) for v in values)
    return red, green, blue
