"""The pictures of Northlight Pictures' pack: plates, mattes, looks and references."""

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.demo import ship
from benchmarks.demo.portrait import Framing, Image, Matte, cut_out, placed

Picture = NDArray[np.uint8]  # RGB, or grey for a matte

SIZE = (1024, 576)
_CENTRE = Framing(scale=1.72, face=(0.50, 0.36))
_LEFT = Framing(scale=1.72, face=(0.34, 0.36))
_RIGHT = Framing(scale=1.75, face=(0.64, 0.37), turned=True)
_CLOSE = Framing(scale=2.5, face=(0.45, 0.46))
_GROW = 7  # pixels by which a matte is larger than what it covers


def pictures() -> Iterator[tuple[str, Picture]]:
    """Give every picture of the pack by its path in it."""
    person = cut_out()

    def plate(framing: Framing, light: ship.Light) -> Image:
        return ship.plate(placed(person, framing, SIZE), light, SIZE)

    yield from _sheet(person)
    bay = plate(_CENTRE, ship.BAY)
    yield "plates/SQ010_SH0010/bay.png", _bytes(bay)
    yield "plates/SQ010_SH0020/cupola.png", _bytes(plate(_LEFT, ship.CUPOLA))
    yield "plates/SQ010_SH0030/corridor.png", _bytes(plate(_RIGHT, ship.CORRIDOR))
    yield "plates/SQ010_SH0040/garden.png", _bytes(plate(_CLOSE, ship.GARDEN))
    yield "plates/SQ020_SH0010/bay_day.png", _bytes(plate(_LEFT, ship.BAY))
    yield "looks/alarm.png", _bytes(plate(_CENTRE, ship.ALARM))
    for name, shot, draw in (
        ("boom", "SQ030_SH0010", _boom),
        ("wire", "SQ030_SH0020", _wire),
    ):
        clean = bay if name == "boom" else plate(_RIGHT, ship.CORRIDOR)
        dirty, matte = draw(clean)
        yield f"plates/{shot}/{name}.png", _bytes(dirty)
        yield f"plates/{shot}/{name}_matte.png", matte
    yield "looks/cupola_start.png", _bytes(plate(_LEFT, ship.CUPOLA))


def _sheet(person: tuple[Image, Matte]) -> Iterator[tuple[str, Picture]]:
    """Give the character sheet on neutral grey: front, close, mirrored, and the suit's cloth."""
    for name, framing in (
        ("front", Framing(scale=2.0, face=(0.5, 0.33))),
        ("face_close", Framing(scale=3.4, face=(0.5, 0.47))),
        ("front_turned", Framing(scale=2.0, face=(0.5, 0.33), turned=True)),
    ):
        colours, matte = placed(person, framing, (768, 640))
        grey = np.float32(0.50)
        yield f"refs/mara/{name}.png", _bytes(grey + (colours - grey) * matte[..., None])
    own, _ = person
    cloth = cv2.resize(own[278:334, 100:156], (512, 512), interpolation=cv2.INTER_CUBIC)
    yield "refs/mara/suit_cloth.png", _bytes(cloth)


def _boom(clean: Image) -> tuple[Image, Picture]:
    """Let a microphone in its fur dip into the top of the picture."""
    rng = np.random.default_rng(8)
    width, height = SIZE
    cover = np.zeros((height, width), np.float32)
    pole = np.array([[868, -10], [884, -10], [850, 46], [836, 40]])
    cv2.fillPoly(cover, [pole], 1.0, cv2.LINE_AA)
    tip, back = np.array([724.0, 106.0]), np.array([844.0, 40.0])
    for _ in range(2600):  # the fur: short hairs along a capsule
        along = rng.uniform(0, 1)
        angle = rng.uniform(0, 2 * np.pi)
        root = tip + (back - tip) * along
        out = np.array([np.cos(angle), np.sin(angle)]) * rng.normal(27, 3)
        ends = np.round(np.array([root, root + out + rng.normal(0, 2, 2)]) * 16).astype(np.int32)
        cv2.line(cover, ends[0].tolist(), ends[1].tolist(), 1.0, 2, cv2.LINE_AA, 4)
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    across = (columns - 784) * 0.48 + (rows - 73) * 0.88
    tone = 0.17 - 0.0032 * across + rng.normal(0, 0.035, cover.shape).astype(np.float32)
    fur = cv2.GaussianBlur(np.clip(tone, 0.03, 0.4), (0, 0), 0.8)[..., None] * np.float32(
        (1, 1.02, 1.06)
    )
    soft = cv2.GaussianBlur(cover, (0, 0), 1.2)[..., None]
    return np.float32(clean + (fur - clean) * soft), _matte(cover)


def _wire(clean: Image) -> tuple[Image, Picture]:
    """Hang a safety wire with its hook on the shoulder."""
    width, height = SIZE
    cover = np.zeros((height, width), np.float32)
    light = np.zeros_like(cover)
    turn = np.linspace(0, 1, 40)
    line = np.stack([902 - 88 * turn + 20 * np.sin(np.pi * turn), -4 + 436 * turn], 1)
    points = np.round(line * 16).astype(np.int32)
    cv2.polylines(
        cover, [points], isClosed=False, color=1.0, thickness=4, lineType=cv2.LINE_AA, shift=4
    )
    cv2.polylines(
        light, [points - 16], isClosed=False, color=1.0, thickness=1, lineType=cv2.LINE_AA, shift=4
    )
    cv2.ellipse(cover, (812, 448), (11, 20), 14, 0, 360, 1.0, 6, cv2.LINE_AA)
    cv2.ellipse(light, (810, 446), (11, 20), 14, 120, 250, 1.0, 2, cv2.LINE_AA)
    steel = np.float32((0.16, 0.17, 0.19)) + light[..., None] * np.float32((0.55, 0.55, 0.52))
    soft = cv2.GaussianBlur(cover, (0, 0), 0.8)[..., None]
    return np.float32(clean + (steel - clean) * soft), _matte(cover)


def _matte(cover: NDArray[np.float32]) -> Picture:
    """Give the matte of what is covered, a little larger, with hard black and white."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * _GROW + 1, 2 * _GROW + 1))
    return np.asarray(cv2.dilate(np.uint8(cover > 0.02) * 255, disc), np.uint8)


def _bytes(picture: Image) -> Picture:
    return np.round(np.clip(picture, 0, 1) * 255).astype(np.uint8)
