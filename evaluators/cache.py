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
    """A folder of small files, JSON or bytes, written atomically; safe between processes."""

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
        self._write(self._path(key), json.dumps(value, allow_nan=False).encode())

    def get_bytes(self, key: str) -> bytes | None:
        """Give stored bytes, or None."""
        try:
            return self._path(key, "bin").read_bytes()
        except FileNotFoundError:
            return None

    def put_bytes(self, key: str, value: bytes) -> None:
        """Store bytes, e.g. of an embedding, under a key from `key_of`."""
        self._write(self._path(key, "bin"), value)

    def purge(self) -> None:
        """Remove everything, embeddings included."""
        shutil.rmtree(self._root, ignore_errors=True)

    def _path(self, key: str, kind: str = "json") -> Path:
        return self._root / key[:2] / f"{key}.{kind}"

    @staticmethod
    def _write(path: Path, value: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, draft = tempfile.mkstemp(dir=path.parent, suffix=".part")  # mode 0600
        with os.fdopen(handle, "wb") as file:
            file.write(value)
        Path(draft).replace(path)


def key_of(*parts: Any) -> str:
    """Make a key of JSON values: the same values in the same order, the same key."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def file_sha256(path: Path) -> str:
    """Hash a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
