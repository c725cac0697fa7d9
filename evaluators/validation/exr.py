"""Damaged OpenEXR files must be refused, and whole ones read: the libraries do neither surely."""

import csv
import time
from dataclasses import dataclass
from pathlib import Path

from router.decoding.decode import Decoder, Unreadable


@dataclass(frozen=True, slots=True, kw_only=True)
class ExrStudy:
    """What was refused and what was read; the names are of files that went wrong."""

    damaged: int
    accepted: tuple[str, ...]  # damaged, and read all the same
    valid: int
    refused: tuple[str, ...]  # whole, and refused
    slowest_s: float


def study(folder: Path) -> ExrStudy:
    """Decode every file in the jailed child."""
    with Decoder() as decoder:
        damaged = [_refusal(decoder, path) for path in _files(folder / "damaged")]
        valid = [_refusal(decoder, path) for path in _files(folder / "valid")]
    return ExrStudy(
        damaged=len(damaged),
        accepted=tuple(name for name, reason, _ in damaged if reason is None),
        valid=len(valid),
        refused=tuple(f"{name}: {reason}" for name, reason, _ in valid if reason),
        slowest_s=max(spent for _, _, spent in (*damaged, *valid)),
    )


def _files(folder: Path) -> list[Path]:
    with (folder / "manifest.csv").open(encoding="utf-8", newline="") as file:
        return [folder / row["file"] for row in csv.DictReader(file)]


def _refusal(decoder: Decoder, path: Path) -> tuple[str, str | None, float]:
    began = time.perf_counter()
    decoded = decoder.read(path, samples=1)
    reason = decoded.reason if isinstance(decoded, Unreadable) else None
    return path.name, reason, time.perf_counter() - began
