"""Open country: sky, hills, sea, woods."""

import cv2
import numpy as np

from router.emulator.painter.canvas import (
    Canvas,
    Look,
    brush,
    clouds,
    curve,
    ellipse,
    glow,
    stamp,
    stroke,
    tint,
)
from router.emulator.painter.hours import Hour, tuple_mix
from router.emulator.painter.words import Colour


def paint_sky(canvas: Canvas, hour: Hour, horizon: float, cover: float) -> None:
    """Fill the picture with sky, sun or moon, and clouds; `horizon` is a share of the height."""
    width, height = canvas.size
    stops = np.array([0, horizon * 0.55, horizon, 1.0])
    colours = np.array([hour.zenith, hour.middle, hour.horizon, hour.horizon])
    rows = np.linspace(0, 1, height)
    ramp = np.stack([np.interp(rows, stops, colours[:, k]) for k in range(3)], 1)
    canvas.rgb[:] = ramp[:, None].astype(np.float32)
    if sum(hour.disc):
        x = width * (0.5 + 0.34 * canvas.light.side)
        y = height * horizon * (0.86 if hour.disc[2] < 0.8 else 0.3)
        size = 0.035 * height
        glow(canvas, x, y, size * 7, tuple_mix((0, 0, 0), hour.disc, 0.3))
        tint(canvas, [ellipse((x, y), size, size)], 1.0, 0.95, hour.disc)
        if sum(hour.zenith) < 0.3:
            _stars(canvas, horizon)
    field = clouds(canvas.size, canvas.rng, 0.8)
    fall = np.clip(1.15 - rows / horizon, 0, 1)[:, None].astype(np.float32)
    alpha = np.clip((field - (1 - cover)) * 2.4, 0, 1) * (0.25 + 0.75 * fall) * 0.75
    lit = np.array(tuple_mix(hour.horizon, hour.middle, 0.3), np.float32)
    tone = lit * (0.8 + 0.5 * (field - 0.5))[..., None]
    canvas.rgb[:] += (tone - canvas.rgb) * alpha[..., None]


def _stars(canvas: Canvas, horizon: float) -> None:
    width, height = canvas.size
    count = 140
    x = canvas.rng.integers(1, width - 1, count)
    y = (canvas.rng.random(count) ** 1.3 * horizon * 0.8 * height).astype(int)
    canvas.rgb[y, x] += canvas.rng.uniform(0.15, 0.7, (count, 1)).astype(np.float32)


def paint_ridge(canvas: Canvas, base: float, rise: float, look: Look, rough: float) -> None:
    """Paint a range of hills whose foot is at `base`, both shares of the height."""
    width, height = canvas.size
    x = np.linspace(-0.02, 1.02, 160)
    y = np.zeros_like(x)
    cells, weight = 3, 1.0
    for _ in range(5):
        knots = canvas.rng.random(cells + 1)
        y += weight * np.interp(x, np.linspace(-0.02, 1.02, cells + 1), knots)
        cells, weight = cells * 2, weight * rough
    y = (y - y.min()) / np.ptp(y)
    top = (base - rise * y) * height
    line = np.stack([x * width, top], 1)
    outline = np.concatenate(
        [line, [(width * 1.02, height * 1.02), (-width * 0.02, height * 1.02)]]
    )
    stamp(canvas, [outline], look)
    # Air gathers in the valleys: the foot of each ridge is paler than its crest.
    foot = np.array(
        [
            (0, base * height),
            (width, base * height),
            (width, (base + 0.2) * height),
            (0, (base + 0.2) * height),
        ]
    )
    tint(canvas, [foot], 0.05 * height, 0.35 * min(1.0, look.depth + 0.15), canvas.light.air)


def paint_ground(canvas: Canvas, horizon: float, near: Colour, far: Colour) -> None:
    """Lay a plane that darkens towards the viewer, with streaks in perspective."""
    width, height = canvas.size
    top = round(horizon * height)
    rows = np.linspace(0, 1, height - top, dtype=np.float32)[:, None]
    plane = (
        np.array(far, np.float32) * (1 - rows[..., None])
        + np.array(near, np.float32) * rows[..., None]
    )
    streaks = canvas.rng.standard_normal((24, 60)).astype(np.float32)
    texture = cv2.resize(streaks, (width * 2, (height - top) * 2), interpolation=cv2.INTER_CUBIC)
    depth = 1 / (0.12 + rows)
    y = ((depth - depth.min()) / np.ptp(depth) * 0.97 * (height - top) * 2).astype(np.float32)
    x = width + (np.arange(width, dtype=np.float32)[None] - width / 2) * (0.35 + 1.3 * (1 - rows))
    noise = cv2.remap(
        texture,
        x.astype(np.float32),
        np.broadcast_to(y, x.shape).copy(),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT,
    )
    fine = brush(canvas.size)[top:]
    shade = 1 + 0.08 * noise + 0.025 * fine * rows
    light = np.array(canvas.light.key, np.float32) * 0.5 + np.array(
        canvas.light.ambient, np.float32
    )
    canvas.rgb[top:] = plane * light * shade[..., None]
    haze = np.clip(1 - rows * 3.2, 0, 1)[..., None] * canvas.light.density
    canvas.rgb[top:] += (np.array(canvas.light.air, np.float32) - canvas.rgb[top:]) * haze


def paint_hills(canvas: Canvas, hour: Hour) -> float:
    """Paint open land; gives where the ground meets the distance, a share of the height."""
    horizon = 0.62
    paint_sky(canvas, hour, horizon, 0.5)
    green: Colour = (0.24, 0.3, 0.2)
    for depth, base, rise in ((0.95, 0.6, 0.26), (0.72, 0.63, 0.18), (0.45, 0.67, 0.12)):
        paint_ridge(
            canvas,
            base,
            rise,
            Look(colour=green, form=0.05, depth=depth, rim=0.2, texture=0.05),
            0.5,
        )
    paint_ground(canvas, 0.69, (0.3, 0.27, 0.17), (0.5, 0.46, 0.32))
    for _ in range(7):
        x, y = canvas.rng.uniform(0, 1), canvas.rng.uniform(0.74, 0.98)
        _tuft(canvas, x, y)
    return 0.69


def _tuft(canvas: Canvas, x: float, y: float) -> None:
    width, height = canvas.size
    reach = (y - 0.6) * height * 0.3
    for lean in canvas.rng.uniform(-0.5, 0.5, 6):
        stem = np.array(
            [
                (x * width, y * height),
                (x * width + lean * reach * 0.4, y * height - reach * 0.6),
                (x * width + lean * reach, y * height - reach),
            ]
        )
        stamp(
            canvas,
            [stroke(stem, np.array([0.03, 0.02, 0.004]) * reach)],
            Look(colour=(0.3, 0.28, 0.14), form=0.0, texture=0.0),
        )


def paint_sea(canvas: Canvas, hour: Hour) -> float:
    """Paint a shore; gives where the ground meets the distance, a share of the height."""
    horizon = 0.52
    paint_sky(canvas, hour, horizon, 0.5)
    paint_ridge(canvas, 0.525, 0.07, Look(colour=(0.25, 0.3, 0.32), form=0.05, depth=0.85), 0.5)
    width, height = canvas.size
    top = round(horizon * height)
    mirror = cv2.GaussianBlur(canvas.rgb[max(0, 2 * top - height) : top][::-1], (0, 0), 6)
    water = canvas.rgb[top : top + len(mirror)]
    paint_ground(canvas, horizon, (0.1, 0.22, 0.27), (0.35, 0.5, 0.55))
    water += (mirror - water) * np.linspace(0.7, 0.25, len(mirror), dtype=np.float32)[:, None, None]
    for _ in range(60):
        far = canvas.rng.random() ** 1.6
        y = (horizon + 0.01 + 0.34 * far) * height
        reach = (0.02 + 0.12 * far) * width
        x = canvas.rng.uniform(0, width)
        line = ellipse((x, y), reach, 0.6 + 2.2 * far)
        tint(canvas, [line], 0.6 + far, 0.3, tuple_mix(hour.horizon, (1, 1, 1), 0.25))
    _shore(canvas)
    return 0.8


def _shore(canvas: Canvas) -> None:
    width, height = canvas.size
    sand = np.array(
        [(-0.1, 0.9), (0.2, 0.845), (0.5, 0.86), (0.8, 0.83), (1.1, 0.85), (1.1, 1.2), (-0.1, 1.2)]
    )
    outline = curve(sand * (width, height))
    foam = outline - (0, 0.012 * height)
    tint(canvas, [foam], 2.5, 0.55, (0.93, 0.95, 0.95))
    stamp(canvas, [outline], Look(colour=(0.52, 0.44, 0.33), form=0.04, texture=0.05))


def paint_forest(canvas: Canvas, hour: Hour) -> float:
    """Paint woods; gives where the ground meets the distance, a share of the height."""
    paint_sky(canvas, hour, 0.7, 0.4)
    width, height = canvas.size
    paint_ground(canvas, 0.7, (0.16, 0.17, 0.1), (0.34, 0.36, 0.24))
    for depth, count, size in ((0.95, 16, 0.018), (0.65, 11, 0.03), (0.3, 6, 0.05)):
        for x in np.sort(canvas.rng.uniform(-0.02, 1.02, count)):
            foot = (0.70 + 0.2 * (1 - depth)) * height
            lean = canvas.rng.uniform(-0.02, 0.02)
            w = size * canvas.rng.uniform(0.7, 1.3) * height
            line = np.array(
                [
                    (x * width, foot),
                    ((x + lean * 0.4) * width, foot * 0.5),
                    ((x + lean) * width, -0.05 * height),
                ]
            )
            look = Look(colour=(0.2, 0.15, 0.11), form=0.2, depth=depth, rim=0.5, texture=0.1)
            stamp(canvas, [stroke(line, np.array([1.5, 0.9, 0.7]) * w)], look)
        crown = clouds(canvas.size, canvas.rng, 0.6)
        rows = np.linspace(0, 1, height, dtype=np.float32)[:, None]
        alpha = np.clip((crown - 0.42 - rows * 0.9) * 5, 0, 1) * (1 - 0.45 * depth)
        leaf = np.array(tuple_mix((0.13, 0.22, 0.1), canvas.light.air, depth * 0.6), np.float32)
        canvas.rgb[:] += (leaf * (0.7 + crown[..., None] * 0.7) - canvas.rgb) * alpha[..., None]
    return 0.78
