"""Slates, burn-ins and bars: everything that is drawn on a take for review."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from benchmarks.review.label import CUT, HEAD, TAIL, Label
from benchmarks.review.lettering import (
    AMBER,
    GROUND,
    INK,
    PANEL,
    QUIET,
    RULE,
    cut,
    font,
    plain,
    plated,
    wrapped,
)

Array = np.ndarray[Any, Any]
Size = tuple[int, int]  # width, height, pixels
STATES = {CUT: "", HEAD: "HEAD HANDLE", TAIL: "TAIL HANDLE"}
_STEPS = 11  # of the grey wedge, 0 to 100 % of code values


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """Digits of one width, and where four of them are burnt in."""

    digits: Array  # uint8 RGBA (height, 10 * width, 4)
    cell: Size
    at: tuple[int, int]  # left and top of the first digit

    def read(self, picture: Array) -> int:
        """Read a burnt-in number back off a decoded frame, RGB."""
        width, height = self.cell
        inked = self.digits[..., :3].astype(float).reshape(height, 10, width, 3)
        found = 0
        for place in range(4):
            left = self.at[0] + place * width
            seen = picture[self.at[1] : self.at[1] + height, left : left + width].astype(float)
            apart = [float(np.abs(inked[:, d] - seen).mean()) for d in range(10)]
            found = found * 10 + int(np.argmin(apart))
        return found


def letter(size: Size) -> int:
    """Give the height of burnt-in letters, pixels."""
    return max(11, round(min(size[1] / 32, size[0] / 38)))


def counter(size: Size) -> Counter:
    """Draw the digits of the frame counter, for the lower right corner."""
    high = round(letter(size) * 1.5)
    cell = (round(high * 0.66), round(high * 1.35))
    sheet = Image.new("RGBA", (cell[0] * 10, cell[1]), (0, 0, 0, 255))
    pen = ImageDraw.Draw(sheet)
    for digit in range(10):
        middle = (digit * cell[0] + cell[0] / 2, cell[1] / 2)
        pen.text(middle, str(digit), font=font(high), fill=(*INK, 255), anchor="mm")
    margin = letter(size) // 2
    at = (size[0] - margin - 4 * cell[0], size[1] - margin - cell[1])
    return Counter(digits=np.asarray(sheet), cell=cell, at=at)


def overlay(label: Label, size: Size, state: int) -> Array:
    """Draw what lies over a frame of a clip: RGBA (height, width, 4); the counter's place stays."""
    sheet = Image.new("RGBA", size)
    high, margin = letter(size), letter(size) // 2
    right, below = size[0] - margin, size[1] - margin
    half = size[0] // 2 - 3 * high
    plated(sheet, cut(label.partner, high, half), (margin, margin), high, anchor="la")
    ink = AMBER if label.simulated else INK
    plated(sheet, cut(label.marks, high, half), (right, margin), high, anchor="ra", ink=ink)
    plated(sheet, cut(label.name, high, half), (margin, below), high, anchor="lb")
    if STATES[state]:
        middle = (round(size[0] * 0.62), below)
        plated(sheet, STATES[state], middle, high, anchor="mb", ink=AMBER)
    return np.asarray(sheet)


def slate(label: Label, size: Size, frames: int) -> Array:
    """Draw the slate of a clip: RGB (height, width, 3)."""
    sheet = Image.new("RGB", size, GROUND)
    pen = ImageDraw.Draw(sheet)
    high = letter(size)
    margin, room = 2 * high, size[0] - 4 * high
    pen.text((margin, 1.6 * high), cut(label.production, high, room), font=font(high), fill=QUIET)
    name = 2 * high
    pen.text((margin, 3 * high), cut(label.name, name, room), font=font(name), fill=INK)
    ink = AMBER if label.simulated else INK
    pen.text((margin, 5.8 * high), plain(label.marks), font=font(high), fill=ink)
    pen.line((margin, 7.8 * high, size[0] - margin, 7.8 * high), fill=RULE, width=1)
    top = 8.6 * high
    for words, value in _rows(label, frames):
        pen.text((margin, top), words, font=font(high), fill=QUIET)
        pen.text(
            (margin + 6 * high, top), cut(value, high, room - 6 * high), font=font(high), fill=INK
        )
        top += 1.6 * high
    wedge = size[1] - round(3.2 * high)
    pen.text((margin, top), "Asked", font=font(high), fill=QUIET)
    lines = max(1, int((wedge - top - high) / (1.4 * high)))
    asked = label.asked or "nothing: made without a prompt"
    for line in wrapped(asked, high, room - 6 * high, lines):
        pen.text((margin + 6 * high, top), line, font=font(high), fill=INK)
        top += 1.4 * high
    _wedge(pen, (margin, wedge, size[0] - margin, size[1] - round(1.2 * high)))
    return np.asarray(sheet)


def barred(picture: Array, label: Label) -> Array:
    """Set a still on a bar that names it; not a pixel of the picture is covered or changed."""
    height, width = picture.shape[:2]
    high = max(11, round(width / 64))
    bar = round(4.4 * high)
    sheet = Image.new("RGB", (width, height + bar), PANEL)
    sheet.paste(Image.fromarray(picture), (0, 0))
    pen = ImageDraw.Draw(sheet)
    room = width - 2 * high
    lines = ((label.name, label.marks, INK), (_credit(label), _tail(label), QUIET))
    for row, (left, right, ink) in enumerate(lines):
        top = height + high * (0.7 + 1.8 * row)
        said = cut(right, high, room // 2)
        mark = AMBER if row == 0 and label.simulated else ink
        pen.text((width - high, top), said, font=font(high), fill=mark, anchor="ra")
        rest = room - round(font(high).getlength(said)) - 2 * high
        pen.text((high, top), cut(left, high, rest), font=font(high), fill=ink, anchor="la")
    return np.asarray(sheet)


def _credit(label: Label) -> str:
    return f"{label.partner}  ·  {label.production}  ·  {label.model}"


def _tail(label: Label) -> str:
    words = _circled(label)
    circled = f"circled {words}  ·  " if words else ""
    return f"{circled}{label.take.created_at:%Y-%m-%d}"


def _rows(label: Label, frames: int) -> list[tuple[str, str]]:
    media = label.take.media
    last = (label.first or 1) + frames - 1
    numbers = f"{label.first:04d} - {last:04d}, {frames} at {media.fps:g} fps"
    if not label.counted:
        numbers += f" (the cut runs at {label.fps:g}: counted from 1)"
    return [
        ("Partner", label.partner),
        ("Shot", label.shot.id),
        ("Take", f"{label.name.rpartition('_')[2]}  ·  {label.recipe}"),
        ("Model", label.model),
        ("Date", f"{label.take.created_at:%Y-%m-%d}"),
        ("Frames", numbers),
        ("Handles", _handles(label)),
        ("Picture", f"{media.width} x {media.height} as made  ·  shown in Rec.709  ·  silent"),
        ("Circled", _circled(label) or "no"),
    ]


def _circled(label: Label) -> str:
    return f"by {label.circled_by}" if label.circled_by else label.superseded


def _handles(label: Label) -> str:
    asked, got = label.place.handles, label.handles
    if not label.counted:
        return f"asked {asked[0]} + {asked[1]}; not counted at another rate"
    return f"asked {asked[0]} + {asked[1]}, got {got[0]} + {got[1]}"


def _wedge(pen: ImageDraw.ImageDraw, box: tuple[int, int, int, int]) -> None:
    left, top, right, bottom = box
    edges = [left + (right - left) * n // _STEPS for n in range(_STEPS + 1)]
    for step in range(_STEPS):
        grey = round(255 * step / (_STEPS - 1))
        pen.rectangle((edges[step], top, edges[step + 1] - 1, bottom), fill=(grey, grey, grey))
