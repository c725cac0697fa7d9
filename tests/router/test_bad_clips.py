"""Clips that come in: what their headers promise is not believed, and more than a picture and its
sound is not taken."""

import io
import struct
from fractions import Fraction

import av
import numpy as np
import pytest

from router.uploads.kinds import NotTaken
from router.uploads.look import Eye


@pytest.fixture(scope="module")
def eye():
    made = Eye()
    yield made
    made.close()


@pytest.fixture
def looked(eye, tmp_path):
    def look(data, name="a.mkv"):
        path = tmp_path / "in"
        path.write_bytes(data)
        return eye.look(path, name)

    return look


def refused(looked, data):
    with pytest.raises(NotTaken) as error:
        looked(data)
    assert error.value.http_status == 422
    return error.value.found


def film(form="matroska", times=range(0, 400, 40), codec="libx264", size=(64, 48), more=None):
    """Write a clip whose frames stand at these milliseconds; `more` adds what else is in it."""
    out = io.BytesIO()
    with av.open(out, "w", format=form) as made:
        stream = made.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        if any(time % 40 for time in times):
            stream.codec_context.time_base = Fraction(1, 1000)
        if more:
            more(made)
        for time in times:
            pixels = np.full((size[1], size[0], 3), time % 251, np.uint8)
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, frame.time_base = time, Fraction(1, 1000)
            made.mux(stream.encode(frame))
        made.mux(stream.encode())
    return out.getvalue()


def patched(data, mark, at, value):
    """Overwrite what stands `at` bytes behind every `mark`."""
    found, start = 0, data.find(mark)
    while start >= 0:
        data = data[: start + at] + value + data[start + at + len(value) :]
        found, start = found + 1, data.find(mark, start + 1)
    assert found
    return data


def three_in_one(packets):
    """Write VP9 whose packets hold three whole frames each (superframes, VP9 annex B)."""
    out = io.BytesIO()
    with (
        av.open(io.BytesIO(film("webm", [0], "libvpx-vp9", (16, 16)))) as raw,
        av.open(out, "w", format="webm") as made,
    ):
        target = made.add_stream_from_template(raw.streams.video[0], opaque=True)
        key = next(bytes(p) for p in raw.demux() if p.size)
        mark = bytes([0b110_01_010])
        index = mark + struct.pack("<H", len(key)) * 3 + mark
        for number in range(packets):
            packet = av.Packet(key * 3 + index)
            packet.pts = packet.dts = number * 120
            packet.time_base, packet.stream = Fraction(1, 1000), target
            packet.is_keyframe = True
            made.mux(packet)
    return out.getvalue()


SECOND = struct.pack(">d", 1000.0)  # of a Matroska duration, in milliseconds


@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(
            lambda: patched(film(times=range(1201), size=(16, 16)), b"\x44\x89\x88", 3, SECOND),
            "the limit is 1200",
            id="row15-a second by its header and 1201 frames in truth",
        ),
        pytest.param(
            lambda: three_in_one(410),
            "more than 1200 frames; the limit is 1200",
            id="row15-410 packets of three frames",
        ),
        pytest.param(
            lambda: patched(film("mp4"), b"stts", 12, struct.pack(">II", 10, 0)),
            "decoding stopped",
            id="row15-no time passes",
        ),
        pytest.param(
            lambda: film().partition(b"\x1f\x43\xb6\x75")[0], "is damaged", id="row15-no frame"
        ),
    ],
)
def test_the_decoder_counts_whatever_the_header_says(looked, make, words):
    assert words in refused(looked, make())


def test_row15_frames_that_a_packet_hides_are_counted_and_taken_up_to_the_limit(looked):
    with pytest.raises(NotTaken, match="more than 1200"):
        looked(three_in_one(401))
    assert looked(three_in_one(3)).mime == "video/webm"


def test_row15_a_varying_rate_is_taken_and_said(looked):
    seen = looked(film(times=[0, 40, 80, 400, 440, 900, 940]))
    assert seen.frames == 7
    assert "its frame rate varies: frames are chosen by their time" in seen.notes
    assert not any("varies" in note for note in looked(film()).notes)


def sound(made):
    stream = made.add_stream("aac", rate=48000)
    frame = av.AudioFrame.from_ndarray(
        np.zeros((1, 48000), np.float32), format="fltp", layout="mono"
    )
    frame.rate = 48000
    made.mux(stream.encode(frame))


MORE = {
    "row16-subtitles": (lambda made: made.add_stream("ass"), "subtitles or attachments"),
    "row16-drawn subtitles": (lambda made: made.add_stream("dvdsub"), "subtitles or attachments"),
    "row16-a font": (
        lambda made: made.add_attachment("a.ttf", "font/ttf", b"\0\1\0\0" + bytes(60)),
        "subtitles or attachments",
    ),
    "row16-a program": (
        lambda made: made.add_attachment("a.exe", "application/octet-stream", b"MZ" + bytes(60)),
        "subtitles or attachments",
    ),
}


@pytest.mark.parametrize(("more", "words"), MORE.values(), ids=MORE)
def test_more_than_picture_and_sound_is_refused(looked, more, words):
    assert words in refused(looked, film(more=more))


def test_row16_sound_is_taken(looked):
    assert looked(film(more=sound)).frames == 10


@pytest.mark.parametrize("codec", ["libx264", "libvpx-vp9"], ids=lambda c: f"row16-{c}")
@pytest.mark.parametrize("second", [(128, 96), (48, 64)], ids=lambda s: f"to {s[0]}x{s[1]}")
def test_a_size_that_changes_in_the_middle_is_refused(looked, codec, second):
    form = "h264" if codec == "libx264" else "ivf"
    parts = [film(form, codec=codec, size=size) for size in ((64, 48), second)]
    out = io.BytesIO()
    with av.open(out, "w", format="matroska") as made:
        count, target = 0, None
        for part in parts:
            with av.open(io.BytesIO(part), format=form) as raw:
                target = target or made.add_stream_from_template(raw.streams.video[0], opaque=True)
                for packet in [p for p in raw.demux() if p.size]:
                    packet.pts = packet.dts = count * 40
                    packet.time_base, packet.duration = Fraction(1, 1000), 40
                    packet.stream = target
                    made.mux(packet)
                    count += 1
    assert "the picture size changes at frame 10" in refused(looked, out.getvalue())
