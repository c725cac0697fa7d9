"""Exactness: our arithmetic against published numbers.

CIEDE2000 against the 34 pairs of Sharma, Wu, Dalal (2005); SSIM, MS-SSIM and VIF against libvmaf on
four video pairs. PSNR, MS-SSIM and VIF score no take: the first proves that the pairs are read as
they should be, the others that whoever compares with them compares with the same arithmetic.
"""

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from evaluators.colour import delta_e_2000
from evaluators.validation.fidelity import VIF_WINDOWS, ms_ssim, vif
from evaluators.vision.structure import ssim

# libvmaf reads 10 bits as quarters of a code value, and keeps the constants of 8 bits.
AS_LIBVMAF = {10: (4.0, 255.0), 8: (1.0, 255.0)}
# libvmaf's VIF counts in integers, 16 bits wide at the coarser scales.
INTEGERS = 3e-4

Array = np.ndarray[Any, Any]
Row = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exactness:
    """Largest difference to the published numbers."""

    measure: str
    unit: str
    cases: int
    error: float
    allowed: float


def study(folder: Path) -> tuple[Exactness, ...]:
    """Recompute everything; a few seconds."""
    return (
        _ciede2000(folder / "ciede2000_34pairs.csv"),
        _video(folder / "vmaf_resource", "SSIM", "float_ssim", _ssim, "similarity", 2e-5),
        _video(folder / "vmaf_resource", "MS-SSIM", "float_ms_ssim", _ms_ssim, "similarity", 2e-5),
        *(_vif(folder / "vmaf_resource", scale) for scale in range(len(VIF_WINDOWS))),
        _video(folder / "vmaf_resource", "PSNR (control)", "psnr_y", _psnr, "dB", 1e-5),
    )


def _ciede2000(path: Path) -> Exactness:
    rows = _table(path)
    errors = [abs(delta_e_2000(_colour(r, "1"), _colour(r, "2")) - float(r["dE00"])) for r in rows]
    return Exactness(
        measure="CIEDE2000", unit="delta_e", cases=len(rows), error=max(errors), allowed=1e-4
    )


def _colour(row: Row, which: str) -> Array:
    return np.array([float(row[axis + which]) for axis in "Lab"])


def _video(
    folder: Path,
    name: str,
    column: str,
    measure: Callable[[Array, Array, Row], float],
    unit: str,
    allowed: float,
) -> Exactness:
    known = {
        r["pair"]: float(r["measured_mean"])
        for r in _table(folder / "expected.csv")
        if r["metric"] == column
    }
    errors = []
    for row in _table(folder / "pairs.csv"):
        if row["pair"] not in known:  # too small for it
            continue
        pair = zip(*(_luma(folder / row[s], row) for s in ("reference", "distorted")), strict=True)
        found = np.mean([measure(a, b, row) for a, b in pair])
        errors.append(abs(float(found) - known[row["pair"]]))
    return Exactness(measure=name, unit=unit, cases=len(errors), error=max(errors), allowed=allowed)


def _ssim(a: Array, b: Array, row: Row) -> float:
    scale, peak = AS_LIBVMAF[_bits(row)]
    return ssim(a / scale, b / scale, data_range=peak)


def _ms_ssim(a: Array, b: Array, row: Row) -> float:
    scale, peak = AS_LIBVMAF[_bits(row)]
    return ms_ssim(a / scale, b / scale, data_range=peak)


def _vif(folder: Path, scale: int) -> Exactness:
    def measure(a: Array, b: Array, row: Row) -> float:
        code = AS_LIBVMAF[_bits(row)][0]
        return vif(a / code, b / code)[scale]

    name = f"VIF, scale {scale}"
    return _video(folder, name, f"vif_scale{scale}", measure, "share", INTEGERS)


def _psnr(a: Array, b: Array, row: Row) -> float:
    peak = 2.0 ** _bits(row) - 1
    return float(10 * np.log10(peak**2 / np.mean((a.astype(np.float64) - b) ** 2)))


def _bits(row: Row) -> int:
    return 10 if row["pix_fmt"].endswith("10le") else 8


def _luma(path: Path, row: Row) -> Iterator[Array]:
    width, height = int(row["width"]), int(row["height"])
    raw = np.fromfile(path, "<u2" if _bits(row) == 10 else "u1")
    for frame in raw.reshape(int(row["frames"]), -1):
        yield frame[: width * height].reshape(height, width).astype(np.float32)


def _table(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
