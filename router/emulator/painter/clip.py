"""The frames of one clip for one request to the emulated video model."""

from collections.abc import Iterator

import cv2
import numpy as np

from router.emulator.painter.still import Job, paint
from router.emulator.profiles import Profile


def frames(
    *,
    prompt: str,
    seed: int,
    size: tuple[int, int],
    seconds: float,
    fps: int,
    start: np.ndarray | None,
    end: np.ndarray | None,
    loop: bool,
    profile: Profile,
) -> Iterator[np.ndarray]:
    """Move a key frame, or a painted scene, for some seconds; deterministic.

    Yields:
        round(seconds * fps) frames, uint8 (height, width, 3) RGB.
    """
    total = round(seconds * fps)
    key = start
    if key is None:
        job = Job(
            operation="text_to_image",
            prompt=prompt,
            negative="",
            seed=seed,
            size=size,
            images={},
            mask=None,
            options={},
        )
        key = paint(job, profile)
    for index in range(total):
        yield cv2.resize(key[..., :3], size, interpolation=cv2.INTER_AREA)
