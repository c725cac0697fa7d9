"""Ids derived from content: the same thing always gets the same id."""

import hashlib
import json
from typing import Any


def content_id(kind: str, content: Any) -> str:
    """Name a JSON-able thing by its content: 32 lower-case hex digits.

    `kind` keeps two kinds of things with equal content apart. Keys are sorted; floats keep their
    shortest form, so the id is stable across processes and machines.
    """
    text = json.dumps([kind, content], sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:32]


def sha256_of(data: bytes) -> str:
    """Give the sha-256 of bytes as 64 lower-case hex digits."""
    return hashlib.sha256(data).hexdigest()
