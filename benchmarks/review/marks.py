"""Verdicts as shapes, the report's own: read without colour, small and in print."""

from functools import cache

from PIL import Image, ImageDraw

from benchmarks.review.lettering import INK, PANEL
from evaluators.domain.verdict import Ruling

WORDS = {
    Ruling.PASS: "pass",
    Ruling.FAIL: "fail",
    Ruling.UNSURE: "unsure",
    Ruling.NOT_MEASURED: "not measured",
}
_GRID, _OVER = 16, 8  # the shapes are drawn on a grid of 16, eight times too large: smooth edges


@cache
def mark(ruling: Ruling, side: int) -> Image.Image:
    """Draw a verdict's shape: RGBA, `side` pixels square."""
    unit = side * _OVER / _GRID
    picture = Image.new("RGBA", (side * _OVER, side * _OVER))
    pen = ImageDraw.Draw(picture)
    {
        Ruling.PASS: _pass,
        Ruling.FAIL: _fail,
        Ruling.UNSURE: _unsure,
        Ruling.NOT_MEASURED: _not_measured,
    }[ruling](pen, unit)
    return picture.resize((side, side), Image.Resampling.LANCZOS)


def _box(unit: float, *edges: float) -> tuple[float, float, float, float]:
    left, top, right, bottom = (edge * unit for edge in edges)
    return left, top, right, bottom


def _line(pen: ImageDraw.ImageDraw, unit: float, points: list[tuple[float, float]],
          ink: tuple[int, int, int] = INK) -> None:  # fmt: skip
    scaled = [(x * unit, y * unit) for x, y in points]
    pen.line(scaled, fill=ink, width=round(1.7 * unit), joint="curve")


def _pass(pen: ImageDraw.ImageDraw, unit: float) -> None:
    pen.ellipse(_box(unit, 0.5, 0.5, 15.5, 15.5), fill=INK)
    _line(pen, unit, [(4.4, 8.3), (6.9, 10.8), (11.7, 5.6)], PANEL)


def _fail(pen: ImageDraw.ImageDraw, unit: float) -> None:
    pen.rectangle(_box(unit, 1, 1, 15, 15), outline=INK, width=round(1.7 * unit))
    _line(pen, unit, [(4.6, 4.6), (11.4, 11.4)])
    _line(pen, unit, [(11.4, 4.6), (4.6, 11.4)])


def _unsure(pen: ImageDraw.ImageDraw, unit: float) -> None:
    _line(pen, unit, [(8, 0.9), (15.1, 8), (8, 15.1), (0.9, 8), (8, 0.9), (9, 1.9)])
    _line(pen, unit, [(6.2, 6.6), (6.7, 5.2), (8, 4.8), (9.4, 5.6), (9.3, 7.2), (8, 8.2), (8, 9.4)])
    pen.ellipse(_box(unit, 7.2, 10.6, 8.8, 12.2), fill=INK)


def _not_measured(pen: ImageDraw.ImageDraw, unit: float) -> None:
    for start in range(0, 360, 30):
        pen.arc(_box(unit, 1, 1, 15, 15), start, start + 16, fill=INK, width=round(1.4 * unit))
    _line(pen, unit, [(5, 8), (11, 8)])
