"""Pictures made over another one's bones: structure, sketch, the statistics of a style."""

import cv2
import numpy as np

from router.emulator.painter.canvas import brush
from router.emulator.painter.hours import HOURS, tuple_mix
from router.emulator.painter.words import Colour, Reading

MOST_FIELDS = 60
"""Fields of a sketch that get a colour of their own, largest first."""


def from_structure(picture: np.ndarray, reading: Reading, strength: float) -> np.ndarray:
    """Paint new light and colour over the edges and masses of a picture.

    Args:
        picture: uint8 (H, W, 3).
        reading: the prompt; its hour gives the palette, its colour the middle tones.
        strength: how strictly the edges hold, 0..1.

    Returns:
        float32 (H, W, 3), 0..1.
    """
    height, width = picture.shape[:2]
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(
        grey, (max(1, width // 2), max(1, height // 2)), interpolation=cv2.INTER_AREA
    )
    masses = cv2.resize(
        cv2.bilateralFilter(small, 7, 38, 5), (width, height), interpolation=cv2.INTER_CUBIC
    )
    tone = masses.astype(np.float32) / 255
    low, high = np.percentile(tone[::4, ::4], (1, 99))
    tone = np.clip((tone - low) / max(float(high - low), 0.05), 0, 1)
    painted = _graded(tone, _palette(reading)) * (1 + 0.012 * brush((width, height))[..., None])
    soft = cv2.GaussianBlur(painted, (0, 0), 0.4 + 2.6 * (1 - strength))
    return np.clip(soft * (1 - _edges(grey)[..., None] * (0.25 + 0.5 * strength)), 0, 1)


def from_sketch(picture: np.ndarray, reading: Reading, strength: float) -> np.ndarray:
    """Colour a line drawing: every closed field gets a colour and a round form under its lines.

    Args:
        picture: uint8 (H, W, 3), dark lines on light paper.
        reading: the prompt.
        strength: how dark the lines stay, 0..1.

    Returns:
        float32 (H, W, 3), 0..1.
    """
    height, width = picture.shape[:2]
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    ground = cv2.blur(grey, (max(3, width // 12), max(3, height // 12)))
    lines = np.clip((ground.astype(np.float32) - grey - 8) / 60, 0, 1)
    count, fields, stats, centres = cv2.connectedComponentsWithStats(
        (lines < 0.25).astype(np.uint8), connectivity=4
    )
    order = np.argsort(-stats[:count, cv2.CC_STAT_AREA])[:MOST_FIELDS]
    palette = _palette(reading)
    colours = np.tile(np.array(palette[0], np.float32), (count, 1))
    paper = int(order[0]) or int(order[1] if len(order) > 1 else order[0])
    for rank, field in enumerate(order):
        share = 0.25 + 0.6 * ((rank * 0.618 + centres[field][1] / height * 0.4) % 1)
        colours[field] = _graded(np.array([[share]], np.float32), palette)[0, 0]
    painted = colours[fields]
    rows = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    hour = HOURS[reading.time]
    sky = np.array(hour.middle, np.float32) * (1 - rows) + np.array(hour.horizon, np.float32) * rows
    painted = np.where((fields == paper)[..., None], sky, painted)
    relief = cv2.GaussianBlur(
        np.sqrt(cv2.distanceTransform((lines < 0.25).astype(np.uint8), cv2.DIST_L2, 3)), (0, 0), 3
    )
    slope = cv2.Sobel(relief, cv2.CV_32F, 1, 0) * -0.6 + cv2.Sobel(relief, cv2.CV_32F, 0, 1) * -0.5
    painted = (
        painted
        * (0.86 + 0.3 * np.tanh(-slope))[..., None]
        * (1 + 0.015 * brush((width, height))[..., None])
    )
    ink = np.array(tuple_mix(hour.zenith, (0, 0, 0), 0.6), np.float32)
    return np.clip(painted + (ink - painted) * (lines * (0.35 + 0.6 * strength))[..., None], 0, 1)


def in_style(picture: np.ndarray, style: np.ndarray, strength: float) -> np.ndarray:
    """Give a picture the mean and spread of another's colours in Lab.

    Source: Reinhard et al., Color Transfer between Images, IEEE CG&A 21(5), 2001.

    Returns:
        float32 (H, W, 3), 0..1.
    """
    lab = cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    small = cv2.resize(style, (256, 256), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    other = cv2.cvtColor(small, cv2.COLOR_RGB2LAB).reshape(-1, 3)
    flat = lab.reshape(-1, 3)
    ratio = np.clip(other.std(0) / np.maximum(flat.std(0), 1e-3), 0.4, 2.2).astype(np.float32)
    moved = (lab - flat.mean(0)) * ratio + other.mean(0)
    out = lab + (moved - lab) * np.float32(strength)
    styled: np.ndarray = np.clip(cv2.cvtColor(out.astype(np.float32), cv2.COLOR_LAB2RGB), 0, 1)
    return styled


def _palette(reading: Reading) -> list[Colour]:
    hour = HOURS[reading.time]
    middle = reading.coat or reading.accent or tuple_mix(hour.middle, (0.45, 0.36, 0.3), 0.5)
    return [
        tuple_mix(hour.zenith, (0.02, 0.02, 0.03), 0.7),
        tuple_mix(middle, hour.zenith, 0.45),
        middle,
        tuple_mix(middle, hour.horizon, 0.65),
        tuple_mix(hour.horizon, (1, 1, 1), 0.35),
    ]


def _graded(tone: np.ndarray, palette: list[Colour]) -> np.ndarray:
    ramp = np.linspace(0, 1, 256)
    table = np.stack(
        [
            np.interp(ramp, np.linspace(0, 1, len(palette)), [c[k] for c in palette])
            for k in range(3)
        ],
        1,
    )
    return table.astype(np.float32)[(tone * 255).astype(np.uint8)]


def _edges(grey: np.ndarray) -> np.ndarray:
    soft = cv2.GaussianBlur(grey, (0, 0), 1.2).astype(np.float32)
    reach = cv2.magnitude(cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1))
    return np.clip((reach - 40) / 220, 0, 1)
