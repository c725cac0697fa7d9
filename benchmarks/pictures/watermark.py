"""Who looked, and when, written over a preview: quiet enough to judge by, too much to crop away."""

import unicodedata
from datetime import datetime
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

ANGLE = 24  # degrees: crosses the edges that people compare
_FILL, _EDGE = (255, 255, 255, 74), (0, 0, 0, 62)  # light inside, dark outside: reads on both
_LINE_FILL, _LINE_EDGE = (255, 255, 255, 190), (0, 0, 0, 150)
_MOST = 60  # characters of a name

Pixels = np.ndarray[Any, np.dtype[np.uint8]]


def words(who: str, when: datetime) -> str:
    """Give the text: a name and a minute, in letters that the built-in typeface has."""
    plain = unicodedata.normalize("NFKD", who).encode("ascii", "ignore").decode("ascii")
    shown = "".join(c for c in plain if c.isprintable()).strip()[:_MOST]
    return f"{shown or 'viewer'}  {when:%Y-%m-%d %H:%M} UTC"


def mark(size: tuple[int, int], text: str) -> Pixels:
    """Draw what is laid over a picture of a size (width, height): RGBA, uint8 (H, W, 4)."""
    width, height = size
    letter = max(11, round(min(width, height) / 34))
    tile = _line(text, letter, _FILL, _EDGE)
    reach = round((width**2 + height**2) ** 0.5)
    sheet = Image.new("RGBA", (reach, reach))
    step_x, step_y = tile.width + 5 * letter, 7 * letter
    for row, y in enumerate(range(0, reach, step_y)):
        for x in range(-(row % 2) * step_x // 2, reach, step_x):
            sheet.paste(tile, (x, y))  # tiles never meet
    turned = sheet.rotate(ANGLE, resample=Image.Resampling.BICUBIC)
    left, top = (reach - width) // 2, (reach - height) // 2
    laid = turned.crop((left, top, left + width, top + height))
    foot = _line(text, max(11, letter * 3 // 4), _LINE_FILL, _LINE_EDGE)
    place = (max(0, width - foot.width - letter // 2), max(0, height - foot.height - letter // 3))
    laid.paste(foot, place, foot)
    return np.asarray(laid)


def laid_over(pixels: Pixels, over: Pixels) -> Pixels:
    """Lay RGBA over RGB of the same size."""
    share = over[..., 3:].astype(np.float32) / 255
    return np.asarray(np.rint(pixels * (1 - share) + over[..., :3] * share), np.uint8)


def _line(text: str, letter: int, fill: tuple[int, ...], edge: tuple[int, ...]) -> Image.Image:
    font = ImageFont.load_default(letter)
    border = max(1, letter // 14)
    left, top, right, bottom = font.getbbox(text, stroke_width=border)
    picture = Image.new("RGBA", (round(right - left) + 2, round(bottom - top) + 2))
    pen = ImageDraw.Draw(picture)
    at = (1 - left, 1 - top)
    pen.text(at, text, font=font, fill=edge, stroke_width=border, stroke_fill=edge)
    pen.text(at, text, font=font, fill=fill)  # in its place: neither dims the other
    return picture
