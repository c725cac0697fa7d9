"""A sitting cat."""

from collections.abc import Callable

import numpy as np

from router.emulator.painter.canvas import Canvas, Look, curve, ellipse, shadow, stamp, stroke, tint
from router.emulator.painter.hours import tuple_mix
from router.emulator.painter.words import Colour

Frame = Callable[[list[tuple[float, float]]], np.ndarray]
"""Turns points in heights of the cat into pixels."""


def paint_cat(canvas: Canvas, x: float, foot: float, size: float, colour: Colour | None) -> None:
    """Paint a sitting cat; `size` is its height in pixels."""
    fur = colour or (0.46, 0.36, 0.26)
    coat = Look(colour=fur, form=0.24, rim=0.7, texture=0.05)

    def at(points: list[tuple[float, float]]) -> np.ndarray:
        return np.array(points) * size + (x, foot)

    shadow(canvas, [ellipse((x, foot), size * 0.5, size * 0.08)], size * 0.05, 0.6)
    tail = at([(0.24, -0.06), (0.46, -0.03), (0.58, -0.16), (0.52, -0.34), (0.56, -0.44)])
    stamp(canvas, [curve(stroke(tail, np.array([0.05, 0.05, 0.045, 0.04, 0.02]) * size), 6)], coat)
    body = [
        (-0.1, -0.66),
        (0.14, -0.66),
        (0.27, -0.4),
        (0.36, -0.14),
        (0.3, 0.0),
        (-0.22, 0.0),
        (-0.25, -0.2),
        (-0.2, -0.45),
    ]
    stamp(canvas, [curve(at(body))], coat)
    for k in (-0.13, 0.02):
        leg = at([(k, -0.4), (k - 0.01, -0.2), (k, -0.03)])
        stamp(canvas, [curve(stroke(leg, np.array([0.07, 0.05, 0.055]) * size), 5)], coat)
        stamp(canvas, [ellipse(at([(k - 0.01, -0.02)])[0], size * 0.075, size * 0.04)], coat)
    chest = at([(-0.14, -0.6), (0.04, -0.62), (0.02, -0.36), (-0.06, -0.28), (-0.14, -0.38)])
    tint(canvas, [curve(chest)], size * 0.04, 0.5, tuple_mix(fur, (0.9, 0.85, 0.78), 0.6))
    for k in (0, 1, 2, 3):
        stripe = at(
            [
                (0.2 - k * 0.01, -0.52 + k * 0.1),
                (0.26, -0.47 + k * 0.1),
                (0.16 + k * 0.02, -0.42 + k * 0.11),
            ]
        )
        tint(
            canvas,
            [stroke(stripe, np.array([0.006, 0.018, 0.006]) * size)],
            size * 0.012,
            0.45,
            tuple_mix(fur, (0.05, 0.03, 0.02), 0.8),
        )
    _cat_head(canvas, at, coat, size)


def _cat_head(canvas: Canvas, at: Frame, coat: Look, size: float) -> None:
    fur = coat.colour
    dark = tuple_mix(fur, (0.05, 0.03, 0.02), 0.75)
    for side in (-1, 1):
        ear = [
            (-0.04 + side * 0.07, -0.9),
            (-0.04 + side * 0.165, -1.03),
            (-0.04 + side * 0.19, -0.82),
        ]
        stamp(canvas, [at(ear)], coat)
        inner = [
            (-0.04 + side * 0.1, -0.9),
            (-0.04 + side * 0.153, -0.98),
            (-0.04 + side * 0.165, -0.86),
        ]
        tint(canvas, [at(inner)], size * 0.01, 0.6, (0.62, 0.4, 0.36))
    head = [
        (-0.04, -0.94),
        (0.1, -0.91),
        (0.17, -0.8),
        (0.13, -0.67),
        (0.03, -0.6),
        (-0.11, -0.6),
        (-0.21, -0.67),
        (-0.25, -0.8),
        (-0.18, -0.91),
    ]
    stamp(canvas, [curve(at(head))], coat)
    for k in (-0.06, 0.0, 0.06):
        mark = at([(-0.04 + k, -0.93), (-0.04 + k * 0.7, -0.84)])
        tint(canvas, [stroke(mark, np.array([0.011, 0.005]) * size)], size * 0.008, 0.5, dark)
    _cat_face(canvas, at, fur, size)
    nose = at([(-0.066, -0.712), (-0.014, -0.712), (-0.04, -0.685)])
    tint(canvas, [nose], size * 0.004, 0.9, (0.65, 0.36, 0.34))
    lip = at([(-0.09, -0.664), (-0.065, -0.65), (-0.04, -0.668), (-0.015, -0.65), (0.01, -0.664)])
    line = stroke(lip, np.array([0.002, 0.005, 0.005, 0.005, 0.002]) * size)
    tint(canvas, [line], 0.5, 0.7, dark)


def _cat_face(canvas: Canvas, at: Frame, fur: Colour, size: float) -> None:
    for side in (-1, 1):
        eye = at([(-0.04 + side * 0.085, -0.775)])[0]
        tint(
            canvas,
            [ellipse(eye, size * 0.036, size * 0.03)],
            size * 0.004,
            0.95,
            (0.72, 0.7, 0.25),
        )
        tint(
            canvas,
            [ellipse(eye, size * 0.01, size * 0.027)],
            size * 0.003,
            1.0,
            (0.03, 0.03, 0.03),
        )
        spark = eye + np.array([0.012 * canvas.light.side, -0.012]) * size
        tint(canvas, [ellipse(spark, size * 0.007, size * 0.007)], 0.4, 0.9, (1, 1, 1))
        puff = at([(-0.04 + side * 0.045, -0.665)])[0]
        tint(
            canvas,
            [ellipse(puff, size * 0.06, size * 0.042)],
            size * 0.018,
            0.65,
            tuple_mix(fur, (0.95, 0.9, 0.85), 0.65),
        )
        for lift in (-0.02, 0.01, 0.035):
            hair = at(
                [
                    (-0.04 + side * 0.07, -0.67 + lift * 0.4),
                    (-0.04 + side * 0.16, -0.68 + lift),
                    (-0.04 + side * 0.25, -0.67 + lift * 1.8),
                ]
            )
            tint(
                canvas,
                [stroke(hair, np.array([0.003, 0.002, 0.001]) * size)],
                0.4,
                0.6,
                (0.95, 0.93, 0.9),
            )
