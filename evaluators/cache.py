"""Results by content: what was measured once on the same bytes is not measured again.

One folder for one tenant, given by the caller: a hit across tenants would tell one studio what
another one owns. The folder holds face embeddings, which are biometric data: it is readable by its
owner only and goes when the pack goes (`purge`).
"""

import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any


class Cache:
    """A folder of small JSON files, written atomically; safe between processes."""

    def __init__(self, root: Path) -> None:
        """Use `root`, which is made on the first write."""
        self._root = root

    def get(self, key: str) -> Any | None:
        """Give the stored value, or None."""
        try:
            return json.loads(self._path(key).read_text(encoding="utf-8"))
        except (FileNotFoundError, json.JSONDecodeError):
            return None

    def put(self, key: str, value: Any) -> None:
        """Store a JSON value under a key from `key_of`."""
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, draft = tempfile.mkstemp(dir=path.parent, suffix=".part")  # mode 0600
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(value, file, allow_nan=False)
        Path(draft).replace(path)

    def purge(self) -> None:
        """Remove everything, embeddings included."""
        shutil.rmtree(self._root, ignore_errors=True)

    def _path(self, key: str) -> Path:
        return self._root / key[:2] / f"{key}.json"


def key_of(*parts: Any) -> str:
    """Make a key of JSON values: the same values in the same order, the same key."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def file_sha256(path: Path) -> str:
    """Hash a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
