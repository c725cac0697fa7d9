"""A shot pack of one shot, made of a filled-in form: small, complete, checked like any other."""

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

KEPT = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".exr")
# What a task needs beside words: (field of the form, what it is in a pack, its label).
NEEDS: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "lookdev_text_to_image": (),
    "background_plate": (),
    "reference_to_image": (("character", "", "Pictures of the character"),),
    "style_transfer": (("plate", "x.plate", "The plate"), ("style", "x.style", "The look")),
    "erase": (
        ("plate", "x.plate", "The plate"),
        ("matte", "matte", "The matte: white is what goes"),
    ),
    "inpaint_cleanup": (
        ("plate", "x.plate", "The plate"),
        ("matte", "matte", "The matte: white is what may change"),
    ),
    "outpaint": (("plate", "x.plate", "The plate"),),
    "upscale": (("plate", "x.plate", "The plate"),),
    "image_to_video": (("start", "x.lookdev", "The start picture"),),
    "text_to_video": (),
}
MOVING = ("image_to_video", "text_to_video")
FRAME = 1001  # where a cut begins by habit
_FIELDS = (  # of a pack → what the form calls it
    ("production.title", "Title"),
    ("production", "Studio or size"),
    ("rights", "Permission"),
    ("characters", "Character"),
    ("shots[0].description", "What is seen"),
    ("shots[0].acceptance", "Acceptance lines"),
    ("shots[0].inputs", "Pictures"),
    ("shots[0].timing", "Length"),
    ("shots[0].takes", "Takes"),
    ("shots[0].task", "What is asked"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One acceptance line."""

    criterion: str
    kind: str
    must: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture that was added to the form."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class OneShot:
    """What was filled in."""

    partner: str
    studio: str
    title: str
    task: str
    text: str
    size: tuple[int, int]
    lines: Sequence[Line]
    cleared: bool
    seconds: float = 4.0
    character: str = ""
    character_kind: str = "drawn"
    pictures: Mapping[str, Sequence[Picture]] = field(default_factory=dict)


def zipped(form: OneShot) -> io.BytesIO:
    """Write the pack as a zip; what is missing is left for the check to name."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for slot, pictures in form.pictures.items():
            for i, picture in enumerate(pictures):
                archive.writestr(_path(slot, i, picture), picture.data)
        archive.writestr("shotpack.yaml", json.dumps(_pack(form), ensure_ascii=False, indent=1))
    return out


def place(field_name: str) -> str:
    """Name a field of the pack as the form calls it."""
    return next((name for start, name in _FIELDS if field_name.startswith(start)), "The form")


def _path(slot: str, number: int, picture: Picture) -> str:
    """Name a picture's file: what people called it may hold anything."""
    suffix = PurePosixPath(picture.name).suffix.lower()
    return f"pictures/{slot}_{number + 1}{suffix if suffix in KEPT else '.png'}"


def _pack(form: OneShot) -> dict[str, Any]:
    width, height = form.size
    return {
        "shotpack": "1.0",
        "production": {
            "code": "ONESHOT",
            "title": form.title,
            "partner": form.partner,
            "fps": "24",
            "raster": [width, height],
            "delivery": {"review": "h264_1080", "master": "png8"},
        },
        "rights": {
            "owner": form.studio,
            "use": "evaluation_only",
            "training": "not_allowed",
            "retention_days": 90,
            "disclosure_tier": "ideation",
            "inputs_cleared": form.cleared,
        },
        "colour": {
            "config": "ocio://cg-config-v2.2.0_aces-v1.3_ocio-v2.4",
            "working_space": "ACEScg",
            "model_display": "sRGB - Display",
            "model_view": "ACES 1.0 - SDR Video",
        },
        "characters": _characters(form),
        "shots": [_shot(form)],
    }


def _characters(form: OneShot) -> list[dict[str, Any]]:
    pictures = form.pictures.get("character", ())
    if not pictures:
        return []
    references = [
        {"path": _path("character", i, p), "functional_type": "x.turnaround"}
        for i, p in enumerate(pictures)
    ]
    return [
        {
            "id": "character",
            "name": form.character or "The character",
            "kind": form.character_kind,
            "references": references,
        }
    ]


def _shot(form: OneShot) -> dict[str, Any]:
    inputs = [
        {"path": _path(slot, i, p), "functional_type": kind}
        for slot, kind, _ in NEEDS[form.task]
        if kind
        for i, p in enumerate(form.pictures.get(slot, ()))
    ]
    shot: dict[str, Any] = {
        "id": "SQ010_SH0010",
        "sequence": "SQ010",
        "shot": "SH0010",
        "task": form.task,
        "description": form.text,
        "camera": {"framing": "MS"},
        "aspect": f"{form.size[0]}:{form.size[1]}",
        "acceptance": [
            {"criterion": line.criterion, "kind": line.kind, "must": line.must}
            for line in form.lines
        ],
    }
    if inputs:
        shot["inputs"] = inputs
    if form.pictures.get("character"):
        shot["characters"] = [{"character": "character"}]
    if form.task in MOVING:
        shot["timing"] = {"cut_in": FRAME, "cut_out": FRAME + round(form.seconds * 24) - 1}
    return shot
