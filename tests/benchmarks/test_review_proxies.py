"""A proxy shows what its take is, frame by frame, on light and on dark, and hides no change."""

import io
import json
from dataclasses import replace

import av
import numpy as np
import pytest
from PIL import Image

from benchmarks.review import proxies, slate
from benchmarks.testing import doubles
from benchmarks.testing import review as testing_review
from benchmarks.testing.review import FIRST, film_ref
from router.domain.errors import Conflict

FRAMES = 26
SIZE = (640, 360)


def film(*, levels=(0, 255), frames=FRAMES):
    sink = io.BytesIO()
    with av.open(sink, "w", format="mp4") as out:
        stream = out.add_stream("libx264", rate=24, options={"preset": "ultrafast", "crf": "4"})
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for level in np.linspace(*levels, frames):
            flat = np.full((SIZE[1], SIZE[0], 3), round(level), np.uint8)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(flat, format="rgb24")))
        out.mux(stream.encode())
    return sink.getvalue()


@pytest.fixture
def media(tmp_path):
    return doubles.FolderMedia(tmp_path / "media")


def label(media, data, *, mime="video/mp4"):
    kept = replace(media.put("lantern", data, mime), mime=mime)
    return testing_review.label(kept if "image" in mime else film_ref(kept, FRAMES, SIZE))


def built(media, tmp_path, one, **order):
    wish = proxies.Order(out=tmp_path / "out", **order)
    return proxies.build("lantern", "camp", [one], media, wish)


def shown(path):
    with av.open(str(path)) as container:
        (video,), (sound,) = container.streams.video, container.streams.audio
        heard = float(sound.duration * sound.time_base)
        frames = [f.to_ndarray(format="rgb24") for f in container.decode(video)]
        tags = video.codec_context
        return frames, heard, (tags.colorspace, tags.color_primaries, tags.color_trc)


@pytest.mark.slow
def test_frame_n_shows_n_and_no_frame_is_lost_or_doubled(media, tmp_path):
    body = built(media, tmp_path, label(media, film()))
    (name,) = body["files"]
    frames, heard, tags = shown(tmp_path / "out" / name)
    counter = slate.counter(SIZE)
    assert [counter.read(f) for f in frames[1:]] == list(range(FIRST, FIRST + FRAMES))
    assert name == "SQ010_SH0010_genai_v001_review.mp4"
    assert tags == (1, 1, 1)
    assert heard == pytest.approx((FRAMES + 1) / 24, abs=0.05)
    row = body["files"][name]
    assert (row["head_handle"], row["tail_handle"], row["sound"]) == (8, 8, "silent")


@pytest.mark.slow
def test_burnt_in_words_stand_out_on_black_and_on_white(media, tmp_path):
    for level in (0, 255):
        body = built(media, tmp_path / str(level), label(media, film(levels=(level,) * 2)))
        frames, _, _ = shown(tmp_path / str(level) / "out" / next(iter(body["files"])))
        corner = frames[-1][-24:-6, 6:120]  # the take's name
        assert corner.max() > 200
        assert np.median(corner) < 90


def test_a_handle_is_marked_and_the_cut_is_not(media, tmp_path):
    one = label(media, film())
    assert one.states(FRAMES) == [1] * 8 + [0] * 10 + [2] * 8
    plain, head, tail = (slate.overlay(one, SIZE, s)[..., 3].any(axis=0).sum() for s in range(3))
    assert plain < min(head, tail)


def test_the_bar_of_a_still_covers_and_changes_no_pixel(media, tmp_path):
    noise = np.random.default_rng(1).integers(0, 255, (360, 640, 3), np.uint8)
    data = doubles.encoded(noise)
    body = built(media, tmp_path, label(media, data, mime="image/png"))
    (name,) = body["files"]
    made = np.asarray(Image.open(tmp_path / "out" / name))
    before = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    assert made.shape[0] > 360
    assert (made[:360] == before).all()


def test_again_makes_nothing_anew_and_never_replaces_a_changed_file(media, tmp_path):
    one = label(media, doubles.picture(90), mime="image/png")
    (name,) = built(media, tmp_path, one)["files"]
    path = tmp_path / "out" / name
    before = path.stat().st_mtime_ns
    built(media, tmp_path, one)
    assert path.stat().st_mtime_ns == before
    path.write_bytes(b"mine")
    with pytest.raises(Conflict):
        built(media, tmp_path, replace(one, circled_by="Ines"))
    assert path.read_bytes() == b"mine"
    assert sorted(p.name for p in tmp_path.iterdir() if p.name.startswith(".")) == []


def test_a_take_that_cannot_be_decoded_is_named_and_the_others_are_built(media, tmp_path):
    broken = label(media, b"no film at all" * 9)
    good = replace(
        label(media, doubles.picture(90), mime="image/png"),
        name="SQ010_SH0010_genai_v002",
    )
    body = proxies.build(
        "lantern", "camp", [broken, good], media, proxies.Order(out=tmp_path / "out")
    )
    assert [row["name"] for row in body["left_out"]] == [broken.name]
    listed = json.loads((tmp_path / "out" / "review.json").read_text())["files"]
    assert list(listed) == [f"{good.name}_review.png"]
