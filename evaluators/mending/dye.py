"""Another dye for cloth: the colours of a region become those of a goal, its folds stay.

Two steps in CIELAB. The axis along which the region varies most, from its folds' shade to their
light, is turned onto the goal's by the least rotation. Then the linear Monge-Kantorovitch map
(Pitié, Kokaram: The linear Monge-Kantorovitch linear colour mapping for example-based colour
transfer, CVMP 2007) gives it the goal's mean and covariance. Without the turn that map squeezes the
folds of a turned hue flat and makes folds of the grain. It turns hues, which no CDL can. Gains are
held within GAINS, so that flat cloth is not blown up to noise.

Beside the region only what looks like its cloth is dyed: a region's soft edge reaches over what
lies behind it, and the dye of the cloth makes a dark fringe of that.
"""

from typing import Any

import cv2
import numpy as np

from evaluators.colour import lab

GAINS = (0.5, 2.0)
CLOTH = 5.0  # delta E by which cloth beside the region may differ in any direction
NEAR, FAR = 2.0, 4.0  # distances (Mahalanobis) up to which it is surely cloth, and surely none
FLOOR = 0.05  # variance, Lab units squared, that every direction has at least

Array = np.ndarray[Any, Any]


def dyed(picture: Array, inside: Array, goal: Array) -> Array:
    """Give the picture with the region's cloth in the goal's dye; uint8 RGB (H, W, 3).

    Args:
        picture: uint8 RGB (H, W, 3).
        inside: bool (H, W), where the cloth is; not empty.
        goal: uint8 RGB (n, 3), pixels of the cloth as it should be; not empty.
    """
    here = lab(picture)
    have, want = here[inside], lab(goal[None])[0]
    spread, wanted = _spread(have), _spread(want)
    turn = _rotation(_main_axis(spread), _main_axis(wanted))
    moved = (here - have.mean(axis=0)) @ (_map(turn @ spread @ turn.T, wanted) @ turn).T
    back = cv2.cvtColor((moved + want.mean(axis=0)).astype(np.float32), cv2.COLOR_LAB2RGB)
    made = np.rint(255 * np.clip(back, 0.0, 1.0))
    share = np.where(inside, 1.0, _likeness(here, have, spread))[..., None]
    return np.asarray(np.rint(share * made + (1.0 - share) * picture), np.uint8)


def _likeness(here: Array, cloth: Array, spread: Array) -> Array:
    """Say how much each pixel (H, W) looks like the cloth: 1 = it is some, 0 = something else."""
    away = here - cloth.mean(axis=0)
    inverse = np.linalg.inv(spread + CLOTH**2 * np.eye(3))
    distance = np.sqrt(np.einsum("hwi,ij,hwj->hw", away, inverse, away))
    return np.asarray(np.clip((FAR - distance) / (FAR - NEAR), 0.0, 1.0))


def _spread(points: Array) -> Array:
    return np.asarray(np.cov(points.astype(np.float64), rowvar=False) + FLOOR * np.eye(3))


def _main_axis(spread: Array) -> Array:
    """Give the direction of most variance, towards the light."""
    axis = np.linalg.eigh(spread)[1][:, -1]
    return np.asarray(axis if axis[0] >= 0 else -axis)


def _rotation(a: Array, b: Array) -> Array:
    """Give the least rotation that turns one unit vector onto another (Rodrigues)."""
    across, along = np.cross(a, b), float(a @ b)
    x, y, z = across
    turn = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.asarray(np.eye(3) + turn + turn @ turn / max(1.0 + along, 1e-6))


def _map(have: Array, want: Array) -> Array:
    """Give the symmetric matrix that carries one covariance to the other."""
    root, back = _power(have, 0.5), _power(have, -0.5)
    values, axes = np.linalg.eigh(back @ _power(root @ want @ root, 0.5) @ back)
    return np.asarray((axes * np.clip(values, *GAINS)) @ axes.T)


def _power(matrix: Array, exponent: float) -> Array:
    values, axes = np.linalg.eigh(matrix)
    return np.asarray((axes * np.maximum(values, 1e-9) ** exponent) @ axes.T)
