"""outside_mask: exact, because a director's untouched must mean untouched."""

import av
import cv2
import numpy as np
import pytest

from evaluators.domain.brief import Brief
from evaluators.domain.score import Status
from evaluators.domain.verdict import AcceptanceLine
from evaluators.evidence import picture
from evaluators.verdicts import decide


@pytest.fixture
def matte(person):
    mask = np.zeros(person.shape[:2], np.uint8)
    mask[200:300, 100:200] = 255
    return mask


@pytest.fixture
def untouched(measure, put, person, matte):
    plate, mask = put("plate.png", person), put("mask.png", matte)

    def run(take, **spec):
        return measure("outside_mask", put("take.png", take), plate=plate, mask=mask, spec=spec)

    return run


def test_a_change_inside_the_matte_is_none(untouched, person, matte):
    take = person.copy()
    take[matte > 0] = 255 - take[matte > 0]
    got = untouched(take, feather=0)
    assert got["outside_mask"].value == 0.0
    assert got["outside_mask.max"].value == 0.0


def test_one_changed_pixel_is_found_and_boxed(untouched, person):
    take = person.copy()
    take[10, 20] = take[10, 20] ^ 64
    got = untouched(take)
    assert got["outside_mask.max"].value == 64
    assert 0 < got["outside_mask"].value < 1e-5
    assert got["outside_mask"].evidence["box"] == [20, 10, 1, 1]


@pytest.mark.parametrize(("delta", "share"), [(2, 0.0), (3, 1.0)])
def test_two_code_values_are_the_limit(untouched, person, delta, share):
    take = np.where(person < 128, person + delta, person - delta).astype(np.uint8)
    got = untouched(take)
    assert got["outside_mask"].value == share
    assert got["outside_mask.max"].value == delta


def test_the_feather_belongs_to_the_matte(untouched, person):
    take = person.copy()
    take[195:200, 120:180] = 255 - take[195:200, 120:180]
    assert untouched(take, feather=8)["outside_mask"].value == 0
    assert untouched(take, feather=2)["outside_mask"].value > 0


def test_the_share_rises_with_the_spill(untouched, person):
    rng = np.random.default_rng(0)
    where = rng.random(person.shape[:2])
    values = []
    for share in (0.01, 0.1, 0.5):
        take = person.copy()
        take[where < share] ^= 32
        values.append(untouched(take)["outside_mask"].value)
    assert values == pytest.approx([0.01, 0.1, 0.5], rel=0.1)


def test_other_sizes_are_not_scaled_to_fit(untouched, person):
    got = untouched(person[:, :400])["outside_mask"]
    assert got.status is Status.NOT_MEASURED
    assert got.reason == "different sizes: take 400x512, plate 512x512, mask 512x512"


def test_a_matte_of_everything_leaves_nothing_to_say(measure, put, person):
    path = put("a.png", person)
    mask = put("mask.png", np.full(person.shape[:2], 255, np.uint8))
    got = measure("outside_mask", path, plate=path, mask=mask)["outside_mask"]
    assert got.reason == "the mask covers the whole picture"


def test_a_clip_names_its_worst_frame(measure, put, film, person, matte):
    still = person[:96, :96]
    frames = [still] * 11 + [255 - still] + [still] * 4
    got = measure(
        "outside_mask",
        film("a.mp4", frames),
        plate=put("plate.png", still),
        mask=put("mask.png", matte[200:296, 180:276]),
        spec={"feather": 0},
    )["outside_mask"]
    assert got.evidence["frame"] == 11
    assert got.n_used == 16


FRAMES = 48


@pytest.fixture(scope="module")
def moving(person):
    """A slow pan of 48 frames."""
    return [np.ascontiguousarray(person[100:280, i : i + 320]) for i in range(FRAMES)]


@pytest.fixture
def cleaned(measure, put, film, moving):
    """A clip against the pan as its plate, with a small matte in the middle."""
    matte = np.zeros((180, 320), np.uint8)
    matte[80:100, 150:170] = 255

    def run(frames, plate=None):
        paths = {"plate": plate or film("plate.mp4", moving), "mask": put("mask.png", matte)}
        take = film("take.mp4", frames) if isinstance(frames, list) else frames
        return measure("outside_mask", take, **paths)

    return run


def test_a_shorter_clip_is_not_held_against_other_frames_of_its_plate(cleaned, moving):
    got = cleaned(moving[:40])["outside_mask"]
    assert got.status is Status.NOT_MEASURED
    assert got.reason == (
        "the take has 40 frames and the plate 48: which of them belong together is not known"
    )


def test_what_changes_between_the_sampled_frames_is_found(cleaned, moving, film):
    plate = film("plate.mp4", moving)
    whole = cleaned(plate, plate)["outside_mask"]
    assert (whole.value, whole.n_used, whole.n_expected) == (0.0, FRAMES, FRAMES)
    sampled = {round(i) for i in np.linspace(0, FRAMES - 1, 16)}
    frames = [f.copy() for f in moving]
    for i in set(range(FRAMES)) - sampled:
        frames[i][:90, :160] = 255
    got = cleaned(frames, plate)
    assert got["outside_mask"].value > 0.15
    assert got["outside_mask.max"].value > 100
    assert got["outside_mask"].evidence["frame"] not in sampled
    x, y, width, height = got["outside_mask"].evidence["box"]
    assert (x, y) == (0, 0)
    assert (width, height) == pytest.approx((160, 90), abs=4)


def test_where_luma_tells_nothing_the_frames_between_count_as_not_seen(cleaned, put, tmp_path):
    """Pure red is 76 in a picture's grey and 54 in the luma of BT.709: the same red."""
    red = np.zeros((180, 320, 3), np.uint8)
    red[..., 0] = 255
    take = tmp_path / "take.mp4"
    with av.open(str(take), "w") as out:
        stream = out.add_stream("libx264", rate=24, options={"qp": "0", "preset": "ultrafast"})
        stream.height, stream.width, stream.pix_fmt = 180, 320, "yuv444p"
        stream.codec_context.colorspace = 1
        for _ in range(FRAMES):
            shown = av.VideoFrame.from_ndarray(red, format="rgb24")
            out.mux(stream.encode(shown.reformat(format="yuv444p", dst_colorspace="ITU709")))
        out.mux(stream.encode())
    got = cleaned(take, put("plate.png", red))["outside_mask"]
    assert (got.value, got.n_used, got.n_expected) == (0.0, 16, FRAMES)


def test_evidence_shows_the_frame_between_the_sampled_ones(cleaned, moving, film, put, gallery):
    frames = [f.copy() for f in moving]
    frames[2][:90, :160] = 255
    plate = film("plate.mp4", moving)
    score = cleaned(frames, plate)["outside_mask"]
    assert score.evidence["frame"] == 2
    take, mask = plate.with_name("take.mp4"), plate.with_name("mask.png")
    brief = Brief(row=0, take="take.mp4", path=take, plate=plate, mask=mask)
    line = AcceptanceLine(number=1, criterion="", kind="untouched_region", must=True)
    drawing = picture(brief, decide(line, "take.mp4", [score]), gallery)
    shown = cv2.imdecode(np.frombuffer(drawing, np.uint8), cv2.IMREAD_COLOR)
    assert ((shown > 240).all(axis=2)).mean() > 0.03
