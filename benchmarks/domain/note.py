"""Note: what a named person marks and says on a take, and what they wish done about it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

Point = tuple[float, float]  # x, y as shares of the picture's width and height, from its upper left


class Wish(StrEnum):
    """What shall be done where a note is drawn."""

    INPAINT = "inpaint"  # painted anew, as the words say
    ERASE = "erase"  # taken away
    RECOLOUR = "recolour"  # the thing that the words name gets the colour that they name
    OUTPAINT = "outpaint"  # the frame is extended to the shot's aspect
    NONE = "none"  # said, and nothing is asked; of a line: whatever repairs that line


@dataclass(frozen=True, slots=True, kw_only=True)
class Stroke:
    """One line of a drawing; a closed one is filled."""

    points: tuple[Point, ...]
    width: float  # share of the picture's width; 0 = as thin as a pixel
    closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Where on a take a note is: nothing of it = the whole take."""

    frame: int | None = None  # the drawing is on this one; counted from 0 in the take itself
    frames: tuple[int, int] | None = None  # first and last one
    region: tuple[float, float, float, float] | None = None  # x, y, width, height as shares
    strokes: tuple[Stroke, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Jotted:
    """What somebody wants kept on a take."""

    by: str
    mark: Mark
    text: str
    wish: Wish = Wish.NONE
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What somebody marked and said; never changed, a change of mind is a further note."""

    partner: str
    id: str
    campaign: str
    take: str
    by: str
    mark: Mark
    text: str
    wish: Wish
    line: int | None  # acceptance line that it answers
    matte: str | None  # sha256 of what is drawn, at the take's raster; white = drawn on
    created_at: datetime
