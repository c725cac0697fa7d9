"""The frames of one clip for one request to the emulated video model."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from router.emulator.painter import drift
from router.emulator.painter.chance import stream
from router.emulator.painter.scene import paint_scene
from router.emulator.painter.subject import Subject, find
from router.emulator.painter.take import cover
from router.emulator.painter.words import camera_move
from router.emulator.profiles import Profile

SPARE = 1.2
"""The key frame is kept this much larger than the film, so that a push stays sharp."""
GRAIN = 1.1
"""Code values of grain in a faultless film."""
PATHS: dict[str, tuple[float, float, float, float]] = {
    # zoom at the start and at the end; slide of the view in widths and heights
    "static": (1.0, 1.0, 0.0, 0.0),
    "push": (1.0, 1.13, 0.0, 0.0),
    "pull": (1.13, 1.0, 0.0, 0.0),
    "left": (1.09, 1.09, -0.07, 0.0),
    "right": (1.09, 1.09, 0.07, 0.0),
    "up": (1.09, 1.09, 0.0, -0.07),
    "down": (1.09, 1.09, 0.0, 0.07),
    "drift": (1.0, 1.06, 0.012, 0.0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Set:
    """What a clip is filmed from; fields are of the film's size, in pixels of it."""

    start: np.ndarray
    end: np.ndarray | None
    near: np.ndarray
    """float32 (H, W): 0 far … 1 near; near things move more."""
    there: np.ndarray | None
    """float32 (H, W, 2): where a point of the start goes in the end frame."""
    sway: np.ndarray
    """float32 (H, W, 2): how the subject breathes."""
    bend: np.ndarray
    """float32 (H, W, 2): how far identity has strayed at the end."""


def frames(  # noqa: PLR0913 (the fields of the request, by name, and the profile)
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

    Args:
        prompt: names the camera move, and the scene where there is no start frame.
        seed: decides what the words leave open.
        size: width and height in pixels.
        seconds: length.
        fps: frames per second.
        start: first key frame, uint8 (H, W, 3) RGB.
        end: last key frame.
        loop: end where it began.
        profile: the model's faults.

    Yields:
        round(seconds * fps) frames, uint8 (height, width, 3) RGB.
    """
    rng = stream("clip", prompt, seed, *(key for key in (start, end) if key is not None))
    if start is None:
        scene = paint_scene(prompt, "", seed, size)
        start = np.clip(scene * 255 + 0.5, 0, 255).astype(np.uint8)
    built = _build(start, end, size, profile, rng)
    path = PATHS[camera_move(prompt)]
    total = max(1, round(seconds * fps))
    grain = _grain(size, profile, rng)
    for index in range(total):
        share = index / max(1, total - 1)
        moment = 0.5 - 0.5 * np.cos(2 * np.pi * share) if loop else share * share * (3 - 2 * share)
        shot = _shoot(built, path, float(moment), index / fps, (profile.jitter, rng))
        yield _expose(shot, index / fps, profile, grain, rng)


def _build(
    start: np.ndarray,
    end: np.ndarray | None,
    size: tuple[int, int],
    profile: Profile,
    rng: np.random.Generator,
) -> Set:
    large = (round(size[0] * SPARE), round(size[1] * SPARE))
    tone = int(rng.integers(2**32))  # both key frames stray in the same direction
    first = _coloured(cover(np.ascontiguousarray(start[..., :3]), large), profile, tone)
    small = cv2.resize(first, size, interpolation=cv2.INTER_AREA)
    subjects = find(small)
    last, there = None, None
    if end is not None:
        last = _coloured(cover(np.ascontiguousarray(end[..., :3]), large), profile, tone)
        there = _flow(small, cv2.resize(last, size, interpolation=cv2.INTER_AREA))
    bend = drift.warp(size, subjects, profile.identity_drift, rng)
    return Set(start=first, end=last, near=_near(size, subjects[0]), there=there,
               sway=_sway(size, subjects[0]), bend=bend)  # fmt: skip


def _coloured(picture: np.ndarray, profile: Profile, tone: int) -> np.ndarray:
    off = drift.recolour(picture.astype(np.float32) / 255, profile, stream("tone", tone))
    return np.clip(drift.soften(off, profile.blur) * 255 + 0.5, 0, 255).astype(np.uint8)


def _near(size: tuple[int, int], subject: Subject) -> np.ndarray:
    """Guess depth: the subject and the bottom of the picture are near."""
    x, y = _grid(size)
    reach = max(2.2 * subject.width, 0.3 * min(size))
    body = np.exp(-(((x - subject.x) / reach) ** 2) - np.maximum(subject.y - y, 0) ** 2 / reach**2)
    low = np.clip(y / size[1] - 0.55, 0, 1) * 1.6
    return cv2.resize(np.clip(np.maximum(body, low), 0, 1).astype(np.float32), size)


def _sway(size: tuple[int, int], subject: Subject) -> np.ndarray:
    x, y = _grid(size)
    reach = max(1.5 * subject.width, 0.2 * min(size))
    near = np.exp(-((x - subject.x) ** 2 + (y - subject.y - 0.5 * reach) ** 2) / (2 * reach**2))
    field = np.stack([near * 0.0022 * size[0], near * 0.0016 * size[1]], 2).astype(np.float32)
    return cv2.resize(field, size, interpolation=cv2.INTER_LINEAR)


def _grid(size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    y, x = np.mgrid[0 : size[1] : 4, 0 : size[0] : 4].astype(np.float32)
    return x, y


def _flow(first: np.ndarray, last: np.ndarray) -> np.ndarray:
    """Find how the first key frame becomes the last, as a smooth field.

    Source: Kroeger et al., Fast Optical Flow using Dense Inverse Search, ECCV 2016.
    """
    height, width = first.shape[:2]
    greys = [
        cv2.cvtColor(
            cv2.resize(p, (width // 4, height // 4), interpolation=cv2.INTER_AREA),
            cv2.COLOR_RGB2GRAY,
        )
        for p in (first, last)
    ]
    blank = np.zeros((*greys[0].shape, 2), np.float32)
    found = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM).calc(
        greys[0], greys[1], blank
    )
    limit = width / 32
    flow = np.clip(cv2.GaussianBlur(found, (0, 0), width / 160), -limit, limit)
    out: np.ndarray = cv2.resize(flow, (width, height), interpolation=cv2.INTER_LINEAR) * 4
    return out


def _shoot(
    built: Set,
    path: tuple[float, float, float, float],
    moment: float,
    clock: float,
    shaken: tuple[float, np.random.Generator],
) -> np.ndarray:
    """Take one frame; `moment` 0..1 is the place on the path, `clock` the time in seconds."""
    height, width = built.near.shape
    across = np.arange(width, dtype=np.float32)[None]
    down = np.arange(height, dtype=np.float32)[:, None]
    zoom = path[0] + (path[1] - path[0]) * moment
    shake, wobble = _shake((width, height), *shaken)
    slide_x = path[2] * width * (moment - 0.5) + shake[0]
    slide_y = path[3] * height * (moment - 0.5) + shake[1]
    nearer = 0.75 + 0.5 * built.near
    deep = 1 / (1 + (zoom - 1) * nearer)
    breath = np.float32(np.sin(2 * np.pi * clock / 3.7))
    x = (across - width / 2) * deep + width / 2 + slide_x * nearer + built.sway[..., 0] * breath
    y = (down - height / 2) * deep + height / 2 + slide_y * nearer + built.sway[..., 1] * breath
    x += built.bend[..., 0] * np.float32(moment) + wobble[..., 0]
    y += built.bend[..., 1] * np.float32(moment) + wobble[..., 1]
    if built.end is None or built.there is None:
        return _look(built.start, x, y)
    ago, ahead = np.float32(moment), np.float32(1 - moment)
    one = _look(built.start, x - built.there[..., 0] * ago, y - built.there[..., 1] * ago)
    two = _look(built.end, x + built.there[..., 0] * ahead, y + built.there[..., 1] * ahead)
    return cv2.addWeighted(one, 1 - moment, two, moment, 0)


def _look(key: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Read a key frame, which is SPARE times larger, at points of the film."""
    shift = np.float32((SPARE - 1) / 2)
    return cv2.remap(
        key,
        (x * np.float32(SPARE) + shift).astype(np.float32),
        (y * np.float32(SPARE) + shift).astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT_101,
    )


def _shake(
    size: tuple[int, int], jitter: float, rng: np.random.Generator
) -> tuple[tuple[float, float], np.ndarray]:
    """Give this frame's unsteadiness: a step of the camera and a warp of the picture."""
    step = rng.normal(0, 0.006 * size[0] * jitter, 2)
    coarse = rng.normal(0, 0.005 * size[0] * jitter, (5, 7, 2)).astype(np.float32)
    wobble = cv2.resize(coarse, size, interpolation=cv2.INTER_LINEAR)
    return (float(step[0]), float(step[1])), wobble


def _grain(size: tuple[int, int], profile: Profile, rng: np.random.Generator) -> np.ndarray:
    """Make one field of grain, int16, larger than the frame so that each frame cuts its own."""
    sigma = float(np.hypot(GRAIN, 22.0 * profile.noise))
    field = rng.normal(0, 1, (size[1] + 64, size[0] + 64)).astype(np.float32)
    soft = cv2.GaussianBlur(field, (3, 3), 0.7)
    out: np.ndarray = np.round(soft / soft.std() * sigma).astype(np.int16)
    return out


def _expose(
    shot: np.ndarray, clock: float, profile: Profile, grain: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Let the light breathe, add flicker and this frame's cut of the grain."""
    height, width = shot.shape[:2]
    gain = 1 + 0.008 * np.sin(2 * np.pi * clock / 2.9) + rng.normal(0, 0.06 * profile.flicker)
    top, left = rng.integers(0, 64, 2)
    cut = grain[top : top + height, left : left + width, None]
    lit = cv2.convertScaleAbs(shot, alpha=float(max(gain, 0.2)))
    out: np.ndarray = np.clip(lit + cut, 0, 255).astype(np.uint8)
    return out
