"""Shot packs: sent in parts, checked by the service, listed."""

import hashlib
import io
from collections.abc import Callable
from typing import TypedDict, cast

from dashboard.client import Client

CHECK_S = 300.0  # a large pack's every picture is decoded once
Told = Callable[[int, int], None]  # bytes that have arrived, bytes of all


class Mistake(TypedDict):
    """One thing wrong with a pack, and where."""

    file: str
    field: str
    line: int | None
    found: str
    expected: str
    code: str


class Checked(TypedDict):
    """What the check found; `pack` is the seal under which it is kept, if it is."""

    pack: str | None
    ok: bool
    errors: list[Mistake]
    warnings: list[Mistake]


class Pack(TypedDict):
    """A pack that is kept."""

    pack: str
    partner: str
    code: str
    title: str
    shots_total: int
    files: int


class Shot(TypedDict):
    """A shot of a pack."""

    shot: str
    task: str
    description: str
    lines: int


class WholePack(Pack):
    """A pack with its shots."""

    shots: list[Shot]


def packs(service: Client, partner: str) -> list[Pack]:
    """List the packs of a studio."""
    page = service.get("/v1/packs", {"partner": partner})
    found = list(page["packs"])
    while page.get("next"):
        page = service.get("/v1/packs", {"partner": partner, "cursor": page["next"]})
        found += page["packs"]
    return cast("list[Pack]", found)


def pack(service: Client, partner: str, seal: str) -> WholePack:
    """Give one pack with its shots."""
    return cast("WholePack", service.get(f"/v1/packs/{seal}", {"partner": partner}))


def hand_in(service: Client, partner: str, name: str, file: io.BytesIO, told: Told) -> Checked:
    """Send a zip in parts, have it checked, and kept if nothing is wrong with it.

    One part is in memory at a time; a part that is sent again changes nothing.
    """
    size, digest = _measured(file)
    asked = {"partner": partner, "name": name, "bytes": size, "sha256": digest, "kind": "pack_zip"}
    row = service.say("/v1/uploads", asked)
    place, whose = f"/v1/uploads/{row['upload']}", {"partner": partner}
    file.seek(0)
    for number in range(row["parts"]):
        service.part(f"{place}/parts/{number}", file.read(row["part_bytes"]), whose)
        told(min(size, (number + 1) * row["part_bytes"]), size)
    service.tell("POST", f"{place}/complete", {}, query=whose, seconds=CHECK_S)
    said = {"partner": partner, "upload": row["upload"]}
    found = service.tell("POST", "/v1/packs", said, seconds=CHECK_S, also=(422,))
    return cast("Checked", found)


def _measured(file: io.BytesIO) -> tuple[int, str]:
    size = file.seek(0, io.SEEK_END)
    file.seek(0)  # a digest of what lies in memory moves nothing
    return size, hashlib.file_digest(file, "sha256").hexdigest()
