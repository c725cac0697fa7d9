"""Files of a partner in a home: by folder, or by the ids that they bear among others'."""

import json
import re
import shutil
from collections.abc import Iterator, Set
from pathlib import Path

from router.leaving import inventory

_ID = re.compile(rb"[0-9A-Za-z_.:-]{12,}")
_HEAD = 2_000_000  # bytes of a file in which ids are looked for


def counts(home: Path, partner: str, marks: Set[str]) -> dict[str, int]:
    """Count a partner's files by store, its name with a slash: some tables are called alike."""
    found = {
        f"{name}/": sum(1 for p in (home / name / partner).rglob("*") if p.is_file())
        for name in inventory.BY_PARTNER
    }
    for name in inventory.BY_MARK:
        found[f"{name}/"] = sum(1 for _ in marked(home / name, marks))
    return found


def remove(home: Path, partner: str, marks: Set[str]) -> None:
    """Delete a partner's files; the folders of others are left alone."""
    for name in inventory.BY_PARTNER:
        shutil.rmtree(home / name / partner, ignore_errors=True)
        if (home / name / partner).exists():
            shutil.rmtree(home / name / partner)  # says what is in the way
    for name in inventory.BY_MARK:
        for path in list(marked(home / name, marks)):
            path.unlink(missing_ok=True)
            if name == "reports":  # a report goes whole, whoever else stands in it
                shutil.rmtree(path.parent, ignore_errors=True)


def marked(folder: Path, marks: Set[str]) -> Iterator[Path]:
    """Give the files that bear one of these ids in their beginning, or in their own name.

    Bills and logs of the house bear ids and nothing else: they stay.
    """
    wanted = {mark.encode() for mark in marks if len(mark) >= 12}
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.suffix in {".jsonl", ".log"}:
            continue
        with path.open("rb") as file:
            head = file.read(_HEAD)
        tokens = {t for found in _ID.findall(head) for t in (found, *_parts(found))}
        if wanted & {*tokens, path.stem.encode()}:
            yield path


def chained(folder: Path, marks: Set[str]) -> frozenset[str]:
    """Widen ids by those that the emulator gave: of invocations and jobs that bear ours."""
    wider = set(marks)
    for path in marked(folder, marks):
        first, _, rest = path.read_bytes()[:_HEAD].partition(b"\n")
        for text in (first, rest):
            try:
                body = json.loads(text)
            except ValueError:
                continue
            for name in ("requestId", "id", "invocationId"):
                if isinstance(body, dict) and len(str(body.get(name) or "")) >= 12:
                    wider.add(str(body[name]))
    return frozenset(wider)


def _parts(found: bytes) -> list[bytes]:
    return re.split(rb"[_.:]", found)
