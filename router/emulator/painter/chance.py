"""Chance that repeats: a random generator from what the picture depends on."""

import hashlib

import numpy as np


def stream(*parts: object) -> np.random.Generator:
    """Give the generator that belongs to these parts (text, numbers, pictures)."""
    digest = hashlib.sha256()
    for part in parts:
        if isinstance(part, np.ndarray):
            digest.update(repr(part.shape).encode())
            digest.update(np.ascontiguousarray(part).data)
        else:
            digest.update(repr(part).encode())
        digest.update(b"\0")
    return np.random.default_rng(int.from_bytes(digest.digest()[:16], "big"))
