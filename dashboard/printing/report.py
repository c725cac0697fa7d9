"""The findings report on disk: one document, written as page, tables and manifest."""

import json
import math
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dashboard import edition
from dashboard.chapters import whole
from dashboard.printing import deck, tables
from dashboard.printing import print as paper
from router.domain.errors import BadInput
from router.domain.ids import sha256_of
from router.heap import growing

MANIFEST = "MANIFEST.json"
_WRITE = json.JSONEncoder(sort_keys=True, ensure_ascii=False, allow_nan=False).encode
MADE_BY_MODELS = ("generated", "repaired")  # a control is made here, whoever made the others


@growing()
def write(document: dict[str, Any], assets: Mapping[str, bytes], out: Path) -> tuple[Path, ...]:
    """Write a `report/1` document as a bundle of files, all of them or none.

    `findings.json` (finite numbers, sorted keys), `findings.html` (self-contained),
    `findings.pdf` (PDF/UA-1, PDF/A-2b), `findings.pptx`, `takes.parquet`, `scores.parquet`,
    `votes.parquet` and `.csv` where people voted, and `MANIFEST.json` with the sha-256 of each.

    Args:
        document: the report document.
        assets: pictures by the names that the document uses.
        out: folder of the bundle; other files in it are left alone.

    Returns:
        The files, the manifest last.

    Raises:
        BadInput: the document is of another schema or holds a number that is not finite.
    """
    check(document)
    text = _text(document)
    out.parent.mkdir(parents=True, exist_ok=True)
    stage = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        for name, data in _files(document, text, assets).items():
            _write_durably(stage / name, data)
        return _publish(stage, out)
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def check(document: Mapping[str, Any]) -> None:
    """Refuse what would make the report say something untrue."""
    if document.get("schema") != "report/1":
        raise BadInput(field="schema", found=document.get("schema"), expected="report/1")
    asked = [t for t in document["takes"] if t["source"] in MADE_BY_MODELS]
    kinds = {bool(t["simulated"]) for t in asked}
    if kinds - {bool(document["simulated"])}:
        raise BadInput(
            field="takes[].simulated",
            found="takes of both kinds" if len(kinds) > 1 else "takes of the other kind",
            expected=f"simulated = {bool(document['simulated'])} on every take that a model made",
        )


def validated(path: Path) -> dict[str, Any]:
    """Read what `circletake validate --out` wrote, as a part of a document.

    Raises:
        BadInput: no such file, or another one.
    """
    expected = "validation.json, as written by `circletake validate --out DIR`"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(field="validation", found=str(path), expected=expected) from error
    if not isinstance(found, dict) or found.get("schema") != "validation/1":
        raise BadInput(field="validation", found=str(path), expected=expected)
    return {"validation": found}


def earlier(path: Path) -> dict[str, Any]:
    """Read an earlier digest; raises BadInput where it is none."""
    expected = "digest.json, as written by `circletake report digest --out DIR`"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(field="before", found=str(path), expected=expected) from error
    if not isinstance(found, dict) or found.get("schema") != "digest/1":
        raise BadInput(field="before", found=str(path), expected=expected)
    return found


def dumped(out: Path, texts: Mapping[str, str], told: Mapping[str, Any]) -> None:
    """Write a digest's files, the JSON last."""
    out.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        _write_durably(out / name, text.encode("utf-8"))
    body = json.dumps(told, indent=1, ensure_ascii=False) + "\n"
    _write_durably(out / "digest.json", body.encode("utf-8"))


def snapshot(document: Mapping[str, Any]) -> str:
    """Name the document by its content: what the bundle is a frozen snapshot of."""
    return _named(_text(document))


def _named(text: bytes) -> str:
    return sha256_of(b"report " + text)[:32]


def _files(document: dict[str, Any], text: bytes, assets: Mapping[str, bytes]) -> dict[str, bytes]:
    id_ = _named(text)
    chapters, drawn = whole.chapters(document), paper.charts(document)
    files = {
        "findings.json": text + b"\n",
        "findings.html": edition.page(document, assets, snapshot=id_, chapters=chapters).encode(
            "utf-8"
        ),
        "findings.pdf": paper.pdf(document, chapters, assets, drawn, snapshot=id_),
        "findings.pptx": deck.deck(document, assets, snapshot=id_),
        "takes.parquet": tables.takes(document),
        "scores.parquet": tables.scores(document),
    }
    if document.get("votes"):
        files["votes.parquet"] = tables.votes(document)
        files["votes.csv"] = tables.votes_csv(document)
    return {**files, MANIFEST: _manifest(document, id_, files)}


def _text(document: Mapping[str, Any]) -> bytes:
    """Write the document with one part on a line: as quick to write as to find one's way in."""
    try:
        lines = [f"{json.dumps(key)}: ".encode() + _part(document[key]) for key in sorted(document)]
    except ValueError:  # only then is it worth to look where
        for where, value in _numbers(document, "document"):
            if not math.isfinite(value):
                expected = "a finite number or null"
                raise BadInput(field=where, found=str(value), expected=expected) from None
        raise
    return b"{\n" + b",\n".join(lines) + b"\n}"


def _part(value: Any) -> bytes:
    """Write a list row by row: a season's takes at once are a million small strings."""
    if isinstance(value, list):
        return b"[" + b", ".join(_WRITE(row).encode() for row in value) + b"]"
    return _WRITE(value).encode()


def _manifest(document: Mapping[str, Any], id_: str, files: Mapping[str, bytes]) -> bytes:
    manifest = {
        "schema": "manifest/1",
        "title": document["title"],
        "created_at": document["created_at"],
        "simulated": document["simulated"],
        "campaigns": [c["id"] for c in document["campaigns"]],
        "code_version": document["code_version"],
        "snapshot": id_,
        "template_version": edition.TEMPLATE_VERSION,
        "files": [
            {"name": name, "sha256": sha256_of(data), "bytes": len(data)}
            for name, data in files.items()
        ],
    }
    return json.dumps(manifest, indent=1, ensure_ascii=False).encode("utf-8") + b"\n"


def _numbers(value: Any, where: str) -> Iterator[tuple[str, float]]:
    if isinstance(value, float):
        yield where, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _numbers(inner, f"{where}.{key}")
    elif isinstance(value, list | tuple):
        for i, inner in enumerate(value):
            yield from _numbers(inner, f"{where}[{i}]")


def _write_durably(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _publish(stage: Path, out: Path) -> tuple[Path, ...]:
    """Move the finished bundle into place; a folder without a manifest is an unfinished one."""
    names = [p.name for p in stage.iterdir() if p.name != MANIFEST]
    stage.chmod(0o755)
    if not out.exists():
        stage.rename(out)
    else:
        (out / MANIFEST).unlink(missing_ok=True)
        for name in (*names, MANIFEST):
            (stage / name).replace(out / name)
    return tuple(out / name for name in (*sorted(names), MANIFEST))
