"""Panels beside each other on one small sheet: how every evidence picture is laid out.

Opaque and dark, so that it reads on a white report and on a dark screen alike. What a colour says
is also said in words, and maps use a scale that colour-blind people can order.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from evaluators.colour import small

WIDTH = 640  # pixels, of the whole strip
HEIGHT = 300  # pixels, of its pictures at most
GAP, BAR, LINE = 6, 24, 18  # pixels between panels, of a caption, of a line of text below
PAPER, INK, DIM = (24, 24, 26), (236, 236, 236), (172, 172, 176)
HEAT = np.asarray(
    cv2.applyColorMap(np.linspace(56, 255, 256).astype(np.uint8)[:, None], cv2.COLORMAP_VIRIDIS)
)[:, 0, ::-1].copy()  # from blue-green to yellow: its dark end would vanish on a dim picture
FAINT = 0.45  # how much of a picture is left under a map

Array = np.ndarray[Any, Any]
Box = Sequence[float]
Rgb = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One picture with what is written over and under it."""

    caption: str
    pixels: Array  # uint8 (height, width, 3)
    box: Box | None = None  # in the picture's pixels
    chip: bool = False  # show the mean colour of the box, or of the picture
    quiet: bool = False  # a caption that is not about the take
    scale: str | None = None  # words at the two ends of a heat map's legend: "0|20 delta E"
    room: float = 1.0  # share of the sheet's width beside the others


def png(panels: Sequence[Panel], mark: Rgb, notes: Sequence[str] = ()) -> bytes:
    """Draw the sheet as PNG, at most 640 pixels wide.

    Args:
        panels: from left to right.
        mark: colour of the boxes: what was ruled.
        notes: lines of text below.
    """
    whole = WIDTH - GAP * (len(panels) - 1)
    share = sum(p.room for p in panels)
    fitted = [_fitted(p.pixels, int(whole * p.room / share)) for p in panels]
    height = max(f.shape[0] for f, _ in fitted)
    foot = BAR if any(p.scale for p in panels) else 0
    width = sum(f.shape[1] for f, _ in fitted) + GAP * (len(panels) - 1)
    width = min(WIDTH, max([width, *(int(font().getlength(n)) + 12 for n in notes)]))
    sheet = Image.new("RGB", (width, height + BAR + foot + LINE * len(notes)), PAPER)
    draw = ImageDraw.Draw(sheet)
    left = 0
    for panel, (pixels, scale) in zip(panels, fitted, strict=True):
        sheet.paste(Image.fromarray(pixels), (left, BAR))
        _caption(draw, panel, left, pixels.shape[1])
        if panel.box is not None:
            _frame(draw, panel.box, scale, left, pixels.shape, mark)
        if panel.scale:
            _legend(sheet, draw, panel.scale, left, BAR + pixels.shape[0], pixels.shape[1])
        left += pixels.shape[1] + GAP
    for i, note in enumerate(notes):
        draw.text((6, height + BAR + foot + i * LINE + 1), note, fill=INK, font=font())
    out = io.BytesIO()
    sheet.save(out, "PNG", compress_level=4)
    return out.getvalue()


def heated(picture: Array, values: Array, top: float, *, floor: float = 0.0) -> Array:
    """Lay a map over a faint grey copy of the picture, where it says anything.

    Args:
        picture: uint8 (height, width, 3).
        values: float (height, width); NaN = not looked at. Scaled to the picture's raster.
        top: value of the last colour.
        floor: values up to here leave the picture as it is.
    """
    height, width = picture.shape[:2]
    if values.shape != (height, width):
        values = np.asarray(
            cv2.resize(values.astype(np.float32), (width, height), interpolation=cv2.INTER_NEAREST)
        )
    grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)).astype(np.float32) * FAINT
    out = np.repeat(grey[..., None], 3, axis=2).astype(np.uint8)
    told = np.isfinite(values) & (values > floor)
    steps = np.clip(np.nan_to_num(values) / top * 255, 0, 255).astype(np.uint8)
    out[told] = HEAT[steps[told]]
    return out


def around(pixels: Array, box: Box, times: float = 1.7) -> Array:
    """Cut out a square around a box, as far as the picture goes."""
    x, y, width, height = box
    side = times * max(width, height)
    left, top = x + width / 2 - side / 2, y + height / 2 - side / 2
    rows = slice(max(0, round(top)), max(1, round(top + side)))
    return np.ascontiguousarray(pixels[rows, max(0, round(left)) : max(1, round(left + side))])


@cache
def font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The one type face of these sheets."""
    return ImageFont.load_default(size=13)


def _caption(draw: ImageDraw.ImageDraw, panel: Panel, left: int, width: int) -> None:
    room = width - (60 if panel.chip else 8)
    words = panel.caption
    while words and font().getlength(words) > room:
        words = words[:-1]
    draw.text((left + 6, 5), words, fill=DIM if panel.quiet else INK, font=font())
    if panel.chip:
        right = left + width - 4
        draw.rectangle([right - 44, 4, right, BAR - 5], fill=_mean(panel), outline=DIM)


def _legend(
    sheet: Image.Image, draw: ImageDraw.ImageDraw, scale: str, left: int, top: int, width: int
) -> None:
    low, _, high = scale.partition("|")
    start = left + 6 + int(font().getlength(low)) + 6
    end = left + width - 6 - int(font().getlength(high)) - 6
    draw.text((left + 6, top + 5), low, fill=INK, font=font())
    draw.text((end + 6, top + 5), high, fill=INK, font=font())
    if end - start > 8:
        bar = HEAT[np.linspace(0, 255, end - start).astype(int)][None].repeat(10, axis=0)
        sheet.paste(Image.fromarray(bar), (start, top + 8))


def _mean(panel: Panel) -> Rgb:
    x, y, width, height = (round(v) for v in panel.box or (0, 0, *panel.pixels.shape[1::-1]))
    part = panel.pixels[y : y + height, x : x + width]
    red, green, blue = (part if part.size else panel.pixels).mean(axis=(0, 1))
    return round(float(red)), round(float(green)), round(float(blue))


def _fitted(pixels: Array, room: int) -> tuple[Array, float]:
    """Scale into the room, also up: a face crop is small."""
    height, width = pixels.shape[:2]
    scale = min(room / width, HEIGHT / height)
    if scale <= 1.0:
        return np.ascontiguousarray(small(pixels, round(max(height, width) * scale))), scale
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_CUBIC)), scale


def _frame(
    draw: ImageDraw.ImageDraw, box: Box, scale: float, left: int, shape: tuple[int, ...], mark: Rgb
) -> None:
    x, y, width, height = (v * scale for v in box)
    edges = [
        left + max(1, x),
        BAR + max(1, y),
        left + min(shape[1] - 2, x + width),
        BAR + min(shape[0] - 2, y + height),
    ]
    if edges[2] <= edges[0] or edges[3] <= edges[1]:
        return
    draw.rectangle([edges[0] - 1, edges[1] - 1, edges[2] + 1, edges[3] + 1], outline=PAPER)
    draw.rectangle(edges, outline=mark, width=2)
