"""One still picture for one request to an emulated image model."""

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from router.emulator.profiles import Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What the picture is painted from."""

    operation: str
    prompt: str
    negative: str
    seed: int
    size: tuple[int, int]
    """Width and height of the wanted picture in pixels."""
    images: Mapping[str, np.ndarray]
    """Role (image, init_image, style_image) to uint8 (H, W, 3) RGB, or (H, W, 4) with alpha."""
    mask: np.ndarray | None
    """uint8 (H, W); white is edited."""
    options: Mapping[str, object]
    """The remaining fields of the request."""


def paint(job: Job, profile: Profile) -> np.ndarray:
    """Paint the picture; same job and profile, same pixels.

    Returns:
        uint8 (H, W, 3) RGB, or (H, W, 4) RGBA for remove_background.
    """
    width, height = job.size
    source = job.images.get("image", job.images.get("init_image"))
    if source is None:
        rng = np.random.default_rng(job.seed)
        top, bottom = rng.integers(20, 230, (2, 3))
        ramp = np.linspace(0, 1, height)[:, None, None]
        picture = top * (1 - ramp) + bottom * ramp
        return np.broadcast_to(picture, (height, width, 3)).astype(np.uint8)
    return cv2.resize(source[..., :3], (width, height), interpolation=cv2.INTER_AREA)
