"""The street of the paper theatre: flats of houses, lamps, cobbles and mist, in three moods."""

from dataclasses import dataclass

import numpy as np

from benchmarks.demo.paper import Points, Stage, colour
from benchmarks.demo.pixels import Colour, between, floats

HORIZON = 0.14
IRON = colour("#1c2226")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mood:
    """Time of day and weather, as colours."""

    sky: Colour
    low_sky: Colour
    far: Colour  # the most distant houses
    near: Colour  # the nearest houses
    ground: Colour
    window: Colour
    moon: tuple[float, float] | None
    mist: float


NIGHT = Mood(
    sky=colour("#0f1c36"), low_sky=colour("#3f6076"), far=colour("#35546a"), near=colour("#1b2536"),
    ground=colour("#2c3946"), window=colour("#ffc566"), moon=(0.30, -0.30), mist=0.42,
)  # fmt: skip
DUSK = Mood(
    sky=colour("#3b3560"), low_sky=colour("#ef9d6b"), far=colour("#8a5f72"), near=colour("#33243c"),
    ground=colour("#4d3a4a"), window=colour("#ffd27a"), moon=None, mist=0.35,
)  # fmt: skip
DAWN = Mood(
    sky=colour("#7fa3ab"), low_sky=colour("#f0dcc0"), far=colour("#9fb4b1"), near=colour("#3d5258"),
    ground=colour("#6d7c7b"), window=colour("#f7d79c"), moon=None, mist=0.55,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Flat:
    """One house front: a piece of painted scenery."""

    left: float
    right: float
    roof: float
    foot: float
    depth: float  # 0 = far, 1 = near
    gable: float = 0.5  # where the ridge is, as a share of the width
    rows: int = 3
    columns: int = 2


FLATS = (
    Flat(left=-0.30, right=-0.12, roof=-0.16, foot=0.17, depth=0.10, rows=2),
    Flat(left=0.20, right=0.40, roof=-0.12, foot=0.17, depth=0.10, rows=2),
    Flat(left=-0.15, right=0.02, roof=-0.06, foot=0.16, depth=0.0, rows=2, columns=1),
    Flat(left=0.08, right=0.22, roof=-0.03, foot=0.16, depth=0.0, rows=2, columns=1),
    Flat(left=-0.58, right=-0.26, roof=-0.30, foot=0.22, depth=0.40, gable=0.45),
    Flat(left=0.38, right=0.68, roof=-0.24, foot=0.22, depth=0.42, gable=0.6),
    Flat(left=-1.02, right=-0.50, roof=-0.42, foot=0.30, depth=0.78, gable=0.6),
    Flat(left=0.62, right=1.10, roof=-0.40, foot=0.30, depth=0.80, gable=0.35),
)


def draw(stage: Stage, mood: Mood) -> None:
    """Lay the whole set: sky, houses from far to near, ground, lamps."""
    _sky(stage, mood)
    rng = np.random.default_rng(11)
    for flat in sorted(FLATS, key=lambda f: f.depth):
        _house(stage, mood, flat, rng)
        if flat.depth > 0.05:
            _haze(stage, mood, flat)
    _ground(stage, mood)
    lamp(stage, mood, foot=(-0.245, 0.235), height=0.36)
    lamp(stage, mood, foot=(0.345, 0.26), height=0.42)


def lamp(stage: Stage, mood: Mood, *, foot: tuple[float, float], height: float) -> None:
    """Stand a street lamp, lit."""
    x, y = foot

    def at(points: Points) -> Points:
        return [(x + height * a, y + height * b) for a, b in points]

    post = ((-0.014, 0.0), (-0.012, -0.70), (0.012, -0.70), (0.014, 0.0))
    base = (
        (-0.045, 0.0),
        (-0.030, -0.07),
        (-0.018, -0.10),
        (0.018, -0.10),
        (0.030, -0.07),
        (0.045, 0.0),
    )
    arm = ((-0.065, -0.685), (0.065, -0.685), (0.065, -0.672), (-0.065, -0.672))
    for part in (post, base, arm):
        stage.sheet(stage.outline(at(part)), IRON, shadow=0.006 * height, edge=0.18)
    glass = ((-0.045, -0.72), (-0.070, -0.90), (0.070, -0.90), (0.045, -0.72))
    stage.sheet(stage.outline(at(glass)), colour("#fff1c4"), foot=mood.window, shadow=0, edge=0.05)
    for edge in (
        ((-0.045, -0.72), (-0.070, -0.90)),
        ((0.045, -0.72), (0.070, -0.90)),
        ((0.0, -0.72), (0.0, -0.90)),
    ):
        stage.sheet(stage.stroke(at(edge), 0.010 * height), IRON, shadow=0, edge=0.1)
    cap = ((-0.090, -0.895), (0.0, -0.985), (0.090, -0.895), (0.060, -0.885), (-0.060, -0.885))
    stage.sheet(stage.outline(at(cap)), IRON, shadow=0.006 * height, edge=0.2)
    stage.glow((x, y - 0.81 * height), 0.26 * height, mood.window, 0.75)
    stage.glow((x, y + 0.02), 0.30 * height, mood.window, 0.10)


def wings(stage: Stage, mood: Mood) -> None:
    """Lay the dark wings of the theatre in front of everything, left and right."""
    dark = between(mood.near, (0.02, 0.02, 0.03), 0.55)
    left = (
        (-1.2, -0.6), (-0.80, -0.6), (-0.775, -0.45), (-0.82, -0.30), (-0.79, -0.12),
        (-0.84, 0.05), (-0.81, 0.22),
        (-0.78, 0.40), (-0.72, 0.6), (-1.2, 0.6),
    )  # fmt: skip
    for points in (left, [(-x, y + 0.03) for x, y in left]):
        stage.sheet(stage.outline(points, smooth=True), dark, shadow=0.03, edge=0.08)


def _sky(stage: Stage, mood: Mood) -> None:
    ramp = np.clip((stage.rows() + 0.45) / (HORIZON + 0.45), 0, 1) ** 1.4
    sky = floats(mood.sky) + (floats(mood.low_sky) - floats(mood.sky)) * ramp[..., None]
    stage.picture[:] = sky * (1 + stage.fibres[..., None])
    if mood.moon:
        stage.glow(mood.moon, 0.10, colour("#cfe0f0"), 0.35)
        stage.sheet(
            stage.disc(mood.moon, 0.062), colour("#f3ecd6"), foot=colour("#d9d3bd"), shadow=0
        )
    rng = np.random.default_rng(5)
    for i in range(4):  # paper clouds, lighter towards the horizon
        x, y = rng.uniform(-0.9, 0.9), -0.40 + 0.11 * i
        cloud = [(x + 0.16 * a, y + 0.05 * b) for a, b in _CLOUD]
        tint = between(mood.sky, mood.low_sky, 0.35 + 0.15 * i)
        stage.sheet(stage.outline(cloud, smooth=True), tint, shadow=0.012, depth=0.25, edge=0.05)


_CLOUD: Points = (
    (-1.4, 0.5), (-1.0, 0.0), (-0.6, 0.1), (-0.2, -0.7), (0.4, -0.5), (0.7, 0.0), (1.2, -0.1),
    (1.6, 0.5), (0.0, 0.6),
)  # fmt: skip


def _house(stage: Stage, mood: Mood, flat: Flat, rng: np.random.Generator) -> None:
    wall = between(mood.far, mood.near, flat.depth)
    wide = flat.right - flat.left
    eaves = flat.roof + 0.30 * wide
    ridge = flat.left + flat.gable * wide
    chimney = flat.left + 0.74 * wide
    end = chimney + 0.13 * wide
    stack = ((chimney, eaves), (chimney, flat.roof - 0.02), (end, flat.roof - 0.02), (end, eaves))
    stage.sheet(stage.outline(stack), between(wall, mood.near, 0.3), shadow=0.008, edge=0.06)
    front = ((flat.left, eaves), (ridge, flat.roof), (flat.right, eaves), (flat.right, flat.foot),
             (flat.left, flat.foot))  # fmt: skip
    stage.sheet(
        stage.outline(front), wall, foot=between(wall, (0, 0, 0), 0.25), shadow=0.02, edge=0.07
    )
    left, right = flat.left - 0.05 * wide, flat.right + 0.05 * wide
    tiles = (
        (left, eaves + 0.01), (ridge, flat.roof - 0.015), (right, eaves + 0.01),
        (right, eaves - 0.022), (ridge, flat.roof - 0.05), (left, eaves - 0.022),
    )  # fmt: skip
    stage.sheet(stage.outline(tiles), between(wall, mood.near, 0.45), shadow=0.010, edge=0.10)
    _windows(stage, mood, flat, eaves, rng)


def _windows(stage: Stage, mood: Mood, flat: Flat, eaves: float, rng: np.random.Generator) -> None:
    wide = (flat.right - flat.left) / flat.columns
    high = (min(flat.foot, 0.205) - 0.02 - eaves) / flat.rows
    for row in range(flat.rows):
        for column in range(flat.columns):
            x = flat.left + (column + 0.5) * wide
            y = eaves + 0.02 + (row + 0.5) * high
            w, h = 0.30 * min(wide, 0.17), 0.34 * min(high, 0.16)
            lit = rng.random() < 0.55
            arch = (
                (x - w, y + h),
                (x - w, y - 0.6 * h),
                (x, y - 1.1 * h),
                (x + w, y - 0.6 * h),
                (x + w, y + h),
            )
            dark = between(between(mood.far, mood.near, flat.depth), (0.03, 0.05, 0.09), 0.5)
            pane = mood.window if lit else dark
            stage.sheet(stage.outline(arch), pane, shadow=0, edge=-0.12)
            bar = between(mood.near, (0, 0, 0), 0.3)
            for line in (((x, y - 1.0 * h), (x, y + h)), ((x - w, y), (x + w, y))):
                stage.sheet(stage.stroke(line, 0.004), bar, shadow=0, edge=0)
            sill = ((x - 1.25 * w, y + h), (x + 1.25 * w, y + h), (x + 1.25 * w, y + h + 0.008),
                    (x - 1.25 * w, y + h + 0.008))  # fmt: skip
            stage.sheet(stage.outline(sill), between(pane, bar, 0.7), shadow=0.004, edge=0.1)
            if lit:
                stage.glow((x, y), 1.4 * w, mood.window, 0.16)


def _haze(stage: Stage, mood: Mood, flat: Flat) -> None:
    """Let mist rise from the ground in front of a flat; the nearer, the thinner."""
    rise = np.clip((stage.rows() - flat.roof) / (flat.foot - flat.roof), 0, 1) ** 2.2
    tint = between(mood.low_sky, mood.far, 0.35)
    stage.mist(tint, (rise * mood.mist * 0.5 * (1 - flat.depth)).astype(np.float32))


def _ground(stage: Stage, mood: Mood) -> None:
    edge = (
        (-1.4, 0.24),
        (-0.5, 0.175),
        (0.05, 0.150),
        (0.55, 0.175),
        (1.4, 0.24),
        (1.4, 0.8),
        (-1.4, 0.8),
    )
    pale = between(mood.ground, mood.low_sky, 0.30)
    stage.sheet(stage.outline(edge), pale, foot=between(mood.ground, (0, 0, 0), 0.45), shadow=0.015)
    rng = np.random.default_rng(23)
    y, row = 0.182, 0
    while y < 0.62:
        size = 0.010 + 0.115 * (y - 0.15)
        count = int(2.4 / (2.1 * size))
        for i in range(count):
            x = -1.2 + (i + 0.5 * (row % 2)) * 2.1 * size
            shade = 0.10 + 0.16 * rng.random()
            stone = between(between(pale, mood.ground, min(1.0, (y - 0.17) * 3)), (0, 0, 0), shade)
            cut = stage.disc((x, y), 0.96 * size, 0.36)
            stage.sheet(cut, stone, shadow=0.1 * size, depth=0.3, edge=0.10)
        y += 0.74 * size
        row += 1
