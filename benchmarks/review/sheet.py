"""Contact sheets: shots down, takes or recipes across, references beside; on neutral grey."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from benchmarks.pictures.pixels import fitted
from benchmarks.review.label import Label
from benchmarks.review.lettering import AMBER, GROUND, INK, PANEL, QUIET, RULE, cut, font, wrapped
from benchmarks.review.marks import WORDS, mark
from evaluators.domain.verdict import Verdict
from router.domain.take import Source

Array = np.ndarray[Any, Any]
PAGES = {"4k": (3840, 2160), "a3": (4961, 3508)}  # pixels; A3 at 300 dpi
MOST_ACROSS, LEAST_ACROSS = 6, 3  # takes beside their reference
_LINES = 4  # of text under a picture
_NEARLY = 0.5  # share of a row from which pictures shrink rather than leave it empty


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """One row of a sheet: a shot, its references and some of its takes."""

    label: Label  # of any of its takes
    cells: tuple[Label | None, ...]  # None = no take of that recipe
    columns: tuple[str, ...] = ()  # recipes, where these are across
    more: bool = False  # goes on from the row before


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What a sheet is of."""

    title: str
    partner: str
    simulated: bool
    strips: Sequence[Strip]
    verdicts: Mapping[str, tuple[Verdict, ...]]  # by take
    picture: Callable[[Label, int], Array | None]  # of a take, at a longer side
    references: Callable[[Label, int], Sequence[Array]]  # of its shot


def by_takes(labels: Sequence[Label]) -> list[Strip]:
    """Lay a shot's takes side by side, oldest first; what does not fit goes on below."""
    return [
        Strip(label=found[0], cells=tuple(found[at : at + across]), more=at > 0)
        for found, across in _shots(labels)
        for at in range(0, len(found), across)
    ]


def by_recipes(labels: Sequence[Label]) -> list[Strip]:
    """Lay one take of each recipe side by side: the circled one, else the first.

    Recipes that do not fit across stand on further pages, shot by shot again.
    """
    recipes = sorted({label.recipe for label in labels})
    strips = []
    for at in range(0, len(recipes), MOST_ACROSS):
        columns = tuple(recipes[at : at + MOST_ACROSS])
        for found, _ in _shots(labels):
            cells = tuple(_best(found, recipe) for recipe in columns)
            if any(cells):
                strips.append(Strip(label=found[0], cells=cells, columns=columns))
    return strips


def _shots(labels: Sequence[Label]) -> Iterator[tuple[list[Label], int]]:
    groups = [list(g) for _, g in groupby(labels, key=lambda n: (n.folder, n.shot.id))]
    most = max((len(g) for g in groups), default=LEAST_ACROSS)
    across = max(LEAST_ACROSS, min(MOST_ACROSS, most))
    return ((group, across) for group in groups)


def _best(found: Sequence[Label], recipe: str) -> Label | None:
    same = [label for label in found if label.recipe == recipe]
    return next((n for n in same if n.circled_by), same[0] if same else None)


def pages(sheet: Sheet, size: tuple[int, int]) -> list[Image.Image]:
    """Draw every page at a size in pixels."""
    page = _Page(sheet, size)
    shares = [list(group) for _, group in groupby(sheet.strips, key=lambda s: s.columns)]
    parts = [
        strips[at : at + page.rows] for strips in shares for at in range(0, len(strips), page.rows)
    ]
    return [page.drawn(part, number, len(parts)) for number, part in enumerate(parts, start=1)]


class _Page:
    """Sizes that all pages share, and how one is drawn."""

    def __init__(self, sheet: Sheet, size: tuple[int, int]) -> None:
        self.sheet, self.size = sheet, size
        self.high = round(size[1] / 88)  # of a letter
        self.margin, self.gap = round(2.6 * self.high), round(1.2 * self.high)
        self.across = max((len(s.columns or s.cells) for s in sheet.strips), default=1)
        self.across = max(self.across, LEAST_ACROSS)
        self.pitch = (size[0] - 2 * self.margin + self.gap) // (self.across + 1)
        self.room = self.pitch - self.gap  # for words; a picture may be narrower
        self.top = round(5.4 * self.high)
        self.floor = size[1] - round(4.2 * self.high)
        head = 2 * self.high if any(s.columns for s in sheet.strips) else 0
        self.first = self.top + head
        self.cell, self.rows = self._grid(sheet.strips[0].label.raster if sheet.strips else (16, 9))
        self.row = (self.floor - self.first) // self.rows

    def _grid(self, raster: tuple[int, int]) -> tuple[tuple[int, int], int]:
        """Choose the largest pictures that leave no half row empty; gives cell and rows."""
        text, room = round((1.5 * _LINES + 2.6) * self.high), self.floor - self.first
        tall = (self.pitch - self.gap) * raster[1] / raster[0]
        fits = room / (tall + text)
        rows = max(1, int(fits) + (fits % 1 >= _NEARLY))
        tall = min(tall, room / rows - text)
        return (round(tall * raster[0] / raster[1]), round(tall)), rows

    def drawn(self, strips: Sequence[Strip], number: int, of: int) -> Image.Image:
        self.picture = Image.new("RGB", self.size, GROUND)
        self.pen = ImageDraw.Draw(self.picture)
        self._head(number, of)
        for column, recipe in enumerate(strips[0].columns, start=1):
            self._say(self._left(column), self.top, recipe, INK, self.room)
        for place, strip in enumerate(strips):
            top = self.first + place * self.row
            self._shot(strip, top)
            for column, label in enumerate(strip.cells, start=1):
                if label is None:
                    self._empty(column, top)
                else:
                    self._take(label, self._left(column), top, named=not strip.columns)
        self._foot()
        return self.picture

    def _left(self, column: int) -> int:
        return self.margin + column * self.pitch

    def _say(self, left: float, top: float, text: str, ink: tuple[int, int, int],
             room: float) -> None:  # fmt: skip
        shown = cut(text, self.high, int(room))
        self.pen.text((left, top), shown, font=font(self.high), fill=ink)

    def _head(self, number: int, of: int) -> None:
        big, top = round(1.7 * self.high), round(1.6 * self.high)
        title = f"{self.sheet.title}  ·  {self.sheet.partner}"
        half = self.size[0] // 2
        self.pen.text((self.margin, top), cut(title, big, half), font=font(big), fill=INK)
        right = f"page {number} of {of}"
        said = "SIMULATED  ·  " if self.sheet.simulated else ""
        across = round(font(big).getlength(right))
        edge = self.size[0] - self.margin
        self.pen.text((edge, top), right, font=font(big), fill=QUIET, anchor="ra")
        self.pen.text((edge - across, top), said, font=font(big), fill=AMBER, anchor="ra")
        under = top + round(2.6 * self.high)
        self.pen.line((self.margin, under, edge, under), fill=RULE, width=max(1, self.high // 12))

    def _shot(self, strip: Strip, top: int) -> None:
        """Name the shot, with its references above the words."""
        label = strip.label
        found = self.sheet.references(label, max(self.cell)) if not strip.more else ()
        used = self._beside(found, top)
        below = top + used + self.high * (0.5 if used else 0)
        again = " (goes on)" if strip.more else ""
        self._say(self.margin, below, f"{label.shot.id}{again}", INK, self.room)
        lead = 1.5 * self.high
        most = _LINES - 1 + int((self.cell[1] - used) / lead)
        words = wrapped(label.shot.description, self.high, self.room, most)
        for line, text in enumerate(words, start=1):
            self._say(self.margin, below + lead * line, text, QUIET, self.room)

    def _beside(self, found: Sequence[Array], top: int) -> int:
        """Lay references side by side at one height; gives it."""
        if not found:
            return 0
        space = self.gap // 4
        leans = [pixels.shape[1] / pixels.shape[0] for pixels in found]
        room = self.room - space * (len(found) - 1)
        height = min(self.cell[1], int(room / sum(leans)))
        left = self.margin
        for pixels, lean in zip(found, leans, strict=True):
            self._laid(pixels, (left, top), (round(height * lean), height))
            left += round(height * lean) + space
        return height

    def _take(self, label: Label, left: int, top: int, *, named: bool) -> None:
        wide, tall = self.cell
        pixels = self.sheet.picture(label, max(self.cell))
        if pixels is None:
            self.pen.rectangle((left, top, left + wide, top + tall), fill=PANEL)
            self._say(left + self.high, top + self.high, "cannot be shown", QUIET, wide)
        else:
            tall = self._laid(pixels, (left, top), (wide, tall))
        if label.circled_by:
            self._ring(left, top, tall)
        below = top + self.cell[1] + self.high * 0.5
        version = label.name.rpartition("_")[2]
        length = (
            f"  ·  {label.take.media.seconds:.1f} s, middle frame"
            if label.take.media.is_video
            else ""
        )
        recipe = f"  ·  {label.recipe}" if named else ""
        self._say(left, below, f"{version}{recipe}", INK, self.room)
        made = label.made.capitalize().replace("Ai-", "AI-")
        said = [f"{label.model}{length}", made]
        for line, text in enumerate(said[label.take.source is Source.CONTROL :], start=1):
            self._say(left, below + 1.5 * self.high * line, text, QUIET, self.room)
        self._verdicts(label, left, round(below + 4.6 * self.high))

    def _verdicts(self, label: Label, left: int, top: int) -> None:
        side = round(1.25 * self.high)
        x = left
        for verdict in sorted(
            self.sheet.verdicts.get(label.take.id, ()), key=lambda v: v.line.number
        ):
            shape = mark(verdict.ruling, side)
            self.picture.paste(shape, (x, top), shape)
            if verdict.line.must:
                under = top + side + self.high // 4
                self.pen.line((x, under, x + side, under), fill=INK, width=max(2, self.high // 9))
            x += round(1.5 * side)
        if label.circled_by or label.superseded:
            room = left + self.room - x - self.high
            words = f"by {label.circled_by}" if label.circled_by else label.superseded
            said = cut(f"circled {words}", self.high, max(room, 4 * self.high))
            ink = AMBER if label.circled_by else QUIET
            self.pen.text((x + self.high, top), said, font=font(self.high), fill=ink)

    def _ring(self, left: int, top: int, tall: int) -> None:
        """Circle a take as on a camera report: a ring round its picture that covers none of it."""
        line = max(3, self.high // 4)
        off = 2 * line
        box = (left - off, top - off, left + self.cell[0] + off, top + tall + off)
        self.pen.rounded_rectangle(box, radius=off, outline=AMBER, width=line)

    def _empty(self, column: int, top: int) -> None:
        left, (wide, tall) = self._left(column), self.cell
        line = max(1, self.high // 12)
        self.pen.rectangle((left, top, left + wide, top + tall), outline=RULE, width=line)
        self._say(left + self.high, top + self.high, "no take of this recipe", QUIET, wide)

    def _laid(self, pixels: Array, at: tuple[int, int], box: tuple[int, int]) -> int:
        """Lay a picture into a box, never stretched; gives its height."""
        shown = fitted(pixels, box)
        self.picture.paste(Image.fromarray(shown), at)
        return int(shown.shape[0])

    def _foot(self) -> None:
        top, side = self.size[1] - round(2.6 * self.high), round(1.25 * self.high)
        x = self.margin
        for ruling, words in WORDS.items():
            shape = mark(ruling, side)
            self.picture.paste(shape, (x, top), shape)
            x += side + self.high // 2
            self._say(x, top, words, QUIET, self.size[0])
            x += round(font(self.high).getlength(words)) + 2 * self.high
        said = "in the order of the shot's lines; underlined = must  ·  ring = circled  ·  "
        self._say(x, top, said + "left: what was handed in", QUIET, self.size[0] - x)
