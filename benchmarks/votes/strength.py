"""Bradley-Terry strengths by maximum likelihood: no prior, so no number where there is none.

P(i beats j) = 1 / (1 + exp(theta_j - theta_i)), sum of theta = 0. A tie is half a win each. (R. A.
Bradley and M. E. Terry, Biometrika 39, 1952.) A finite maximum exists exactly where the graph of
wins is strongly connected: L. R. Ford, American Mathematical Monthly 64, 1957.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from router.domain.errors import Broken

Floats = NDArray[np.floating[Any]]
Bools = NDArray[np.bool_]

STEPS = 100
LONGEST = 2.0  # of one Newton step, in logits: from far away the full step can overshoot
CLOSE = 1e-10


def connected(wins: Floats) -> Bools:
    """Say where everybody reaches everybody through wins.

    Args:
        wins: (..., K, K), how often row beat column; a tie counts in both directions.

    Returns:
        (...), true where strengths exist.
    """
    return np.asarray(reach(wins).all(axis=(-1, -2)))


def reach(wins: Floats) -> Bools:
    """Say who beat whom, directly or through others: (..., K, K); everybody reaches themselves."""
    size = wins.shape[-1]
    found = (wins > 0) | np.eye(size, dtype=bool)
    for _ in range(max(1, (size - 1).bit_length())):
        found = (found.astype(np.float32) @ found.astype(np.float32)) > 0
    return np.asarray(found)


def parts(wins: Floats) -> list[list[int]]:
    """Give the groups within which everybody reaches everybody; (K, K)."""
    both = reach(wins) & reach(wins).T
    return [sorted(np.flatnonzero(row).tolist()) for row in np.unique(both, axis=0)][::-1]


def strengths(wins: Floats) -> Floats:
    """Fit each table of wins; Newton's method, all tables at once.

    Args:
        wins: (..., K, K), strongly connected.

    Returns:
        (..., K) logits with mean 0.

    Raises:
        Broken: it did not converge (a table that is not connected).
    """
    wins = np.asarray(wins, dtype=float)
    size = wins.shape[-1]
    games = wins + np.swapaxes(wins, -1, -2)
    won = wins.sum(-1)
    theta = np.zeros(wins.shape[:-1])
    level = np.full((size, size), 1.0 / size)  # pins the mean, which the data leave open
    for _ in range(STEPS):
        chance = 1.0 / (1.0 + np.exp(theta[..., None, :] - theta[..., :, None]))
        slope = won - (games * chance).sum(-1)
        curve = games * chance * (1.0 - chance)
        scale = curve.sum(-1).mean(-1)[..., None, None]
        bend = np.eye(size) * curve.sum(-1)[..., None] - curve + scale * level
        step = np.linalg.solve(bend, slope[..., None])[..., 0]
        far = np.abs(step).max(-1, keepdims=True)
        theta = theta + step * np.minimum(1.0, LONGEST / np.maximum(far, LONGEST))
        if far.max(initial=0.0) < CLOSE:
            return np.asarray(theta - theta.mean(-1, keepdims=True))
    raise Broken(field="strengths", found="no convergence", expected="a strongly connected table")
