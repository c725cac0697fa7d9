"""temporal: what moves, what tears, what flickers, and what only pretends to be steady."""

import numpy as np
import pytest

from evaluators.domain.score import Status


@pytest.fixture(scope="module")
def scene(person):
    """Room to move a window over."""
    return np.concatenate([person, person[:, ::-1]], axis=1)


def pan(scene, step, frames=20):
    return [scene[100:280, 60 + round(step * i) : 380 + round(step * i)] for i in range(frames)]


@pytest.fixture
def temporal(measure, film):
    def run(frames, **how):
        scores = measure("temporal", film("a.mp4", frames, **how))
        return {name.partition(".")[2]: s for name, s in scores.items()}

    return run


@pytest.mark.parametrize("step", [2, 4, 8])
def test_a_pan_reads_as_its_speed_in_percent_of_the_width(temporal, scene, step):
    got = temporal(pan(scene, step))
    assert got["motion"].value == pytest.approx(step / 320 * 100, rel=0.2)
    assert not got["motion"].evidence["frozen"]


def test_shuffled_frames_tear(temporal, scene):
    frames = pan(scene, 4)
    order = np.random.default_rng(0).permutation(len(frames))
    whole, torn = temporal(frames), temporal([frames[i] for i in order])
    assert torn["warp"].value > 3 * whole["warp"].value


def test_warp_rises_with_boiling_texture(temporal, scene):
    rng = np.random.default_rng(0)
    found = []
    for sigma in (0, 4, 12):
        frames = [
            np.clip(f + rng.normal(0, sigma, f.shape), 0, 255).astype(np.uint8)
            for f in pan(scene, 3)
        ]
        found.append(temporal(frames)["warp"].value)
    assert found == sorted(found)
    assert found[2] > found[0] + 4


@pytest.mark.parametrize("depth", [1, 3, 6])
def test_flicker_is_read_in_code_values(temporal, scene, depth):
    base = np.clip(scene[100:280, 60:380], 20, 220).astype(int)
    frames = [(base + depth * (-1) ** i).astype(np.uint8) for i in range(36)]
    assert temporal(frames)["flicker"].value == pytest.approx(2 * depth, rel=0.2)


def test_a_slow_fade_is_no_flicker(temporal, scene):
    base = scene[100:280, 60:380]
    frames = [(base * (1 - i / 96)).astype(np.uint8) for i in range(48)]
    assert temporal(frames)["flicker"].value < 0.1


def test_a_frozen_clip_has_no_motion_and_says_that_it_is_frozen(temporal, scene):
    got = temporal([scene[100:280, 60:380]] * 30)
    assert got["motion"].value == pytest.approx(0, abs=0.01)
    assert got["warp"].evidence["frozen"]
    moving = temporal(pan(scene, 4))
    assert got["warp"].value < moving["warp"].value  # which is why nobody may crown it


def test_a_still_has_no_time(measure, put, person):
    got = measure("temporal", put("a.png", person))
    assert {s.status for s in got.values()} == {Status.NOT_APPLICABLE}


def test_the_picture_leaves_itself_as_time_goes_by(temporal, scene):
    alike = temporal(pan(scene, 6, frames=24))["warp"].evidence["alike_at"]
    assert alike["2"] > alike["10"] > alike["20"]
