"""Takes at a service: listed, circled, fetched."""

import json
import re
from pathlib import Path
from typing import Any

from benchmarks.answers import TakeRow
from benchmarks.client import Client
from benchmarks.commands import takes as words
from benchmarks.remote.naming import called
from router.afar import There
from router.client import Client as Ground

COLUMNS = (
    "take", "shot", "recipe", "number", "source", "simulated", "parent", "mime", "cost_usd",
    "open_must", "decision", "version", "superseded_by",
)  # fmt: skip
FOLLOWS = ("version", "open", "replaces", "stands")  # of a decision
ENDINGS = {"image/jpeg": ".jpg", "video/quicktime": ".mov", "image/x-exr": ".exr"}
UNFIT = re.compile(r"[^A-Za-z0-9_-]+")
MANIFEST = "manifest.json"


def circle(there: There, *, take: str, by: str, role: str, note: str, withdraw: bool) -> None:
    """Circle a take."""
    client = Client(there.service)
    take = called(client, take)
    campaign = client.take(take)["campaign"]
    kept: dict[str, Any] = dict(client.decide(take, by, role=role, note=note, withdraw=withdraw))
    follows = {name: kept.pop(name, None) for name in FOLLOWS}
    words.circled(there.said, take, campaign, kept, follows)


def list_(there: There, *, campaign: str, shot: str | None, circled: bool) -> None:
    """List takes."""
    found = _found(there, campaign, shot)
    rows = [row_of(take) for take in found]
    words.listed(there.said, rows, shot=shot, circled=circled)


def fetch(
    there: There, *, campaign: str, out: Path, shot: str | None, circled: bool, preview: bool
) -> None:
    """Fetch files, and write beside them what they are."""
    every = [take for take in _found(there, campaign, shot) if take["take"]]
    takes = [take for take in every if not circled or words.is_circled(dict(take))]
    out.mkdir(parents=True, exist_ok=True)
    rows = []
    for number, take in enumerate(takes, 1):
        rows.append(fetched(there, take, out, preview=preview))
        there.said.tell(f"{number} of {len(takes)}: {rows[-1]['file']}")
    body = {
        "campaign": campaign,
        "server": there.service.server,
        "variant": "preview" if preview else "original",
        "takes": rows,
    }
    text = json.dumps(body, ensure_ascii=False, indent=2) + "\n"
    (out / MANIFEST).write_text(text, encoding="utf-8")
    there.said.answer(body, f"{len(rows)} takes in {out}, described in {MANIFEST}")


def fetched(there: There, take: TakeRow, out: Path, *, preview: bool) -> dict[str, Any]:
    """Fetch one take's file, if it is not here yet; gives what it is, with its name and hash."""
    client, id_ = Client(there.service), str(take["take"])
    links = iter([take["links"]])  # the list's own is used first, then fresh ones

    def link() -> str | None:
        now = next(links, None) or client.take(id_)["links"]
        return now["preview" if preview else "media"]

    name = named(take, preview=preview)
    wanted = None if preview else take["sha256"]
    sha256 = Ground(there.service).fetch(link, out / name, wanted)
    size = (out / name).stat().st_size
    return {**row_of(take), "file": name, "sha256": sha256, "bytes": size}


def _found(there: There, campaign: str, shot: str | None) -> list[TakeRow]:
    client = Client(there.service)
    if shot is not None:
        told = there.service.get(f"/v1/campaigns/{campaign}")
        words.known(shot, set(told["shots"]))
    else:
        client.status(campaign)  # an unknown campaign is said to be unknown
    return list(client.takes(campaign=campaign, shot=shot))


def row_of(take: TakeRow) -> dict[str, Any]:
    """Say of a take what lists say."""
    told: dict[str, Any] = dict(take)
    return {name: told.get(name) for name in COLUMNS}


def named(take: TakeRow, *, preview: bool) -> str:
    """Name a file by what a cutting room sorts by; nothing of it can lead elsewhere."""
    mime = take["mime"] or ""
    ending = ENDINGS.get(mime) or "." + (UNFIT.sub("", mime.rpartition("/")[2]) or "bin")
    if preview and mime.startswith("image/"):
        ending = ".jpg"
    number = f"{take['number']:02}" if take["number"] is not None else "00"
    parts = (take["shot"], take["recipe"], number, str(take["take"])[:8])
    return "_".join(UNFIT.sub("-", part) for part in parts) + ending
