"""Things that a prompt may name: a cup, a cat, a lamp, an umbrella, a book, a tree, a boat."""

from collections.abc import Callable

import numpy as np

from router.emulator.painter.canvas import (
    Canvas,
    Look,
    curve,
    ellipse,
    glow,
    shadow,
    stamp,
    stroke,
    tint,
)
from router.emulator.painter.cat import paint_cat
from router.emulator.painter.hours import tuple_mix
from router.emulator.painter.words import Colour

Painter = Callable[[Canvas, float, float, float, Colour | None], None]


def paint_cup(canvas: Canvas, x: float, foot: float, size: float, colour: Colour | None) -> None:
    """Paint a cup on its saucer; `size` is its height in pixels, `foot` where it stands."""
    glaze = Look(colour=colour or (0.78, 0.74, 0.66), form=0.22, rim=0.5, gloss=0.5, texture=0.02)
    shadow(canvas, [ellipse((x, foot), size * 0.95, size * 0.2)], size * 0.1, 0.55)
    stamp(canvas, [ellipse((x, foot - size * 0.04), size * 0.9, size * 0.19)], glaze)
    tint(
        canvas,
        [ellipse((x, foot - size * 0.06), size * 0.5, size * 0.1)],
        size * 0.03,
        0.4,
        (0.1, 0.08, 0.07),
    )
    side = -1 if canvas.light.side > 0 else 1
    angle = np.linspace(-1.35, 1.35, 14)
    handle = np.stack(
        [
            x + side * size * (0.5 + 0.27 * np.cos(angle)),
            foot - size * (0.55 - 0.24 * np.sin(angle)),
        ],
        1,
    )
    stamp(canvas, [stroke(handle, np.full(14, size * 0.055))], glaze)
    body = [
        (-0.56, -0.95),
        (0.56, -0.95),
        (0.53, -0.5),
        (0.36, -0.14),
        (0.22, -0.05),
        (-0.22, -0.05),
        (-0.36, -0.14),
        (-0.53, -0.5),
    ]
    stamp(canvas, [curve(np.array(body) * size + (x, foot))], glaze)
    stamp(canvas, [ellipse((x, foot - size * 0.94), size * 0.57, size * 0.13)], glaze)
    tint(
        canvas,
        [ellipse((x, foot - size * 0.93), size * 0.5, size * 0.1)],
        0.7,
        0.95,
        (0.16, 0.08, 0.04),
    )
    tint(
        canvas,
        [ellipse((x - size * 0.1, foot - size * 0.95), size * 0.2, size * 0.025)],
        size * 0.02,
        0.4,
        (0.85, 0.65, 0.45),
    )
    _steam(canvas, x, foot, size)


def _steam(canvas: Canvas, x: float, foot: float, size: float) -> None:
    for k in (-0.14, 0.12):
        rise = np.linspace(0, 1, 9)
        steam = np.stack(
            [x + size * (k + 0.1 * np.sin(rise * 6 + k * 9)), foot - size * (1.05 + rise * 0.9)], 1
        )
        tint(
            canvas,
            [stroke(steam, size * 0.05 * (0.3 + rise))],
            size * 0.07,
            0.22,
            (0.95, 0.95, 0.95),
        )


def paint_lamp(canvas: Canvas, x: float, foot: float, size: float, colour: Colour | None) -> None:
    """Paint a standing lamp that burns; `size` is its height in pixels."""
    brass = Look(colour=(0.42, 0.32, 0.18), form=0.3, rim=0.6, gloss=0.6)
    shadow(canvas, [ellipse((x, foot), size * 0.2, size * 0.03)], size * 0.02, 0.5)
    stamp(canvas, [ellipse((x, foot - size * 0.015), size * 0.13, size * 0.03)], brass)
    stamp(
        canvas,
        [stroke(np.array([(x, foot), (x, foot - size * 0.78)]), np.array([0.014, 0.011]) * size)],
        brass,
    )
    shade = np.array([(-0.1, -1.0), (0.1, -1.0), (0.17, -0.74), (-0.17, -0.74)]) * size + (x, foot)
    warm = colour or (0.95, 0.72, 0.42)
    stamp(canvas, [shade], Look(colour=tuple_mix(warm, (1, 0.9, 0.7), 0.4), form=0.1, texture=0.03))
    tint(canvas, [shade], size * 0.01, 0.45, (1.0, 0.86, 0.6))
    glow(canvas, x, foot - size * 0.82, size * 0.42, (0.5, 0.33, 0.15))


def paint_umbrella(
    canvas: Canvas, x: float, foot: float, size: float, colour: Colour | None
) -> None:
    """Paint an open umbrella held at `foot`; `size` is the width of its roof in pixels."""
    grip = np.array([(x, foot), (x, foot - size * 1.2)])
    stamp(
        canvas,
        [stroke(grip, np.array([0.012, 0.009]) * size)],
        Look(colour=(0.12, 0.1, 0.09), form=0.3),
    )
    roof = [
        (-0.5, -0.9),
        (-0.42, -1.1),
        (-0.2, -1.25),
        (0, -1.29),
        (0.2, -1.25),
        (0.42, -1.1),
        (0.5, -0.9),
        (0.34, -0.95),
        (0.17, -0.9),
        (0, -0.95),
        (-0.17, -0.9),
        (-0.34, -0.95),
    ]
    cloth = Look(colour=colour or (0.16, 0.16, 0.19), form=0.22, rim=0.6, gloss=0.15, texture=0.03)
    stamp(canvas, [curve(np.array(roof) * size + (x, foot), 8)], cloth)
    for k in (-0.3, -0.1, 0.1, 0.3):
        rib = np.array([(k * 0.15, -1.28), (k * 0.8, -1.16), (k * 1.12, -0.94)]) * size + (x, foot)
        tint(
            canvas,
            [stroke(rib, np.array([0.002, 0.004, 0.003]) * size)],
            1.0,
            0.45,
            (0.02, 0.02, 0.03),
        )


def paint_book(canvas: Canvas, x: float, foot: float, size: float, colour: Colour | None) -> None:
    """Paint a closed book lying down; `size` is its width in pixels."""
    cover = Look(colour=colour or (0.42, 0.13, 0.11), form=0.08, rim=0.5, texture=0.05)
    shadow(canvas, [ellipse((x, foot), size * 0.6, size * 0.1)], size * 0.04, 0.5)
    for up, look in (
        (0.0, cover),
        (0.03, Look(colour=(0.85, 0.8, 0.68), form=0.02)),
        (0.12, cover),
    ):
        thick = 0.09 if up == 0.03 else 0.03
        block = np.array([(-0.5, -up), (0.36, -up), (0.5, -up - 0.2), (-0.3, -up - 0.2)])
        front = np.array([(-0.5, -up), (0.36, -up), (0.36, -up - thick), (-0.5, -up - thick)])
        stamp(canvas, [block * size + (x, foot), front * size + (x, foot)], look)
        side = np.array(
            [(0.36, -up), (0.5, -up - 0.2), (0.5, -up - 0.2 - thick), (0.36, -up - thick)]
        )
        stamp(canvas, [side * size + (x, foot)], look)


def paint_tree(canvas: Canvas, x: float, foot: float, size: float, colour: Colour | None) -> None:
    """Paint a broad tree; `size` is its height in pixels."""
    shadow(canvas, [ellipse((x, foot), size * 0.4, size * 0.05)], size * 0.04, 0.5)
    trunk = np.array([(0, 0), (0.02, -0.3), (-0.01, -0.65)]) * size + (x, foot)
    stamp(
        canvas,
        [stroke(trunk, np.array([0.06, 0.035, 0.02]) * size)],
        Look(colour=(0.2, 0.14, 0.1), form=0.2, rim=0.4),
    )
    leaf = Look(colour=colour or (0.17, 0.25, 0.11), form=0.3, rim=0.5, texture=0.25)
    for _ in range(16):
        u, v = canvas.rng.uniform(-0.3, 0.3), canvas.rng.uniform(-0.95, -0.5)
        r = canvas.rng.uniform(0.1, 0.18) * size
        bumps = ellipse((0, 0), r, r * 0.75)[::4]
        bumps = bumps * canvas.rng.uniform(0.8, 1.2, (len(bumps), 1)) + (
            x + u * size,
            foot + v * size,
        )
        stamp(canvas, [curve(bumps, 5)], leaf)


def paint_boat(canvas: Canvas, x: float, foot: float, size: float, colour: Colour | None) -> None:
    """Paint a small sailing boat; `size` is its height in pixels."""
    shadow(canvas, [ellipse((x, foot), size * 0.45, size * 0.04)], size * 0.03, 0.5)
    hull = np.array([(-0.36, -0.14), (0.4, -0.16), (0.28, 0.0), (-0.26, 0.0)]) * size + (x, foot)
    stamp(canvas, [hull], Look(colour=colour or (0.4, 0.15, 0.12), form=0.2, depth=0.3))
    mast = np.array([(0.0, -0.14), (0.0, -1.0)]) * size + (x, foot)
    stamp(
        canvas,
        [stroke(mast, np.array([0.012, 0.007]) * size)],
        Look(colour=(0.25, 0.18, 0.12), form=0.3, depth=0.3),
    )
    for sail in (
        [(0.02, -0.97), (0.34, -0.26), (0.02, -0.24)],
        [(-0.02, -0.9), (-0.27, -0.24), (-0.02, -0.22)],
    ):
        stamp(
            canvas,
            [np.array(sail) * size + (x, foot)],
            Look(colour=(0.82, 0.78, 0.7), form=0.12, depth=0.3),
        )


def paint_table(canvas: Canvas, top: float, colour: Colour) -> None:
    """Paint a table that fills the foreground; `top` is where its far edge lies, in pixels."""
    width, height = canvas.size
    plate = np.array(
        [
            (-0.05 * width, top + 0.02 * height),
            (0.06 * width, top),
            (0.94 * width, top),
            (1.05 * width, top + 0.02 * height),
            (1.1 * width, height * 1.05),
            (-0.1 * width, height * 1.05),
        ]
    )
    shadow(canvas, [plate - (0, 0.02 * height)], 0.02 * height, 0.5)
    stamp(canvas, [plate], Look(colour=colour, form=0.04, rim=0.6, texture=0.04))
    for k in np.linspace(-0.2, 1.2, 9):
        line = np.array(
            [(0.5 + (k - 0.5) * 0.9, top / height + 0.004), (0.5 + (k - 0.5) * 1.5, 1.02)]
        ) * (width, height)
        tint(canvas, [stroke(line, np.array([0.4, 1.6]))], 0.8, 0.28, (0.05, 0.03, 0.02))
    shine = ellipse(
        (width * (0.5 + 0.25 * canvas.light.side), top + 0.08 * height), 0.3 * width, 0.06 * height
    )
    tint(canvas, [shine], 0.05 * height, 0.18, tuple_mix((1, 0.9, 0.75), canvas.light.air, 0.4))


PAINTERS: dict[str, Painter] = {
    "cup": paint_cup,
    "cat": paint_cat,
    "lamp": paint_lamp,
    "umbrella": paint_umbrella,
    "book": paint_book,
    "tree": paint_tree,
    "boat": paint_boat,
}
