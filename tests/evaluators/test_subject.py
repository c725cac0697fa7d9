"""Subject appearance and subject colour: what each sees, and what it is blind to."""

import numpy as np
import pytest

from evaluators import weights
from evaluators.domain.brief import Brief
from evaluators.domain.character import Kind
from evaluators.domain.score import Status
from evaluators.embedders import embedding
from evaluators.flags import flags_of
from evaluators.measuring import Measurer, metric
from evaluators.validation import subjects
from evaluators.validation.subjects import CHANGES


@pytest.fixture
def cup_path(put, cup):
    return put("cup.png", cup)


def colour(measure, take, refs, **said):
    scores = measure("subject_colour", take, refs=refs, kind=said.pop("kind", Kind.OBJECT), **said)
    return scores, flags_of(tuple(scores.values()))


def test_the_same_picture_has_the_same_colours(measure, cup_path):
    scores, flags = colour(measure, cup_path, (cup_path,))
    assert scores["subject_colour"].value == 0
    assert scores["subject_colour.turn"].value == 0
    assert flags == ()


def test_an_alpha_that_keeps_everything_is_no_cut_out(measure, put, cup, cup_path):
    opaque = put("opaque.png", np.dstack([cup, np.full(cup.shape[:2], 255, np.uint8)]))
    spec = {"box": [0.3, 0.3, 0.4, 0.4], "ref_box": [0.3, 0.3, 0.4, 0.4]}
    scores, flags = colour(measure, cup_path, (opaque,), spec=spec)
    assert scores["subject_colour"].value == 0
    assert flags == ()


@pytest.mark.parametrize("change", CHANGES)
def test_a_recolour_is_flagged(measure, put, cup, cup_path, change):
    scores, flags = colour(measure, put("a.png", CHANGES[change](cup)), (cup_path,))
    assert flags == ("colour_drift",)
    assert scores["subject_colour"].value > 4


def test_the_turn_of_a_hue_is_named(measure, put, cup, cup_path):
    scores, _ = colour(measure, put("a.png", CHANGES["hue+180"](cup)), (cup_path,))
    assert scores["subject_colour.turn"].value > 5
    assert 140 <= scores["subject_colour"].evidence["turned_by"] <= 220


def test_light_blur_and_mirror_are_no_recolour(measure, put, cup, cup_path, expose):
    import cv2

    for name, pixels in {
        "dark.png": expose(cup, -0.5),
        "light.png": expose(cup, 0.33),
        "soft.png": cv2.GaussianBlur(cup, (0, 0), 3),
        "mirror.png": cup[:, ::-1],
    }.items():
        _, flags = colour(measure, put(name, pixels), (cup_path,))
        assert flags == (), name


def test_darkening_is_a_ladder(measure, put, cup, cup_path, expose):
    values = [
        colour(measure, put(f"{stops}.png", expose(cup, -stops)), (cup_path,))[0][
            "subject_colour"
        ].value
        for stops in (0, 0.25, 0.5, 1, 2)
    ]
    assert values == sorted(values)


def test_the_nearest_reference_counts(measure, put, cup, cat, cup_path):
    scores, flags = colour(measure, cup_path, (put("cat.png", cat), cup_path))
    assert scores["subject_colour"].value == 0
    assert scores["subject_colour"].evidence["reference"] == "cup.png"
    assert flags == ()


def test_a_person_without_a_region_is_not_flagged_and_with_one_is(measure, put, cup, cup_path):
    take = put("a.png", CHANGES["hue+180"](cup))
    assert colour(measure, take, (cup_path,), kind=Kind.PERSON)[1] == ()
    boxed = {"box": [0.3, 0.3, 0.4, 0.4], "ref_box": [0.3, 0.3, 0.4, 0.4]}
    assert colour(measure, take, (cup_path,), kind=Kind.PERSON, spec=boxed)[1] == ("colour_drift",)


def test_a_mask_goes_before_a_box_and_a_box_before_the_middle(measure, put, cup, cup_path):
    mask = np.zeros(cup.shape[:2], np.uint8)
    mask[100:300, 200:400] = 255
    spec = {"box": [10, 20, 100, 80]}
    ways = {
        "mask": {"mask": put("mask.png", mask), "spec": spec},
        "box": {"spec": spec},
        "centre": {},
    }
    for rule, said in ways.items():
        scores, _ = colour(measure, cup_path, (cup_path,), **said)
        assert scores["subject_colour"].evidence["region"] == rule
    assert scores["subject_colour"].evidence["box"] == [180, 120, 240, 160]


def test_one_recoloured_frame_is_shown_and_does_not_move_the_median(measure, film, put, cup):
    small = cup[::2, ::2]
    frames = [small] * 5
    frames[3] = CHANGES["hue+180"](small)
    scores, _ = colour(measure, film("a.mp4", frames), (put("ref.png", small),))
    score = scores["subject_colour"]
    assert score.value < 2
    assert score.evidence["frame"] == 3
    assert score.evidence["worst"] > 5
    assert score.n_used == score.n_expected == 5


def test_without_weights_appearance_is_not_measured_and_says_how_to_get_them(
    measure, cup_path, tmp_path
):
    weights.use(tmp_path / "none")
    scores = measure("ref_embed", cup_path, refs=(cup_path,), kind=Kind.OBJECT)
    weights.use(None)
    for score in scores.values():
        assert score.status is Status.NOT_MEASURED
        assert "circletake weights fetch" in score.reason


def appearance(measure, take, refs, kind=Kind.CREATURE, **said):
    return measure("ref_embed", take, refs=refs, kind=kind, **said)["ref_embed"]


def test_the_same_picture_reads_one_and_another_thing_little(weighted, measure, put, cup_path, cat):
    same = appearance(measure, cup_path, (cup_path,))
    other = appearance(measure, put("cat.png", cat), (cup_path,))
    assert same.value == pytest.approx(1.0, abs=1e-5)
    assert other.value < 0.45
    assert same.tier == "learned"
    assert "mobilenet_v2@5d3137241276/int8/" in same.version


@pytest.mark.parametrize("change", CHANGES)
def test_appearance_is_blind_to_a_recolour(weighted, measure, put, cat, change):
    path = put("cat.png", cat)
    assert appearance(measure, put("a.png", CHANGES[change](cat)), (path,)).value > 0.68


def test_a_person_gets_appearance_and_an_animal_identity(weighted, measure, cup_path):
    kinds = {k: appearance(measure, cup_path, (cup_path,), kind=k) for k in (*Kind, None)}
    said = {k: s.evidence["measures"] for k, s in kinds.items()}
    assert said.pop(Kind.PERSON) == "appearance"
    assert set(said.values()) == {"identity"}
    dog = measure("id_ref", cup_path, refs=(cup_path,), kind=Kind.CREATURE)
    assert {s.status for s in dog.values()} == {Status.NOT_APPLICABLE}


def test_a_clip_reads_the_mean_over_its_frames(weighted, measure, film, put, cup, cat):
    other = np.ascontiguousarray(cat[:300, :400])
    cup = np.ascontiguousarray(cup[:300, :400])
    ref = put("ref.png", cup)
    score = appearance(measure, film("a.mp4", [cup, cup, other, cup]), (ref,))
    stranger = appearance(measure, put("other.png", other), (ref,)).value
    assert score.value == pytest.approx((3 + stranger) / 4, abs=0.03)
    assert score.evidence["frame"] == 2
    assert score.n_used == 4


def test_a_better_reference_only_helps(weighted, measure, put, cup_path, cat):
    take = put("cat.png", cat)
    alone = appearance(measure, take, (cup_path,)).value
    both = appearance(measure, take, (cup_path, put("again.png", cat[10:, 10:])))
    assert both.value > alone
    assert both.evidence["reference"] == "again.png"


def test_weights_that_arrive_later_are_measured_with(shelf, put, cup, tmp_path):
    path = put("a.png", cup)
    brief = Brief(row=0, take="a.png", path=path, refs=(path,), kind=Kind.OBJECT)
    found = []
    for folder in (tmp_path / "none", shelf):
        weights.use(folder)
        measurer = Measurer(("ref_embed",), tmp_path / "cache")
        found.append(measurer.score(brief).scores[0].status)
        measurer.close()
    weights.use(None)
    assert found == [Status.NOT_MEASURED, Status.MEASURED]
    assert metric("ref_embed").weights == ("mobilenet_v2", "dinov2_small")


def test_a_tie_counts_half():
    assert subjects.auc(np.array([2.0, 1.0]), np.array([1.0, 0.0])) == 0.875


@pytest.mark.slow
def test_photographs_of_fifteen_things_are_told_apart(weighted, gallery, material):
    photos = subjects.labelled(material / "subjects")
    views = [gallery.open(p.path) for p in photos]
    found = subjects.separation(photos, views, embedding.of("mobilenet_v2"))
    assert (found.pairs, found.same, found.hard) == (3160, 176, 215)
    assert found.auc == pytest.approx(0.996, abs=0.001)
    assert found.hard_auc == pytest.approx(0.959, abs=0.002)
    assert found.background_hard_auc < 0.8 < found.background_auc < 0.86
    assert min(found.recoloured.values()) > found.mean_same


@pytest.mark.slow
def test_recolours_of_real_things_are_flagged_and_the_things_themselves_are_not(gallery, material):
    from router.decoding.decode import Decoder

    chosen = {"backpack", "can", "teapot", "dog", "bear_plushie"}
    photos = [p for p in subjects.labelled(material / "subjects") if p.subject in chosen]
    with Decoder() as decoder:
        found = subjects.recolours(photos, decoder, gallery, many=True)
    assert found.false_flags <= 0.1
    assert min(found.found.values()) >= 0.85
