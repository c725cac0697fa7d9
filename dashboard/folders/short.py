"""A shot in short becomes a shot pack: what was said, and nothing that was not."""

import hashlib
from pathlib import Path
from typing import Any

from benchmarks.packs import picture
from dashboard.folders.ask import Ask, Figure, ShortShot
from dashboard.folders.names import REQUEST
from router.domain.errors import BadInput

Json = dict[str, Any]
CONFIG = "ocio://cg-config-v2.2.0_aces-v1.3_ocio-v2.4"
COLOUR = {
    "config": CONFIG,
    "working_space": "ACEScg",
    "model_display": "sRGB - Display",
    "model_view": "ACES 1.0 - SDR Video",
}
SCENE_LINEAR = (".exr",)


def pack_of(ask: Ask, shot: ShortShot, folder: Path) -> Json:
    """Make the document of a pack whose root is the request's own folder.

    Raises:
        BadInput: the picture's size is neither said nor in a header that can be read, or an EXR
            plate comes without its colour space.
    """
    shots = [_shot(shot)]
    width, height = _raster(shot, folder)
    return {
        "shotpack": "1.0",
        "production": {
            "code": _code(folder.name),
            "title": folder.name[:120],
            "title_type": "working",
            "partner": ask.partner,
            "fps": "24",
            "raster": [width, height],
            "delivery": {"review": "h264_1080", "master": "png8"},
        },
        "rights": {
            "owner": shot.rights.owner,
            "use": "evaluation_only",
            "training": "not_allowed",
            "retention_days": 90,
            "disclosure_tier": "ideation",
            "inputs_cleared": shot.rights.inputs_cleared,
        },
        "colour": dict(COLOUR),
        "characters": [_character(figure) for figure in shot.characters],
        "shots": shots,
    }


def _shot(shot: ShortShot) -> Json:
    sequence, _, number = shot.id.partition("_")
    row: Json = {
        "id": shot.id,
        "sequence": sequence,
        "shot": number,
        "task": shot.task,
        "description": shot.description,
        "characters": [{"character": figure.id} for figure in shot.characters],
        "camera": {"framing": shot.framing},
        "inputs": _inputs(shot),
        "acceptance": [line.model_dump() for line in shot.lines],
    }
    return row | ({"negative": shot.negative} if shot.negative else {})


def _inputs(shot: ShortShot) -> list[Json]:
    rows: list[Json] = []
    if shot.plate:
        row = {"path": shot.plate, "functional_type": "x.plate"}
        if shot.plate_colour_space:
            row["colour_space"] = shot.plate_colour_space
        elif shot.plate.lower().endswith(SCENE_LINEAR):
            expected = "the colour space of an EXR plate, such as ACEScg: it is not guessed"
            field = f"{REQUEST} shot.plate_colour_space"
            raise BadInput(field=field, found=None, expected=expected)
        rows.append(row)
    if shot.matte:
        rows.append({"path": shot.matte, "functional_type": "matte"})
    if shot.style:
        rows.append({"path": shot.style, "functional_type": "x.style"})
    return rows


def _character(figure: Figure) -> Json:
    references = [
        {"path": path, "functional_type": "capture.reference"} for path in figure.references
    ]
    row: Json = {"id": figure.id, "name": figure.name, "kind": figure.kind}
    described = {"description": figure.description} if figure.description else {}
    return row | described | {"references": references}


def _raster(shot: ShortShot, folder: Path) -> tuple[int, int]:
    if shot.raster:
        return shot.raster[0], shot.raster[1]
    found = picture.raster(picture.head(folder / shot.plate)) if shot.plate else None
    if found is None:
        expected = "raster: [width, height] in pixels, or a PNG or JPEG plate that says it"
        raise BadInput(field=f"{REQUEST} shot.raster", found=None, expected=expected)
    return found


def _code(name: str) -> str:
    """Name the show after its folder: 12 capitals and digits, the same for the same folder."""
    return "F" + hashlib.sha256(name.encode()).hexdigest()[:11].upper()
