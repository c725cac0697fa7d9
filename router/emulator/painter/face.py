"""A head: skull, hair, and the planes and features of a face."""

from dataclasses import dataclass, replace

import numpy as np

from router.emulator.painter.canvas import Canvas, Look, curve, ellipse, stamp, stroke, tint
from router.emulator.painter.words import Colour

SKINS: tuple[Colour, ...] = (
    (0.86, 0.66, 0.54),
    (0.78, 0.56, 0.43),
    (0.62, 0.42, 0.31),
    (0.42, 0.28, 0.21),
)
HAIRS: tuple[Colour, ...] = (
    (0.11, 0.08, 0.07),
    (0.25, 0.15, 0.09),
    (0.42, 0.25, 0.13),
    (0.62, 0.47, 0.27),
    (0.5, 0.5, 0.5),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a figure stands: top and height of its head in pixels, and which way it turns."""

    x: float
    y: float
    unit: float
    turn: float
    depth: float

    def at(self, points: list[tuple[float, float]]) -> np.ndarray:
        """Turn head units (x from the middle, y from the top of the head) into pixels."""
        return np.array(points, np.float64) * self.unit + (self.x, self.y)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What makes this person this person."""

    skin: Colour
    hair: Colour
    cut: int
    width: float
    jaw: float
    eyes: float
    brow: float
    nose: float
    mouth: float


def person(rng: np.random.Generator) -> Person:
    """Cast somebody."""
    return Person(
        skin=SKINS[int(rng.integers(len(SKINS)))],
        hair=HAIRS[int(rng.integers(len(HAIRS)))],
        cut=int(rng.integers(3)),
        width=float(rng.uniform(0.345, 0.385)),
        jaw=float(rng.uniform(0.2, 0.26)),
        eyes=float(rng.uniform(0.145, 0.17)),
        brow=float(rng.uniform(0.42, 0.45)),
        nose=float(rng.uniform(0.70, 0.735)),
        mouth=float(rng.uniform(0.10, 0.125)),
    )


def paint_head(canvas: Canvas, place: Place, who: Person, marks: frozenset[str]) -> None:
    """Paint neck, head, face and hair."""
    skin = Look(colour=who.skin, form=0.3, depth=place.depth, rim=0.4, texture=0.0, gloss=0.05)
    if who.cut == 1 and "hood" not in marks:
        _back_hair(canvas, place, who)
    neck = [
        (-0.17, 0.8),
        (0.17, 0.8),
        (0.2, 1.12),
        (0.3, 1.36),
        (0, 1.5),
        (-0.3, 1.36),
        (-0.2, 1.12),
    ]
    stamp(canvas, [curve(place.at(neck))], replace(skin, colour=_dim(who.skin, 0.7)))
    w, j = who.width, who.jaw
    skull = [
        (0, 0.02),
        (w * 0.75, 0.1),
        (w, 0.36),
        (w * 0.97, 0.6),
        (j + 0.06, 0.84),
        (j * 0.55, 0.985),
        (0, 1.0),
        (-j * 0.55, 0.985),
        (-j - 0.06, 0.84),
        (-w * 0.97, 0.6),
        (-w, 0.36),
        (-w * 0.75, 0.1),
    ]
    for side in (-1, 1):
        ear = ellipse(
            (place.x + side * (w + 0.005) * place.unit, place.y + 0.58 * place.unit),
            0.045 * place.unit,
            0.1 * place.unit,
        )
        stamp(canvas, [ear], replace(skin, colour=_dim(who.skin, 0.85)))
    stamp(canvas, [curve(place.at(skull))], skin)
    _planes(canvas, place, who)
    _features(canvas, place, who)
    _marks(canvas, place, who, marks)
    if not marks & {"hat", "hood"}:
        _hair(canvas, place, who)
    else:
        _headgear(canvas, place, marks)


def _dim(colour: Colour, share: float) -> Colour:
    return colour[0] * share, colour[1] * share * 0.96, colour[2] * share * 0.94


def _planes(canvas: Canvas, place: Place, who: Person) -> None:
    """Sockets, cheek, the shadow side of the nose, under the lip and under the chin."""
    unit, shift = place.unit, place.turn * 0.05
    away = -1.0 if canvas.light.side > 0 else 1.0
    dark = _dim(who.skin, 0.34)
    soft = unit * 0.035
    for side in (-1, 1):
        socket = place.at([(side * who.eyes + shift, 0.52)])[0]
        tint(canvas, [ellipse(socket, 0.1 * unit, 0.062 * unit)], soft, 0.42, dark)
    cheek = [
        (away * who.width, 0.4),
        (away * 0.25 + shift, 0.6),
        (away * 0.19 + shift, 0.78),
        (away * who.jaw, 0.95),
        (away * who.width, 0.75),
    ]
    tint(canvas, [curve(place.at(cheek))], unit * 0.05, 0.38, dark)
    nose = [
        (shift, 0.5),
        (away * 0.075 + shift, 0.68),
        (away * 0.085 + shift, who.nose),
        (shift * 1.3, who.nose),
    ]
    tint(canvas, [place.at(nose)], unit * 0.014, 0.42, dark)
    under = place.at([(shift, 0.885)])[0]
    tint(canvas, [ellipse(under, 0.085 * unit, 0.02 * unit)], soft * 0.6, 0.35, dark)
    shine = place.at([(shift - away * 0.02, 0.64)])[0]
    tint(canvas, [ellipse(shine, 0.018 * unit, 0.08 * unit)], unit * 0.015, 0.3, (1.0, 0.93, 0.86))


def _features(canvas: Canvas, place: Place, who: Person) -> None:
    unit, shift = place.unit, place.turn * 0.05
    ink: Colour = (0.09, 0.06, 0.06)
    fine = max(0.3, unit * 0.006)
    light = min(1.0, 0.35 + sum(canvas.light.key) / 3 * 0.5)
    for side in (-1, 1):
        x = side * who.eyes + shift
        white = [(x - 0.062, 0.525), (x, 0.498), (x + 0.062, 0.52), (x, 0.548)]
        tint(
            canvas, [curve(place.at(white))], fine, 0.85, (0.86 * light, 0.84 * light, 0.81 * light)
        )
        iris = place.at([(x + place.turn * 0.012, 0.521)])[0]
        tint(canvas, [ellipse(iris, 0.026 * unit, 0.027 * unit)], fine, 0.95, (0.13, 0.1, 0.09))
        spark = iris + np.array([canvas.light.side * 0.008, -0.009]) * unit
        tint(canvas, [ellipse(spark, 0.007 * unit, 0.007 * unit)], fine * 0.5, 0.9, (1.0, 1.0, 1.0))
        lid = place.at([(x - 0.07, 0.523), (x - 0.03, 0.497), (x + 0.03, 0.495), (x + 0.07, 0.516)])
        tint(canvas, [stroke(lid, np.array([0.004, 0.009, 0.01, 0.005]) * unit)], fine, 0.85, ink)
        brow = place.at(
            [
                (x - side * 0.085, who.brow + 0.015),
                (x, who.brow - 0.012),
                (x + side * 0.095, who.brow + 0.012),
            ]
        )
        tint(
            canvas,
            [stroke(brow, np.array([0.017, 0.016, 0.006]) * unit)],
            fine * 2,
            0.8,
            _dim(who.hair, 0.7),
        )
        nostril = place.at([(shift * 1.3 + side * 0.038, who.nose + 0.005)])[0]
        tint(canvas, [ellipse(nostril, 0.018 * unit, 0.009 * unit)], fine * 2, 0.75, ink)
    _mouth(canvas, place, who, fine)


def _mouth(canvas: Canvas, place: Place, who: Person, fine: float) -> None:
    unit, shift = place.unit, place.turn * 0.05
    m, lips = who.mouth, (who.skin[0] * 0.72, who.skin[1] * 0.46, who.skin[2] * 0.45)
    upper = [
        (shift - m, 0.82),
        (shift - 0.03, 0.798),
        (shift, 0.804),
        (shift + 0.03, 0.798),
        (shift + m, 0.82),
        (shift, 0.826),
    ]
    lower = [(shift - m * 0.85, 0.824), (shift, 0.827), (shift + m * 0.85, 0.824), (shift, 0.862)]
    tint(canvas, [curve(place.at(upper))], fine * 1.5, 0.75, _dim(lips, 0.85))
    tint(canvas, [curve(place.at(lower))], fine * 1.5, 0.7, lips)
    line = place.at(
        [
            (shift - m, 0.819),
            (shift - m * 0.4, 0.824),
            (shift, 0.821),
            (shift + m * 0.4, 0.824),
            (shift + m, 0.818),
        ]
    )
    tint(
        canvas,
        [stroke(line, np.array([0.004, 0.006, 0.005, 0.006, 0.004]) * unit)],
        fine,
        0.85,
        (0.15, 0.06, 0.06),
    )


def _marks(canvas: Canvas, place: Place, who: Person, marks: frozenset[str]) -> None:
    unit = place.unit
    if "scar" in marks:
        line = place.at([(0.155, 0.57), (0.175, 0.64), (0.17, 0.7), (0.205, 0.77)])
        tint(
            canvas,
            [stroke(line, np.array([0.004, 0.011, 0.01, 0.004]) * unit)],
            unit * 0.006,
            0.8,
            (who.skin[0] * 1.02, who.skin[1] * 0.62, who.skin[2] * 0.6),
        )
    if "beard" in marks:
        w = who.width
        beard = [
            (-w * 0.98, 0.62),
            (-0.16, 0.77),
            (0, 0.755),
            (0.16, 0.77),
            (w * 0.98, 0.62),
            (w * 0.78, 0.92),
            (0, 1.08),
            (-w * 0.78, 0.92),
        ]
        tint(canvas, [curve(place.at(beard))], unit * 0.02, 0.88, _dim(who.hair, 0.8))
        _mouth(canvas, place, who, unit * 0.006)
    if "glasses" in marks:
        for side in (-1, 1):
            x, y = place.at([(side * who.eyes + place.turn * 0.05, 0.525)])[0]
            rim = [
                ellipse((x, y), 0.115 * unit, 0.09 * unit),
                ellipse((x, y), 0.1 * unit, 0.076 * unit),
            ]
            tint(canvas, rim, 0.6, 0.9, (0.08, 0.07, 0.07))


def _hair(canvas: Canvas, place: Place, who: Person) -> None:
    w = who.width + 0.045
    part = 0.1 if place.turn > 0 else -0.1
    top = [
        (-w, 0.52),
        (-w * 1.03, 0.27),
        (-w * 0.66, -0.02),
        (0, -0.1),
        (w * 0.66, -0.02),
        (w * 1.03, 0.27),
        (w, 0.52),
        (w * 0.86, 0.42),
        (w * 0.72, 0.28),
        (part + 0.14, 0.2),
        (part, 0.16),
        (part - 0.14, 0.2),
        (-w * 0.72, 0.28),
        (-w * 0.86, 0.42),
    ]
    look = Look(colour=who.hair, form=0.16, depth=place.depth, rim=0.6, gloss=0.12, texture=0.05)
    stamp(canvas, [curve(place.at(top))], look)
    for k in np.linspace(-0.75, 0.75, 9):
        lock = place.at(
            [(part + k * 0.1, -0.03), (k * w * 0.75, 0.02), (k * w, 0.16), (k * w * 1.1, 0.3)]
        )
        shade = (0.0, 0.0, 0.0) if round(k * 10) % 2 else (1.0, 0.9, 0.75)
        tint(
            canvas,
            [stroke(lock, np.array([0.002, 0.006, 0.006, 0.002]) * place.unit)],
            place.unit * 0.008,
            0.14,
            shade,
        )


def _back_hair(canvas: Canvas, place: Place, who: Person) -> None:
    w = who.width + 0.09
    fall = [
        (0, -0.08),
        (w * 0.62, -0.01),
        (w * 0.96, 0.35),
        (w * 1.08, 0.95),
        (w * 0.9, 1.28),
        (0.2, 1.2),
        (-0.2, 1.2),
        (-w * 0.9, 1.28),
        (-w * 1.08, 0.95),
        (-w * 0.96, 0.35),
        (-w * 0.62, -0.01),
    ]
    stamp(
        canvas,
        [curve(place.at(fall))],
        Look(colour=_dim(who.hair, 0.8), form=0.2, depth=place.depth, rim=0.5, texture=0.05),
    )


def _headgear(canvas: Canvas, place: Place, marks: frozenset[str]) -> None:
    dark = Look(colour=(0.17, 0.16, 0.17), form=0.2, depth=place.depth, rim=0.55)
    if "hat" in marks:
        crown = [
            (-0.36, 0.22),
            (-0.34, -0.12),
            (-0.14, -0.2),
            (0.02, -0.15),
            (0.18, -0.2),
            (0.35, -0.1),
            (0.36, 0.22),
        ]
        stamp(canvas, [curve(place.at(crown))], dark)
        brim = ellipse((place.x, place.y + 0.22 * place.unit), 0.66 * place.unit, 0.1 * place.unit)
        stamp(canvas, [brim], dark)
        shade = ellipse(
            (place.x, place.y + 0.36 * place.unit), 0.33 * place.unit, 0.13 * place.unit
        )
        tint(canvas, [shade], place.unit * 0.05, 0.45, (0.04, 0.03, 0.05))
        return
    hood = [
        (-0.5, 1.2),
        (-0.53, 0.4),
        (-0.3, -0.12),
        (0, -0.2),
        (0.3, -0.12),
        (0.53, 0.4),
        (0.5, 1.2),
        (0.36, 0.95),
        (0.35, 0.4),
        (0.2, 0.16),
        (0, 0.1),
        (-0.2, 0.16),
        (-0.35, 0.4),
        (-0.36, 0.95),
    ]
    stamp(canvas, [curve(place.at(hood))], dark)
