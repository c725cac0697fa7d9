"""A painted scene shows what the prompt names."""

import cv2
import numpy as np
import pytest

from router.emulator.painter.still import Job, paint
from router.emulator.painter.words import COLOURS
from router.emulator.profiles import Profile

SIZE = (672, 384)


def scene(
    prompt: str, seed: int = 3, negative: str = "", size: tuple[int, int] = SIZE
) -> np.ndarray:
    job = Job(
        operation="text_to_image",
        prompt=prompt,
        negative=negative,
        seed=seed,
        size=size,
        images={},
        mask=None,
        options={},
    )
    return paint(job, Profile())


def test_night_is_darker_than_dusk_and_dusk_than_noon() -> None:
    means = [scene(f"empty hills at {time}").mean() for time in ("night", "dusk", "noon")]
    assert means[0] + 20 < means[1] < means[2] - 10


def share_of(picture: np.ndarray, name: str) -> float:
    """Give the share of pixels that look like a named colour."""
    code = COLOURS[name]
    wanted = np.array([[[int(code[k : k + 2], 16) / 255 for k in (1, 3, 5)]]], np.float32)
    lab = [cv2.cvtColor(p, cv2.COLOR_RGB2LAB) for p in (picture.astype(np.float32) / 255, wanted)]
    return float((np.linalg.norm(lab[0] - lab[1], axis=2) < 20).mean())


@pytest.mark.parametrize("name", ["red", "bottle green", "navy blue", "amber"])
def test_the_coat_takes_the_colour_named(name: str) -> None:
    dyed = scene(f"a woman in a {name} coat on a hill at noon")
    other = scene("a woman in a grey coat on a hill at noon")
    assert share_of(dyed, name) > 0.03
    assert share_of(dyed, name) > 5 * share_of(other, name)


def test_a_named_thing_appears() -> None:
    bare = scene("an empty room at noon").astype(int)
    lamp = scene("an empty room at noon with a lamp").astype(int)
    assert np.abs(bare - lamp).mean() > 1


def test_fog_takes_contrast_from_the_distance() -> None:
    clear, fog = (scene(f"empty hills at dawn{said}") for said in ("", " in fog"))
    band = slice(180, 260)
    assert fog[band].std() < clear[band].std()


def test_people_named_in_the_negative_prompt_stay_away() -> None:
    with_, without = (
        scene("a woman in a red coat"),
        scene("a woman in a red coat", negative="people"),
    )
    red = [((p[..., 0] > 110) & (p[..., 1] < 60)).mean() for p in (with_, without)]
    assert red[0] > 0.02 > red[1]


@pytest.mark.parametrize("size", [(384, 672), (768, 320), (320, 768), (64, 64)])
def test_every_shape_of_picture_is_filled(size: tuple[int, int]) -> None:
    out = scene("two people with a cup, a cat and a lamp in the rain on a street", size=size)
    assert out.shape == (size[1], size[0], 3)
    assert out.std() > 10


@pytest.mark.parametrize(
    "prompt", ["", "🜁 ∆", "x" * 9000, "(red:1.4) \\ [ ^ $", "tree boat book umbrella hood"]
)
def test_any_words_give_a_picture(prompt: str) -> None:
    assert scene(prompt).std() > 5


def test_a_scene_is_not_noise() -> None:
    grey = cv2.cvtColor(scene("a detective on a street at night"), cv2.COLOR_RGB2GRAY)
    fine = grey.astype(np.float32) - cv2.GaussianBlur(grey, (0, 0), 2).astype(np.float32)
    assert fine.var() < 0.2 * grey.var()


def test_a_negative_prompt_that_names_no_people_leaves_them_in() -> None:
    same = scene("a woman in a red coat", negative="photograph, text, watermark")
    assert np.array_equal(same, scene("a woman in a red coat"))
