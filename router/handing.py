"""A file handed to a service in parts: each part is repeated by itself, none is sent twice."""

import base64
import hashlib
from collections.abc import Callable
from pathlib import Path

from router.calling import BrokenOff, Json, Service, ServiceAway
from router.domain.errors import BadInput

OCTETS = "application/octet-stream"
Told = Callable[[int, int], None]  # bytes that have arrived, bytes of all


def hand_in(
    service: Service,
    partner: str,
    path: Path,
    *,
    kind: str = "file",
    name: str | None = None,
    upload: str | None = None,
    told: Told | None = None,
) -> Json:
    """Hand in a file; gives {upload, sha256, mime, notes}.

    Args:
        service: that takes it.
        partner: whose file it is.
        path: the file.
        kind: `file` or `pack_zip`.
        name: what people call it; None = the file's own name.
        upload: id of one that was broken off: only what is missing is sent.
        told: hears of each part.

    Raises:
        BadInput: the file is empty, or not the one that was begun.
        ServiceSaysNo: it is not taken.
        BrokenOff: nobody answers any more; its `upload` goes on.
    """
    size = path.stat().st_size
    if size == 0:
        raise BadInput(field=str(path), found="an empty file", expected="something in it")
    row = _standing(service, partner, upload) if upload else None
    if row is None:
        promise = {"partner": partner, "name": name or path.name, "bytes": size, "kind": kind}
        row = service.post("/v1/uploads", promise | {"sha256": _hash(path)})
    done = f"/v1/uploads/{row['upload']}/complete"
    try:
        _send(service, partner, path, row, told)
        return service.ask("POST", done, query={"partner": partner}, body={}, again=True)
    except ServiceAway as away:
        raise BrokenOff(service.server, row["upload"]) from away


def _standing(service: Service, partner: str, upload: str) -> Json:
    return service.get(f"/v1/uploads/{upload}", {"partner": partner})


def _send(service: Service, partner: str, path: Path, row: Json, told: Told | None) -> None:
    size, length = path.stat().st_size, row["part_bytes"]
    if row["parts"] != max(1, -(-size // length)):
        raise BadInput(field=str(path), found=f"{size} bytes", expected="the file that was begun")
    here = set(row["received"])
    with path.open("rb") as file:
        for number in range(row["parts"]):
            if number not in here:
                file.seek(number * length)
                _part(service, partner, row["upload"], number, file.read(length))
            if told:
                told(min(size, (number + 1) * length), size)


def _part(service: Service, partner: str, upload: str, number: int, data: bytes) -> None:
    digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
    headers = {"Content-Digest": f"sha-256=:{digest}:", "Content-Type": OCTETS}
    place = f"/v1/uploads/{upload}/parts/{number}"
    service.send(
        "PUT", place, again=True, params={"partner": partner}, headers=headers, content=data
    )


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
