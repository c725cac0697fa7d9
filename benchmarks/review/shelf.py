"""A folder that is written whole or not at all; again and again, never over a person's change."""

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from router.domain.errors import Conflict

Json = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Shelf:
    """Files of one manifest in one folder, laid down in a draft first."""

    folder: Path
    manifest: str  # its file name
    draft: Path
    before: Mapping[str, Json]  # name → its row in the manifest that is there
    rows: dict[str, Json] = field(default_factory=dict)  # of this run, by name

    def kept(self, name: str, made_of: str) -> bool:
        """Say whether a file is there as it was made, of the same; then it is not made again."""
        row, path = self.before.get(name), self.folder / name
        if row is None or not path.exists():
            return False
        if row.get("made_of") != made_of or row.get("sha256") != _sum(path):
            return False
        self.rows[name] = dict(row)
        return True

    def lay(self, name: str, data: bytes, made_of: str, told: Json) -> None:
        """Lay a file into the draft.

        Raises:
            Conflict: a file of that name is there that was changed, or that is none of ours.
        """
        sha256 = hashlib.sha256(data).hexdigest()
        there = self.folder / name
        known = {sha256, self.before.get(name, {}).get("sha256")}  # the first: of a killed run
        if there.exists() and _sum(there) not in known:
            found = "a file that was changed, or that nobody here wrote"
            expected = "nothing there, or what an earlier run left; move it away"
            raise Conflict(field=name, found=found, expected=expected)
        path = self.draft / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        self.rows[name] = {**told, "made_of": made_of, "bytes": len(data), "sha256": sha256}


@contextmanager
def shelf(folder: Path, manifest: str, told: Json, *, whole: bool = False) -> Iterator[Shelf]:
    """Open a folder; what was laid is moved into it only where all went well.

    Args:
        folder: new, or with an earlier run in it, whose other files stay listed.
        manifest: file name of its list.
        told: what the list says beside its files.
        whole: a run makes everything: what an earlier one made and this one does not is taken
            away, unless it was changed since.

    Raises:
        Conflict: the folder is a file, or its manifest is another text.
    """
    if folder.exists() and not folder.is_dir():
        raise Conflict(field="--out", found=str(folder), expected="a folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = folder.parent / f".{folder.name or 'here'}.{manifest}.draft"
    shutil.rmtree(draft, ignore_errors=True)  # of a run that was killed
    opened = Shelf(folder=folder, manifest=manifest, draft=draft, before=_listed(folder / manifest))
    try:
        yield opened
        _moved(opened, told, whole=whole)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _moved(opened: Shelf, told: Json, *, whole: bool) -> None:
    """Move files, then their list; a run that was killed between the two is mended by the next."""
    others = {n: r for n, r in opened.before.items() if (opened.folder / n).exists()}
    if whole:
        for name in set(others) - set(opened.rows):
            row = others.pop(name)
            if row.get("sha256") == _sum(opened.folder / name):
                (opened.folder / name).unlink()
    body = {**told, "files": dict(sorted({**others, **opened.rows}.items()))}
    opened.draft.mkdir(parents=True, exist_ok=True)
    text = json.dumps(body, indent=1, ensure_ascii=False) + "\n"
    (opened.draft / opened.manifest).write_text(text, encoding="utf-8", newline="\n")
    made = [p for p in opened.draft.rglob("*") if p.is_file()]
    for path in sorted(made, key=lambda p: (p.name == opened.manifest, p)):
        target = opened.folder / path.relative_to(opened.draft)
        target.parent.mkdir(parents=True, exist_ok=True)
        path.replace(target)


def _listed(path: Path) -> Mapping[str, Json]:
    if not path.exists():
        return {}
    try:
        files = json.loads(path.read_text(encoding="utf-8"))["files"]
        return {str(name): dict(row) for name, row in files.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as bad:
        expected = "the list of an earlier run; move it away, or write elsewhere"
        raise Conflict(field=path.name, found="another text", expected=expected) from bad


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
