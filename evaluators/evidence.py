"""Evidence pictures: what a verdict rests on, small enough for a report.

Up to three panels beside each other: the reference (or plate), the take with the region boxed, and
for untouched regions the difference. Where a verdict has no place in the picture, the frame alone.
Where it is about colour, a chip in each caption shows the mean colour of what was compared.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from evaluators.colour import small
from evaluators.domain.brief import Brief
from evaluators.domain.verdict import Ruling, Verdict
from evaluators.views import Gallery, Views
from router.decode import Decoder, Unreadable

WIDTH = 640  # pixels, of the whole strip
HEIGHT = 300  # pixels, of its pictures at most
GAP, BAR = 6, 24  # pixels between panels, and of a caption
PAPER, INK, DIM = (24, 24, 26), (236, 236, 236), (150, 150, 152)
MARK = {
    Ruling.PASS: (86, 180, 120),
    Ruling.FAIL: (230, 92, 76),
    Ruling.UNSURE: (232, 178, 60),
    Ruling.NOT_MEASURED: (150, 150, 152),
}
GAIN = 8  # a difference of 2 code values must be visible

Array = np.ndarray[Any, Any]
Box = Sequence[float]


@dataclass(frozen=True, slots=True)
class _Panel:
    caption: str
    pixels: Array  # uint8 (height, width, 3)
    box: Box | None = None  # in the picture's pixels
    chip: bool = False  # show the mean colour of the box, or of the picture


def pictures(brief: Brief, verdicts: Sequence[Verdict]) -> Mapping[int, bytes]:
    """Draw the evidence of a take's verdicts, decoding each file once.

    Returns:
        PNG by number of the acceptance line; without those that have nothing to show.
    """
    drawn: dict[int, bytes] = {}
    with Decoder() as decoder:
        gallery = Gallery(decoder)
        for verdict in verdicts:
            png = picture(brief, verdict, gallery)
            if png is not None:
                drawn[verdict.line.number] = png
    return drawn


def picture(brief: Brief, verdict: Verdict, gallery: Gallery) -> bytes | None:
    """Draw the evidence of one verdict as PNG, at most 640 pixels wide.

    Returns:
        None where there is nothing to show: not measured, or a file that cannot be read.
    """
    if not has_something(verdict):
        return None
    take = gallery.open(brief.path)
    if isinstance(take, Unreadable):
        return None
    panels = _panels(verdict, brief, take, gallery)
    return _png(panels, MARK[verdict.ruling])


def has_something(verdict: Verdict) -> bool:
    """Say whether a verdict rests on anything that could be shown."""
    return verdict.metric is not None and (verdict.value is not None or "box" in verdict.evidence)


def _panels(verdict: Verdict, brief: Brief, take: Views, gallery: Gallery) -> list[_Panel]:
    family = verdict.metric.partition(".")[0] if verdict.metric else ""
    evidence = verdict.evidence
    frame = int(evidence.get("frame") or 0)
    position = min(range(len(take.indices)), key=lambda p: abs(take.indices[p] - frame))
    still = len(take.frames) == 1
    caption = "take" if still else f"take, frame {take.indices[position]}"
    shown = _Panel(caption, take.frames[position], evidence.get("box"))
    if family.startswith("id_"):
        return _faces(brief, shown, gallery)
    if family == "costume_colour":
        box = evidence.get("reference_box")
        paths = [p for p in brief.costume_refs if p.name == evidence.get("reference")]
        return _chipped([*_first("reference", paths, gallery, box), shown])
    if family == "copy_paste":
        paths = [p for p in brief.refs if p.name == evidence.get("reference")]
        return [*_first("reference", paths, gallery), shown]
    if family == "colour_match":
        plates = (brief.plate,) if brief.plate else ()
        return _chipped([*_first("plate", plates, gallery), shown])
    if family == "outside_mask" and brief.plate and brief.mask:
        return _untouched(brief, shown, gallery, feather=int(evidence.get("feather", 0)))
    return [shown]


def _chipped(panels: Sequence[_Panel]) -> list[_Panel]:
    return [replace(p, chip=True) for p in panels]


def _first(
    caption: str, paths: Sequence[Path], gallery: Gallery, box: Box | None = None
) -> list[_Panel]:
    for path in paths:
        views = gallery.open(path)
        if not isinstance(views, Unreadable):
            return [_Panel(caption, views.frames[0], box)]
    return []


def _faces(brief: Brief, take: _Panel, gallery: Gallery) -> list[_Panel]:
    """Show both faces at the same size beside each other, and where the take's one is."""
    panels: list[_Panel] = []
    for path in brief.refs:
        views = gallery.open(path)
        found = gallery.faces(path)
        if isinstance(views, Unreadable) or isinstance(found, Unreadable) or not found[0]:
            continue
        panels.append(_Panel("reference", _around(views.frames[0], found[0][0].box)))
        break
    if take.box is not None:
        panels.append(_Panel("take", _around(take.pixels, take.box)))
    return [*panels, _Panel(take.caption.replace("take", "where", 1), take.pixels, take.box)]


def _around(pixels: Array, box: Box) -> Array:
    x, y, width, height = box
    side = 1.7 * max(width, height)
    left, top = x + width / 2 - side / 2, y + height / 2 - side / 2
    rows = slice(max(0, round(top)), max(1, round(top + side)))
    return np.ascontiguousarray(pixels[rows, max(0, round(left)) : max(1, round(left + side))])


def _untouched(brief: Brief, take: _Panel, gallery: Gallery, *, feather: int) -> list[_Panel]:
    plate, mask = gallery.open(brief.plate or brief.path), gallery.open(brief.mask or brief.path)
    if isinstance(plate, Unreadable) or isinstance(mask, Unreadable):
        return [take]
    before, matte = plate.frames[0], mask.frames[0]
    if not before.shape == matte.shape == take.pixels.shape:
        return [take]
    difference = np.asarray(cv2.absdiff(take.pixels, before)).max(axis=2).astype(np.int32) * GAIN
    shown = np.repeat(np.clip(difference, 0, 255).astype(np.uint8)[..., None], 3, axis=2)
    inside = (matte.max(axis=2) > 0).astype(np.uint8)
    if feather:
        inside = np.asarray(cv2.dilate(inside, np.ones((2 * feather + 1,) * 2, np.uint8)))
    shown[inside > 0] = (46, 62, 88)
    return [
        _Panel("plate", before),
        take,
        _Panel(f"change x{GAIN}, matte in blue", shown),
    ]


def _png(panels: Sequence[_Panel], mark: tuple[int, int, int]) -> bytes:
    room = (WIDTH - GAP * (len(panels) - 1)) // len(panels)
    fitted = [_fitted(p, room) for p in panels]
    height = max(f.shape[0] for f, _ in fitted)
    width = sum(f.shape[1] for f, _ in fitted) + GAP * (len(panels) - 1)
    sheet = Image.new("RGB", (width, height + BAR), PAPER)
    draw = ImageDraw.Draw(sheet)
    left = 0
    for panel, (pixels, scale) in zip(panels, fitted, strict=True):
        sheet.paste(Image.fromarray(pixels), (left, BAR))
        ink = DIM if panel.caption.startswith(("reference", "plate", "where", "change")) else INK
        draw.text((left + 6, 5), panel.caption, fill=ink, font=_font())
        if panel.chip:
            right = left + pixels.shape[1] - 4
            draw.rectangle([right - 44, 4, right, BAR - 5], fill=_mean(panel))
        if panel.box is not None:
            _frame(draw, panel.box, scale, left, pixels.shape, mark)
        left += pixels.shape[1] + GAP
    out = io.BytesIO()
    sheet.save(out, "PNG", compress_level=4)
    return out.getvalue()


def _mean(panel: _Panel) -> tuple[int, int, int]:
    x, y, width, height = (round(v) for v in panel.box or (0, 0, *panel.pixels.shape[1::-1]))
    part = panel.pixels[y : y + height, x : x + width]
    red, green, blue = (part if part.size else panel.pixels).mean(axis=(0, 1))
    return round(float(red)), round(float(green)), round(float(blue))


def _fitted(panel: _Panel, room: int) -> tuple[Array, float]:
    """Scale into the room, also up: a face crop is small."""
    height, width = panel.pixels.shape[:2]
    scale = min(room / width, HEIGHT / height)
    if scale <= 1.0:
        side = round(max(height, width) * scale)
        return np.ascontiguousarray(small(panel.pixels, side)), scale
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(panel.pixels, size, interpolation=cv2.INTER_CUBIC)), scale


def _frame(
    draw: ImageDraw.ImageDraw,
    box: Box,
    scale: float,
    left: int,
    shape: tuple[int, ...],
    mark: tuple[int, int, int],
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


@cache
def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size=13)
