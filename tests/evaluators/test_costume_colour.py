"""costume_colour: another coat is seen, another background is not."""

import numpy as np
import pytest

from evaluators.domain.character import Kind
from evaluators.domain.score import Status

GREEN, BLUE = (20, 78, 55), (30, 50, 110)


def figure(coat, ground=(170, 170, 165)):
    """Draw a coat with shading on a plain ground."""
    pixels = np.empty((240, 320, 3))
    pixels[:] = ground
    shade = np.linspace(0.7, 1.3, 100)[None, :, None]
    pixels[60:220, 110:210] = np.array(coat) * shade
    return np.clip(pixels, 0, 255).astype(np.uint8)


@pytest.fixture
def coat_mask():
    mask = np.zeros((240, 320), np.uint8)
    mask[60:220, 110:210] = 255
    return mask


@pytest.fixture
def costume(measure, put, coat_mask):
    def run(take, *refs, mask=True, **said):
        paths = tuple(put(f"ref{i}.png", r) for i, r in enumerate(refs or [figure(GREEN)]))
        spec = {"ref_box": [110, 60, 100, 160], **said.pop("spec", {})}
        region = {"mask": put("mask.png", coat_mask)} if mask else {}
        got = measure(
            "costume_colour", put("take.png", take), costume_refs=paths, spec=spec, **region, **said
        )
        return got["costume_colour"]

    return run


def test_the_same_coat_before_another_ground_is_the_same_coat(costume):
    got = costume(figure(GREEN, ground=(60, 20, 90)))
    assert got.value == pytest.approx(0, abs=0.05)
    assert got.evidence["region"] == "mask"
    assert got.evidence["box"] == [110, 60, 100, 160]


def test_the_distance_rises_as_green_turns_blue(costume):
    mix = [np.add(np.multiply(GREEN, 1 - t), np.multiply(BLUE, t)) for t in (0, 0.2, 0.5, 1)]
    values = [costume(figure(c)).value for c in mix]
    assert values == sorted(values)
    assert values[-1] > 6


def test_the_nearest_of_several_references_counts(costume):
    got = costume(figure(BLUE), figure(GREEN), figure(BLUE))
    assert got.value == pytest.approx(0, abs=0.05)
    assert got.evidence["reference"] == "ref1.png"


@pytest.mark.parametrize("box", [[110, 60, 100, 160], [110 / 320, 60 / 240, 100 / 320, 160 / 240]])
def test_a_box_is_as_good_as_a_mask_in_pixels_and_in_shares(costume, box):
    got = costume(figure(GREEN, ground=(60, 20, 90)), mask=False, spec={"box": box})
    assert got.value < 0.5
    assert got.evidence["region"] == "box"


def test_alpha_says_where_the_costume_of_a_reference_is(costume, coat_mask):
    sheet = np.dstack([figure(GREEN, ground=(255, 0, 255)), coat_mask])
    got = costume(figure(GREEN), sheet)
    assert got.value < 0.3
    assert got.evidence["reference_region"] == "alpha"


def test_an_alpha_that_keeps_everything_is_no_cut_out(costume, measure, put, person):
    opaque = np.full((240, 320), 255, np.uint8)
    boxed = costume(figure(GREEN), np.dstack([figure(GREEN, ground=(255, 0, 255)), opaque]))
    assert boxed.value < 0.3
    assert boxed.evidence["reference_region"] == "box"
    sheet = put("sheet.png", np.dstack([person, np.full(person.shape[:2], 255, np.uint8)]))
    worn = measure(
        "costume_colour", put("take.png", person), costume_refs=(sheet,), kind=Kind.PERSON
    )["costume_colour"]
    assert worn.value == pytest.approx(0, abs=1e-6)
    assert worn.evidence["reference_region"] == "torso"


def test_a_mask_of_another_shape_is_refused_and_of_another_size_is_not(costume, put, measure):
    narrow = measure(
        "costume_colour",
        put("take.png", figure(GREEN)),
        costume_refs=(put("ref.png", figure(GREEN)),),
        mask=put("mask.png", np.full((240, 240), 255, np.uint8)),
    )["costume_colour"]
    assert narrow.status is Status.NOT_MEASURED
    assert "another shape" in narrow.reason
    assert costume(np.repeat(np.repeat(figure(GREEN), 2, 0), 2, 1)).value < 0.2


def test_without_mask_box_or_face_it_is_not_guessed(costume):
    got = costume(figure(GREEN), mask=False, kind=Kind.OBJECT)
    assert got.status is Status.NOT_MEASURED
    assert "give a mask or spec.box" in got.reason


def test_an_empty_mask_is_no_region(measure, put):
    got = measure(
        "costume_colour",
        put("take.png", figure(GREEN)),
        costume_refs=(put("ref.png", figure(GREEN)),),
        mask=put("mask.png", np.zeros((240, 320), np.uint8)),
    )["costume_colour"]
    assert got.reason == "the given region holds too few pixels"


def test_a_person_wears_what_is_under_the_face(measure, put, person):
    ref = put("ref.png", person)
    dyed = person.copy()
    dyed[200:] = person[200:][..., [2, 1, 0]]
    same, other = (
        measure("costume_colour", put("take.png", p), costume_refs=(ref,), kind=Kind.PERSON)
        for p in (person, dyed)
    )
    assert same["costume_colour"].value == pytest.approx(0, abs=1e-6)
    assert same["costume_colour"].evidence["region"] == "torso"
    assert other["costume_colour"].value > 6


def test_skin_is_left_out_of_a_guessed_region_but_not_all_of_it(person):
    from evaluators.colour import lab, small
    from evaluators.vision.faces import find
    from evaluators.vision.regions import torso, without_skin

    face = find(person)[0]
    raster, size = (256, 256), (512, 512)
    region = torso(face, size, raster)
    left = without_skin(region, lab(small(person)), face, size)
    assert 0.5 * region.pixels.sum() < left.pixels.sum() <= region.pixels.sum()
    nude = np.full((256, 256, 3), 0, np.float32) + np.median(
        lab(small(person))[90:110, 100:120], axis=(0, 1)
    ).astype(np.float32)
    assert without_skin(region, nude, face, size).pixels.sum() == region.pixels.sum()


def test_a_take_that_is_framed_a_little_otherwise_keeps_its_costume(costume):
    moved = np.roll(figure(GREEN, ground=(60, 20, 90)), 8, axis=1)
    assert costume(moved).value < 2.0
    blue = np.roll(figure(BLUE, ground=(60, 20, 90)), 8, axis=1)
    assert costume(blue).value > 6.0
