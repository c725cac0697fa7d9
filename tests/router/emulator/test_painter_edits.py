"""Edits change what the matte covers, and outside it only what the profile spills."""

import cv2
import numpy as np
import pytest
from skimage import data

from router.emulator.painter.still import OPERATIONS, Job, paint
from router.emulator.profiles import Profile

ACROSS = cv2.MORPH_ELLIPSE


@pytest.fixture(scope="module")
def person() -> np.ndarray:
    return cv2.resize(np.asarray(data.astronaut()), (384, 384), interpolation=cv2.INTER_AREA)


@pytest.fixture(scope="module")
def mask() -> np.ndarray:
    drawn = np.zeros((384, 384), np.uint8)
    cv2.ellipse(drawn, (120, 290), (70, 60), 0, 0, 360, 255, -1)
    return drawn


def edit(operation: str, picture: np.ndarray, **said) -> Job:
    size = said.pop("size", picture.shape[1::-1])
    prompt, mask, style = said.pop("prompt", ""), said.pop("mask", None), said.pop("style", None)
    images = {"init_image" if operation == "style_transfer" else "image": picture}
    if style is not None:
        images["style_image"] = style
    return Job(
        operation=operation,
        prompt=prompt,
        negative="",
        seed=said.pop("seed", 7),
        size=size,
        images=images,
        mask=mask,
        options=said,
    )


def grown(mask: np.ndarray, by: int) -> np.ndarray:
    return cv2.dilate(mask, cv2.getStructuringElement(ACROSS, (2 * by + 1, 2 * by + 1))) > 0


@pytest.mark.parametrize("operation", ["inpaint", "erase"])
@pytest.mark.parametrize("prompt", ["a bottle green suit", "a clean wall"])
@pytest.mark.parametrize("grow", [0, 5, 20])
def test_outside_matte_and_grow_no_pixel_changes(
    person: np.ndarray, mask: np.ndarray, operation: str, prompt: str, grow: int
) -> None:
    job = edit(operation, person, prompt=prompt, mask=mask, grow_mask=grow)
    out = paint(job, Profile())
    outside = ~grown(mask, grow)
    assert np.array_equal(out[outside], person[outside])
    inside = np.abs(out.astype(int) - person)[mask > 0]
    assert inside.mean() > 8


def test_spill_is_what_changes_outside_and_grows_with_its_field(
    person: np.ndarray, mask: np.ndarray
) -> None:
    outside = ~grown(mask, 5)
    off = []
    for spill in (0.0, 0.2, 0.35, 1.0):
        out = paint(edit("inpaint", person, prompt="red", mask=mask), Profile(spill=spill))
        off.append(float(np.abs(out.astype(int) - person)[outside].mean()))
    assert off[0] == 0
    assert off[0] < off[1] < off[2] < off[3] < 12


def test_a_named_colour_dyes_the_matte_and_keeps_its_folds(
    person: np.ndarray, mask: np.ndarray
) -> None:
    out = paint(edit("inpaint", person, prompt="the coat is bottle green", mask=mask), Profile())
    red, green, blue = out[mask > 0].mean(0)
    assert green > red + 25
    assert green > blue
    light = [cv2.cvtColor(p, cv2.COLOR_RGB2GRAY)[mask > 0].astype(float) for p in (person, out)]
    assert np.corrcoef(*light)[0, 1] > 0.85


def test_an_erased_thing_is_gone(person: np.ndarray) -> None:
    wall = np.full((300, 400, 3), (150, 140, 120), np.uint8)
    dotted = wall.copy()
    cv2.circle(dotted, (200, 150), 40, (200, 20, 20), -1)
    hole = np.zeros((300, 400), np.uint8)
    cv2.circle(hole, (200, 150), 46, 255, -1)
    out = paint(edit("erase", dotted, mask=hole), Profile())
    assert np.abs(out.astype(int) - wall).max() < 12


def test_an_empty_matte_edits_nothing(person: np.ndarray) -> None:
    assert np.array_equal(paint(edit("erase", person), Profile()), person)
    blank = np.zeros(person.shape[:2], np.uint8)
    assert np.array_equal(paint(edit("inpaint", person, mask=blank), Profile()), person)


def test_a_matte_of_another_size_is_fitted(person: np.ndarray, mask: np.ndarray) -> None:
    small = cv2.resize(mask, (96, 96), interpolation=cv2.INTER_NEAREST)
    out = paint(edit("inpaint", person, prompt="red", mask=small), Profile())
    changed = (out != person).any(axis=2)
    assert changed[290, 120]
    assert not changed[:200].any()


def test_outpainting_keeps_the_picture_to_the_bit(person: np.ndarray) -> None:
    job = edit("outpaint", person, size=(384 + 90, 384 + 60), left=60, right=30, up=60)
    out = paint(job, Profile())
    assert out.shape == (444, 474, 3)
    assert np.array_equal(out[60:, 60:-30], person)
    assert out[:60].std() > 5


def test_recolouring_follows_the_words(person: np.ndarray) -> None:
    job = edit("search_recolor", person, prompt="navy blue", select_prompt="the orange suit")
    out = paint(job, Profile())
    suit, flag = (slice(240, 300), slice(60, 120)), (slice(20, 80), slice(20, 60))
    assert out[suit][..., 2].mean() > out[suit][..., 0].mean() + 20
    assert np.abs(out[flag].astype(int) - person[flag]).mean() < 3


def test_a_thing_replaced_changes_the_middle_and_not_the_corner() -> None:
    cup = cv2.resize(np.asarray(data.coffee()), (480, 320), interpolation=cv2.INTER_AREA)
    job = edit("search_replace", cup, prompt="a tabby cat", search_prompt="cup")
    out = paint(job, Profile())
    off = np.abs(out.astype(int) - cup).mean(axis=2)
    assert off[120:240, 180:300].mean() > 15
    assert off[:24, :24].max() == 0


def test_a_removed_background_is_transparent_and_the_face_is_not(person: np.ndarray) -> None:
    out = paint(edit("remove_background", person), Profile())
    assert out.shape == (384, 384, 4)
    assert out[60:100, 150:180, 3].mean() > 240
    assert out[5:60, 250:290, 3].mean() < 15
    assert np.array_equal(out[..., :3], person)


def test_style_transfer_takes_the_colours_of_the_style(person: np.ndarray) -> None:
    cat = np.asarray(data.chelsea())
    out = paint(edit("style_transfer", person, style=cat), Profile())
    means = [p.reshape(-1, 3).mean(0) for p in (person, cat, out)]
    assert np.linalg.norm(means[2] - means[1]) < 0.35 * np.linalg.norm(means[0] - means[1])


def test_an_upscale_keeps_the_picture_and_adds_pixels(person: np.ndarray) -> None:
    small = cv2.resize(person, (96, 96), interpolation=cv2.INTER_AREA)
    for operation in ("upscale_fast", "upscale_conservative", "upscale_creative"):
        out = paint(edit(operation, small, size=(384, 384)), Profile())
        back = cv2.resize(out, (96, 96), interpolation=cv2.INTER_AREA)
        assert out.shape == (384, 384, 3)
        assert np.abs(back.astype(int) - small).mean() < 6


@pytest.mark.parametrize("operation", ["control_structure", "control_sketch"])
def test_a_redrawn_picture_keeps_the_edges_of_its_guide(person: np.ndarray, operation: str) -> None:
    out = paint(edit(operation, person, prompt="a red coat at dusk"), Profile())
    edges = [cv2.Canny(cv2.cvtColor(p, cv2.COLOR_RGB2GRAY), 80, 200) > 0 for p in (person, out)]
    near = grown(edges[1].astype(np.uint8), 2)
    assert near[edges[0]].mean() > 2 * near.mean()


def test_a_style_guide_keeps_the_subject_in_another_frame(person: np.ndarray) -> None:
    out = paint(edit("style_guide", person, prompt="night", size=(672, 384)), Profile())
    assert out.shape == (384, 672, 3)
    points = cv2.SIFT.create()
    found = [
        points.detectAndCompute(cv2.cvtColor(p, cv2.COLOR_RGB2GRAY), None)[1] for p in (person, out)
    ]
    pairs = cv2.BFMatcher().knnMatch(found[0], found[1], k=2)
    assert sum(a.distance < 0.7 * b.distance for a, b in pairs) > 30


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_the_same_request_gives_the_same_pixels(
    person: np.ndarray, mask: np.ndarray, operation: str
) -> None:
    faulty = Profile(identity_drift=0.3, hue_drift=0.3, colour_cast=0.3, noise=0.2, spill=0.3)
    said = {
        "outpaint": {"left": 40, "size": (424, 384)},
        "style_transfer": {"style": person[::-1]},
    }.get(operation, {})
    job = edit(operation, person, prompt="a cat on a red coat", mask=mask, **said)
    one, two = paint(job, faulty), paint(job, faulty)
    assert np.array_equal(one, two)
    assert one.dtype == np.uint8
    assert one.shape[1::-1] == job.size


@pytest.mark.parametrize("operation", ["text_to_image", "image_to_image", "style_guide"])
def test_another_seed_gives_another_take(person: np.ndarray, operation: str) -> None:
    one, two = (
        paint(edit(operation, person, prompt="a man at dusk", seed=seed), Profile())
        for seed in (1, 2)
    )
    assert np.abs(one.astype(int) - two).mean() > 2


def test_further_references_pull_the_colours_and_leave_the_first_one_its_subject(
    person: np.ndarray,
) -> None:
    alone = edit("multi_reference_to_image", person)
    blue = np.full((64, 64, 3), (10, 20, 220), np.uint8)
    several = Job(
        operation=alone.operation,
        prompt="",
        negative="",
        seed=7,
        size=alone.size,
        images={"image": person, "image_2": blue},
        mask=None,
        options={},
    )
    first, both = paint(alone, Profile()), paint(several, Profile())
    lean = both.reshape(-1, 3).mean(axis=0) - first.reshape(-1, 3).mean(axis=0)
    assert lean[2] > 5
    assert lean[0] < -3
    likeness = np.corrcoef(first.mean(axis=2).ravel(), both.mean(axis=2).ravel())[0, 1]
    assert likeness > 0.6
