"""A scene from a prompt and a seed: place, hour, people, things, weather, and a lens."""

from dataclasses import replace

import cv2
import numpy as np

from router.emulator.painter.canvas import Canvas, clouds
from router.emulator.painter.chance import stream
from router.emulator.painter.face import Place, person
from router.emulator.painter.figure import COATS, Costume, paint_figure
from router.emulator.painter.hours import HOURS, light_of, tuple_mix
from router.emulator.painter.places import paint_place
from router.emulator.painter.props import PAINTERS, paint_table
from router.emulator.painter.words import Colour, Reading, names_people, read

HEAD_SHARE = {"wide": 0.055, "medium": 0.165, "close": 0.42}
"""Height of a head as a share of the picture's short side, by framing."""
WOOL: Colour = (0.6, 0.54, 0.46)


def paint_scene(prompt: str, negative: str, seed: int, size: tuple[int, int]) -> np.ndarray:
    """Paint what a prompt asks for.

    Args:
        prompt: the request's words.
        negative: if it names people, none are painted.
        seed: decides everything that the words leave open.
        size: width and height in pixels.

    Returns:
        float32 (H, W, 3) RGB, 0..1.
    """
    reading = read(prompt)
    if names_people(negative):
        reading = replace(reading, people=0)
    rng = stream("scene", prompt, seed)
    side = float(reading.key_side or rng.choice([-1, 1])) * float(rng.uniform(0.6, 0.95))
    hour = HOURS[reading.time]
    canvas = Canvas(
        rgb=np.empty((size[1], size[0], 3), np.float32),
        light=light_of(hour, reading, side),
        rng=rng,
    )
    floor = paint_place(canvas, hour, reading)
    if reading.framing == "close":  # a long lens near the subject throws the distance out of focus
        canvas.rgb[:] = cv2.GaussianBlur(canvas.rgb, (0, 0), size[1] / 90)
    _air(canvas, reading, floor)
    _cast(canvas, reading, prompt, floor)
    _weather(canvas, reading)
    return _lens(canvas)


def _cast(canvas: Canvas, reading: Reading, prompt: str, floor: float) -> None:
    """Place people and things, the far ones first."""
    if reading.people:
        hand = _people(canvas, reading, prompt, floor)
        _things(canvas, reading, floor, hand)
    elif reading.props:
        _still_life(canvas, reading, floor)


def _people(
    canvas: Canvas, reading: Reading, prompt: str, floor: float
) -> tuple[float, float, float]:
    """Paint the people; gives the hand of the nearest and its head's height."""
    width, height = canvas.size
    unit = HEAD_SHARE[reading.framing] * min(width * 1.25, height)
    casting = stream("cast", prompt)  # the words choose the person, the seed only the moment
    spots = _spots(canvas, reading)
    hand = (0.0, 0.0)
    for k, x in enumerate(spots):
        first = k == len(spots) - 1
        scale = unit * (1.0 if first else 0.82)
        feet = height * (floor + (1 - floor) * (0.75 if first else 0.45))
        top = (
            feet - 7.45 * scale if reading.framing == "wide" else height * (0.13 if first else 0.2)
        )
        if reading.framing == "close":
            top = height * 0.16
        elif "umbrella" in reading.props:
            top = max(top, height * 0.06 + 1.6 * scale)
        who = person(casting)
        coat = reading.coat if first and reading.coat else COATS[int(casting.integers(len(COATS)))]
        wears = Costume(
            coat=coat,
            scarf=(reading.accent or WOOL) if first and "scarf" in reading.marks else None,
            belt=bool(casting.random() < 0.6),
            arm=1.0 if first and _holds(reading) else 0.0,
        )
        place = Place(
            x=x * width,
            y=top,
            unit=scale,
            turn=0.8 if x < 0.5 else -0.8,
            depth=0.1 if first else 0.35,
        )
        marks = reading.marks if first else frozenset()
        hand = paint_figure(canvas, place, who, wears, marks)
    return (*hand, unit)


def _spots(canvas: Canvas, reading: Reading) -> list[float]:
    count = min(reading.people, 4)
    third = 0.36 if canvas.light.side > 0 else 0.64
    lead = third + float(canvas.rng.uniform(-0.04, 0.04))
    if reading.framing == "close":
        lead = 0.5 + 0.4 * (lead - 0.5)
    others = [0.24, 0.8, 0.1] if lead > 0.5 else [0.76, 0.2, 0.92]
    return [*others[: count - 1], lead]


def _holds(reading: Reading) -> bool:
    return bool({"cup", "book", "umbrella"} & set(reading.props))


def _things(
    canvas: Canvas, reading: Reading, floor: float, hand: tuple[float, float, float]
) -> None:
    width, height = canvas.size
    x, y, unit = hand
    free = [0.82, 0.16, 0.68, 0.3] if x < width / 2 else [0.18, 0.84, 0.32, 0.7]
    sizes = {
        "cup": 0.5,
        "book": 0.9,
        "umbrella": 3.2,
        "cat": 2.6,
        "lamp": 5.0,
        "tree": 9.0,
        "boat": 4.5,
    }
    held = False
    for name in reading.props:
        if name not in PAINTERS:
            continue
        size = sizes[name] * unit
        if name in {"cup", "book", "umbrella"} and not held:
            held = True
            foot = y + 0.1 * unit if name != "umbrella" else y
            at = x if name != "umbrella" else x + 0.05 * unit
            PAINTERS[name](canvas, at, foot, size, _thing_colour(reading, name))
        else:
            foot = height * min(0.96, floor + (0.12 if name in {"cat", "lamp"} else 0.02))
            limit = 0.62 * height if name != "cat" else 0.36 * height
            PAINTERS[name](
                canvas, free.pop(0) * width, foot, min(size, limit), _thing_colour(reading, name)
            )
        if not free:
            return


def _thing_colour(reading: Reading, name: str) -> Colour | None:
    return reading.accent if name in {"cup", "umbrella", "book"} else None


def _still_life(canvas: Canvas, reading: Reading, floor: float) -> None:
    """Give the named things the stage: on a table indoors, on the ground outside."""
    width, height = canvas.size
    names = [name for name in reading.props if name in PAINTERS]
    if not names:
        return
    hero_x = 0.4 if canvas.light.side > 0 else 0.6
    foot = height * (0.5 + floor / 2)
    if reading.place == "interior" and names[0] != "lamp":
        paint_table(canvas, height * 0.68, (0.36, 0.22, 0.13))
        foot = height * 0.86
    share = {"cat": 0.6, "cup": 0.36, "tree": 0.72, "lamp": 0.6, "boat": 0.5}
    for k, name in reversed(list(enumerate(names[:3]))):
        x = hero_x if k == 0 else (0.78 if hero_x < 0.5 else 0.2) + 0.12 * (k - 1)
        size = share.get(name, 0.4) * height * (1.0 if k == 0 else 0.75)
        colour = (reading.coat or reading.accent) if name != "tree" else None
        PAINTERS[name](
            canvas, x * width, foot - 0.05 * height * k, size, colour if k == 0 else None
        )


def _air(canvas: Canvas, reading: Reading, floor: float) -> None:
    """Lay banks of fog between the distance and the stage."""
    if reading.weather not in {"fog", "rain", "snow"} or reading.place == "interior":
        return
    height = canvas.size[1]
    rows = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    thick = {"fog": 0.75, "rain": 0.3, "snow": 0.4}[reading.weather]
    bank = np.exp(-(((rows - floor + 0.12) / 0.22) ** 2)) * (
        0.55 + 0.6 * clouds(canvas.size, canvas.rng, 0.5)
    )
    alpha = np.clip(bank * thick, 0, 0.92)[..., None]
    canvas.rgb[:] += (np.array(canvas.light.air, np.float32) - canvas.rgb) * alpha


def _weather(canvas: Canvas, reading: Reading) -> None:
    width, height = canvas.size
    if reading.place == "interior" or reading.weather not in {"rain", "snow"}:
        return
    marks = np.zeros((height, width), np.uint8)
    rng = canvas.rng
    if reading.weather == "rain":
        for x, y, length in rng.uniform((-0.1, -0.1, 0.025), (1.1, 1, 0.075), (420, 3)):
            start = (int(x * width), int(y * height))
            end = (int(x * width - 0.16 * length * height), int((y + length) * height))
            cv2.line(marks, start, end, int(rng.integers(60, 190)), 1, cv2.LINE_AA)
    else:
        for x, y, size in rng.uniform((0, 0, 0.8), (width, height, 3.6), (520, 3)):
            cv2.circle(marks, (int(x), int(y)), round(size), int(255 - 40 * size), -1, cv2.LINE_AA)
    share = 0.45 if reading.weather == "rain" else 0.8
    layer = cv2.GaussianBlur(marks, (0, 0), 0.8).astype(np.float32)[..., None] * (share / 255)
    pale = np.array(tuple_mix(canvas.light.air, (1, 1, 1), 0.5), np.float32)
    canvas.rgb[:] += (pale - canvas.rgb) * layer


def _lens(canvas: Canvas) -> np.ndarray:
    """Bloom, a soft shoulder, split toning and a vignette."""
    width, height = canvas.size
    picture = np.clip(canvas.rgb, 0, 1.6)
    small = cv2.resize(picture, (width // 8, height // 8), interpolation=cv2.INTER_AREA)
    bloom = cv2.GaussianBlur(np.clip(small - 0.72, 0, 1), (0, 0), height / 8 / 28)
    picture += cv2.resize(bloom, (width, height), interpolation=cv2.INTER_LINEAR) * 0.55
    # A shoulder from 0.75 up; what is below stays as named, so that a coat keeps its colour.
    over = np.maximum(picture - 0.75, 0)
    picture = np.minimum(picture, 0.75) + over / (1 + over / 0.25)
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)[..., None]
    cool, warm = (
        np.array((-0.012, 0.0, 0.022), np.float32),
        np.array((0.02, 0.006, -0.018), np.float32),
    )
    picture += cool * (1 - grey) + warm * grey
    x = np.linspace(-1, 1, width, dtype=np.float32)[None]
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    picture *= (1 - 0.2 * np.clip(0.55 * x**2 + 0.45 * y**2, 0, 1))[..., None]
    out: np.ndarray = np.clip(picture, 0, 1)
    return out
