"""How far an estimate may be off when votes of one rater, and votes on one shot, hang together.

Two-way cluster-robust variance: that between raters plus that between shots minus that between
cells (A. C. Cameron, J. B. Gelbach and D. L. Miller, J. Business & Economic Statistics 29, 2011),
with Student's t at Satterthwaite's degrees of freedom. It holds with 2 raters or 5 shots, where
replicates of a bootstrap lie too close together.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.votes.resampling import Table

Floats = NDArray[np.floating[Any]]

TAIL = 0.975


@dataclass(frozen=True, slots=True)
class Clustered:
    """Covariances (K, K) of K estimates, each with the number of clusters that it rests on."""

    between_raters: Floats
    between_shots: Floats
    between_cells: Floats
    raters: int
    shots: int

    def reaches(self) -> Floats:
        """Half-widths of the 95 % intervals of each estimate: (K,)."""
        return self._reach(*(np.diag(c) for c in self._each()))

    def gaps(self) -> Floats:
        """Half-widths of the 95 % intervals of each difference: (K, K), the diagonal is 0."""
        return self._reach(*(_of_differences(c) for c in self._each()))

    def spread(self, first: int, second: int) -> tuple[float, float]:
        """Give standard error and degrees of freedom of the difference of two estimates."""
        raters, shots, cells = (float(_of_differences(c)[first, second]) for c in self._each())
        below = raters**2 / (self.raters - 1) + shots**2 / (self.shots - 1)
        freedom = (raters + shots) ** 2 / below if below else 1.0
        return max(raters + shots - cells, raters, shots) ** 0.5, freedom

    def components(self) -> tuple[float, float, float]:
        """Give the mean variance of a difference between raters, shots and cells."""
        size = len(self.between_cells)
        raters, shots, cells = (
            float(_of_differences(c).sum()) / (size * (size - 1)) for c in self._each()
        )
        return raters, shots, cells

    def _each(self) -> tuple[Floats, Floats, Floats]:
        return self.between_raters, self.between_shots, self.between_cells

    def _reach(self, raters: Floats, shots: Floats, cells: Floats) -> Floats:
        from scipy.special import stdtrit  # Student's t, without the weight of scipy.stats

        variance = np.maximum(raters + shots - cells, np.maximum(raters, shots))
        below = raters**2 / (self.raters - 1) + shots**2 / (self.shots - 1)
        some = below > 0
        freedom = np.divide((raters + shots) ** 2, below, out=np.ones_like(below), where=some)
        return np.asarray(stdtrit(freedom, TAIL) * np.sqrt(variance))


def clustered(cells: Table, pulls: Floats) -> Clustered:
    """Sum what each cell pulls the estimates by over raters, over shots, and one by one.

    Args:
        cells: at least 2 raters and 2 shots.
        pulls: (N, K), influence of each cell on each estimate.
    """
    return Clustered(
        between_raters=_spread(pulls, cells.rater, cells.raters),
        between_shots=_spread(pulls, cells.shot, cells.shots),
        between_cells=pulls.T @ pulls,
        raters=cells.raters,
        shots=cells.shots,
    )


def pulls_of_strengths(cells: Table, theta: Floats) -> Floats:
    """Influence of each cell on Bradley-Terry strengths: (N, K)."""
    chance = 1.0 / (1.0 + np.exp(theta[None, :] - theta[:, None]))
    games = cells.wins + cells.wins.transpose(0, 2, 1)
    surplus = cells.wins.sum(2) - (games * chance).sum(2)
    curve = games.sum(0) * chance * (1.0 - chance)
    bend = np.diag(curve.sum(1)) - curve
    return np.asarray(surplus @ np.linalg.pinv(bend))


def pulls_of_sides(sides: Floats) -> Floats:
    """Influence of each cell on the share of left wins: (N, 1)."""
    total = sides.sum()
    share = sides[:, 0].sum() / total
    return np.asarray(((sides[:, 0] - share * sides.sum(1)) / total)[:, None])


def _spread(pulls: Floats, cluster: NDArray[np.int_], count: int) -> Floats:
    summed = np.zeros((count, pulls.shape[1]))
    np.add.at(summed, cluster, pulls)
    return np.asarray(summed.T @ summed * (count / (count - 1)))


def _of_differences(covariance: Floats) -> Floats:
    own = np.diag(covariance)
    return np.maximum(0.0, own[:, None] + own[None, :] - covariance - covariance.T)
