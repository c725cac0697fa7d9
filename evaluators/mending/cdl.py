"""ASC CDL: ten numbers that a colourist can type in, fitted from one picture to another.

    out = clamp(in * slope + offset) ** power        per channel, in 0..1
    out = clamp(luma + saturation * (out - luma))    luma by Rec.709 weights

Source: ASC Color Decision List, version 1.2; OpenColorIO calls this style CDL_ASC. Encoding: the
numbers act on display-referred sRGB code values / (2^bits - 1), never on scene-linear or log
values; every file that we write says so. The fit matches distributions, not pixels, because the
picture to be matched is usually another framing of the scene.
"""

from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

import numpy as np

ENCODING = "display-referred sRGB code values (IEC 61966-2-1), 0..1"
NAMESPACE = "urn:ASC:CDL:v1.2"
LUMA = np.array([0.2126, 0.7152, 0.0722])
# What a colourist would still call a grade. Slope and power above 0 keep every channel monotone.
SLOPES, OFFSETS, POWERS, SATURATIONS = (0.25, 4.0), (-0.5, 0.5), (0.4, 2.5), (0.0, 2.0)
MOST_CLIPPED = 0.02  # share of values that a fitted grade may drive to black or white by itself
SHARES = np.linspace(0.01, 0.99, 50)
STARTS = np.geomspace(*POWERS, 41)
POINTS = 3000  # pixels that the fit looks at
STRICT = 20.0  # how much an overrun counts beside a missed quantile
TRIES = 25
CODE = 1.0 / 255.0
_LOW = np.repeat([SLOPES[0], OFFSETS[0], POWERS[0], SATURATIONS[0]], [3, 3, 3, 1])
_HIGH = np.repeat([SLOPES[1], OFFSETS[1], POWERS[1], SATURATIONS[1]], [3, 3, 3, 1])

Floats = np.ndarray[Any, np.dtype[np.float64]]
Bytes = np.ndarray[Any, np.dtype[np.uint8]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cdl:
    """The ten numbers; channels in the order red, green, blue."""

    slope: tuple[float, float, float] = (1.0, 1.0, 1.0)
    offset: tuple[float, float, float] = (0.0, 0.0, 0.0)
    power: tuple[float, float, float] = (1.0, 1.0, 1.0)
    saturation: float = 1.0


def apply(picture: Floats, cdl: Cdl) -> Floats:
    """Grade RGB in 0..1; the result is clamped to 0..1."""
    linear = np.clip(picture * np.array(cdl.slope) + np.array(cdl.offset), 0.0, 1.0)
    graded = linear ** np.array(cdl.power)
    luma = graded @ LUMA
    out: Floats = luma[..., None] + cdl.saturation * (graded - luma[..., None])
    return np.clip(out, 0.0, 1.0)


def fit(source: Floats, target: Floats) -> Cdl:
    """Find the CDL that brings the colours of `source` to those of `target`; RGB in 0..1.

    Least squares on the quantiles of each channel and of the distance from grey, within the ranges
    above; a grade that clips more than MOST_CLIPPED is paid for. Deterministic.
    """
    from scipy.optimize import least_squares

    have, want = _thinned(source), _thinned(target)
    if np.array_equal(have, want):
        return Cdl()
    goal, room = _marks(want), _room(have, want)

    def missed(numbers: Floats) -> Floats:
        cdl = _cdl(numbers)
        return np.append(_marks(apply(have, cdl)) - goal, STRICT * _excess(have, cdl, room))

    start = np.clip(_start(have, want), _LOW + 1e-6, _HIGH - 1e-6)
    found: Any = least_squares(missed, start, bounds=(_LOW, _HIGH), max_nfev=TRIES, x_scale="jac")
    return _cdl(np.round(found.x, 6))


def clipped(picture: Floats, cdl: Cdl) -> float:
    """Share of the values, not at their limit before, that the grade drives to black or white."""
    made = apply(picture, cdl)
    before = (picture <= CODE / 2) | (picture >= 1 - CODE / 2)
    after = (made <= CODE / 2) | (made >= 1 - CODE / 2)
    return float((after & ~before).mean())


def graded(picture: Bytes, target: Bytes) -> Bytes:
    """Match the light and colour of a target; both uint8 RGB (H, W, 3), of any size."""
    source = picture.astype(np.float64) / 255.0
    made = apply(source, fit(source, target.astype(np.float64) / 255.0))
    return np.asarray(np.rint(made * 255.0), np.uint8)


def as_cc(cdl: Cdl, identity: str, *descriptions: str) -> str:
    """Write one ColorCorrection as the ASC's XML (.cc), which OpenColorIO and Nuke read."""
    said = "".join(f"  <Description>{escape(d)}</Description>\n" for d in descriptions)
    slope, offset, power = (
        " ".join(f"{v:.6f}" for v in row) for row in (cdl.slope, cdl.offset, cdl.power)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<ColorCorrection id="{escape(identity, {chr(34): "&quot;"})}" xmlns="{NAMESPACE}">\n'
        f"{said}  <InputDescription>{ENCODING}</InputDescription>\n"
        f"  <ViewingDescription>{ENCODING}</ViewingDescription>\n"
        f"  <SOPNode>\n    <Slope>{slope}</Slope>\n    <Offset>{offset}</Offset>\n"
        f"    <Power>{power}</Power>\n  </SOPNode>\n"
        f"  <SatNode>\n    <Saturation>{cdl.saturation:.6f}</Saturation>\n  </SatNode>\n"
        "</ColorCorrection>\n"
    )


def _thinned(picture: Floats) -> Floats:
    flat = picture.reshape(-1, 3)
    return flat[:: max(1, len(flat) // POINTS)]


def _marks(points: Floats) -> Floats:
    """What is compared: quantiles of red, green, blue, warmth, tint and distance from grey."""
    red, green, blue = points.T
    grey = points @ LUMA
    away = np.abs(points - grey[:, None]).sum(axis=1)
    ranked = np.sort([red, green, blue, red - blue, green - (red + blue) / 2, away], axis=1)
    return np.asarray(ranked[:, np.rint(SHARES * (len(points) - 1)).astype(int)].ravel())


def _room(source: Floats, target: Floats) -> Floats:
    """Share of each channel that may end at black and at white, (2, 3).

    What clips in the target may clip in the match; so may what is clipped already.
    """
    low = np.maximum(*((p <= CODE / 2).mean(axis=0) for p in (source, target)))
    high = np.maximum(*((p >= 1 - CODE / 2).mean(axis=0) for p in (source, target)))
    return np.clip(np.stack([low, high]) + MOST_CLIPPED, 0.0, 0.5)


def _excess(points: Floats, cdl: Cdl, room: Floats) -> Floats:
    """How far values run over black and white beyond the share that may: smooth, so it steers."""
    linear = points * np.array(cdl.slope) + np.array(cdl.offset)
    toned = np.clip(linear, 0.0, 1.0) ** np.array(cdl.power)
    luma = (toned @ LUMA)[:, None]
    over = []
    for stage in (linear, luma + cdl.saturation * (toned - luma)):
        ranked = np.sort(stage, axis=0)
        last = len(ranked) - 1
        for channel in range(3):
            low = ranked[int(room[0, channel] * last), channel]
            high = ranked[int((1 - room[1, channel]) * last), channel]
            over += [max(0.0, -float(low)), max(0.0, float(high) - 1.0)]
    return np.array(over)


def _start(source: Floats, target: Floats) -> Floats:
    columns = [_channel(source[:, c], target[:, c]) for c in range(3)]
    slope, offset, power = (np.array(row) for row in zip(*columns, strict=True))
    return np.concatenate([slope, offset, power, [1.0]])


def _channel(source: Floats, target: Floats) -> tuple[float, float, float]:
    """Fit slope and offset by least squares for each power; keep the power with least error."""
    x, y = np.quantile(source, SHARES), np.quantile(target, SHARES)
    best, least = (1.0, 0.0, 1.0), np.inf
    for power in STARTS:
        slope, offset = _line(x, y ** (1.0 / power))
        made = np.clip(slope * x + offset, 0.0, 1.0) ** power
        error = float(np.sum((made - y) ** 2))
        if error < least - 1e-12:
            best, least = (slope, offset, float(power)), error
    return best


def _line(x: Floats, y: Floats) -> tuple[float, float]:
    spread = float(np.var(x))
    slope = float(np.mean((x - x.mean()) * (y - y.mean()))) / spread if spread else 1.0
    slope = float(np.clip(slope, *SLOPES))
    return slope, float(y.mean() - slope * x.mean())


def _cdl(numbers: Floats) -> Cdl:
    def three(first: int) -> tuple[float, float, float]:
        red, green, blue = (float(v) for v in numbers[first : first + 3])
        return red, green, blue

    return Cdl(slope=three(0), offset=three(3), power=three(6), saturation=float(numbers[9]))
