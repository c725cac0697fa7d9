"""spec_checks: found and expected, check by check."""

import numpy as np
import pytest


@pytest.fixture
def checks(measure):
    def run(path, **spec):
        score = measure("spec_checks", path, spec=spec)["spec_checks.passed"]
        return score, {c["check"]: c for c in score.evidence["checks"]}

    return run


@pytest.fixture
def moving(person):
    return [person[i : i + 96, 2 * i : 2 * i + 160] for i in range(48)]


def test_everything_as_asked_passes(checks, film, moving):
    asked = {
        "width": 160, "height": 96, "aspect": "5:3", "fps": "24", "seconds": 2, "frames": 48,
        "codec": "h264", "audio": False,
    }  # fmt: skip
    score, made = checks(film("a.mp4", moving), **asked)
    assert score.value == 1.0
    assert set(asked) <= set(made)
    assert score.n_used == len(made) == len(asked) + 3


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"width": 1920}, 160),
        ({"height": 1080}, 96),
        ({"aspect": "16:9"}, 1.6667),
        ({"fps": 23.976}, 24.0),
        ({"seconds": 5}, 2.0),
        ({"frames": 47}, 48),
        ({"codec": "prores"}, "h264"),
        ({"audio": True}, False),
    ],
)
def test_each_miss_is_one_failed_check_with_what_was_found(checks, film, moving, asked, found):
    score, made = checks(film("a.mp4", moving), **asked)
    name = next(iter(asked))
    assert made[name] == {
        "check": name, "found": found, "expected": asked[name], "passed": False,
    }  # fmt: skip
    assert score.value == pytest.approx(3 / 4)


def test_a_raster_rounded_to_64_still_has_its_aspect(checks, put):
    path = put("a.png", np.full((768, 1344, 3), 90, np.uint8))
    assert checks(path, aspect="16:9")[0].value == 1.0
    assert checks(path, aspect="4:3")[0].value < 1.0


def test_row55_black_frozen_and_repeated_frames_are_found(checks, film, moving):
    black = [np.zeros_like(moving[0])] * 2
    _, made = checks(film("a.mp4", [*moving[:20], *black, *moving[20:]]))
    assert (made["black_frames"]["found"], made["black_frames"]["frames"]) == (2, [20, 21])
    stuck = [*moving[:10], *[moving[10]] * 24, *moving[10:]]
    _, made = checks(film("b.mp4", stuck))
    assert made["frozen_seconds"]["found"] == pytest.approx(1.0, abs=0.1)
    assert not made["frozen_seconds"]["passed"]


def test_animation_on_twos_passes_when_it_is_asked_for(checks, film, moving):
    twos = [frame for frame in moving[:24] for _ in range(2)]
    path = film("a.mp4", twos)
    assert not checks(path)[1]["duplicate_frames"]["passed"]
    assert checks(path, max_duplicates=0.6)[1]["duplicate_frames"]["passed"]


def test_a_frozen_clip_is_told_as_frozen(checks, film, moving):
    assert checks(film("a.mp4", moving[:1] * 24))[0].evidence["frozen"]
    assert not checks(film("b.mp4", moving))[0].evidence["frozen"]


def test_what_cannot_be_checked_is_named_and_not_passed_over(checks, put, person):
    score, made = checks(put("a.png", person), widht=512)
    assert score.evidence["not_checked"] == ["widht"]
    assert set(made) == {"black_frames"}
