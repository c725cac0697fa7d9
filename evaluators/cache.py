"""Results by content: what was measured once on the same bytes is not measured again.

One folder for one tenant, given by the caller: a hit across tenants would tell one studio what
another one owns. The folder holds face embeddings, which are biometric data: it is readable by its
owner only, sealed under the tenant's key where there is a vault, and goes when the pack goes
(`purge`).
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from router.domain.errors import StoreCorrupt
from router.vault.lock import Seals

_SPELL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=str).encode


class Cache:
    """A folder of small files, JSON or bytes, written atomically; safe between processes."""

    def __init__(self, root: Path, seals: Seals | None = None) -> None:
        """Use `root`, which is made on the first write; `seals` is the tenant's own lock."""
        self._root = root
        self._seals = seals

    def get(self, key: str) -> Any | None:
        """Give the stored value, or None."""
        data = self._read(self._path(key))
        try:
            return None if data is None else json.loads(data)
        except (UnicodeDecodeError, json.JSONDecodeError):
            return None

    def put(self, key: str, value: Any) -> None:
        """Store a JSON value under a key from `key_of`."""
        self._write(self._path(key), json.dumps(value, allow_nan=False).encode())

    def get_bytes(self, key: str) -> bytes | None:
        """Give stored bytes, or None."""
        return self._read(self._path(key, "bin"))

    def put_bytes(self, key: str, value: bytes) -> None:
        """Store bytes, e.g. of an embedding, under a key from `key_of`."""
        self._write(self._path(key, "bin"), value)

    def purge(self) -> None:
        """Remove everything, embeddings included."""
        shutil.rmtree(self._root, ignore_errors=True)

    def _path(self, key: str, kind: str = "json") -> Path:
        return self._root.joinpath(key[:2], f"{key}.{kind}")

    def _read(self, path: Path) -> bytes | None:
        """Read a file; one that another key sealed, or that was changed, is measured anew."""
        try:
            data = path.read_bytes()
            return self._seals.open_bytes(f"scores|{path.name}", data) if self._seals else data
        except (FileNotFoundError, StoreCorrupt):
            return None

    def _write(self, path: Path, value: bytes) -> None:
        if self._seals:
            value = self._seals.seal_bytes(f"scores|{path.name}", value)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, draft = tempfile.mkstemp(dir=path.parent, suffix=".part")  # mode 0600
        with os.fdopen(handle, "wb") as file:
            file.write(value)
        Path(draft).replace(path)


def cache_at(where: Path | Cache | None) -> Cache | None:
    """Open a cache in a folder; one that is open already stays as it is."""
    return Cache(where) if isinstance(where, Path) else where


def key_of(*parts: Any, last: Sequence[str] = ()) -> str:
    """Make a key of JSON values: the same values in the same order, the same key.

    Args:
        parts: the values.
        last: values that come after them, as `spelled` gave them: what many keys have in common.
    """
    text = ",".join([*map(spelled, parts), *last])
    return hashlib.sha256(f"[{text}]".encode()).hexdigest()


def spelled(part: Any) -> str:
    """Spell one JSON value of a key."""
    return _SPELL(part)


def file_sha256(path: Path) -> str:
    """Hash a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
