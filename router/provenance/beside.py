"""The list that lies beside review proxies: which take each is of. Unsigned, so no proof."""

import json
from dataclasses import dataclass
from pathlib import Path

from router.provenance import sidecar

LIST, SCHEMA = "review.json", "review/"
MOST_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Proxy:
    """What a list says of a file."""

    take: str
    of: str  # sha-256 of the take's bytes


def proxy(path: Path) -> Proxy | None:
    """Read what the list beside a file, or a folder above, says; None where it fits no more."""
    for folder in list(path.resolve().parents)[:2]:
        found = _row(folder / LIST, path.resolve().relative_to(folder).as_posix())
        if found is not None:
            same = found.get("sha256") == sidecar.sha256_of_file(path)
            take, of = found.get("take"), found.get("of")
            if same and isinstance(take, str) and isinstance(of, str):
                return Proxy(take, of)
    return None


def _row(listed: Path, name: str) -> dict[str, object] | None:
    try:
        if listed.stat().st_size > MOST_BYTES:
            return None
        told = json.loads(listed.read_text(encoding="utf-8"))
        row = told["files"][name] if str(told["schema"]).startswith(SCHEMA) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None  # no list, or one that nobody here wrote: it says nothing
    return row if isinstance(row, dict) else None
