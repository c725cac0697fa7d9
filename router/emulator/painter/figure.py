"""A figure in a coat, from head to boots."""

from dataclasses import dataclass, replace

import numpy as np

from router.emulator.painter.canvas import Canvas, Look, curve, ellipse, shadow, stamp, stroke, tint
from router.emulator.painter.face import Person, Place, paint_head
from router.emulator.painter.words import Colour

COATS: tuple[Colour, ...] = (
    (0.20, 0.24, 0.28),
    (0.33, 0.25, 0.19),
    (0.16, 0.2, 0.3),
    (0.4, 0.16, 0.14),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Costume:
    """What a figure wears and how it carries its arms."""

    coat: Colour
    scarf: Colour | None
    belt: bool
    arm: float
    """How far the near arm is bent: 0 hangs, 1 holds something up in front."""


def paint_figure(
    canvas: Canvas, place: Place, who: Person, wears: Costume, marks: frozenset[str]
) -> tuple[float, float]:
    """Paint a standing figure.

    Returns:
        where its holding hand is, in pixels.
    """
    feet = place.at([(0, 7.45)])[0]
    shadow(
        canvas,
        [ellipse((feet[0], feet[1]), 1.3 * place.unit, 0.22 * place.unit)],
        0.16 * place.unit,
        0.55,
    )
    _legs(canvas, place)
    cloth = Look(colour=wears.coat, form=0.14, depth=place.depth, rim=0.42, texture=0.035)
    for side, bent in ((-1, 0.0), (1, wears.arm)):
        if bent:
            _upper_arm(canvas, place, cloth, side, bent)
        else:
            _hanging_arm(canvas, place, cloth, who, side)
    _body(canvas, place, cloth)
    _front(canvas, place, cloth, wears)
    if wears.arm:
        _forearm(canvas, place, cloth, who, (1, wears.arm))
    paint_head(canvas, place, who, marks)
    _collar(canvas, place, cloth, wears)
    x, y = place.at([_arm(1, wears.arm)[1]])[0]
    return float(x), float(y)


def _legs(canvas: Canvas, place: Place) -> None:
    cloth = Look(colour=(0.13, 0.13, 0.16), form=0.2, depth=place.depth, rim=0.3)
    for side, ahead in ((-1, 0.0), (1, 0.08)):
        leg = [
            (side * 0.12, 4.2),
            (side * 0.58, 4.2),
            (side * 0.5, 5.6),
            (side * 0.44, 7.1),
            (side * 0.16, 7.1),
            (side * 0.12, 5.6),
        ]
        stamp(canvas, [curve(place.at(leg))], cloth)
        boot = [
            (side * 0.12, 6.4),
            (side * 0.46, 6.4),
            (side * 0.5, 7.2),
            (side * 0.56, 7.45 + ahead),
            (side * 0.08, 7.45 + ahead),
            (side * 0.12, 7.0),
        ]
        stamp(canvas, [curve(place.at(boot))], replace(cloth, colour=(0.08, 0.07, 0.07), gloss=0.2))


def _body(canvas: Canvas, place: Place, cloth: Look) -> None:
    coat = [
        (-0.24, 1.2),
        (-0.6, 1.4),
        (-0.86, 1.56),
        (-0.88, 2.0),
        (-0.76, 2.6),
        (-0.7, 3.0),
        (-0.86, 3.9),
        (-1.0, 5.0),
        (-1.06, 5.66),
        (-1.06, 5.78),
        (-0.98, 5.82),
        (-0.5, 5.9),
        (0, 5.84),
        (0.5, 5.92),
        (1.0, 5.84),
        (1.08, 5.8),
        (1.07, 5.68),
        (1.0, 5.0),
        (0.86, 3.9),
        (0.7, 3.0),
        (0.76, 2.6),
        (0.88, 2.0),
        (0.86, 1.56),
        (0.6, 1.4),
        (0.24, 1.2),
    ]
    stamp(canvas, [curve(place.at(coat))], cloth)
    unit = place.unit
    folds = [
        [(-0.5, 3.2), (-0.62, 4.2), (-0.72, 5.6)],
        [(0.48, 3.2), (0.6, 4.3), (0.66, 5.7)],
        [(-0.2, 3.3), (-0.28, 4.5), (-0.3, 5.7)],
        [(0.25, 3.3), (0.3, 4.4), (0.36, 5.75)],
        [(-0.85, 1.95), (-0.6, 2.35), (-0.42, 2.9)],
        [(0.85, 1.95), (0.62, 2.3), (0.46, 2.9)],
    ]
    for fold in folds:
        line = stroke(place.at(fold), np.array([0.015, 0.05, 0.03]) * unit)
        tint(canvas, [line], unit * 0.04, 0.35, _deep(cloth.colour, 0.35))
        lit = stroke(
            place.at([(x + 0.09 * canvas.light.side, y) for x, y in fold]),
            np.array([0.01, 0.03, 0.02]) * unit,
        )
        tint(canvas, [lit], unit * 0.04, 0.16, _deep(cloth.colour, 1.9))


def _front(canvas: Canvas, place: Place, cloth: Look, wears: Costume) -> None:
    unit, sway = place.unit, place.turn * 0.12
    shirt = [(-0.2 + sway, 1.2), (0.2 + sway, 1.2), (sway * 1.2, 2.25)]
    stamp(canvas, [place.at(shirt)], Look(colour=(0.62, 0.6, 0.56), form=0.2, depth=place.depth))
    edge = place.at([(sway, 2.2), (sway * 1.1 + 0.02, 3.2), (sway * 1.2 + 0.05, 5.8)])
    tint(
        canvas,
        [stroke(edge, np.array([0.018, 0.022, 0.026]) * unit)],
        unit * 0.02,
        0.6,
        _deep(cloth.colour, 0.3),
    )
    for side in (-1, 1):
        lapel = [
            (side * 0.22 + sway, 1.16),
            (side * 0.5, 1.36),
            (side * 0.44 + sway, 1.72),
            (side * 0.3 + sway, 1.74),
            (sway, 2.3),
        ]
        shadow(canvas, [place.at([(x + 0.02, y + 0.05) for x, y in lapel])], unit * 0.03, 0.4)
        stamp(
            canvas,
            [place.at(lapel)],
            replace(cloth, form=0.25, rim=0.5, colour=_deep(cloth.colour, 1.12)),
        )
    for y in (2.5, 2.85) if wears.belt else (2.5, 2.95, 3.4):
        x, down = place.at([(sway + 0.16, y)])[0]
        tint(canvas, [ellipse((x, down), 0.045 * unit, 0.045 * unit)], 0.6, 0.9, (0.75, 0.62, 0.38))
    if wears.belt:
        belt = [(-0.72, 2.98), (0, 3.06), (0.72, 2.98), (0.73, 3.16), (0, 3.25), (-0.73, 3.16)]
        stamp(
            canvas,
            [place.at(belt)],
            replace(cloth, form=0.3, colour=_deep(cloth.colour, 0.62), gloss=0.2),
        )
        x, y = place.at([(sway, 3.15)])[0]
        buckle = [
            ellipse((x, y), 0.12 * unit, 0.1 * unit),
            ellipse((x, y), 0.08 * unit, 0.06 * unit),
        ]
        tint(canvas, buckle, 0.5, 0.95, (0.8, 0.66, 0.38))


def _hanging_arm(canvas: Canvas, place: Place, cloth: Look, who: Person, side: int) -> None:
    elbow, wrist = _arm(side, 0.0)
    joints = [
        (side * 0.74, 1.66),
        (side * 0.9, 2.0),
        (side * 1.02, 2.5),
        elbow,
        (side * 1.12, 3.4),
        wrist,
    ]
    widths = np.array([0.2, 0.25, 0.225, 0.205, 0.19, 0.17]) * place.unit
    _hand(canvas, place, who, wrist, np.array([0.0, 1.0]))
    stamp(canvas, [curve(stroke(place.at(joints), widths), 6)], cloth)
    _cuff(canvas, place, cloth, wrist, np.array([0.0, 1.0]))


def _upper_arm(canvas: Canvas, place: Place, cloth: Look, side: int, bent: float) -> None:
    elbow, _ = _arm(side, bent)
    joints = [(side * 0.74, 1.66), (side * 0.9, 2.0), (side * 1.02, 2.5), elbow]
    arm = stroke(place.at(joints), np.array([0.2, 0.25, 0.225, 0.21]) * place.unit)
    knee = place.at([elbow])[0]
    stamp(canvas, [curve(arm, 6), ellipse(knee, 0.205 * place.unit, 0.2 * place.unit)], cloth)


def _forearm(
    canvas: Canvas, place: Place, cloth: Look, who: Person, pose: tuple[int, float]
) -> None:
    elbow, wrist = _arm(*pose)
    unit = place.unit
    run = np.array(wrist) - elbow
    run /= np.linalg.norm(run)
    line = place.at([elbow, (elbow[0] * 0.5 + wrist[0] * 0.5, (elbow[1] + wrist[1]) / 2), wrist])
    arm = curve(stroke(line, np.array([0.2, 0.185, 0.165]) * unit), 5)
    shadow(canvas, [arm + np.array([0.02, 0.1]) * unit], unit * 0.06, 0.4)
    _hand(canvas, place, who, wrist, run)
    stamp(canvas, [arm, ellipse(line[0], 0.2 * unit, 0.2 * unit)], cloth)
    _cuff(canvas, place, cloth, wrist, run)


def _hand(
    canvas: Canvas, place: Place, who: Person, wrist: tuple[float, float], run: np.ndarray
) -> None:
    x, y = place.at([(wrist[0] + run[0] * 0.12, wrist[1] + run[1] * 0.12)])[0]
    turn = float(np.arctan2(run[1], run[0]))
    skin = Look(colour=who.skin, form=0.25, depth=place.depth, rim=0.3, texture=0.0)
    stamp(canvas, [ellipse((x, y), 0.21 * place.unit, 0.125 * place.unit, turn)], skin)


def _cuff(
    canvas: Canvas, place: Place, cloth: Look, wrist: tuple[float, float], run: np.ndarray
) -> None:
    start = (wrist[0] - run[0] * 0.2, wrist[1] - run[1] * 0.2)
    band = stroke(place.at([start, wrist]), np.array([0.185, 0.185]) * place.unit)
    stamp(canvas, [band], replace(cloth, form=0.3, colour=_deep(cloth.colour, 1.08)))


def _arm(side: int, bent: float) -> tuple[tuple[float, float], tuple[float, float]]:
    elbow = (side * (1.12 - 0.02 * bent), 2.95 - 0.1 * bent)
    wrist = (side * (1.1 - 0.72 * bent), 3.95 - 1.35 * bent)
    return elbow, wrist


def _collar(canvas: Canvas, place: Place, cloth: Look, wears: Costume) -> None:
    for side in (-1, 1):
        collar = [
            (side * 0.16, 1.5),
            (side * 0.2, 1.2),
            (side * 0.3, 1.06),
            (side * 0.4, 1.12),
            (side * 0.56, 1.42),
            (side * 0.38, 1.62),
        ]
        shadow(canvas, [place.at([(x, y + 0.06) for x, y in collar])], place.unit * 0.04, 0.35)
        stamp(
            canvas,
            [place.at(collar)],
            replace(cloth, form=0.2, rim=0.6, colour=_deep(cloth.colour, 1.1)),
        )
    if wears.scarf is not None:
        wrap = [
            (-0.4, 1.12),
            (0, 1.26),
            (0.4, 1.12),
            (0.46, 1.32),
            (0.1, 1.5),
            (-0.3, 1.46),
            (-0.46, 1.3),
        ]
        tail = [(-0.2, 1.4), (0.06, 1.44), (0.1, 2.5), (-0.2, 2.46)]
        look = Look(colour=wears.scarf, form=0.22, depth=place.depth, rim=0.4, texture=0.05)
        stamp(canvas, [place.at(tail)], look)
        stamp(canvas, [curve(place.at(wrap))], look)


def _deep(colour: Colour, share: float) -> Colour:
    return min(1.0, colour[0] * share), min(1.0, colour[1] * share), min(1.0, colour[2] * share)
