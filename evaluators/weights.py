"""Weights from the allow-list, and no others; nothing is downloaded while measuring.

The folder is `use`d once in each process that measures; a process that was told nothing reads it
from the settings. Every file is hashed before it is loaded, once for as long as it does not change.
"""

from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from evaluators.cache import file_sha256
from evaluators.domain.score import Tier
from evaluators.domain.weights import Backend, Presence, Weights, WeightsFile
from router import settings
from router.domain.errors import UnknownName
from router.files import yaml_file

LIST = Path(__file__).with_name("weights.yaml")
HTTPS = r"^https://[^\s]+$"
HEX = r"^[0-9a-f]{64}$"
BELOW = r"^[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)?$"

_chosen: list[Path] = []  # folder of this process


class NoWeights(Exception):
    """Weights are absent, not pinned, or not the known ones; says which and what to do."""


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")
    file: str = Field(pattern=BELOW)
    sha256: str | None = Field(pattern=HEX)
    size: int | None = Field(gt=0)
    url: str = Field(pattern=HTTPS)


class _Row(BaseModel):
    """A row of the list: `test_only` cannot be written here, so a listed row is never random."""

    model_config = ConfigDict(extra="forbid")
    id: str = Field(pattern=r"^[a-z0-9_]+$")
    backend: Backend
    licence: str
    source: str
    preprocessing: str
    dimension: int | None
    precision: Literal["int8", "fp32", "bf16"]
    tier: Tier
    used_for: str
    files: list[_File] = Field(min_length=1)


class _List(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    version: Literal["weights/1"] = Field(alias="schema")
    weights: list[_Row]


def read(path: Path = LIST) -> tuple[Weights, ...]:
    """Read an allow-list.

    Raises:
        ValidationError: a row that is not as it must be.
    """
    found = _List.model_validate(yaml_file.read(path).data)
    return tuple(_weights(row) for row in found.weights)


def _weights(row: _Row) -> Weights:
    files = tuple(
        WeightsFile(file=f.file, sha256=f.sha256, size=f.size, url=f.url) for f in row.files
    )
    said = {name: getattr(row, name) for name in _Row.model_fields if name != "files"}
    return Weights(**said, files=files)


@cache
def allowed() -> tuple[Weights, ...]:
    """Give the allow-list of this installation."""
    return read()


def row(name: str) -> Weights:
    """Give one row; raises UnknownName and lists the known ones."""
    found = [w for w in allowed() if w.id == name]
    if not found:
        raise UnknownName("weights", name, [w.id for w in allowed()])
    return found[0]


def use(folder: Path | None) -> None:
    """Say where this process finds weights; None = as the settings say."""
    _chosen[:] = [folder] if folder else []


def folder() -> Path:
    """Where this process looks for weights."""
    return _chosen[0] if _chosen else settings.weights()


def presence(weights: Weights, where: Path | None = None) -> Presence:
    """Say what lies in the folder for a row; hashes what it has not hashed yet."""
    if not weights.pinned:
        return Presence.UNPINNED
    states = [seen(f, (where or folder()) / f.file) for f in weights.files]
    for worse in (Presence.WRONG, Presence.ABSENT):
        if worse in states:
            return worse
    return Presence.PRESENT


def path_of(name: str) -> Path:
    """Give the path of the network of a row, after hashing all its files.

    Raises:
        NoWeights: a file is absent or has another hash; says which and how to get it.
        UnknownName: no such row.
    """
    return checked(row(name))


def checked(weights: Weights, where: Path | None = None) -> Path:
    """Give the path of the network of these weights, as `path_of` does; may raise NoWeights."""
    if not weights.pinned:
        raise NoWeights(f"{weights.id}: no hash is pinned on the allow-list, so it is refused")
    base = where or folder()
    for one in weights.files:
        state = seen(one, _at(base, one.file))
        if state is Presence.ABSENT:
            raise NoWeights(
                f"{one.file} is not in the weights folder; "
                f"get it with `circletake weights fetch {weights.id}`"
            )
        if state is Presence.WRONG:
            raise NoWeights(
                f"{one.file} is not the file on the allow-list (another hash); "
                f"get it with `circletake weights fetch {weights.id}`"
            )
    return _at(base, weights.files[0].file)


@lru_cache(maxsize=256)
def _at(base: Path, file: str) -> Path:
    """Join a path once: keys of measurements ask a hundred thousand times what lies there."""
    return base / file


def marks(names: Sequence[str]) -> tuple[str, ...]:
    """Say which of these weights a measurement could use now; part of the keys of results."""
    return tuple(f"{n}:{row(n).sha256}" for n in names if presence(row(n)) is Presence.PRESENT)


def seen(one: WeightsFile, path: Path) -> Presence:
    """Say what lies at a path that should hold this file."""
    try:
        stat = path.stat()
    except OSError:
        return Presence.ABSENT
    if one.size is not None and stat.st_size != one.size:
        return Presence.WRONG
    same = _sha256(path, stat.st_mtime_ns, stat.st_size) == one.sha256
    return Presence.PRESENT if same else Presence.WRONG


@lru_cache(maxsize=64)
def _sha256(path: Path, _changed: int, _size: int) -> str:
    return file_sha256(path)


def forget() -> None:
    """Hash everything again on next use."""
    _sha256.cache_clear()
