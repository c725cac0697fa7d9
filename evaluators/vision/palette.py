"""The colours of a region, and how they would have to turn to become those of another one."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

DIRECTIONS = 24  # of the projections, fixed
LEVELS = 50  # quantiles of each projection, 1 % to 99 %
STEP = 20  # degrees between the turns that are tried
MOST = 2048  # pixels that a palette is made of, evenly taken
PALE = 2.0  # chroma that is added before a ratio: grey has no hue to lose


@dataclass(frozen=True, slots=True)
class Palette:
    """Quantiles of Lab pixels along fixed directions."""

    levels: Array  # float32 (turns, DIRECTIONS, LEVELS); turn 0 is as it is
    chroma: float  # mean distance from grey, delta_e

    def off(self, other: "Palette") -> float:
        """Sliced 1-Wasserstein distance in delta_e, as `colour.sliced_w1`, from quantiles."""
        return float(np.abs(self.levels[0] - other.levels[0]).mean())

    def turns(self, other: "Palette") -> Array:
        """Distances to the other palette after each turn of all hues, (turns,)."""
        return np.asarray(np.abs(self.levels - other.levels[0]).mean(axis=(1, 2)))

    def faded(self, other: "Palette") -> float:
        """Natural logarithm of the ratio of chroma to the other's; below 0 = paler."""
        return float(np.log((self.chroma + PALE) / (other.chroma + PALE)))


def palette(pixels: Array, *, turned: bool) -> Palette:
    """Describe Lab pixels (n, 3).

    Args:
        pixels: float32, at least one.
        turned: also describe them with all hues turned, in steps of 20 degrees.
    """
    taken = pixels[:: max(1, len(pixels) // MOST)].astype(np.float32)
    chroma = float(np.hypot(taken[:, 1], taken[:, 2]).mean())
    count = 360 // STEP if turned else 1
    ways = _ways()[:count].reshape(-1, 3)
    projected = np.sort(ways @ taken.T, axis=1)
    at = np.linspace(0.01, 0.99, LEVELS) * (len(taken) - 1)
    levels = projected[:, np.rint(at).astype(int)]
    return Palette(levels.reshape(count, DIRECTIONS, LEVELS), chroma)


def pooled(parts: Sequence[Array]) -> Array:
    """Put the pixels of several frames together, evenly taken."""
    each = max(1, MOST // max(1, len(parts)))
    return np.concatenate([p[:: max(1, len(p) // each)] for p in parts])


@cache
def _ways() -> Array:
    """Projections after each turn: turning a colour and projecting it = projecting it otherwise."""
    drawn = np.random.default_rng(0).normal(size=(DIRECTIONS, 3))
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    ways = []
    for angle in np.deg2rad(np.arange(0, 360, STEP)):
        c, s = np.cos(angle), np.sin(angle)
        ways.append(drawn @ np.array([[1, 0, 0], [0, c, -s], [0, s, c]]))
    return np.asarray(np.stack(ways).astype(np.float32))
