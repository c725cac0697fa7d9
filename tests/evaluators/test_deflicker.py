"""A clip's light is steadied; what was meant stays."""

import cv2
import numpy as np
import pytest

from evaluators.mending.deflicker import exposure, gains

FPS, N = 24, 72


def film(light=None, *, move=0.0, seed=0):
    """Draw a textured picture that moves aside, under a light of each frame."""
    rng = np.random.default_rng(seed)
    rough = rng.uniform(60, 170, (20, 40, 3)).astype(np.float32)
    wide = cv2.resize(rough, (320, 90), interpolation=cv2.INTER_CUBIC)
    light = np.ones(N) if light is None else np.asarray(light)
    frames = []
    for i, level in enumerate(light):
        shift = np.float32([[1, 0, -20 - move * i], [0, 1, 0]])
        view = cv2.warpAffine(wide, shift, (160, 90), flags=cv2.INTER_LINEAR)
        frames.append(np.clip(np.rint(view * level), 0, 255).astype(np.uint8))
    return frames


def jumps(frames, found=None):
    """Say how the light jumps from frame to frame, typically, as a share."""
    level = exposure(frames).mean(axis=1) * (1 if found is None else found.mean(axis=1))
    return float(np.median(np.abs(np.diff(level) / level[1:])))


def noise(size, seed=3):
    return 1 + np.random.default_rng(seed).normal(0, size, N)


@pytest.mark.parametrize("move", [0.0, 1.5])
def test_flicker_goes_whether_the_picture_moves_or_not(move):
    frames = film(noise(0.05), move=move)
    found = gains(frames, FPS)
    assert found.shape == (N, 3)
    assert jumps(frames, found) < 0.2 * jumps(frames)


@pytest.mark.parametrize(
    "light",
    [
        np.ones(N),
        np.linspace(0.15, 1.0, N),  # a fade
        1 + 0.15 * np.sin(np.arange(N) * 2 * np.pi / 48),  # a light that breathes
        np.where(np.arange(N) < 30, 0.6, 1.0),  # a light is switched on
    ],
    ids=["steady", "fade", "breath", "switch"],
)
def test_light_that_does_not_flicker_is_left_alone(light):
    assert gains(film(light, move=1.0), FPS) is None


@pytest.mark.parametrize(
    "meant",
    [np.linspace(0.4, 1.0, N), np.where(np.arange(N) < 30, 0.6, 1.0)],
    ids=["fade", "switch"],
)
def test_flicker_goes_and_what_was_meant_stays(meant):
    frames = film(meant * noise(0.03))
    made = exposure(frames).mean(axis=1) * gains(frames, FPS).mean(axis=1)
    wanted = meant / np.median(meant)
    made *= np.median(wanted / made)
    assert np.abs(made / wanted - 1).max() < 0.06
    assert np.median(np.abs(made / wanted - 1)) < 0.015


def test_a_flash_of_lightning_is_an_event_and_stays():
    light = noise(0.03)
    light[40] = 1.45
    found = gains(film(light), FPS)
    assert (found[40] == 1.0).all()


def test_a_part_that_flickers_is_a_candle():
    frames = film(move=0.0)
    for frame, level in zip(frames, noise(0.2), strict=True):
        frame[20:50, 30:70] = np.clip(frame[20:50, 30:70] * level, 0, 255)
    assert gains(frames, FPS) is None


def test_a_colour_that_flickers_alone_is_steadied_alone():
    frames = film()
    for frame, level in zip(frames, noise(0.05), strict=True):
        frame[..., 0] = np.clip(frame[..., 0] * level, 0, 255)
    spread = gains(frames, FPS).std(axis=0)
    assert spread[0] > 0.03 > 0.01 > spread[1:].max()


@pytest.mark.parametrize("count", [1, 4])
def test_a_still_and_a_handful_of_frames_have_no_trend(count):
    assert gains(film()[:count], FPS) is None


def test_a_black_clip_says_nothing():
    assert gains([np.zeros((90, 160, 3), np.uint8)] * N, FPS) is None
