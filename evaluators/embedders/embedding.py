"""A crop becomes a vector of length 1; cosines of such vectors are dot products.

`of(name)` is the only way from a name to an embedder: the row must be on the allow-list, the files
must have the known hashes, and the network must pass a self-test. Whatever is missing raises
NoWeights; there is no second choice.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from evaluators import weights
from evaluators.domain.weights import Backend, Weights
from evaluators.embedders.network import Network
from evaluators.weights import NoWeights

VERSION = "1"  # of the preprocessing arithmetic in this storey; goes into every key
BATCH = 16  # crops of one forward

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedder:
    """A network with its row of the allow-list."""

    weights: Weights
    network: Network
    _turn: Lock = field(default_factory=Lock, repr=False)  # interpreters are not reentrant

    @property
    def version(self) -> str:
        """Everything that changes the numbers: stored vectors of another version are not used."""
        said = self.weights
        sha = (said.sha256 or "")[:12]
        return f"{said.id}@{sha}/{self.network.precision}/{said.preprocessing}/{VERSION}"

    def embed(self, crops: Sequence[Array]) -> Array:
        """Embed uint8 RGB crops of any size.

        Returns:
            float32 (n, dimension), each row of length 1; zeros where the network saw nothing.
        """
        return self._unit(self.network.forward, crops)

    def embed_text(self, texts: Sequence[str]) -> Array:
        """Embed texts into the same space; raises NoWeights where the network reads none."""
        if self.network.words is None:
            raise NoWeights(f"{self.weights.id} reads no text")
        return self._unit(self.network.words, texts)

    def _unit(self, run: Callable[[Sequence[Any]], Array], items: Sequence[Any]) -> Array:
        if not items:
            return np.zeros((0, self.weights.dimension or 0), np.float32)
        with self._turn:
            parts = [run(items[i : i + BATCH]) for i in range(0, len(items), BATCH)]
        rows = np.concatenate(parts).astype(np.float32)
        if rows.shape != (len(items), self.weights.dimension):
            found = f"{rows.shape[-1]} numbers, not {self.weights.dimension}"
            raise NoWeights(f"{self.weights.id} is not the network of its row: it gives {found}")
        if not np.isfinite(rows).all():
            raise NoWeights(f"{self.weights.id} gives numbers that are not finite")
        length = np.linalg.norm(rows, axis=1, keepdims=True)
        return np.asarray(rows / np.where(length > 0, length, 1))


def of(name: str) -> Embedder:
    """Give an embedder by the name of its row, loaded once per process and folder.

    Raises:
        NoWeights: the weights, or the library that runs them, are not there, or not the known ones.
    """
    row = weights.row(name)
    path = weights.checked(row)
    return _opened(row, path, path.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _opened(row: Weights, path: Path, _changed: int) -> Embedder:
    return opened(row, path)


def opened(row: Weights, path: Path) -> Embedder:
    """Open a network whose file was checked, and test it; raises NoWeights."""
    try:
        network = _network(row, path)
    except ImportError as absent:
        raise NoWeights(
            f"{absent.name} is not installed; {row.id} needs the extra `learned`"
        ) from absent
    except (OSError, ValueError, RuntimeError) as broken:
        raise NoWeights(f"{row.id} could not be loaded: {broken}") from broken
    made = Embedder(weights=row, network=network)
    _test(made)
    return made


def _network(row: Weights, path: Path) -> Network:
    if row.backend is Backend.LITERT:
        from evaluators.embedders import embedding_litert

        return embedding_litert.network(path, row.dimension or 0)
    if row.backend is Backend.ONNX:
        from evaluators.embedders import embedding_onnx

        return embedding_onnx.network(path)
    if row.backend is Backend.OPENCV:
        raise NoWeights(f"{row.id} is a detector; it embeds nothing")
    from evaluators.embedders import embedding_torch

    return embedding_torch.network(path.parent, row.backend)


def _test(made: Embedder) -> None:
    """Refuse a network that finds a stranger nearer than the mirrored picture of the same thing.

    Catches networks that are broken or wrongly fed; random numbers can pass, which is why the
    hash is checked first.
    """
    import skimage.data

    bundled: Any = skimage.data
    picture = bundled.astronaut()[40:220, 140:320]
    stranger = bundled.coffee()[60:340, 150:430]
    rows = made.embed([picture, np.ascontiguousarray(picture[:, ::-1]), stranger])
    mirrored, other = (float(rows[0] @ row) for row in rows[1:])
    if not mirrored > other:
        raise NoWeights(
            f"{made.weights.id} failed its self-test: a stranger reads {other:.3f}, "
            f"the mirrored picture {mirrored:.3f}"
        )
