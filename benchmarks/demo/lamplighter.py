"""The Lamplighter: a paper figure in a bottle-green coat with brass buttons and a scar.

He is drawn in his own units: feet at (0, 0), the top of his hat at y = -1, y downwards.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.demo.paper import Cut, Points, Stage, colour
from benchmarks.demo.pixels import Image

GREEN = colour("#12604a")
GREEN_DEEP = colour("#0b4233")
GREEN_LIGHT = colour("#1a7259")
BRASS = colour("#cf9f45")
BRASS_DEEP = colour("#8a6224")
SKIN = colour("#e2b68f")
SKIN_DEEP = colour("#c58e66")
HAIR = colour("#d9d4c8")
HAT = colour("#22302f")
SCARF = colour("#cc5b2a")
SCARF_DEEP = colour("#9c3d1c")
NIGHT = colour("#2a2438")
BOOT = colour("#1d1a24")
SCAR = colour("#a8483f")
INK = colour("#2b2022")
WOOD = colour("#7a5637")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """Where the figure stands in the world, and how tall it is there."""

    feet: tuple[float, float]
    height: float
    lit: bool = True  # whether the wick on his staff burns

    def at(self, points: Points) -> Points:
        """Take the figure's own points to the world."""
        x, y = self.feet
        return [(x + self.height * a, y + self.height * b) for a, b in points]

    def point(self, a: float, b: float) -> tuple[float, float]:
        """Take one point to the world."""
        return self.feet[0] + self.height * a, self.feet[1] + self.height * b


COAT: Points = (
    (-0.105, -0.735), (0.105, -0.735), (0.135, -0.60), (0.130, -0.46), (0.165, -0.26),
    (0.195, -0.115),
    (0.10, -0.098), (0.0, -0.105), (-0.10, -0.095), (-0.20, -0.115), (-0.165, -0.26),
    (-0.130, -0.46),
    (-0.135, -0.60),
)  # fmt: skip
CAPE: Points = (
    (-0.06, -0.775), (0.06, -0.775), (0.125, -0.735), (0.175, -0.655), (0.190, -0.575),
    (0.145, -0.545),
    (0.10, -0.565), (0.05, -0.540), (0.0, -0.562), (-0.05, -0.540), (-0.10, -0.565),
    (-0.145, -0.545),
    (-0.190, -0.575), (-0.175, -0.655), (-0.125, -0.735),
)  # fmt: skip
FACE: Points = (
    (-0.062, -0.885), (0.0, -0.900), (0.062, -0.885), (0.068, -0.845), (0.062, -0.800),
    (0.040, -0.765),
    (0.0, -0.748), (-0.040, -0.765), (-0.062, -0.800), (-0.068, -0.845),
)  # fmt: skip
HAT_CROWN: Points = (
    (-0.066, -0.895), (-0.073, -0.995), (-0.03, -1.004), (0.03, -1.004), (0.073, -0.995),
    (0.066, -0.895),
)  # fmt: skip
HAT_BRIM: Points = (
    (-0.122, -0.893), (-0.06, -0.908), (0.0, -0.912), (0.06, -0.908), (0.122, -0.893),
    (0.065, -0.878),
    (0.0, -0.873), (-0.065, -0.878),
)  # fmt: skip
ARM_UP: Points = (  # his right arm, on the left of the picture, holding the staff
    (-0.115, -0.705), (-0.175, -0.66), (-0.232, -0.575), (-0.262, -0.535), (-0.300, -0.590),
    (-0.318, -0.655),
    (-0.272, -0.672), (-0.250, -0.635), (-0.222, -0.690), (-0.165, -0.745),
)  # fmt: skip
ARM_DOWN: Points = (
    (0.118, -0.70), (0.172, -0.645), (0.200, -0.54), (0.212, -0.43), (0.208, -0.375),
    (0.158, -0.372),
    (0.150, -0.44), (0.140, -0.53), (0.110, -0.60),
)  # fmt: skip
STAFF: Points = ((-0.335, -1.13), (-0.302, -0.72), (-0.272, -0.30), (-0.252, 0.0))


def draw(stage: Stage, stand: Stand) -> None:
    """Lay the figure's sheets, from the back to the front."""
    for part in (_staff, _legs, _arm_down, _coat, _arm_up, _cape, _head, _scarf, _face, _hat):
        part(stage, stand)
    if stand.lit:
        _flame(stage, stand)


def costume(stage: Stage, stand: Stand) -> Image:
    """Give the region of the coat (body, cape and sleeves, without buttons): coverage 0..1."""
    parts = [stage.outline(stand.at(p), smooth=True) for p in (COAT, CAPE, ARM_UP, ARM_DOWN)]
    hidden = [*_brass(stage, stand), *_over_coat(stage, stand)]
    return np.asarray(np.clip(stage.whole(*parts) - stage.whole(*hidden), 0, 1))


def _sheets(stage: Stage, stand: Stand) -> Callable[..., None]:
    """Give a brush for smooth sheets whose shadows fit the size of the figure."""

    def lay(points: Points, paper: tuple[float, float, float], **options: Any) -> None:
        shadow = options.pop("shadow", 0.010) * stand.height
        mask = stage.outline(stand.at(points), smooth=True)
        stage.sheet(mask, paper, shadow=shadow, **options)

    return lay


def _legs(stage: Stage, stand: Stand) -> None:
    lay = _sheets(stage, stand)
    for side in (-1, 1):
        leg = [
            (side * x, y) for x, y in ((0.02, -0.16), (0.085, -0.16), (0.080, -0.04), (0.03, -0.04))
        ]
        lay(leg, NIGHT)
        boot = (
            (0.018, -0.055),
            (0.085, -0.055),
            (0.098, -0.022),
            (0.128, -0.006),
            (0.07, 0.002),
            (0.02, 0.0),
        )
        lay([(side * x, y) for x, y in boot], BOOT, edge=0.16)


def _arm_down(stage: Stage, stand: Stand) -> None:
    lay = _sheets(stage, stand)
    hand = ((0.160, -0.385), (0.206, -0.385), (0.210, -0.345), (0.192, -0.318), (0.166, -0.330))
    lay(hand, SKIN, foot=SKIN_DEEP)
    lay(ARM_DOWN, GREEN, foot=GREEN_DEEP)
    cuff = ((0.152, -0.410), (0.214, -0.414), (0.213, -0.374), (0.154, -0.370))
    lay(cuff, GREEN_LIGHT, foot=GREEN, shadow=0.005)


def _coat(stage: Stage, stand: Stand) -> None:
    lay = _sheets(stage, stand)
    lay(COAT, GREEN, foot=GREEN_DEEP, shadow=0.016)
    folds = (
        ((-0.085, -0.44), (-0.112, -0.28), (-0.150, -0.13)), ((0.088, -0.44), (0.115, -0.28),
        (0.148, -0.13)),
        ((-0.052, -0.36), (-0.066, -0.22), (-0.082, -0.11)), ((0.055, -0.36), (0.066, -0.22),
        (0.086, -0.11)),
    )  # fmt: skip
    for fold in folds:
        mask = stage.stroke(stand.at(fold), 0.006 * stand.height)
        stage.sheet(mask, colour("#083126"), shadow=0, edge=0.05, opacity=0.75)
    opening = stage.stroke(
        stand.at(((0.0, -0.56), (0.004, -0.35), (0.0, -0.107))), 0.005 * stand.height
    )
    stage.sheet(opening, colour("#072a21"), shadow=0.004 * stand.height, edge=0)
    belt = ((-0.131, -0.452), (0.131, -0.452), (0.135, -0.418), (-0.135, -0.418))
    stage.sheet(stage.outline(stand.at(belt)), GREEN_DEEP, shadow=0.006 * stand.height)
    for mask in _brass(stage, stand):
        stage.sheet(mask, colour("#e9c26a"), foot=BRASS_DEEP, shadow=0.005 * stand.height, edge=0.3)


def _brass(stage: Stage, stand: Stand) -> list[Cut]:
    """Give the six buttons below the cape, and the buckle."""
    rows = (-0.505, -0.375, -0.305)
    places = [(side * (0.048 + 0.012 * i), y) for i, y in enumerate(rows) for side in (-1, 1)]
    buttons = [stage.disc(stand.point(x, y), 0.0135 * stand.height) for x, y in places]
    buckle = ((-0.030, -0.459), (0.030, -0.459), (0.030, -0.411), (-0.030, -0.411))
    hole = ((-0.017, -0.447), (0.017, -0.447), (0.017, -0.423), (-0.017, -0.423))
    frame = stage.outline(stand.at(buckle))
    frame.mask[:] -= stage.framed(stage.outline(stand.at(hole)), frame)
    return [*buttons, frame]


def _arm_up(stage: Stage, stand: Stand) -> None:
    lay = _sheets(stage, stand)
    lay(ARM_UP, GREEN_LIGHT, foot=GREEN_DEEP, shadow=0.012)
    cuff = ((-0.326, -0.668), (-0.268, -0.690), (-0.258, -0.652), (-0.316, -0.630))
    lay(cuff, GREEN, foot=GREEN_DEEP, shadow=0.006)
    fist = (
        (-0.325, -0.675), (-0.330, -0.725), (-0.305, -0.745), (-0.272, -0.735),
        (-0.262, -0.700), (-0.285, -0.672),
    )  # fmt: skip
    lay(fist, SKIN, foot=SKIN_DEEP, shadow=0.007)
    for y in (-0.717, -0.700, -0.685):
        line = stage.stroke(stand.at(((-0.327, y), (-0.300, y - 0.003))), 0.003 * stand.height)
        stage.sheet(line, SKIN_DEEP, shadow=0, edge=0)


def _cape(stage: Stage, stand: Stand) -> None:
    lay = _sheets(stage, stand)
    lay(CAPE, GREEN_LIGHT, foot=GREEN, shadow=0.014, edge=0.14)
    seam = ((-0.180, -0.592), (-0.10, -0.583), (0.0, -0.580), (0.10, -0.583), (0.180, -0.592))
    stage.sheet(
        stage.stroke(stand.at(seam), 0.0035 * stand.height),
        BRASS,
        shadow=0.002 * stand.height,
        edge=0.1,
    )
    for side in (-1, 1):
        lapel = [
            (side * x, y)
            for x, y in ((0.012, -0.745), (0.085, -0.765), (0.098, -0.700), (0.030, -0.610))
        ]
        stage.sheet(
            stage.outline(stand.at(lapel)),
            GREEN,
            foot=GREEN_DEEP,
            shadow=0.006 * stand.height,
            edge=0.14,
        )


def _head(stage: Stage, stand: Stand) -> None:
    lay = _sheets(stage, stand)
    for side in (-1, 1):
        tuft = ((0.050, -0.890), (0.086, -0.880), (0.092, -0.838), (0.080, -0.802), (0.058, -0.815))
        lay([(side * x, y) for x, y in tuft], HAIR, foot=colour("#aaa69c"), shadow=0.006)
        ear = ((0.060, -0.852), (0.082, -0.856), (0.084, -0.828), (0.064, -0.815))
        lay([(side * x, y) for x, y in ear], SKIN_DEEP, shadow=0.003)
    lay(FACE, SKIN, foot=colour("#d6a27a"), shadow=0.012, edge=0.08)


def _scarf(stage: Stage, stand: Stand) -> None:
    lay = _sheets(stage, stand)
    for points, paper in _scarf_parts():
        lay(points, paper, foot=SCARF_DEEP, shadow=0.008, edge=0.16)
    for y in (-0.655, -0.640):
        stripe = stage.stroke(stand.at(((0.018, y), (0.056, y - 0.006))), 0.004 * stand.height)
        stage.sheet(stripe, colour("#f0b65c"), shadow=0, edge=0)


def _scarf_parts() -> tuple[tuple[Points, tuple[float, float, float]], ...]:
    tail = (
        (0.010, -0.748),
        (0.055, -0.748),
        (0.062, -0.690),
        (0.060, -0.625),
        (0.016, -0.618),
        (0.014, -0.69),
    )
    wrap = (
        (-0.078, -0.782), (-0.040, -0.768), (0.0, -0.762), (0.040, -0.768), (0.078, -0.782),
        (0.082, -0.748),
        (0.045, -0.724), (0.0, -0.716), (-0.045, -0.724), (-0.082, -0.748),
    )  # fmt: skip
    return (tail, SCARF), (wrap, colour("#d8672f"))


def _over_coat(stage: Stage, stand: Stand) -> list[Cut]:
    """Give what lies on the coat and is no part of it."""
    scarf = [stage.outline(stand.at(points), smooth=True) for points, _ in _scarf_parts()]
    return [*scarf, stage.outline(stand.at(FACE), smooth=True)]


def _face(stage: Stage, stand: Stand) -> None:
    lay = _sheets(stage, stand)
    size = stand.height
    for side in (-1, 1):
        blush = stage.disc(stand.point(side * 0.040, -0.808), 0.014 * size)
        stage.sheet(blush, colour("#d9694f"), shadow=0, edge=0, opacity=0.28)
        white = stage.disc(stand.point(side * 0.027, -0.840), 0.0105 * size, 0.80)
        stage.sheet(white, colour("#f6efe2"), shadow=0.002 * size, edge=0)
        pupil = stage.disc(stand.point(side * 0.027 - 0.002, -0.839), 0.0062 * size, 1.1)
        stage.sheet(pupil, INK, shadow=0, edge=0)
        spark = stage.disc(stand.point(side * 0.027 - 0.0045, -0.8425), 0.0019 * size)
        stage.sheet(spark, colour("#fff8ea"), shadow=0, edge=0)
        brow = ((0.012, -0.859), (0.028, -0.866), (0.046, -0.858))
        mask = stage.stroke(stand.at([(side * x, y) for x, y in brow]), 0.0075 * size)
        stage.sheet(mask, HAIR, foot=colour("#b5b1a7"), shadow=0.002 * size)
    _scar(stage, stand)
    nose = (
        (-0.004, -0.845),
        (0.010, -0.840),
        (0.017, -0.808),
        (0.010, -0.798),
        (-0.010, -0.799),
        (-0.012, -0.810),
    )
    lay(nose, colour("#e9c09b"), foot=colour("#cf8f68"), shadow=0.006, edge=0.12)
    moustache = (
        (0.0, -0.797), (0.030, -0.796), (0.058, -0.780), (0.066, -0.766), (0.040, -0.769),
        (0.015, -0.776),
        (0.0, -0.782), (-0.015, -0.776), (-0.040, -0.769), (-0.066, -0.766), (-0.058, -0.780),
        (-0.030, -0.796),
    )  # fmt: skip
    lay(moustache, HAIR, foot=colour("#b9b4a8"), shadow=0.006, edge=0.14)


def _scar(stage: Stage, stand: Stand) -> None:
    """Draw the mark that must never move: on his left cheek, on the right of the picture."""
    line = ((0.036, -0.829), (0.044, -0.815), (0.047, -0.797))
    stage.sheet(stage.stroke(stand.at(line), 0.0042 * stand.height), SCAR, shadow=0, edge=0.05)
    for x, y in ((0.040, -0.821), (0.0455, -0.808)):
        stitch = ((x - 0.0065, y + 0.0015), (x + 0.0065, y - 0.0025))
        stage.sheet(stage.stroke(stand.at(stitch), 0.0024 * stand.height), SCAR, shadow=0, edge=0)


def _hat(stage: Stage, stand: Stand) -> None:
    lay = _sheets(stage, stand)
    crown = stage.outline(stand.at(HAT_CROWN))
    stage.sheet(crown, HAT, foot=colour("#161f20"), shadow=0.010 * stand.height, edge=0.16)
    band = ((-0.067, -0.925), (0.067, -0.925), (0.066, -0.895), (-0.066, -0.895))
    stage.sheet(stage.outline(stand.at(band)), SCARF_DEEP, shadow=0.003 * stand.height)
    lay(HAT_BRIM, HAT, shadow=0.012, edge=0.18)
    badge = stage.disc(stand.point(0.030, -0.912), 0.013 * stand.height)
    stage.sheet(badge, colour("#e9c26a"), foot=BRASS_DEEP, shadow=0.004 * stand.height, edge=0.3)


def _staff(stage: Stage, stand: Stand) -> None:
    stage.sheet(
        stage.stroke(stand.at(STAFF), 0.013 * stand.height), WOOD, foot=colour("#4a3422"), edge=0.2,
        shadow=0.012 * stand.height,
    )  # fmt: skip
    tip = stage.stroke(stand.at(((-0.336, -1.14), (-0.331, -1.07))), 0.019 * stand.height)
    stage.sheet(tip, BRASS, foot=BRASS_DEEP, shadow=0.006 * stand.height, edge=0.25)


def _flame(stage: Stage, stand: Stand) -> None:
    flame = (
        (-0.337, -1.215),
        (-0.318, -1.170),
        (-0.326, -1.142),
        (-0.346, -1.142),
        (-0.355, -1.168),
    )
    stage.sheet(
        stage.outline(stand.at(flame), smooth=True), colour("#fff0b8"), foot=colour("#ff9a3a"),
        shadow=0,        edge=0,
    )  # fmt: skip
    stage.glow(stand.point(-0.337, -1.17), 0.16 * stand.height, colour("#ffb45a"), 0.9)
