"""A pack to start from: valid as it is, with every field explained for a pipeline TD."""

from importlib.resources import files
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from router.domain.errors import Conflict

_PAPER = (206, 214, 219)  # BGR, as OpenCV has it
_INK = (70, 62, 58)
_COAT = (74, 96, 18)
_SKIN = (146, 184, 226)
_AMBER = (62, 150, 214)


def start(folder: Path) -> tuple[str, ...]:
    """Write the starter pack into a new or empty folder; gives the names of what was written.

    Raises:
        Conflict: there is something in the folder already; nothing is overwritten.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        expected = "a new or empty folder; nothing is overwritten"
        raise Conflict(field="DIR", found=str(folder), expected=expected)
    plate, medium = _plate((390, 545), 450), _plate((512, 800), 760)
    matte, coat = (np.zeros(plate.shape[:2], np.uint8) for _ in range(2))
    _wire(plate, matte)
    cv2.fillPoly(coat, [_coat((512, 800), 760)], 255)
    pictures = {
        "refs/sample_hero/front.png": _sheet(),
        "refs/sample_hero/coat.png": np.full((256, 256, 3), _COAT, np.uint8),
        "plates/SQ010_SH0010/plate.png": medium,
        "plates/SQ010_SH0010/coat_matte.png": coat,
        "plates/SQ010_SH0020/plate.png": plate,
        "plates/SQ010_SH0020/wire_matte.png": matte,
    }
    for name, picture in pictures.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(cv2.imencode(".png", picture)[1].tobytes())
    text = files("benchmarks.packs").joinpath("starter.yaml").read_bytes()
    (folder / "shotpack.yaml").write_bytes(text)
    return ("shotpack.yaml", *pictures)


def _sheet() -> Any:
    """Draw a figure on a card: a placeholder for the character sheet."""
    card = np.full((640, 512, 3), _PAPER, np.uint8)
    _figure(card, (256, 600), 560)
    _caption(card, "PLACEHOLDER")
    return card


def _plate(feet: tuple[int, int], height: int) -> Any:
    """Draw a room with the figure in it."""
    fall = np.linspace(1.0, 0.62, 576)[:, None, None]
    room = np.full((576, 1024, 3), (150, 140, 128)) * fall
    picture = np.asarray(np.clip(room, 0, 255), np.uint8)
    cv2.rectangle(picture, (0, 430), (1023, 575), (96, 104, 116), -1)
    cv2.rectangle(picture, (650, 90), (880, 300), (206, 196, 176), -1)
    cv2.rectangle(picture, (650, 90), (880, 300), (92, 86, 80), 6, cv2.LINE_AA)
    _figure(picture, feet, height)
    _caption(picture, "PLACEHOLDER PLATE")
    return picture


def _figure(picture: Any, feet: tuple[int, int], height: int) -> None:
    x, y = feet
    k = height / 100

    def at(*points: tuple[float, float]) -> Any:
        return np.array([[x + k * a, y + k * b] for a, b in points], np.int32)

    for side in (-1, 1):
        cv2.fillPoly(picture, [at((side * 3, -20), (side * 9, -20), (side * 9, 0), (side * 3, 0))],
                     _INK, cv2.LINE_AA)  # fmt: skip
    cv2.fillPoly(picture, [_coat(feet, height)], _COAT, cv2.LINE_AA)
    for row in (-62, -50, -38, -26):
        cv2.circle(
            picture, tuple(at((0, row))[0].tolist()), round(1.4 * k), _AMBER, -1, cv2.LINE_AA
        )
    head = tuple(at((0, -84))[0].tolist())
    cv2.circle(picture, head, round(9 * k), _SKIN, -1, cv2.LINE_AA)
    hair = tuple(at((0, -87))[0].tolist())
    cv2.ellipse(picture, hair, (round(9 * k), round(7 * k)), 0, 180, 360, _INK, -1, cv2.LINE_AA)


def _coat(feet: tuple[int, int], height: int) -> Any:
    outline = np.array([(-11, -74), (11, -74), (15, -45), (20, -12), (-20, -12), (-15, -45)])
    return (np.array(feet) + height / 100 * outline).astype(np.int32)


def _wire(plate: Any, matte: Any) -> None:
    """Draw a wire that has to go, and its matte, a little wider."""
    ends = (300, 0), (352, 214)
    cv2.line(plate, *ends, (40, 40, 40), 3, cv2.LINE_AA)
    cv2.line(matte, *ends, 255, 17)


def _caption(picture: Any, text: str) -> None:
    place = (16, picture.shape[0] - 14)
    cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.5, _INK, 1, cv2.LINE_AA)
