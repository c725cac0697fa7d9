"""A room with a window, floor boards and a book case."""

import numpy as np

from router.emulator.painter.canvas import (
    Canvas,
    Look,
    brush,
    ellipse,
    glow,
    shadow,
    stamp,
    stroke,
    tint,
)
from router.emulator.painter.hours import Hour, tuple_mix
from router.emulator.painter.land import paint_ground


def paint_room(canvas: Canvas, hour: Hour) -> float:
    """Paint a room; gives where people stand at least, a share of the height."""
    width, height = canvas.size
    floor = 0.7
    wall = tuple_mix((0.46, 0.4, 0.34), (0.3, 0.36, 0.38), float(canvas.rng.random()))
    light = np.array(canvas.light.key) * 0.45 + np.array(canvas.light.ambient)
    canvas.rgb[:] = (np.array(wall) * light).astype(np.float32)
    source = 0.5 + 0.3 * canvas.light.side
    x = np.linspace(0, 1, width, dtype=np.float32)[None]
    y = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    pool = np.exp(-(((x - source) / 0.5) ** 2) - ((y - 0.35) / 0.6) ** 2)
    canvas.rgb[:] *= (0.42 + 0.75 * pool + 0.012 * brush(canvas.size))[..., None]
    paint_ground(canvas, floor, (0.2, 0.13, 0.09), (0.44, 0.31, 0.21))
    skirting = np.array(
        [(0, floor - 0.025), (1, floor - 0.025), (1, floor + 0.004), (0, floor + 0.004)]
    ) * (width, height)
    stamp(canvas, [skirting], Look(colour=tuple_mix(wall, (0.1, 0.08, 0.07), 0.5), form=0.0))
    _planks(canvas, floor)
    _window(canvas, hour, source)
    _furnish(canvas, floor, 1 - source)
    return 0.82


def _planks(canvas: Canvas, floor: float) -> None:
    width, height = canvas.size
    for k in np.linspace(-1.6, 2.6, 22):
        line = np.array([(0.5 + (k - 0.5) * 0.45, floor), (0.5 + (k - 0.5) * 1.9, 1.02)]) * (
            width,
            height,
        )
        tint(canvas, [stroke(line, np.array([0.5, 2.2]))], 0.6, 0.35, (0.05, 0.03, 0.02))


def _window(canvas: Canvas, hour: Hour, source: float) -> None:
    width, height = canvas.size
    w, h = 0.19 * height, 0.36 * height
    x, y = source * width, 0.31 * height
    square = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)])
    edge = 0.012 * height
    frame = square * (w / 2 + edge, h / 2 + edge) + (x, y)
    stamp(canvas, [frame], Look(colour=(0.52, 0.46, 0.38), form=0.04, rim=0.6))
    for column in (-1, 1):
        for row in (-1, 0, 1):
            middle = np.array([x + column * w * 0.25, y + row * h * 0.33])
            pane = square * (w * 0.225, h * 0.145) + middle
            sky = tuple_mix(hour.middle, hour.horizon, 0.5 + 0.4 * row)
            tint(canvas, [pane], 0.5, 1.0, tuple_mix(sky, (1, 1, 1), 0.12))
    glow(canvas, x, y, 0.34 * height, tuple_mix((0, 0, 0), hour.horizon, 0.28))
    lean = -0.55 if source > 0.5 else 0.55
    shaft = np.array(
        [
            (x - w / 2, y - h / 2),
            (x + w / 2, y - h / 2),
            (x + w + lean * height, height),
            (x - w / 4 + lean * height, height),
        ]
    )
    tint(canvas, [shaft], 0.03 * height, 0.16, tuple_mix(hour.horizon, (1, 0.95, 0.85), 0.5))


def _furnish(canvas: Canvas, floor: float, side: float) -> None:
    width, height = canvas.size
    x, foot = side * width, (floor + 0.02) * height
    w, top = 0.3 * height, 0.2 * height
    shadow(canvas, [ellipse((x, foot), w * 0.7, 0.03 * height)], 0.02 * height, 0.5)
    case = np.array([(x - w / 2, top), (x + w / 2, top), (x + w / 2, foot), (x - w / 2, foot)])
    stamp(
        canvas, [case], Look(colour=(0.25, 0.16, 0.11), form=0.05, depth=0.3, rim=0.3, texture=0.08)
    )
    for row in np.linspace(top + 0.03 * height, foot - 0.12 * height, 4):
        bay = np.array(
            [
                (x - w * 0.45, row),
                (x + w * 0.45, row),
                (x + w * 0.45, row + 0.095 * height),
                (x - w * 0.45, row + 0.095 * height),
            ]
        )
        tint(canvas, [bay], 0.6, 0.75, (0.05, 0.035, 0.03))
        left = x - w * 0.43
        while left < x + w * 0.36:
            thick = canvas.rng.uniform(0.03, 0.07) * w
            tall = canvas.rng.uniform(0.055, 0.088) * height
            book = np.array(
                [
                    (left, row + 0.095 * height - tall),
                    (left + thick, row + 0.095 * height - tall),
                    (left + thick, row + 0.095 * height),
                    (left, row + 0.095 * height),
                ]
            )
            spine = canvas.rng.uniform(0.1, 0.45, 3)
            red, green, blue = (float(v) for v in spine * (1.1, 0.85, 0.7))
            stamp(
                canvas, [book], Look(colour=(red, green, blue), form=0.3, depth=0.3, texture=0.02)
            )
            left += thick * canvas.rng.uniform(1.02, 1.5)
