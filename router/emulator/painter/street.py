"""A street between houses, lit when it is dark and wet when it rains."""

import cv2
import numpy as np

from router.emulator.painter.canvas import Canvas, Look, ellipse, glow, stamp, stroke, tint
from router.emulator.painter.hours import NEON, Hour, tuple_mix
from router.emulator.painter.land import paint_ground, paint_ridge, paint_sky
from router.emulator.painter.words import Colour, Reading

STONES: tuple[Colour, ...] = (
    (0.42, 0.25, 0.19),
    (0.5, 0.45, 0.38),
    (0.27, 0.29, 0.34),
    (0.36, 0.32, 0.3),
)


def paint_street(canvas: Canvas, hour: Hour, reading: Reading) -> float:
    """Paint a street; gives where people stand at least, a share of the height."""
    width, height = canvas.size
    horizon, vanish = 0.58, 0.5 - 0.06 * canvas.light.side
    paint_sky(canvas, hour, horizon, 0.5)
    paint_ridge(canvas, 0.56, 0.16, Look(colour=(0.25, 0.26, 0.3), form=0.02, depth=0.95), 0.9)
    paint_ground(canvas, horizon, (0.13, 0.13, 0.15), (0.3, 0.3, 0.32))
    point = np.array([vanish * width, horizon * height])
    for side in (-1, 1):
        edge = 0.0 if side < 0 else 1.0
        reach = 0.0
        for share in (0.34, 0.58, 0.74, 0.85, 0.92):
            _facade(canvas, point, (side, edge), (reach, share), reading)
            reach = share
    for side, x in ((-1, 0.24), (1, 0.78)):
        lamp_post(canvas, x * width, height * 0.9, 0.5 * height, warm=side < 0)
    if reading.weather == "rain" or reading.neon:
        _wet(canvas, horizon, point)
    return 0.8


def _facade(
    canvas: Canvas,
    point: np.ndarray,
    where: tuple[int, float],
    reach: tuple[float, float],
    reading: Reading,
) -> None:
    width, height = canvas.size
    side, edge = where
    corner_top = np.array([(edge + 0.12 * side) * width, canvas.rng.uniform(-0.55, -0.1) * height])
    corner_foot = np.array([(edge + 0.12 * side) * width, 1.02 * height])

    def at(depth: float, up: float) -> np.ndarray:
        post = corner_foot + (corner_top - corner_foot) * up
        spot: np.ndarray = post + (point - post) * depth
        return spot

    near, far = reach
    wall = np.array([at(near, 0), at(near, 1), at(far, 1), at(far, 0)])
    stone = STONES[int(canvas.rng.integers(len(STONES)))]
    stamp(
        canvas,
        [wall],
        Look(colour=stone, form=0.03, depth=0.15 + far * 0.8, rim=0.2, texture=0.035),
    )
    dark = sum(canvas.light.ambient) < 0.95
    for floor in np.linspace(0.2, 0.86, 5):
        for k in range(3):
            a, b = (near + (far - near) * (k + t) / 3 for t in (0.24, 0.76))
            pane = np.array(
                [at(a, floor), at(a, floor + 0.085), at(b, floor + 0.085), at(b, floor)]
            )
            lit = dark and canvas.rng.random() < 0.4
            colour: Colour = (0.95, 0.72, 0.38) if lit else (0.09, 0.1, 0.13)
            tint(canvas, [pane], 0.5, 0.8 - 0.5 * far, colour)
    if reading.neon and near < 0.7:
        a, b = near + (far - near) * 0.3, near + (far - near) * 0.6
        sign = np.array([at(a, 0.22), at(a, 0.5), at(b, 0.5), at(b, 0.22)])
        hue = NEON[int(canvas.rng.integers(len(NEON)))]
        x, y = sign.mean(0)
        glow(canvas, x, y, 0.16 * height * (1 - near), tuple_mix((0, 0, 0), hue, 0.55))
        tint(canvas, [sign], 1.2, 0.9, tuple_mix(hue, (1, 1, 1), 0.25))


def lamp_post(canvas: Canvas, x: float, foot: float, length: float, *, warm: bool) -> None:
    """Paint a street lamp that burns when it is dark."""
    pole = np.array([(x, foot), (x, foot - length)])
    stamp(
        canvas,
        [stroke(pole, np.array([0.012, 0.008]) * length)],
        Look(colour=(0.1, 0.1, 0.11), form=0.3, depth=0.2, rim=0.6),
    )
    head = ellipse((x, foot - length), 0.04 * length, 0.055 * length)
    if sum(canvas.light.ambient) < 0.95:
        colour: Colour = (1.0, 0.76, 0.42) if warm else (0.75, 0.85, 1.0)
        glow(canvas, x, foot - length, 0.26 * length, tuple_mix((0, 0, 0), colour, 0.6))
        tint(canvas, [head], 1.0, 1.0, tuple_mix(colour, (1, 1, 1), 0.5))
    else:
        stamp(canvas, [head], Look(colour=(0.8, 0.8, 0.76), form=0.3, depth=0.2))


def _wet(canvas: Canvas, horizon: float, point: np.ndarray) -> None:
    """Let the ground mirror what stands on it."""
    width, height = canvas.size
    top = round(horizon * height)
    length = min(height - top, top)
    mirror = canvas.rgb[top - length : top][::-1]
    smear = cv2.blur(mirror, (5, max(3, height // 14)))
    rows = canvas.rng.standard_normal((length // 3, 24)).astype(np.float32)
    ripple = cv2.resize(rows, (width, length), interpolation=cv2.INTER_CUBIC)
    ripple = np.clip(0.6 + 0.3 * cv2.GaussianBlur(ripple, (0, 0), 1.0), 0.05, 0.95)
    road = np.zeros((length, width), np.uint8)
    edge = np.array(
        [(point[0], 0), (1.12 * width, 1.02 * height - top), (-0.12 * width, 1.02 * height - top)]
    )
    cv2.fillPoly(road, [edge.astype(np.int32)], 255, cv2.LINE_AA)
    ripple *= cv2.GaussianBlur(road, (0, 0), 3).astype(np.float32) / 255
    ground = canvas.rgb[top : top + length]
    ground += (smear * 0.9 - ground * 0.45) * ripple[..., None]
