"""camera_move: what the camera does, and what only moves in front of it."""

import cv2
import numpy as np
import pytest

from evaluators.domain.score import Status

FRAMES, FPS = 30, 24


@pytest.fixture(scope="module")
def scene(person):
    return np.concatenate([person, person[:, ::-1]], axis=1)


@pytest.fixture
def moves(measure, film):
    def run(frames, **spec):
        got = measure("camera_move", film("a.mp4", frames, fps=FPS), spec=spec)
        return {name.partition(".")[2] or "agrees": s for name, s in got.items()}

    return run


def shot(scene, *, pan=0.0, tilt=0.0, zoom=0.0, roll=0.0, shake=0.0):
    """Film at so many percent of the width (zoom: percent; roll: degrees) a second."""
    rng = np.random.default_rng(0)
    frames = []
    for i in range(FRAMES):
        t = i / FPS
        turn = cv2.getRotationMatrix2D((460, 250), roll * t, (1 + zoom / 100) ** t)
        off = rng.normal(0, shake, 2) * 3.2
        turn[:, 2] += np.array([160 - 460, 90 - 250]) + off
        turn[:, 2] += np.array([-pan, tilt]) * 3.2 * t
        frames.append(cv2.warpAffine(scene, turn, (320, 180), flags=cv2.INTER_LINEAR))
    return frames


@pytest.mark.parametrize("speed", [-10.0, 2.0, 20.0])
@pytest.mark.parametrize("part", ["pan", "tilt", "zoom", "roll"])
def test_each_part_of_a_move_is_read_at_its_speed_and_sign(moves, scene, part, speed):
    got = moves(shot(scene, **{part: speed}))
    assert got[part].value == pytest.approx(speed, rel=0.2, abs=0.1)
    for other in {"pan", "tilt", "zoom", "roll"} - {part}:
        assert abs(got[other].value) < 0.15 * abs(speed) + 0.3


@pytest.mark.parametrize(
    ("asked", "shown", "agrees"),
    [
        ("static", {}, 1.0),
        ("static", {"pan": 3.0}, 0.0),
        ("static", {"zoom": -2.0}, 0.0),
        ("pan", {"pan": -4.0}, 1.0),
        ("truck", {"pan": 4.0}, 1.0),
        ("pan", {"tilt": 4.0}, 0.0),
        ("tilt", {"tilt": 4.0, "pan": 3.0}, 1.0),
        ("dolly_in", {"zoom": 3.0}, 1.0),
        ("dolly_in", {"zoom": -3.0}, 0.0),
        ("zoom_out", {"zoom": -3.0}, 1.0),
        ("dolly_in", {}, 0.0),
    ],
)
def test_the_asked_move_is_there_or_not(moves, scene, asked, shown, agrees):
    assert moves(shot(scene, **shown), movement=asked)["agrees"].value == agrees


def test_a_move_that_comes_back_is_still_a_move(moves, scene):
    there = shot(scene, pan=8.0)
    got = moves(there + there[::-1], movement="pan")
    assert got["agrees"].value == 1.0
    assert abs(got["pan"].value) < 0.5


def test_what_moves_before_a_locked_camera_is_not_the_camera(moves, scene, cat):
    frames = [f.copy() for f in shot(scene)]
    for i, frame in enumerate(frames):
        frame[60:140, 20 + 4 * i : 120 + 4 * i] = cat[100:180, 100:200]
    got = moves(frames, movement="static")
    assert got["agrees"].value == 1.0
    assert abs(got["pan"].value) < 0.5


def test_jitter_rises_with_the_shake_and_a_smooth_move_has_none(moves, scene):
    values = [moves(shot(scene, shake=s))["jitter"].value for s in (0.0, 0.2, 0.8)]
    assert values == sorted(values)
    assert values[0] < 0.05
    assert values[2] > 0.5
    assert moves(shot(scene, pan=10.0))["jitter"].value < 0.1


@pytest.mark.parametrize("asked", ["handheld", "orbit", "steadicam"])
def test_moves_that_need_parallax_are_not_ruled(moves, scene, asked):
    got = moves(shot(scene), movement=asked)
    assert got["agrees"].status is Status.NOT_MEASURED
    assert got["pan"].status is Status.MEASURED


def test_nothing_asked_is_nothing_to_agree_with_and_a_still_has_no_move(
    moves, scene, measure, put, person
):
    assert moves(shot(scene))["agrees"].status is Status.NOT_APPLICABLE
    still = measure("camera_move", put("a.png", person), spec={"movement": "static"})
    assert {s.status for s in still.values()} == {Status.NOT_APPLICABLE}


def test_a_frozen_clip_is_static(moves, scene):
    got = moves([scene[:180, :320]] * 20, movement="static")
    assert got["agrees"].value == 1.0
    assert got["jitter"].value == pytest.approx(0.0, abs=0.01)


def test_a_white_frame_is_no_move_of_a_locked_camera(moves, scene):
    frames = shot(scene)[:12]
    frames[6] = np.full_like(frames[6], 255)
    got = moves(frames, movement="static")
    assert got["agrees"].value == 1.0
    assert abs(got["pan"].value) < 0.1
    assert got["pan"].evidence["move"] == "static"
    assert got["pan"].n_used < got["pan"].n_expected


def test_a_white_frame_slows_no_pan_down(moves, scene):
    frames = shot(scene, pan=10.0)[:12]
    frames[6] = np.full_like(frames[6], 255)
    assert moves(frames)["pan"].value == pytest.approx(10.0, rel=0.1)


@pytest.mark.slow
def test_no_locked_camera_of_the_real_footage_is_said_to_move(material, measure):
    for path in sorted((material / "footage").glob("*.mkv")):
        got = measure("camera_move", path, spec={"movement": "static"})
        assert got["camera_move"].value == 1.0, path.name
        assert got["camera_move.jitter"].value < 0.05
