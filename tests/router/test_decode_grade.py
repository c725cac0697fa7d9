"""A clip with a gain on each frame is the same clip, only lighter or darker."""

import av
import numpy as np
import pytest

from router.decoding.decode import Decoder, Unreadable

SIZE, N, RATE = (96, 64), 12, 25


@pytest.fixture(scope="module")
def decoder():
    with Decoder(threads=1) as one:
        yield one


def clip(path, *, codec="libvpx-vp9", form="mp4", pix_fmt="yuv420p", sound=False, level=100):
    with av.open(str(path), "w", format=form) as out:
        stream = out.add_stream(codec, rate=RATE)
        stream.width, stream.height = SIZE
        stream.pix_fmt = pix_fmt
        voice = out.add_stream("aac", rate=48000) if sound else None
        ramp = np.linspace(0.4, 1.2, SIZE[0])[None, :, None] * np.ones((SIZE[1], 1, 3))
        for i in range(N):
            frame = av.VideoFrame.from_ndarray(
                np.clip(ramp * level, 0, 255).astype(np.uint8), format="rgb24"
            )
            frame.pts = i
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
        if voice:
            tone = np.zeros((1, 1024 * 20), np.float32)
            for at in range(0, tone.shape[1], 1024):
                heard = av.AudioFrame.from_ndarray(
                    tone[:, at : at + 1024], format="fltp", layout="mono"
                )
                heard.sample_rate, heard.pts = 48000, at
                out.mux(voice.encode(heard))
            out.mux(voice.encode())
    return path


def graded(decoder, path, gains, tmp_path):
    found = decoder.graded(path, gains)
    assert not isinstance(found, Unreadable), found
    made = tmp_path / "made"
    made.write_bytes(found[1])
    return found[0], decoder.read(made, at=range(N))


def alternating(size=0.2):
    return [[1 + size * (-1) ** i] * 3 for i in range(N)]


def test_each_frame_gets_its_own_gain_and_count_rate_and_raster_stay(decoder, tmp_path):
    path = clip(tmp_path / "in.mp4")
    before = decoder.read(path, at=range(N))
    mime, after = graded(decoder, path, alternating(), tmp_path)
    facts = ("width", "height", "frames", "fps", "bit_depth", "mime", "matrix", "full_range")
    assert [getattr(after.probe, f) for f in facts] == [getattr(before.probe, f) for f in facts]
    assert mime == "video/mp4"
    assert after.times == before.times
    ratio = [a.mean() / b.mean() for a, b in zip(after.rgb, before.rgb, strict=True)]
    assert np.allclose(ratio, np.array(alternating())[:, 0], atol=0.03)


def test_sound_moves_along_to_the_bit(decoder, tmp_path):
    path = clip(tmp_path / "in.mp4", sound=True)
    (tmp_path / "out.mp4").write_bytes(decoder.graded(path, alternating())[1])

    def heard(name):
        with av.open(str(tmp_path / name)) as film:
            return b"".join(bytes(p) for p in film.demux(film.streams.audio[0]) if p.size)

    assert heard("out.mp4") == heard("in.mp4") != b""


def test_ten_bits_stay_ten_bits(decoder, tmp_path):
    path = clip(tmp_path / "in.mov", codec="prores_ks", form="mov", pix_fmt="yuv422p10le")
    _, after = graded(decoder, path, alternating(), tmp_path)
    assert (after.probe.bit_depth, after.probe.pixel_format) == (10, "yuv422p10le")
    assert after.deep[0].dtype == np.uint16


def test_what_cannot_be_written_without_a_loss_is_refused(decoder, tmp_path):
    path = clip(tmp_path / "in.mov", codec="prores_ks", form="mov", pix_fmt="yuva444p10le")
    found = decoder.graded(path, alternating())
    assert "12 bits" in found.reason  # ProRes 4444 always has


def test_white_that_is_clipped_does_not_turn_grey(decoder, tmp_path):
    path = clip(tmp_path / "in.mp4", level=250)
    _, after = graded(decoder, path, [[0.8] * 3] * N, tmp_path)
    assert after.rgb[0][:, -4:].mean() > 248
    assert after.rgb[0][:, :20].mean() < 110


def test_a_clip_needs_a_gain_for_each_frame(decoder, tmp_path):
    found = decoder.graded(clip(tmp_path / "in.mp4"), alternating()[:-1])
    assert isinstance(found, Unreadable)
    assert "12 frames and 11 gains" in found.reason


def test_a_file_that_is_no_clip_is_told(decoder, tmp_path):
    (tmp_path / "no").write_bytes(b"no clip at all")
    assert isinstance(decoder.graded(tmp_path / "no", []), Unreadable)
