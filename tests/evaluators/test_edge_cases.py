"""The contract of the edge cases: what each says, so that nothing is measured in silence."""

import av
import cv2
import numpy as np
import pytest
from PIL import Image

from evaluators.colour import lab, linear_luma
from evaluators.domain.brief import Brief
from evaluators.domain.character import Kind
from evaluators.domain.score import Status
from evaluators.domain.verdict import AcceptanceLine, Ruling
from evaluators.evidence import picture
from evaluators.measuring import Measurer
from evaluators.panel import judge
from evaluators.verdicts import decide


@pytest.fixture(scope="module")
def measurer():
    names = ("colour_match", "costume_colour", "id_ref", "outside_mask", "temporal", "tech")
    running = Measurer(names)
    yield running
    running.close()


def scores(measurer, take, **said):
    scored = measurer.score(Brief(row=0, take="t", path=take, **said))
    return {s.metric: s for s in scored.scores}


def deep(pixels):
    return np.asarray(pixels, np.uint16) * 257


ROWS = {
    "no face": ("cat", "id_ref", Status.NOT_MEASURED),
    "a drawn character": ("drawn", "id_ref", Status.NOT_APPLICABLE),
    "another size": ("half", "colour_match.w1", Status.MEASURED),
    "another size, pixel by pixel": ("half", "outside_mask", Status.NOT_MEASURED),
    "alpha": ("alpha", "colour_match.w1", Status.MEASURED),
    "16 bit": ("sixteen", "colour_match.w1", Status.MEASURED),
    "HDR": ("pq", "colour_match.w1", Status.FAILED),
    "one frame": ("one", "temporal.warp", Status.NOT_APPLICABLE),
    "an odd size": ("odd", "tech.blur", Status.MEASURED),
    "broken off": ("cut", "tech.blur", Status.FAILED),
    "many faces": ("crowd", "id_ref", Status.MEASURED),
    "B-frames": ("b_frames", "temporal.warp", Status.MEASURED),
    "limited range": ("limited", "colour_match.w1", Status.MEASURED),
    "full range": ("full", "colour_match.w1", Status.MEASURED),
    "a rotation tag": ("turned", "colour_match.w1", Status.MEASURED),
}


@pytest.fixture
def take_of(put, film, person, cat, tmp_path):
    def make(name):
        if name == "cut":
            path = film("a.mkv", [np.roll(person[:128, :128], i, axis=1) for i in range(20)])
            path.write_bytes(path.read_bytes()[:-4000])
            return path
        if name == "b_frames":
            frames = [np.roll(person[:128, :128], 2 * i, axis=1) for i in range(12)]
            return film("a.mkv", frames, max_b_frames=2)
        if name in {"limited", "full"}:
            return ranged(tmp_path / "a.mkv", person[:128, :128], 1 + (name == "full"))
        if name == "turned":
            return turned(tmp_path / "take.jpg", person)
        if name in {"pq", "one"}:
            tags = {"color_trc": 16} if name == "pq" else {}
            return film("a.mkv", [person[:128, :128]] * (1 if name == "one" else 3), **tags)
        alpha = np.full((*person.shape[:2], 1), 255, np.uint8)
        pixels = {
            "cat": cat,
            "half": person[::2, ::2],
            "alpha": np.concatenate([person, alpha], axis=2),
            "sixteen": deep(person),
            "odd": person[:131, :77],
            "crowd": np.concatenate([person, person[:, ::-1]], axis=1),
        }
        return put("take.png", pixels.get(name, person))

    return make


def turned(path, pixels):
    """Write a picture that lies on its side and says so (EXIF orientation 6)."""
    lying = Image.fromarray(np.ascontiguousarray(np.rot90(pixels)))
    tags = Image.Exif()
    tags[0x0112] = 6
    lying.save(path, exif=tags, quality=95)
    return path


@pytest.mark.parametrize("row", ROWS)
def test_each_row_of_the_contract_has_its_answer(measurer, put, person, take_of, row):
    name, metric, status = ROWS[row]
    plate = put("plate.png", person)
    said = {"plate": plate, "mask": put("mask.png", np.zeros(person.shape[:2], np.uint8))}
    kind = Kind.DRAWN if name == "drawn" else Kind.PERSON
    score = scores(measurer, take_of(name), refs=(plate,), kind=kind, **said)[metric]
    assert score.status is status, score.reason
    assert (score.value is None) == bool(score.reason)


def test_of_many_faces_one_is_the_characters_and_the_others_are_counted(measurer, put, person):
    """Mirrored, the same person stands there twice: one face is given, the other is extra."""
    crowd = put("crowd.png", np.concatenate([person, person[:, ::-1]], axis=1))
    score = scores(measurer, crowd, refs=(put("ref.png", person),), kind=Kind.PERSON)["id_ref"]
    assert score.evidence["extra_faces"] == 1
    assert score.value > 0.9


def test_a_picture_on_its_side_is_measured_as_it_is_meant_to_be_seen(
    measurer, put, person, tmp_path
):
    upright = person[:, :400]
    take = turned(tmp_path / "take.jpg", upright)
    score = scores(measurer, take, plate=put("plate.png", upright))["colour_match.w1"]
    mask = put("mask.png", np.zeros(upright.shape[:2], np.uint8))
    fitted = scores(measurer, take, plate=put("p.png", upright), mask=mask)["outside_mask"]
    assert score.value < 1
    assert fitted.status is Status.MEASURED  # same raster: it was turned first


def ranged(path, pixels, tag):
    """Write a clip whose black lies at 16 (tag 1) or at 0 (tag 2), and says so."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=24, options={"crf": "4", "preset": "ultrafast"})
        stream.height, stream.width = pixels.shape[:2]
        stream.pix_fmt, stream.codec_context.color_range = "yuv444p", tag
        shown = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
        shown = shown.reformat(format="yuv444p", dst_color_range=tag)
        shown.color_range = tag
        for _ in range(2):
            out.mux(stream.encode(shown))
        out.mux(stream.encode())
    return path


@pytest.mark.parametrize("tag", [1, 2])
def test_both_ranges_of_a_clip_are_shown_alike(measurer, put, tmp_path, person, tag):
    part = person[:128, :128]
    take = ranged(tmp_path / "a.mkv", part, tag)
    said = scores(measurer, take, plate=put("plate.png", part))
    assert said["colour_match.w1"].value < 1
    assert abs(said["colour_match.contrast"].value) < 1.5  # a wrong range costs about 14


def test_the_same_file_twice_is_flagged_and_measured(tmp_path, put, person):
    take = put("a.png", person)
    rows = tuple(Brief(row=i, take=str(i), path=take) for i in range(2))
    first, second = judge(rows, metrics=("tech",), workers=0)
    assert "duplicate" in {*first.flags, *second.flags}
    assert [s.value for s in first.scores] == [s.value for s in second.scores]


def test_a_score_tells_the_bits_that_it_rests_on(measurer, put, person):
    said = scores(measurer, put("t.png", deep(person)), plate=put("p.png", deep(person)))
    assert said["colour_match.w1"].evidence["measured_bits"] == 16
    assert said["tech.blur"].evidence["bit_depth"] == 16
    assert said["tech.blur"].evidence["measured_bits"] == 8
    shallow = scores(measurer, put("t8.png", person), plate=put("p8.png", person))
    assert "bit_depth" not in shallow["colour_match.w1"].evidence


def test_a_difference_below_8_bits_is_measured_where_there_are_16(measurer, put, person):
    """A lift of 0.4 code values: rounding to 8 bits would hide it."""
    base = deep(np.clip(person, 10, 240))
    said = scores(measurer, put("t.png", base + 103), plate=put("p.png", base))
    assert 0.05 < said["colour_match.delta_e"].value < 0.5
    assert said["colour_match.stops"].value > 0.002


def test_an_untouched_region_is_compared_with_all_16_bits(measurer, put, person):
    """2.4 code values more, of which rounding would leave 2: within the limit, and wrong."""
    base = deep(np.clip(person, 10, 240))
    mask = put("m.png", np.zeros(person.shape[:2], np.uint8))
    said = scores(measurer, put("t.png", base + 617), plate=put("p.png", base), mask=mask)
    assert said["outside_mask"].value == 1.0
    assert said["outside_mask.max"].value == pytest.approx(617 / 257, abs=1e-4)


def test_lab_and_light_of_16_bits_are_those_of_8_where_both_exist(person):
    assert np.abs(lab(deep(person[::8, ::8])) - lab(person[::8, ::8])).max() < 1e-4
    assert linear_luma(deep(person)) == pytest.approx(linear_luma(person), abs=1e-6)
    ramp = np.arange(30000, 30256, dtype=np.uint16)[None, :, None].repeat(3, axis=2)
    assert len(np.unique(lab(ramp)[..., 0])) > 250


def test_scene_linear_material_is_approximate_and_fails_no_line(measurer, material):
    folder = material / "exr" / "valid"
    if not folder.is_dir():
        pytest.skip("no OpenEXR test images")
    said = scores(measurer, folder / "GammaChart.exr", plate=folder / "Rec709.exr")
    score = said["colour_match.delta_e"]
    assert "ACES 1.0 - SDR Video" in score.evidence["rendered"]
    line = AcceptanceLine(number=1, criterion="as the plate", kind="colour", must=True)
    verdict = decide(line, "t", list(said.values()))
    assert score.value > 6
    assert (verdict.ruling, "display transform" in verdict.reason) == (Ruling.UNSURE, True)


def test_the_colour_verdicts_picture_shows_the_grade_that_would_help(
    measurer, gallery, put, person
):
    plate = put("p.png", person)
    warm = np.clip(person * np.array([1.0, 0.8, 0.55]), 0, 255).astype(np.uint8)
    brief = Brief(row=0, take="t", path=put("t.png", warm), plate=plate)
    line = AcceptanceLine(number=1, criterion="as the plate", kind="colour", must=True)
    verdict = decide(line, "t", measurer.score(brief).scores)
    assert verdict.ruling is Ruling.FAIL
    shown = cv2.imdecode(np.frombuffer(picture(brief, verdict, gallery), np.uint8), 1)
    third = shown[40:220, 430:630]
    middle = shown[40:220, 216:416]
    first = shown[40:220, 2:202]

    def far(a):
        return np.abs(a.mean(axis=(0, 1)) - first.mean(axis=(0, 1))).max()

    assert far(third) < 0.3 * far(middle)


def test_the_worst_pair_of_frames_is_shown_with_where_it_tears(measurer, gallery, film, person):
    frames = [np.roll(person[:180, :320], i, axis=1) for i in range(12)]
    frames[6] = frames[6].copy()
    frames[6][60:120, 100:220] = 255 - frames[6][60:120, 100:220]
    brief = Brief(row=0, take="t", path=film("a.mp4", frames))
    line = AcceptanceLine(
        number=1, criterion="holds together", kind="x", must=True, metric="temporal.warp"
    )
    verdict = decide(line, "t", measurer.score(brief).scores)
    assert verdict.evidence["frame"] in {5, 6}
    shown = cv2.imdecode(np.frombuffer(picture(brief, verdict, gallery), np.uint8), 1).astype(int)
    error = shown[26:140, 430:]
    lit = np.argwhere(error[..., 1] - error[..., 0] > 60)  # green and yellow of the map
    centre = lit.mean(axis=0) / error.shape[:2]
    assert centre == pytest.approx([0.5, 0.5], abs=0.2)
