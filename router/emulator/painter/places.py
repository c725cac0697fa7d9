"""Where a scene plays: sky, land, sea, woods, a street, a room."""

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
    shadow,
    stamp,
    stroke,
    tint,
)
from router.emulator.painter.hours import NEON, Hour, tuple_mix
from router.emulator.painter.words import Colour, Reading


def paint_place(canvas: Canvas, hour: Hour, reading: Reading) -> float:
    """Paint the background.

    Returns:
        the share of the height at which the ground meets the distance.
    """
    painter = {"street": _street, "interior": _room, "sea": _sea, "forest": _forest}
    return painter.get(reading.place, _hills)(canvas, hour, reading)


def _sky(canvas: Canvas, hour: Hour, horizon: float, cover: float) -> None:
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
        tint(canvas, [ellipse(x, y, size, size)], 1.0, 0.95, hour.disc)
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


def _ridge(canvas: Canvas, base: float, rise: float, look: Look, rough: float) -> None:
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


def _ground(canvas: Canvas, horizon: float, near: Colour, far: Colour) -> None:
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


def _hills(canvas: Canvas, hour: Hour, reading: Reading) -> float:
    horizon = 0.62
    _sky(canvas, hour, horizon, 0.5)
    green: Colour = (0.24, 0.3, 0.2)
    for depth, base, rise in ((0.95, 0.6, 0.26), (0.72, 0.63, 0.18), (0.45, 0.67, 0.12)):
        _ridge(
            canvas,
            base,
            rise,
            Look(colour=green, form=0.05, depth=depth, rim=0.2, texture=0.05),
            0.5,
        )
    _ground(canvas, 0.69, (0.3, 0.27, 0.17), (0.5, 0.46, 0.32))
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


def _sea(canvas: Canvas, hour: Hour, reading: Reading) -> float:
    horizon = 0.52
    _sky(canvas, hour, horizon, 0.5)
    _ridge(canvas, 0.525, 0.07, Look(colour=(0.25, 0.3, 0.32), form=0.05, depth=0.85), 0.5)
    width, height = canvas.size
    top = round(horizon * height)
    mirror = cv2.GaussianBlur(canvas.rgb[max(0, 2 * top - height) : top][::-1], (0, 0), 6)
    water = canvas.rgb[top : top + len(mirror)]
    _ground(canvas, horizon, (0.1, 0.22, 0.27), (0.35, 0.5, 0.55))
    water += (mirror - water) * np.linspace(0.7, 0.25, len(mirror), dtype=np.float32)[:, None, None]
    for _ in range(60):
        far = canvas.rng.random() ** 1.6
        y = (horizon + 0.01 + 0.34 * far) * height
        reach = (0.02 + 0.12 * far) * width
        x = canvas.rng.uniform(0, width)
        line = ellipse(x, y, reach, 0.6 + 2.2 * far)
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
    stamp(canvas, [outline], Look(colour=(0.52, 0.44, 0.33), form=0.04, texture=0.09))


def _forest(canvas: Canvas, hour: Hour, reading: Reading) -> float:
    _sky(canvas, hour, 0.7, 0.4)
    width, height = canvas.size
    _ground(canvas, 0.7, (0.16, 0.17, 0.1), (0.34, 0.36, 0.24))
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


def _street(canvas: Canvas, hour: Hour, reading: Reading) -> float:
    width, height = canvas.size
    horizon, vanish = 0.58, 0.5 - 0.06 * canvas.light.side
    _sky(canvas, hour, horizon, 0.5)
    _ridge(canvas, 0.56, 0.16, Look(colour=(0.25, 0.26, 0.3), form=0.02, depth=0.95), 0.9)
    _ground(canvas, horizon, (0.13, 0.13, 0.15), (0.3, 0.3, 0.32))
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
        return post + (point - post) * depth

    near, far = reach
    wall = np.array([at(near, 0), at(near, 1), at(far, 1), at(far, 0)])
    stone = tuple_mix((0.3, 0.25, 0.22), (0.24, 0.25, 0.28), float(canvas.rng.random()))
    stamp(
        canvas, [wall], Look(colour=stone, form=0.03, depth=0.15 + far * 0.8, rim=0.2, texture=0.07)
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
    head = ellipse(x, foot - length, 0.04 * length, 0.055 * length)
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


def _room(canvas: Canvas, hour: Hour, reading: Reading) -> float:
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
    _ground(canvas, floor, (0.2, 0.13, 0.09), (0.44, 0.31, 0.21))
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
    frame = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * (w / 2 + 9, h / 2 + 9) + (x, y)
    stamp(canvas, [frame], Look(colour=(0.52, 0.46, 0.38), form=0.04, rim=0.6))
    for column in (-1, 1):
        for row in (-1, 0, 1):
            pane = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * (w * 0.225, h * 0.145)
            pane = pane + (x + column * w * 0.25, y + row * h * 0.33)
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
    shadow(canvas, [ellipse(x, foot, w * 0.7, 0.03 * height)], 0.02 * height, 0.5)
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
