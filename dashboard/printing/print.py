"""The print edition: the fourteen chapters as PDF, for screen readers and for the archive."""

import json
import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

from dashboard import wording as say
from dashboard.chapters.blocks import Block, shortened
from dashboard.chapters.results import chart_name, charted
from dashboard.edition import PAPER
from dashboard.pictures import small
from dashboard.printing.forest import forest
from router.domain.errors import Broken

Json = Mapping[str, Any]
STANDARDS: list[Literal["ua-1", "a-2b"]] = [
    "ua-1",
    "a-2b",
]  # PDF/UA-1 for readers, PDF/A-2b for archives; checked as it is set
SIDES = {1: 1200, 3: 560, 4: 420, 5: 330}  # pixels of a picture, by how many stand in a row
GONE = (  # controls, halves of letters, and marks that turn the words around them
    range(32), range(0x7F, 0xA0), range(0xD800, 0xE000), range(0x200E, 0x2010),
    range(0x202A, 0x202F), range(0x2066, 0x206A),
)  # fmt: skip
PRIVATE = (range(0xE000, 0xF900), range(0xE0000, 0x110000))
MARK = "SIMULATED"


class NotSet(Broken):
    """The typesetter refused the report: a fault of the template, never of what people wrote."""

    code = "report_not_set"


def charts(document: Json) -> dict[str, bytes]:
    """Draw the chart of every declared comparison, by name."""
    titles = {r["recipe"]: r["title"] for r in document["recipes"]}
    titles |= {g["recipe"]: g["title"] for g in document.get("elsewhere", ())}
    drawn = enumerate(charted(document))
    return {chart_name(place): forest(c, titles) for place, c in drawn}


def pdf(
    document: Json,
    chapters: list[Block],
    assets: Mapping[str, bytes],
    drawn: Mapping[str, bytes],
    *,
    snapshot: str,
) -> bytes:
    """Set the report as PDF/UA-1 and PDF/A-2b; the same document gives the same bytes.

    Args:
        document: a `report/1` document.
        chapters: the same, laid out.
        assets: pictures by the names that the document uses.
        drawn: charts by the names that the chapters use.
        snapshot: content id of the document, in the running head.

    Raises:
        Broken: the typesetter or one of its checks refused.
    """
    import typst

    at = datetime.fromisoformat(document["created_at"]).astimezone(UTC)
    pictures = dict(_pictures(chapters, assets, drawn))
    told = [{**c, "blocks": [_known(b, pictures) for b in c["blocks"]]} for c in chapters]
    data = _cover(document, snapshot, at) | {"chapters": told}
    files = {
        "main.typ": (PAPER / "findings.typ").read_bytes(),
        "data.json": json.dumps(_clean(data), ensure_ascii=False).encode("utf-8"),
        **{f"assets/{name}": data for name, data in pictures.items()},
    }
    try:
        with tempfile.TemporaryDirectory(prefix="circletake-print-") as folder:
            made = typst.compile(
                _laid(Path(folder), files),
                root=folder,
                font_paths=_fonts(),
                format="pdf",
                pdf_standards=[*STANDARDS],
                timestamp=int(at.timestamp()),
            )
    except typst.TypstError as error:
        raise NotSet(field="findings.pdf", found=str(error), expected="a page") from error
    if not isinstance(made, bytes):
        raise NotSet(field="findings.pdf", found="no bytes", expected="one file")
    return made


def _laid(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write what the typesetter reads; it sees this folder and nothing else."""
    for name, data in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    return folder / "main.typ"


def _cover(document: Json, snapshot: str, at: datetime) -> Block:
    edition = (document.get("edition") or {"for": "internal"})["for"]
    partners = dict.fromkeys(c["partner_name"] for c in document["campaigns"])
    return {
        "title": document["title"],
        "date": [at.year, at.month, at.day],
        "running": shortened(document["title"], 60),
        "snapshot": f"snapshot {snapshot[:12]}",
        "mark": MARK,
        "warning": say.SIMULATED,
        "simulated": bool(document["simulated"]),
        "kicker": f"Findings report · {say.day(document['created_at'])}",
        "partners": " · ".join(partners),
        "foot": "Internal edition" if edition == "internal" else f"Edition for {edition}",
        "imprint": f"Snapshot {snapshot} · code {document['code_version']} · every number stands "
        "in findings.json",
    }


def _pictures(
    chapters: list[Block], assets: Mapping[str, bytes], drawn: Mapping[str, bytes]
) -> Iterator[tuple[str, bytes]]:
    """Give each picture that is printed, no larger than it is printed."""
    for block in (b for c in chapters for b in c["blocks"]):
        if block["b"] == "figure" and block["name"] in drawn:
            yield block["name"], drawn[block["name"]]
        for cell in block.get("cells", ()):
            data = assets.get(cell["name"])
            shown = small(data, SIDES.get(block["columns"], 420)) if data else None
            if shown is not None:
                yield cell["name"], shown


def _known(block: Block, pictures: Mapping[str, bytes]) -> Block:
    """Take out the names of pictures that are not there or cannot be read."""
    if block["b"] != "grid":
        return block
    cells = [c if c["name"] in pictures else {**c, "name": ""} for c in block["cells"]]
    return {**block, "cells": cells}


def _clean(value: Any) -> Any:
    """Take out what is no text (controls, lone surrogates); close what turns the line around."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, Mapping):
        return {k: _clean(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(v) for v in value]
    return value


def printable(words: str) -> str:
    """Give words without controls and without marks that turn others' words around."""
    return "".join(_letter(c) for c in words)


def _letter(letter: str) -> str:
    code = ord(letter)
    if letter in "\n\t":
        return " "
    if any(code in gone for gone in GONE) or code & 0xFFFE == 0xFFFE:
        return ""
    return "\N{REPLACEMENT CHARACTER}" if any(code in p for p in PRIVATE) else letter


@cache
def _fonts() -> Any:
    """Give our fonts, those of the typesetter, and a pinned package's for other scripts."""
    import matplotlib
    import typst

    others = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    return typst.Fonts(include_system_fonts=False, font_paths=[PAPER / "fonts", others])
