"""A clip has the frames it was asked for, moves as told, and becomes a tagged H.264 file."""

import io
from collections.abc import Iterator
from dataclasses import dataclass

import av
import cv2
import numpy as np
import pytest
from skimage import data

from router.emulator.painter.clip import frames
from router.emulator.painter.film import encode
from router.emulator.profiles import Profile

SIZE = (320, 180)
FAULTLESS = Profile()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    prompt: str = "static"
    seed: int = 1
    seconds: float = 1.0
    start: np.ndarray | None = None
    end: np.ndarray | None = None
    loop: bool = False
    profile: Profile = FAULTLESS


def clip(asked: Asked, size: tuple[int, int] = SIZE, fps: int = 24) -> list[np.ndarray]:
    shot = frames(
        prompt=asked.prompt,
        seed=asked.seed,
        size=size,
        seconds=asked.seconds,
        fps=fps,
        start=asked.start,
        end=asked.end,
        loop=asked.loop,
        profile=asked.profile,
    )
    return list(shot)


@pytest.fixture(scope="module")
def cat() -> np.ndarray:
    return cv2.resize(np.asarray(data.chelsea()), (640, 360), interpolation=cv2.INTER_AREA)


def off(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(cv2.blur(one, (5, 5)).astype(int) - cv2.blur(other, (5, 5))).mean())


def path(shot: list[np.ndarray]) -> np.ndarray:
    """Scale and slide from the first frame to the last."""
    grey = [cv2.cvtColor(p, cv2.COLOR_RGB2GRAY) for p in (shot[0], shot[-1])]
    points = cv2.goodFeaturesToTrack(grey[0], 200, 0.01, 8)
    there, found, _ = cv2.calcOpticalFlowPyrLK(grey[0], grey[1], points, None, winSize=(31, 31))
    ok = found.ravel() == 1
    matrix, _ = cv2.estimateAffinePartial2D(points[ok], there[ok])
    return np.array([np.hypot(matrix[0, 0], matrix[1, 0]), *(matrix @ (160, 90, 1) - (160, 90))])


@pytest.mark.parametrize(("seconds", "fps", "count"), [(1.0, 24, 24), (0.5, 25, 12), (2.0, 8, 16)])
def test_the_clip_has_the_frames_asked_for(
    cat: np.ndarray, seconds: float, fps: int, count: int
) -> None:
    shot = clip(Asked(start=cat, seconds=seconds), fps=fps)
    assert len(shot) == count
    assert {frame.shape for frame in shot} == {(180, 320, 3)}


def test_a_clip_begins_with_its_key_frame(cat: np.ndarray) -> None:
    first = clip(Asked(start=cat, seconds=0.1))[0]
    assert off(first, cv2.resize(cat, SIZE, interpolation=cv2.INTER_AREA)) < 2


def test_a_clip_ends_with_its_end_frame(cat: np.ndarray) -> None:
    end = np.ascontiguousarray(cat[:, ::-1])
    last = clip(Asked(start=cat, end=end))[-1]
    assert off(last, cv2.resize(end, SIZE, interpolation=cv2.INTER_AREA)) < 3


def test_a_loop_closes(cat: np.ndarray) -> None:
    shot = clip(Asked(prompt="dolly in", start=cat, loop=True))
    assert off(shot[0], shot[-1]) < 2 < off(shot[0], shot[12])


def test_the_camera_moves_as_the_prompt_says(cat: np.ndarray) -> None:
    still, push, pull = (
        path(clip(Asked(prompt=p, start=cat))) for p in ("static", "dolly in", "pull back")
    )
    assert abs(still[0] - 1) < 0.01
    assert push[0] > 1.08
    assert pull[0] < 0.93
    left, right = (path(clip(Asked(prompt=p, start=cat))) for p in ("pan left", "pan right"))
    assert left[1] > 10 > -10 > right[1]


def test_without_a_key_frame_the_painted_scene_moves() -> None:
    shot = clip(Asked(prompt="a detective on a street at night, dolly in", seconds=0.5))
    assert shot[0].std() > 15
    assert off(shot[0], shot[-1]) > 1


def test_the_same_request_gives_the_same_clip(cat: np.ndarray) -> None:
    asked = Asked(start=cat, seconds=0.25, profile=Profile(flicker=0.5, jitter=0.5, noise=0.2))
    one, two = clip(asked), clip(asked)
    assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))


def test_a_key_frame_with_alpha_is_taken(cat: np.ndarray) -> None:
    clear = np.dstack([cat, np.full(cat.shape[:2], 255, np.uint8)])
    assert len(clip(Asked(start=clear, seconds=0.1))) == 2


def read(film: bytes) -> tuple[av.video.stream.VideoStream, list[np.ndarray]]:
    with av.open(io.BytesIO(film)) as container:
        stream = container.streams.video[0]
        return stream, [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]


def test_a_film_is_h264_with_size_rate_count_and_colour_tags(cat: np.ndarray) -> None:
    shot = clip(Asked(start=cat, seconds=0.5))
    film = encode(shot, size=SIZE, fps=24)
    stream, back = read(film)
    context = stream.codec_context
    assert (context.name, context.pix_fmt) == ("h264", "yuv420p")
    assert (context.width, context.height, stream.average_rate) == (320, 180, 24)
    assert (
        context.color_primaries,
        context.color_trc,
        context.colorspace,
        context.color_range,
    ) == (1, 1, 1, 1)
    assert film.find(b"moov") < film.find(b"mdat")
    assert len(back) == len(shot)
    assert all(off(a, b) < 3 for a, b in zip(shot, back, strict=True))


def test_an_odd_size_is_refused_before_a_process_starts() -> None:
    with pytest.raises(ValueError, match="even"):
        encode([np.zeros((5, 4, 3), np.uint8)], size=(4, 5), fps=24)


def test_a_frame_of_another_size_is_refused() -> None:
    odd = [np.zeros((16, 16, 3), np.uint8), np.zeros((16, 18, 3), np.uint8)]
    with pytest.raises(ValueError, match="expected uint8"):
        encode(odd, size=(16, 16), fps=24)


def test_what_the_encoder_says_on_failure_reaches_the_caller() -> None:
    too_wide = [np.zeros((2, 20000, 3), np.uint8)] * 40
    with pytest.raises(RuntimeError, match=r"(?i)error"):
        encode(too_wide, size=(20000, 2), fps=24)


def test_a_rate_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="fps"):
        encode([], size=(16, 16), fps=0)


def test_frames_that_break_midway_leave_no_process_behind() -> None:
    def breaking() -> Iterator[np.ndarray]:
        yield np.zeros((64, 64, 3), np.uint8)
        raise KeyError("midway")

    with pytest.raises(KeyError, match="midway"):
        encode(breaking(), size=(64, 64), fps=24)
