"""Review proxies of a campaign's takes: movies with slate and burn-ins, stills on a bar."""

import io
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from benchmarks.pictures.pixels import Darkroom
from benchmarks.ports import Media
from benchmarks.review import slate
from benchmarks.review.label import CUT, HEAD, TAIL, Label
from benchmarks.review.shelf import Shelf, shelf
from router.decoding.decode import Probe
from router.domain.errors import BadInput
from router.domain.ids import content_id

MANIFEST = "review.json"
HD = (1920, 1080)
_FORM = "review/1"  # change when proxies are drawn another way
_SRGB = b"\x00"  # the PNG chunk's rendering intent: perceptual

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is built, and how."""

    out: Path
    slate_frames: int = 1  # before the first frame; 0 = no slate
    box: tuple[int, int] = HD  # movies are fitted into it, never scaled up


def build(partner: str, campaign: str, labels: Sequence[Label], media: Media, order: Order) -> Json:
    """Build what is not there yet; gives the files and what was left out, with the reason.

    Raises:
        Conflict: a file that would be replaced was changed since; nothing is written then.
        StoreCorrupt: a stored take is not what its record says.
    """
    left: list[Json] = []
    darkroom = Darkroom()
    try:
        with shelf(order.out, MANIFEST, {"schema": _FORM, "campaign": campaign}) as opened:
            kept = [_one(opened, partner, each, media, darkroom, order, left) for each in labels]
            rows = {name: opened.rows[name] for name in kept if name}
    finally:
        darkroom.close()
    return {"campaign": campaign, "out": str(order.out), "files": rows, "left_out": left}


def _one(
    opened: Shelf, partner: str, label: Label, media: Media, darkroom: Darkroom, order: Order,
    left: list[Json],
) -> str | None:  # fmt: skip
    suffix = ".mp4" if label.take.media.is_video else ".png"
    name = str(Path(label.folder) / f"{label.name}_review{suffix}")
    made_of = content_id("review", _made_of(label, order))
    if opened.kept(name, made_of):
        return name
    data = media.get(partner, label.take.media.sha256)
    try:
        made, told = (_movie if label.take.media.is_video else _still)(data, label, darkroom, order)
    except BadInput as bad:
        left.append({"take": label.take.id, "name": label.name, "reason": str(bad)})
        return None
    opened.lay(name, made, made_of, {**_told(label), **told})
    return name


def _made_of(label: Label, order: Order) -> Json:
    """Give everything that a proxy's bytes follow from."""
    return {
        "form": _FORM,
        "sha256": label.take.media.sha256,
        "label": repr(label),
        "slate": order.slate_frames,
        "box": list(order.box),
    }


def _told(label: Label) -> Json:
    return {
        "take": label.take.id,
        "of": label.take.media.sha256,
        "shot": label.shot.id,
        "made": label.made,
        "simulated": label.simulated,
        "circled_by": label.circled_by,
    }


def _still(data: bytes, label: Label, darkroom: Darkroom, _order: Order) -> tuple[bytes, Json]:
    facts, picture = darkroom.probe(data), darkroom.picture(data)
    sheet = Image.fromarray(slate.barred(picture, label))
    info = PngInfo()
    info.add(b"sRGB", _SRGB)
    sink = io.BytesIO()
    sheet.save(sink, "PNG", compress_level=6, pnginfo=info)
    told: Json = {"picture": [picture.shape[1], picture.shape[0]], "bar": "below the picture"}
    if facts.bit_depth > 8:
        told["note"] = f"shown in 8 bits; the take has {facts.bit_depth}"
    return sink.getvalue(), told


def _movie(data: bytes, label: Label, darkroom: Darkroom, order: Order) -> tuple[bytes, Json]:
    facts = darkroom.probe(data)
    size = _size(facts, order.box)
    states = label.states(facts.frames)
    with tempfile.TemporaryDirectory() as folder:
        drawn = _drawn(Path(folder), label, size, facts, order)
        encoder, made = darkroom.review(data, {**drawn, "states": states})
    first = label.first or 1
    told = {
        "raster": list(size),
        "fps": float(Fraction(facts.fps).limit_denominator(1001)),
        "frames": facts.frames,
        "slate_frames": order.slate_frames,
        "numbers": [first, first + facts.frames - 1],
        "head_handle": states.count(HEAD),
        "tail_handle": states.count(TAIL),
        "encoder": encoder,
        "sound": "silent; the take's own is left out" if facts.audio else "silent",
    }
    return made, told


def _drawn(folder: Path, label: Label, size: tuple[int, int], facts: Probe, order: Order) -> Json:
    """Draw slate, overlays and digits, and lay them down as the jailed child reads them."""
    counter = slate.counter(size)
    overlays = [_laid(folder, f"o{s}", slate.overlay(label, size, s)) for s in (CUT, HEAD, TAIL)]
    drawn: Json = {
        "size": size,
        "overlays": overlays,
        "digits": _laid(folder, "digits", counter.digits),
        "cell": counter.cell,
        "at": counter.at,
        "first": label.first or 1,
        "slate": None,
        "slate_frames": order.slate_frames,
    }
    if order.slate_frames:
        drawn["slate"] = _laid(folder, "slate", slate.slate(label, size, facts.frames))
    return drawn


def _laid(folder: Path, name: str, pixels: np.ndarray[Any, Any]) -> str:
    path = folder / name
    path.write_bytes(np.ascontiguousarray(pixels).tobytes())
    return str(path)


def _size(facts: Probe, box: tuple[int, int]) -> tuple[int, int]:
    """Fit square pixels into the box (turned for what stands upright), even, never up."""
    width, height = facts.width * facts.pixel_aspect, float(facts.height)
    across, down = box if width >= height else (box[1], box[0])
    scale = min(1.0, across / width, down / height)
    return max(2, round(width * scale) // 2 * 2), max(2, round(height * scale) // 2 * 2)
