"""What must happen to a number when something known happens to the take: all metrics, one place."""

from itertools import pairwise

import cv2
import numpy as np
import pytest

from evaluators.domain.brief import Brief
from evaluators.domain.character import Kind
from evaluators.domain.score import Status
from evaluators.domain.verdict import AcceptanceLine, Ruling
from evaluators.measuring import Measurer, all_metrics
from evaluators.panel import judge
from evaluators.verdicts import decide


def rises(values, *, by=0.0):
    return all(b > a + by for a, b in pairwise(values))


def blurred(picture, sigma):
    return cv2.GaussianBlur(picture, (0, 0), sigma) if sigma else picture


def noisy(picture, sigma):
    noise = np.random.default_rng(0).normal(0, sigma, picture.shape)
    return np.clip(np.rint(picture + noise), 0, 255).astype(np.uint8)


@pytest.fixture
def value(measure, put):
    """Measure one picture with one metric: gives one number."""

    def run(output, picture, **said):
        scores = measure(output.partition(".")[0], put("take.png", picture), **said)
        return scores[output].value

    return run


BLUR, NOISE, STOPS = (0, 1, 2, 4, 8), (0, 3, 8, 16, 32), (0, -0.5, -1, -2, -3)
HURT = {  # how far the ladder may run before the number has nothing left to say
    "tech.blur": (blurred, BLUR),
    "tech.noise": (noisy, NOISE),
}


@pytest.mark.parametrize("output", HURT)
def test_a_ladder_of_damage_is_a_ladder_of_its_number(value, person, output):
    spoil, steps = HURT[output]
    assert rises([value(output, spoil(person, step)) for step in steps])


@pytest.mark.slow
@pytest.mark.parametrize(("spoil", "steps"), [(blurred, (0, 1, 2, 4)), (noisy, NOISE)])
def test_a_ladder_of_damage_leaves_the_plate_step_by_step(value, put, person, spoil, steps):
    plate = put("plate.png", person)
    found = [value("plate_structure", spoil(person, s), plate=plate) for s in steps]
    assert rises([-v for v in found])
    colour = [value("colour_match.delta_e", spoil(person, s), plate=plate) for s in (0, steps[1])]
    assert max(colour) < 1.0  # damage is no grade


@pytest.mark.slow
def test_a_ladder_of_exposure_is_read_in_stops_and_leaves_structure(value, put, person, expose):
    plate = put("plate.png", person)
    takes = [expose(person, s) for s in STOPS]
    stops = [value("colour_match.stops", t, plate=plate) for t in takes]
    assert rises([-s for s in stops])
    assert stops[1] == pytest.approx(-0.5, abs=0.05)
    assert rises([value("colour_match.w1", t, plate=plate) for t in takes])
    assert value("id_ref", takes[2], refs=(plate,), kind=Kind.PERSON) > 0.8


def test_a_face_that_blurs_loses_identity_and_never_gains_it(value, put, person):
    plate = put("plate.png", person)
    found = [
        value("id_ref", blurred(person, s), refs=(plate,), kind=Kind.PERSON) for s in (0, 1.5, 2.5)
    ]
    assert rises([-v for v in found])


def test_a_swapped_identity_lowers_likeness_and_leaves_arithmetic(measure, put, person):
    """The other face is the same one, warped into somebody else's proportions."""
    plate = put("plate.png", person)
    height, width = person.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    near = np.exp(-((x - 222) ** 2 + (y - 115) ** 2) / (2 * 45.0**2))
    swapped = cv2.remap(
        person, x - 14 * near * np.sign(x - 222), y + 12 * near * np.sign(y - 115),
        cv2.INTER_LINEAR,
    )  # fmt: skip
    said = {"refs": (plate,), "plate": plate, "kind": Kind.PERSON}
    before = measure("id_ref", put("a.png", person), **said)
    after = measure("id_ref", put("b.png", swapped), **said)
    assert after["id_ref"].value is None or after["id_ref"].value < before["id_ref"].value - 0.15
    light = measure("colour_match", put("c.png", swapped), **said)
    assert light["colour_match.delta_e"].value < 1.0


@pytest.fixture(scope="module")
def walk(person):
    """A pan with grain: as many frames as are sampled."""
    wide = cv2.resize(person, (640, 640))
    return [noisy(wide[100:460, 5 * i : 5 * i + 480], 2) for i in range(16)]


@pytest.mark.slow
def test_shuffled_frames_tear_and_keep_their_colours(measure, film, put, walk):
    plate = put("plate.png", walk[0])
    order = np.random.default_rng(3).permutation(len(walk))
    takes = [film("a.mp4", walk), film("b.mp4", [walk[i] for i in order])]
    warp = [measure("temporal", t)["temporal.warp"].value for t in takes]
    assert warp[1] > 1.2 * warp[0]
    for name in ("colour_match.delta_e", "colour_match.stops", "colour_match.w1"):
        found = [measure("colour_match", t, plate=plate)[name].value for t in takes]
        assert found[0] == pytest.approx(found[1], abs=0.05), name


@pytest.mark.slow
def test_a_frozen_clip_does_not_move_is_flagged_and_never_the_better_one(film, put, walk):
    plate = put("plate.png", walk[0])
    takes = [film("moves.mp4", walk), film("frozen.mp4", [walk[0]] * 16)]
    briefs = [
        Brief(row=i, take=t.name, path=t, refs=(plate,), kind=Kind.PERSON)
        for i, t in enumerate(takes)
    ]
    moves, frozen = judge(briefs, metrics=("temporal", "id_drift", "camera_move"), workers=0)
    assert "frozen" in frozen.flags
    assert "frozen" not in moves.flags
    found = {s.metric: s for s in frozen.scores}
    assert found["temporal.motion"].value < 0.01
    assert found["id_drift"].status is Status.NOT_APPLICABLE
    for metric in ("temporal.warp", "temporal.flicker"):
        line = AcceptanceLine(number=1, criterion="steady", kind="artefact", must=True,
                              metric=metric)  # fmt: skip
        assert decide(line, "frozen", frozen.scores).ruling is not Ruling.PASS


def test_a_mirrored_reference_changes_structure_and_neither_colour_nor_face(value, put, person):
    plate, mirrored = put("plate.png", person), put("mirrored.png", person[:, ::-1])
    assert value("colour_match.w1", person, plate=mirrored) < 0.2
    assert value("colour_match.delta_e", person, plate=mirrored) < 0.05
    assert value("id_ref", person, refs=(mirrored,), kind=Kind.PERSON) > 0.75
    whole = value("plate_structure", person, plate=plate)
    turned = value("plate_structure", person, plate=mirrored)
    assert turned is None or turned < whole - 0.2


@pytest.mark.slow
def test_neither_order_nor_company_changes_a_number(put, film, walk, person, cat, cup, expose):
    refs = (put("ref.png", expose(person, -0.3)),)
    pictures = [put(f"{i}.png", p) for i, p in enumerate((person, cat, cup))]
    takes = [*pictures, film("walk.mp4", walk)]
    briefs = [
        Brief(row=i, take=t.name, path=t, refs=refs, plate=refs[0], kind=Kind.PERSON)
        for i, t in enumerate(takes)
    ]
    metrics = all_metrics()
    together = {s.row: s.scores for s in judge(briefs, metrics=metrics, workers=0)}
    backwards = {s.row: s.scores for s in judge(briefs[::-1], metrics=metrics, workers=0)}
    assert together == backwards
    alone = Measurer(metrics)
    try:
        assert alone.score(briefs[1]).scores == together[1]
    finally:
        alone.close()


@pytest.mark.slow
def test_the_order_of_references_changes_no_number(measure, put, person, cat, expose):
    refs = tuple(put(f"ref{i}.png", expose(person, s)) for i, s in enumerate((0, -0.4, 0.4)))
    take = put("take.png", blurred(person, 1.5))
    for name in ("id_ref", "costume_colour", "subject_colour", "copy_paste"):
        said = [
            measure(name, take, refs=order, costume_refs=order, kind=Kind.PERSON)
            for order in (refs, refs[::-1])
        ]
        values = [{n: s.value for n, s in scores.items()} for scores in said]
        assert values[0] == pytest.approx(values[1]), name
