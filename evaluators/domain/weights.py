"""Weights: files of numbers that a learned metric needs, each known by its hash."""

from dataclasses import dataclass
from enum import StrEnum

from evaluators.domain.score import Tier


class Backend(StrEnum):
    """What runs it."""

    LITERT = "litert"  # ai-edge-litert
    DINO = "dino"  # torch and transformers: picture
    SIGLIP = "siglip"  # torch and transformers: picture and text
    ONNX = "onnx"  # onnxruntime: face crop of 112 pixels
    OPENCV = "opencv"  # a detector: gives boxes, no embedding


class Presence(StrEnum):
    """What lies in the weights folder."""

    PRESENT = "present"
    ABSENT = "absent"
    WRONG = "wrong_hash"
    UNPINNED = "unpinned"  # nobody has pinned a hash: refused whatever lies there


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightsFile:
    """One file on the allow-list."""

    file: str  # below the weights folder
    sha256: str | None
    size: int | None  # bytes
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """One row of the allow-list."""

    id: str
    backend: Backend
    licence: str
    source: str
    preprocessing: str  # how a crop becomes the network's input; part of every version
    dimension: int | None  # of the embedding; None for a detector
    precision: str  # int8 | fp32 | bf16: scores of different precisions are never mixed
    tier: Tier
    used_for: str
    files: tuple[WeightsFile, ...]  # the network first
    test_only: bool = False  # random numbers for tests: no score may rest on them

    @property
    def sha256(self) -> str | None:
        """Hash of the network."""
        return self.files[0].sha256

    @property
    def pinned(self) -> bool:
        """Say whether every file has a known hash."""
        return all(f.sha256 for f in self.files)
