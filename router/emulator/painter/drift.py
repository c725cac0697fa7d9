"""How an emulated model strays: its profile's faults applied to a picture."""

import cv2
import numpy as np

from router.emulator.painter.subject import Subject
from router.emulator.profiles import Profile

FEATURES = np.array(
    # u, v (widths of the face from its centre), spread, pull in u, pull in v
    [
        (-0.20, -0.12, 0.11, 1.0, 0.0),
        (0.20, -0.12, 0.11, -1.0, 0.0),
        (-0.20, -0.12, 0.12, 0.0, 1.0),
        (0.20, -0.12, 0.12, 0.0, 1.0),
        (0.00, 0.10, 0.12, 0.0, 1.0),
        (-0.09, 0.12, 0.09, 1.0, 0.0),
        (0.09, 0.12, 0.09, -1.0, 0.0),
        (-0.16, 0.28, 0.11, 1.0, 0.0),
        (0.16, 0.28, 0.11, -1.0, 0.0),
        (0.00, 0.28, 0.12, 0.0, 1.0),
        (-0.38, 0.28, 0.18, 1.0, 0.0),
        (0.38, 0.28, 0.18, -1.0, 0.0),
        (-0.42, -0.05, 0.18, 1.0, 0.0),
        (0.42, -0.05, 0.18, -1.0, 0.0),
        (0.00, 0.48, 0.18, 0.0, 1.0),
        (-0.20, -0.28, 0.12, 0.0, 1.0),
        (0.20, -0.28, 0.12, 0.0, 1.0),
    ],
    np.float32,
)
"""Places of a face that a warp may pull, and in which direction."""
MIRRORED = ((0, 1), (2, 3), (5, 6), (7, 8), (10, 11), (12, 13), (15, 16))
WIDEST_PULL = 0.30
"""Norm of all pulls at drift 1, in widths of the face."""
WIDEST_SWAY = 0.035
"""Standard deviation of the smooth field around the subject at drift 1, in short sides."""
WIDEST_TURN = 75.0
"""Degrees of hue at drift 1."""
WIDEST_CAST = 13.0
"""Length of the shift in Lab at cast 1."""


def warp(
    size: tuple[int, int], subjects: tuple[Subject, ...], drift: float, rng: np.random.Generator
) -> np.ndarray:
    """Draw the displacement that changes the subject's geometry.

    Returns:
        float32 (H, W, 2): pixels to add to where each pixel is read from.
    """
    width, height = size
    step = 4
    y, x = np.mgrid[0 : height / step, 0 : width / step].astype(np.float32) * step
    field = _sway((width, height), (x, y), subjects[0], rng)
    for subject in subjects:
        field += _features(subject, (x, y), rng)
    return cv2.resize(field * drift, size, interpolation=cv2.INTER_LINEAR)


def _sway(
    size: tuple[int, int],
    grid: tuple[np.ndarray, np.ndarray],
    subject: Subject,
    rng: np.random.Generator,
) -> np.ndarray:
    short = min(size)
    coarse = rng.normal(0, 1, (7, 7, 2)).astype(np.float32)
    field = cv2.resize(coarse, grid[0].shape[::-1], interpolation=cv2.INTER_CUBIC)
    reach = max(subject.width * 1.6, short * 0.35)
    near = np.exp(-((grid[0] - subject.x) ** 2 + (grid[1] - subject.y) ** 2) / (2 * reach**2))
    calm = 0.5 if subject.face else 1.0  # a slanted face is no longer found as one
    return field * near[..., None] * (calm * WIDEST_SWAY * short)


def _features(
    subject: Subject, grid: tuple[np.ndarray, np.ndarray], rng: np.random.Generator
) -> np.ndarray:
    # Even sizes with chance signs: no single pull dominates, so the face stays a face.
    pulls = rng.uniform(0.75, 1.25, len(FEATURES)) * rng.choice([-1.0, 1.0], len(FEATURES))
    for left, right in MIRRORED:  # people are nearly symmetric, and so are other people
        pulls[right] = 0.75 * pulls[left] + 0.25 * pulls[right]
    pulls *= WIDEST_PULL / np.linalg.norm(pulls)
    u = (grid[0] - subject.x) / subject.width
    v = (grid[1] - subject.y) / subject.width
    field = np.zeros((*u.shape, 2), np.float32)
    for (u0, v0, spread, du, dv), pull in zip(FEATURES, pulls, strict=True):
        bump = np.exp(-((u - u0) ** 2 + (v - v0) ** 2) / (2 * spread**2))
        field[..., 0] += np.float32(pull * du) * bump
        field[..., 1] += np.float32(pull * dv) * bump
    return field * np.float32(subject.width)


def recolour(picture: np.ndarray, profile: Profile, rng: np.random.Generator) -> np.ndarray:
    """Turn the hue of what is saturated and shift white balance and exposure.

    Args:
        picture: float32 (H, W, 3) RGB, 0..1.
        profile: the model's faults.
        rng: decides the directions.
    """
    turn = float(rng.choice([-1.0, 1.0]) * np.radians(WIDEST_TURN * profile.hue_drift))
    warm, bright, green = (rng.choice([-1.0, 1.0], 3) * (0.72, 0.6, 0.35)).tolist()
    if not (profile.hue_drift or profile.colour_cast):
        return picture
    lab = cv2.cvtColor(np.clip(picture, 0, 1), cv2.COLOR_RGB2LAB)
    a, b = lab[..., 1], lab[..., 2]
    if profile.hue_drift:
        chroma = cv2.magnitude(a, b)
        angle = np.clip((chroma - 16) / 24, 0, 1) * turn
        cos, sin = np.cos(angle), np.sin(angle)
        a, b = a * cos - b * sin, a * sin + b * cos
    shift = WIDEST_CAST * profile.colour_cast
    light = lab[..., 0]
    mean = max(float(light.mean()), 20.0)
    share = np.clip(light / mean, 0, 1.4)
    light = light * (1 + bright * shift / mean)
    tinted = cv2.merge([light, a + green * shift * share, b + warm * shift * share])
    out: np.ndarray = cv2.cvtColor(tinted, cv2.COLOR_LAB2RGB)
    return out


def soften(picture: np.ndarray, blur: float) -> np.ndarray:
    """Blur by a share of the short side: sigma 4 pixels of 768 at 1."""
    sigma = 4.0 * blur * min(picture.shape[:2]) / 768
    if sigma < 0.05:
        return picture
    return cv2.GaussianBlur(picture, (0, 0), sigma)


def grain(picture: np.ndarray, sigma: float, rng: np.random.Generator) -> np.ndarray:
    """Add fine grain, mostly in luma, stronger in the middle tones.

    Args:
        picture: float32 (H, W, 3), 0..1.
        sigma: standard deviation in 8-bit code values at mid grey.
        rng: makes the grain.
    """
    if sigma <= 0:
        return picture
    height, width = picture.shape[:2]
    tile = rng.standard_normal((256 + 13, 256 + 29, 3), dtype=np.float32)
    tile = 0.85 * tile[..., :1] + 0.5 * tile
    rows, columns = -(-height // tile.shape[0]), -(-width // tile.shape[1])
    noise = np.tile(tile, (rows, columns, 1))[:height, :width]
    noise = cv2.GaussianBlur(noise, (3, 3), 0.55) * np.float32(1.5 * sigma / 255)
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)[..., None]
    return picture + noise * (0.55 + 1.8 * grey * (1 - grey))
