"""Text on pictures for review: one typeface, whole lines, readable on light and on dark."""

import unicodedata
from collections.abc import Iterator
from functools import cache

from PIL import Image, ImageDraw, ImageFont

Rgb = tuple[int, int, int]
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

GROUND, PANEL = (56, 56, 56), (40, 40, 40)  # neutral greys: nothing beside a picture tints it
INK, QUIET, RULE = (236, 236, 236), (168, 168, 168), (92, 92, 92)
AMBER = (255, 190, 60)  # what must not be missed; always beside words
PLATE = (0, 0, 0, 192)  # under burnt-in text: white on it is readable over white, too
_ODD = (("×", "x"), ("–", "-"), ("—", "-"), ("→", "->"), ("ł", "l"), ("Ł", "L"), ("ß", "ss"),
        ("“", '"'), ("”", '"'), ("‘", "'"), ("’", "'"))  # fmt: skip
_PLAIN = str.maketrans(dict(_ODD))


@cache
def font(size: int) -> Font:
    """Give the built-in typeface, free to ship, at a size in pixels."""
    return ImageFont.load_default(max(8, size))


def plain(text: str) -> str:
    """Give words in letters that the typeface has; accents are dropped, never a box drawn."""
    folded = unicodedata.normalize("NFKD", text.translate(_PLAIN))
    kept = "".join(c for c in folded if not unicodedata.combining(c))
    return " ".join("".join(c if " " <= c <= "~" or c in "·…" else "?" for c in kept).split())


def width(text: str, size: int) -> int:
    """Measure a line in pixels."""
    return round(font(size).getlength(text))


def cut(text: str, size: int, room: int) -> str:
    """Shorten a line to a width, in the middle: beginnings and ends tell names apart."""
    text = plain(text)
    if width(text, size) <= room:
        return text
    keep = len(text)
    while keep > 2:
        keep -= 1
        shorter = text[: (keep + 1) // 2].rstrip() + "…" + text[len(text) - keep // 2 :].lstrip()
        if width(shorter, size) <= room:
            return shorter
    return "…"


def wrapped(text: str, size: int, room: int, most: int) -> list[str]:
    """Break text into lines of a width; what does not fit ends with an ellipsis."""
    lines = list(_lines(plain(text).split(), size, room))
    if len(lines) <= most:
        return lines
    last = lines[most - 1]
    while last and width(f"{last} …", size) > room:
        last = last.rpartition(" ")[0]
    return [*lines[: most - 1], f"{last} …".strip()]


def _lines(words: list[str], size: int, room: int) -> Iterator[str]:
    line = ""
    for word in words:
        longer = f"{line} {word}".strip()
        if line and width(longer, size) > room:
            yield line
            longer = word
        line = longer if width(longer, size) <= room else cut(longer, size, room)
    if line:
        yield line


def plated(
    sheet: Image.Image, text: str, at: tuple[int, int], size: int, *, anchor: str, ink: Rgb = INK
) -> None:
    """Burn a line into an RGBA sheet on a dark plate.

    `anchor`: which corner of the plate `at` is: l or r, then a for above or b for below; m for the
    middle.
    """
    across, pad = width(text, size), max(3, size // 3)
    wide, high = across + 2 * pad, size + pad + pad // 2
    left = {"l": at[0], "m": at[0] - wide // 2, "r": at[0] - wide}[anchor[0]]
    top = at[1] if anchor[1] == "a" else at[1] - high
    pen = ImageDraw.Draw(sheet)
    pen.rectangle((left, top, left + wide - 1, top + high - 1), fill=PLATE)
    pen.text((left + pad, top + high / 2), text, font=font(size), fill=(*ink, 255), anchor="lm")
