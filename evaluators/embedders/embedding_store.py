"""Embeddings by content: the same crop of the same bytes is embedded once.

Kept in memory, and in the tenant's cache where there is one. The key holds everything that changes
the numbers: content, frame, crop, and the embedder's version (weights and their hash, precision,
preprocessing).
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evaluators.cache import Cache, key_of
from evaluators.embedders.embedding import Embedder
from evaluators.weights import NoWeights

KEEP = 4096  # vectors in memory

Array = np.ndarray[Any, Any]
Box = tuple[int, int, int, int]  # x, y, width, height in the picture's pixels


@dataclass(frozen=True, slots=True, kw_only=True)
class Crop:
    """Part of one frame of one file."""

    sha256: str  # of the file
    frame: int
    box: Box
    picture: Array  # the whole frame, uint8 (height, width, 3)

    @property
    def pixels(self) -> Array:
        """The part itself."""
        x, y, width, height = self.box
        return self.picture[y : y + height, x : x + width]


class Store:
    """Embeddings that were made, by key."""

    def __init__(self, cache: Cache | None = None) -> None:
        """Use a tenant's cache, if there is one."""
        self._cache = cache
        self._kept: OrderedDict[str, Array] = OrderedDict()

    def of(self, embedder: Embedder, crops: Sequence[Crop]) -> Array:
        """Give the embeddings of crops; those not known are embedded in one batch.

        Returns:
            float32 (n, dimension), each row of length 1.

        Raises:
            NoWeights: weights that are for tests only; no score may rest on them.
        """
        if embedder.weights.test_only:
            raise NoWeights(f"{embedder.weights.id} is for tests only; no score may rest on it")
        keys = [self._key(embedder, crop) for crop in crops]
        rows = {key: row for key in keys if (row := self._known(key, embedder)) is not None}
        todo = {key: crop for key, crop in zip(keys, crops, strict=True) if key not in rows}
        made = embedder.embed([crop.pixels for crop in todo.values()])
        for key, row in zip(todo, made, strict=True):
            rows[key] = row
            self._keep(key, row)
        return np.stack([rows[key] for key in keys]) if keys else made

    @staticmethod
    def _key(embedder: Embedder, crop: Crop) -> str:
        said = embedder.weights
        place = (crop.sha256, crop.frame, crop.box)
        return key_of("embedding", *place, embedder.version, said.id, said.sha256)

    def _known(self, key: str, embedder: Embedder) -> Array | None:
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        stored = self._cache.get_bytes(key) if self._cache else None
        if stored is None or len(stored) != 4 * (embedder.weights.dimension or 0):
            return None
        row = np.frombuffer(stored, "<f4")
        self._remember(key, row)
        return row

    def _keep(self, key: str, row: Array) -> None:
        self._remember(key, row)
        if self._cache:
            self._cache.put_bytes(key, row.astype("<f4").tobytes())

    def _remember(self, key: str, row: Array) -> None:
        self._kept[key] = row
        if len(self._kept) > KEEP:
            self._kept.popitem(last=False)
