"""A new take of a picture: reframed, relit, with fresh grain, strayed by the model's profile."""

from dataclasses import replace

import cv2
import numpy as np

from router.emulator.painter import drift
from router.emulator.painter.subject import Subject, find
from router.emulator.profiles import Profile

FULL_DRIFT_AT = 0.35
"""Strength from which a model strays as far as its profile says."""
TAKES_OVER_AT = 0.85
"""Strength from which the prompt's own picture shows through."""
GRAIN = 2.2
"""Code values at mid grey."""


def cover(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Fill the wanted size, cropping around the subject.

    Args:
        picture: uint8 (H, W, 3).
        size: width and height.
    """
    height, width = picture.shape[:2]
    scale = max(size[0] / width, size[1] / height)
    window = (min(width, size[0] / scale), min(height, size[1] / scale))
    left, top = (width - window[0]) / 2, (height - window[1]) / 2
    if (left, top) != (0, 0):
        subject = find(picture)[0]
        left = float(np.clip(subject.x - window[0] / 2, 0, width - window[0]))
        lift = 0.42 if subject.face else 0.5
        top = float(np.clip(subject.y - lift * window[1], 0, height - window[1]))
    x0, y0 = round(left), round(top)
    cut = picture[y0 : y0 + round(window[1]), x0 : x0 + round(window[0])]
    if cut.shape[1::-1] == size:
        return cut
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return cv2.resize(cut, size, interpolation=how)


def new_take(
    picture: np.ndarray,
    size: tuple[int, int],
    strength: float,
    profile: Profile,
    rng: np.random.Generator,
) -> np.ndarray:
    """Take the picture again.

    Args:
        picture: uint8 (H, W, 3) RGB.
        size: width and height wanted.
        strength: 0 keeps nearly everything; from 0.35 the model strays in full, and the framing
            and the light go on to loosen.
        profile: the model's faults.
        rng: the chance of this take.

    Returns:
        float32 (H, W, 3), 0..1, without blur and noise of the profile.
    """
    amount = float(np.clip(strength / FULL_DRIFT_AT, 0, 1))
    fitted = cover(picture, size)
    framing, lighting, straying = rng.spawn(3)
    loose = amount + max(0.0, strength - FULL_DRIFT_AT)
    moved = _reframe(fitted, loose, profile.identity_drift * amount, framing)
    lit = _relight(moved.astype(np.float32) / 255, loose, lighting)
    scaled = replace(
        profile, hue_drift=profile.hue_drift * amount, colour_cast=profile.colour_cast * amount
    )
    return drift.recolour(lit, scaled, straying)


def finish(
    picture: np.ndarray, profile: Profile, rng: np.random.Generator, fine: float
) -> np.ndarray:
    """Blur, grain and noise, then 8 bits.

    Args:
        picture: float32 (H, W, 3), 0..1.
        profile: the model's faults.
        rng: makes the grain.
        fine: grain in code values that is no fault.
    """
    picture = drift.soften(picture, profile.blur)
    sigma = float(np.hypot(fine, 22.0 * profile.noise))
    return np.clip(drift.grain(picture, sigma, rng) * 255 + 0.5, 0, 255).astype(np.uint8)


def _reframe(
    picture: np.ndarray, amount: float, bent: float, rng: np.random.Generator
) -> np.ndarray:
    height, width = picture.shape[:2]
    turn = rng.uniform(0.4, 1.6) * rng.choice([-1, 1]) * amount
    zoom = 1 + amount * (rng.uniform(0.02, 0.05) + abs(turn) * 0.02)
    slide = rng.uniform(-0.012, 0.012, 2) * amount * (width, height)
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), turn, zoom)
    matrix = matrix + np.pad(slide[:, None], ((0, 0), (2, 0)))
    if amount == 0:
        return picture
    if bent == 0:
        return cv2.warpAffine(
            picture,
            matrix,
            (width, height),
            flags=cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_REFLECT_101,
        )
    subjects = tuple(_moved(subject, matrix, zoom) for subject in find(picture))
    shift = drift.warp((width, height), subjects, bent, rng)
    back = cv2.invertAffineTransform(matrix).astype(np.float32)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    x += shift[..., 0]
    y += shift[..., 1]
    across = back[0, 0] * x + back[0, 1] * y + back[0, 2]
    down = back[1, 0] * x + back[1, 1] * y + back[1, 2]
    return cv2.remap(picture, across, down, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)


def _moved(subject: Subject, matrix: np.ndarray, zoom: float) -> Subject:
    x, y = matrix @ (subject.x, subject.y, 1)
    return replace(subject, x=float(x), y=float(y), width=subject.width * zoom)


def _relight(picture: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    """Multiply by a soft directional light whose mean is nearly one."""
    height, width = picture.shape[:2]
    direction = rng.uniform(0, 2 * np.pi)
    y, x = np.mgrid[-0.5:0.5:18j, -0.5:0.5:32j].astype(np.float32)
    slope = np.cos(direction) * x + np.sin(direction) * y
    fall = 1 + amount * (0.13 * slope + rng.uniform(-0.025, 0.025))
    warmth = np.float32(amount * 0.02) * np.array([1, 0, -1], np.float32) * slope[..., None]
    light = cv2.resize(fall[..., None] + warmth, (width, height), interpolation=cv2.INTER_LINEAR)
    out: np.ndarray = picture * light.astype(np.float32)
    return out


def towards(taken: np.ndarray, scene: np.ndarray, strength: float) -> np.ndarray:
    """Let the prompt take over: its light from strength 0.6 on, all of it at 1.

    Args:
        taken: the new take, float32 (H, W, 3).
        scene: what the prompt alone gives; may be smaller up to TAKES_OVER_AT.
        strength: 0.6..1.
    """
    height, width = taken.shape[:2]

    def broad(picture: np.ndarray) -> np.ndarray:
        small = cv2.resize(picture, (8, 6), interpolation=cv2.INTER_AREA)
        return cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)

    light = 0.6 * float(np.clip((strength - 0.6) / 0.35, 0, 1))
    whole = float(np.clip((strength - TAKES_OVER_AT) / (1 - TAKES_OVER_AT), 0, 1))
    relit: np.ndarray = taken + (broad(scene) - broad(taken)) * np.float32(light)
    if whole == 0:
        return relit
    out: np.ndarray = relit + (scene - relit) * np.float32(whole * whole * (3 - 2 * whole))
    return out
