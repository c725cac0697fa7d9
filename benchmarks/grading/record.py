"""The record of a rendering, as text: in the picture's own text chunk, and beside it as JSON."""

import json
import struct
import zlib
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import pydantic

from benchmarks.domain.rendering import Colours, Graded, Loss, Rendering, Showing
from router.domain.errors import BadInput

KEY = "circletake colour"
KIND = "circletake.colour/1"
MAX_BYTES = 64_000  # of a record
PNG = b"\x89PNG\r\n\x1a\n"
_EXPECTED = "the PNG or the .json that `circletake colour plate` wrote"


class _Closed(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


Three = tuple[float, float, float]


class _Colours(_Closed):
    config: str
    working_space: str
    model_display: str
    model_view: str


class _Graded(_Closed):
    slope: Three
    offset: Three
    power: Three
    saturation: float
    space: str


class _Showing(_Closed):
    colours: _Colours
    source_space: str
    exposure: float = pydantic.Field(ge=-20, le=20)
    grade: _Graded | None


class _Loss(_Closed):
    median_stops: float | None
    p99_stops: float | None
    clipped: float
    brightest: float
    brightest_back: float


class _Rendering(_Closed):
    kind: str
    showing: _Showing
    config_id: str
    processor_id: str
    ocio: str
    source_sha256: str = pydantic.Field(pattern=r"^[0-9a-f]{64}$")
    loss: _Loss
    notes: tuple[str, ...]


def as_dict(rendering: Rendering) -> dict[str, Any]:
    """Give a record as JSON values."""
    return {"kind": KIND, **asdict(rendering)}


def text(rendering: Rendering) -> str:
    """Write a record as one line of JSON, the same for equal records."""
    return json.dumps(as_dict(rendering), sort_keys=True, ensure_ascii=True)


def inside(png: bytes, rendering: Rendering) -> bytes:
    """Put a record into a PNG, as a tEXt chunk before its pixels."""
    body = b"tEXt" + KEY.encode() + b"\0" + text(rendering).encode("ascii")
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    head = len(PNG) + 25  # IHDR
    return png[:head] + chunk + png[head:]


def carries(png: bytes) -> bool:
    """Say whether a PNG has a record."""
    return png.startswith(PNG) and next(_records(png), None) is not None


def read(data: bytes, field: str = "record") -> Rendering:
    """Read a record out of a PNG or a JSON document.

    Raises:
        BadInput: there is none, or it is not one that we wrote.
    """
    if data.startswith(PNG):
        found = next(_records(data), None)
        if found is None:
            raise BadInput(field=field, found="a PNG without a colour record", expected=_EXPECTED)
        data = found
    if len(data) > MAX_BYTES:
        raise BadInput(field=field, found=f"{len(data)} bytes", expected=_EXPECTED)
    try:
        told = _Rendering.model_validate_json(data)
    except pydantic.ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(p) for p in (field, *first["loc"]))
        raise BadInput(field=place, found=first["msg"], expected=_EXPECTED) from error
    if told.kind != KIND:
        raise BadInput(field=f"{field}.kind", found=told.kind, expected=KIND)
    return _noun(told)


def _records(data: bytes) -> Iterator[bytes]:
    at, start = len(PNG), KEY.encode() + b"\0"
    while at + 12 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        body = data[at + 8 : at + 8 + size]
        if data[at + 4 : at + 8] == b"tEXt" and body.startswith(start):
            yield body[len(start) :]
        at += size + 12


def _noun(told: _Rendering) -> Rendering:
    showing = told.showing
    return Rendering(
        showing=Showing(
            colours=Colours(**showing.colours.model_dump()),
            source_space=showing.source_space,
            exposure=showing.exposure,
            grade=Graded(**showing.grade.model_dump()) if showing.grade else None,
        ),
        config_id=told.config_id,
        processor_id=told.processor_id,
        ocio=told.ocio,
        source_sha256=told.source_sha256,
        loss=Loss(**told.loss.model_dump()),
        notes=told.notes,
    )
