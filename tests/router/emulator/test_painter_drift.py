"""More of a planted fault is more measured damage."""

from itertools import pairwise

import cv2
import numpy as np
import pytest
from skimage import data

from router.emulator.painter.clip import frames
from router.emulator.painter.still import Job, paint
from router.emulator.profiles import Profile

LADDER = (0.0, 0.2, 0.5, 1.0)
SIZE = (448, 448)


@pytest.fixture(scope="module")
def person() -> np.ndarray:
    return np.asarray(data.astronaut())


def take(picture: np.ndarray, profile: Profile, seed: int = 4, strength: float = 0.5) -> np.ndarray:
    job = Job(
        operation="image_to_image",
        prompt="a portrait",
        negative="",
        seed=seed,
        size=SIZE,
        images={"image": picture},
        mask=None,
        options={"strength": strength},
    )
    return paint(job, profile)


def lab(picture: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)


def moved(one: np.ndarray, other: np.ndarray) -> float:
    grey = [cv2.cvtColor(p, cv2.COLOR_RGB2GRAY) for p in (one, other)]
    flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST).calc(*grey, None)
    return float(np.linalg.norm(flow, axis=2)[40:240, 100:300].mean())


def turned(one: np.ndarray, other: np.ndarray) -> float:
    first, second = lab(one), lab(other)
    vivid = np.hypot(first[..., 1], first[..., 2]) > 35
    angles = [np.arctan2(p[vivid][:, 2], p[vivid][:, 1]) for p in (first, second)]
    return float(np.abs(np.angle(np.exp(1j * (angles[0] - angles[1])))).mean())


def cast(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.linalg.norm(lab(one).mean((0, 1)) - lab(other).mean((0, 1))))


def softness(_: np.ndarray, picture: np.ndarray) -> float:
    return -float(cv2.Laplacian(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.CV_32F).var())


def roughness(_: np.ndarray, picture: np.ndarray) -> float:
    wall = picture[20:120, 310:350].astype(np.float32)
    return float((wall - cv2.GaussianBlur(wall, (0, 0), 2)).std())


@pytest.mark.parametrize(
    ("field", "damage", "unseen"),
    [
        ("identity_drift", moved, 0.02),
        ("hue_drift", turned, 1e-6),
        ("colour_cast", cast, 1e-6),
        ("blur", softness, np.inf),
        ("noise", roughness, np.inf),
    ],
)
def test_each_fault_of_a_still_grows_with_its_field(
    person: np.ndarray, field: str, damage, unseen: float
) -> None:
    clean = take(person, Profile())
    steps = [damage(clean, take(person, Profile(**{field: value}))) for value in LADDER]
    assert steps[0] <= unseen
    assert all(less < more for less, more in pairwise(steps)), steps


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_fault_s_direction_changes_with_the_seed_but_not_its_presence(
    person: np.ndarray, seed: int
) -> None:
    clean = take(person, Profile(), seed)
    assert 2 < cast(clean, take(person, Profile(colour_cast=0.5), seed)) < 12


def test_strength_decides_how_much_of_the_picture_stays(person: np.ndarray) -> None:
    same = cv2.resize(person, SIZE, interpolation=cv2.INTER_AREA).astype(np.float32)
    profile = Profile(identity_drift=0.3, hue_drift=0.2, colour_cast=0.4)
    off = [
        float(np.abs(take(person, profile, strength=s).astype(np.float32) - same).mean())
        for s in (0.0, 0.15, 0.35, 0.8, 1.0)
    ]
    assert off[0] < 1
    assert all(less < more for less, more in pairwise(off)), off


def test_full_strength_ignores_the_picture(person: np.ndarray) -> None:
    other = np.asarray(data.chelsea())
    one, two = (take(p, Profile(), strength=1.0).astype(np.float32) for p in (person, other))
    assert np.abs(cv2.blur(one, (9, 9)) - cv2.blur(two, (9, 9))).mean() < 1.5


def film(profile: Profile) -> list[np.ndarray]:
    picture = cv2.resize(np.asarray(data.chelsea()), (320, 180), interpolation=cv2.INTER_AREA)
    shot = frames(
        prompt="static",
        seed=2,
        size=(320, 180),
        seconds=1.0,
        fps=24,
        start=picture,
        end=None,
        loop=False,
        profile=profile,
    )
    return [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in shot]


def flicker(film_: list[np.ndarray]) -> float:
    return float(np.median(np.abs(np.diff([frame.mean() for frame in film_]))))


def unrest(film_: list[np.ndarray]) -> float:
    soft = [cv2.GaussianBlur(frame, (0, 0), 1.5).astype(np.float32) for frame in film_]
    return float(np.mean([np.abs(b - a).mean() for a, b in pairwise(soft)]))


@pytest.mark.parametrize(("field", "damage"), [("flicker", flicker), ("jitter", unrest)])
def test_each_fault_of_a_film_grows_with_its_field(field: str, damage) -> None:
    steps = [damage(film(Profile(**{field: value}))) for value in LADDER]
    assert all(less < more for less, more in pairwise(steps)), steps


def test_identity_leaves_a_film_only_with_time() -> None:
    clean, bent = film(Profile()), film(Profile(identity_drift=0.5))
    off = [float(np.abs(a.astype(np.float32) - b).mean()) for a, b in zip(clean, bent, strict=True)]
    assert off[0] == 0
    assert off[-1] > off[8] > 0
