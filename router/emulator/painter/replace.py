"""Something else in a cleared place of a picture."""

import numpy as np

from router.emulator.painter.canvas import Canvas, Light
from router.emulator.painter.props import PAINTERS
from router.emulator.painter.words import read


def put_in(
    picture: np.ndarray, weight: np.ndarray, prompt: str, rng: np.random.Generator
) -> np.ndarray:
    """Paint the first thing that the prompt names into the matte, lit like the picture.

    Args:
        picture: uint8 (H, W, 3), already cleared there.
        weight: the matte, float32 (H, W).
        prompt: what shall stand there; nothing that the painter knows leaves the place empty.
        rng: the chance of this take.
    """
    reading = read(prompt)
    known = [name for name in reading.props if name in PAINTERS]
    rows, columns = np.flatnonzero(weight.any(axis=1)), np.flatnonzero(weight.any(axis=0))
    if not (known and len(rows)):
        return picture
    rgb = picture.astype(np.float32) / 255
    canvas = Canvas(rgb=rgb, light=_light(rgb), rng=rng)
    middle = float(columns[0] + columns[-1]) / 2
    tall, wide = float(rows[-1] - rows[0]), float(columns[-1] - columns[0])
    colour = reading.coat or reading.accent
    PAINTERS[known[0]](canvas, middle, float(rows[-1]), 0.9 * min(tall, 1.4 * wide), colour)
    return np.clip(canvas.rgb * 255 + 0.5, 0, 255).astype(np.uint8)


def _light(rgb: np.ndarray) -> Light:
    """Read the light off the picture: its mean is the ambience, its brighter half the side."""
    red, green, blue = (float(v) for v in rgb.mean(axis=(0, 1)))
    half = rgb.shape[1] // 2
    side = 0.7 if rgb[:, half:].mean() > rgb[:, :half].mean() else -0.7
    key = (min(1.0, red + 0.35), min(1.0, green + 0.32), min(1.0, blue + 0.28))
    return Light(key=key, ambient=(red * 0.6, green * 0.6, blue * 0.6), rim=key,
                 air=(red, green, blue), side=side, height=0.6, density=0.0)  # fmt: skip
