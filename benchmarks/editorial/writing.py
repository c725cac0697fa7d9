"""Write an export whole or not at all; again and again, but never over what a person changed."""

import hashlib
import json
import shutil
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.rights import stamping
from router.domain.errors import Conflict, StoreCorrupt

_BLOCK = 1 << 20
_DATED = (2020, 1, 1, 0, 0, 0)  # one date for all, so that the same export has the same bytes
_MANIFEST = ".export.json"
_VERSION = "1.0.0"  # of the .otioz layout

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """What is to be written for one pack."""

    code: str
    texts: Mapping[str, str]  # suffix → text
    media: Mapping[str, str]  # name under media/ → sha256
    told: Json  # for the manifest
    bundle: bool  # an .otioz too
    folder: str = ""  # inside the export, where there are several packs
    signed: Callable[[str], Path | None] = lambda _name: None  # gives a medium's signed copy


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What lies in the folder now."""

    names: list[str]
    replaced: list[str]  # of an earlier export, with other bytes; nobody had changed them


def write(out: Path, exports: list[Export], stored: Callable[[str], Path]) -> Written:
    """Write exports into a folder.

    Args:
        out: new, empty, or with an earlier export in it.
        exports: one for each pack.
        stored: gives the file of a sha256.

    Raises:
        Conflict: `out` is no folder, holds another campaign's export, or one of the files was
            changed since it was written, or is none of ours.
        StoreCorrupt: a stored take is not what its record says.
    """
    if out.exists() and not out.is_dir():
        raise Conflict(field="--out", found=str(out), expected="a folder")
    out.parent.mkdir(parents=True, exist_ok=True)
    draft = out.with_name(f".{out.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)  # of a run that was killed
    try:
        for export in exports:
            _drafted(draft / export.folder, export, stored)
        names = sorted(p.relative_to(draft).as_posix() for p in draft.rglob("*") if p.is_file())
        replaced = _untouched(out, draft, names, {str(e.told.get("campaign")) for e in exports})
        # Media first: a timeline never names a file that is not there yet.
        for name in sorted(names, key=lambda n: ("media/" not in n, n)):
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            (draft / name).replace(out / name)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return Written(names=names, replaced=replaced)


def manifest_name(code: str) -> str:
    """Name the record of an export."""
    return f"{code}{_MANIFEST}"


def _drafted(draft: Path, export: Export, stored: Callable[[str], Path]) -> None:
    sums: dict[str, str] = {}
    (draft / "media").mkdir(parents=True)
    for name, sha256 in export.media.items():
        target = draft / "media" / name
        shutil.copyfile(stored(sha256), target)
        if _sum(target) != sha256:
            expected = f"the bytes of {sha256}"
            raise StoreCorrupt(field=name, found="other bytes", expected=expected)
        copy = export.signed(name)
        written = (target,) if copy is None else stamping.laid(copy, target)
        sums |= {f"media/{path.name}": _sum(path) for path in written}
    for suffix, text in export.texts.items():
        path = draft / f"{export.code}.{suffix}"
        path.write_text(text, encoding="utf-8", newline="\n")
        sums[path.name] = _sum(path)
    if export.bundle:
        path = draft / f"{export.code}.otioz"
        _bundled(path, draft, export)
        sums[path.name] = _sum(path)
    told = {**export.told, "files": sums}
    text = json.dumps(told, indent=1, ensure_ascii=False) + "\n"
    (draft / manifest_name(export.code)).write_text(text, encoding="utf-8")


def _bundled(path: Path, draft: Path, export: Export) -> None:
    """Write an .otioz with the media of every take; OpenTimelineIO's own takes the active only."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in (("content.otio", export.texts["otio"]), ("version.txt", _VERSION)):
            head = zipfile.ZipInfo(name, _DATED)
            archive.writestr(head, text, compress_type=zipfile.ZIP_DEFLATED)
        for name in sorted(path.name for path in (draft / "media").iterdir()):
            head = zipfile.ZipInfo(f"media/{name}", _DATED)
            source = draft / "media" / name
            head.file_size = source.stat().st_size
            with source.open("rb") as file, archive.open(head, "w") as member:
                shutil.copyfileobj(file, member, _BLOCK)


def _untouched(out: Path, draft: Path, names: list[str], campaigns: set[str]) -> list[str]:
    """Refuse to replace what is not as an earlier export left it; names what gets other bytes."""
    ours = _left(out, campaigns)
    replaced = []
    for name in names:
        path = out / name
        if not path.exists() or name.endswith(_MANIFEST):
            continue
        there, new = _sum(path), _sum(draft / name)
        if there not in {ours.get(name), new}:
            found = "a file that was changed, or that no export wrote"
            expected = "nothing there, or what an export left; move it away, or export elsewhere"
            raise Conflict(field=name, found=found, expected=expected)
        replaced += [] if there == new else [name]
    return replaced


def _left(out: Path, campaigns: set[str]) -> dict[str, str]:
    """Give the files that earlier exports of the same campaigns left, with their sums."""
    ours: dict[str, str] = {}
    for record in out.rglob(f"*{_MANIFEST}") if out.is_dir() else ():
        folder = record.parent.relative_to(out)
        try:
            told = json.loads(record.read_text(encoding="utf-8"))
            files, whose = told["files"], told.get("campaign")
            ours |= {(folder / name).as_posix(): sha256 for name, sha256 in files.items()}
        except (ValueError, KeyError, TypeError, AttributeError) as bad:
            expected = "the record of an export; move it away, or export elsewhere"
            raise Conflict(field=record.name, found="another text", expected=expected) from bad
        if whose is not None and str(whose) not in campaigns:
            expected = "a new folder, or one that the same campaign was exported to before"
            raise Conflict(field="--out", found=f"an export of campaign {whose}", expected=expected)
    return ours


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
