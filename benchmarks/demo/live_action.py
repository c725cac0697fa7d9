"""The pictures of Northlight Pictures' pack: plates, mattes, looks and references."""

from collections.abc import Iterator

import cv2
import numpy as np

from benchmarks.demo import ship
from benchmarks.demo.pixels import Image, Picture, code_values, floats, matte
from benchmarks.demo.portrait import Framing, cut_out, placed, posed, suit

SIZE = (1024, 576)
_CENTRE = Framing(scale=1.72, face=(0.50, 0.36))
_LEFT = Framing(scale=1.72, face=(0.34, 0.36))
_RIGHT = Framing(scale=1.75, face=(0.64, 0.37), turned=True)
_START = Framing(scale=1.70, face=(0.35, 0.37))
_CLOSE = Framing(scale=2.5, face=(0.45, 0.46))


def pictures() -> Iterator[tuple[str, Picture]]:
    """Give every picture of the pack by its path in it."""
    person = cut_out()

    def plate(framing: Framing, light: ship.Light, take: int) -> Image:
        return ship.plate(placed(posed(person, take), framing, SIZE), light, SIZE)

    yield from _sheet(person)
    for shot, name, framing, light, take in (
        ("SQ010_SH0010", "bay", _CENTRE, ship.BAY, 1),
        ("SQ010_SH0020", "cupola", _LEFT, ship.CUPOLA, 2),
        ("SQ010_SH0030", "corridor", _RIGHT, ship.CORRIDOR, 3),
        ("SQ010_SH0040", "garden", _CLOSE, ship.GARDEN, 4),
    ):
        yield f"plates/{shot}/{name}.png", code_values(plate(framing, light, take))
        if framing is not _CLOSE:  # which shows hardly any of it
            _, cloth = placed(suit(posed(person, take)), framing, SIZE)
            yield f"plates/{shot}/{name}_suit_matte.png", code_values(cloth)
    yield "plates/SQ020_SH0010/bay_day.png", code_values(plate(_LEFT, ship.BAY, 5))
    yield "looks/alarm.png", code_values(plate(_CENTRE, ship.ALARM, 6))
    for shot, name, clean, soil in (
        ("SQ030_SH0010", "boom", plate(_CENTRE, ship.BAY, 12), _boom),
        ("SQ030_SH0020", "wire", plate(_RIGHT, ship.CORRIDOR, 8), _wire),
    ):
        dirty, hole = soil(clean)
        yield f"plates/{shot}/{name}.png", code_values(dirty)
        yield f"plates/{shot}/{name}_matte.png", hole
    yield "looks/cupola_start.png", code_values(plate(_START, ship.CUPOLA, 9))


def _sheet(person: tuple[Image, Image]) -> Iterator[tuple[str, Picture]]:
    """Give the character sheet on neutral grey: front, close, mirrored, the suit."""
    for name, framing in (
        ("front", Framing(scale=2.0, face=(0.5, 0.33))),
        ("face_close", Framing(scale=3.4, face=(0.5, 0.47))),
        ("front_turned", Framing(scale=2.0, face=(0.5, 0.33), turned=True)),
    ):
        colours, cover = placed(person, framing, (768, 640))
        grey = floats(0.50)
        yield f"refs/mara/{name}.png", code_values(grey + (colours - grey) * cover[..., None])
    colours, cloth = placed(suit(person), Framing(scale=2.0, face=(0.5, 0.33)), (768, 640))
    yield "refs/mara/suit.png", code_values(np.dstack([colours, cloth]))


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
    fur = cv2.GaussianBlur(np.clip(tone, 0.03, 0.4), (0, 0), 0.8)[..., None] * floats(
        (1, 1.02, 1.06)
    )
    soft = cv2.GaussianBlur(cover, (0, 0), 1.2)[..., None]
    return floats(clean + (fur - clean) * soft), matte(cover)


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
    steel = floats((0.16, 0.17, 0.19)) + light[..., None] * floats((0.55, 0.55, 0.52))
    soft = cv2.GaussianBlur(cover, (0, 0), 0.8)[..., None]
    return floats(clean + (steel - clean) * soft), matte(cover)
