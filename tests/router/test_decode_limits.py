"""The edge-case contract of what comes in: each row has its test, and nothing is silent."""

import os
import struct
import zlib
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from router.decoding.decode import Decoded, Decoder, Unreadable

DATA = Path(os.environ.get("CIRCLETAKE_DATA") or Path(__file__).parents[3] / "shared" / "data")
EXR = DATA / "exr"
needs_exr = pytest.mark.skipif(not EXR.is_dir(), reason="no OpenEXR test images ($CIRCLETAKE_DATA)")


@pytest.fixture(scope="module")
def decoder():
    with Decoder() as running:
        yield running


def moving(count, height=90, width=160):
    y, x = np.mgrid[0:height, 0:width]
    return [
        np.stack([40 + (x + 3 * i) % 160, 60 + y % 128, 200 - x % 160], axis=-1).astype(np.uint8)
        for i in range(count)
    ]


def film(path, frames, *, times=None, fmt=None, pix_fmt="yuv420p", options=None):
    """Write a clip; `times` in milliseconds where the rate varies."""
    with av.open(str(path), "w", format=fmt, options=options or {}) as out:
        stream = out.add_stream("libx264", rate=25, options={"crf": "8", "preset": "ultrafast"})
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = pix_fmt
        if times:
            stream.codec_context.time_base = Fraction(1, 1000)
        for i, pixels in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            if times:
                frame.pts, frame.time_base = times[i], Fraction(1, 1000)
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return path


def deep_ramp():
    """A 16-bit ramp of which 8 bits see only two values."""
    values = (120 * 257 + np.arange(512)).astype(np.uint16)
    return np.repeat(np.tile(values, (8, 1))[..., None], 3, axis=2)


@pytest.mark.parametrize("name", ["ramp.png", "ramp.tiff"])
def test_a_16_bit_ramp_keeps_every_step(decoder, tmp_path, name):
    cv2.imwrite(str(tmp_path / name), deep_ramp())
    got = decoder.read(tmp_path / name)
    assert got.probe.bit_depth == 16
    assert np.array_equal(got.deep[0], deep_ramp())
    assert len(np.unique(got.deep[0])) == 512
    assert len(np.unique(got.rgb[0])) == 3  # rounded, beside


def test_an_8_bit_picture_claims_no_more_bits(decoder, tmp_path):
    Image.fromarray(moving(1)[0]).save(tmp_path / "a.png")
    got = decoder.read(tmp_path / "a.png")
    assert (got.probe.bit_depth, got.deep) == (8, ())


def test_ten_bit_clips_give_their_colours_with_ten_bits(decoder, tmp_path):
    """A slow grey ramp: 8 bits hold at most 33 levels of it."""
    y16 = np.linspace(20000, 28000, 256).astype(np.uint16)
    frame16 = np.repeat(np.tile(y16, (64, 1))[..., None], 3, axis=2)
    with av.open(str(tmp_path / "a.mov"), "w") as out:
        stream = out.add_stream("prores_ks", rate=24)
        stream.width, stream.height, stream.pix_fmt = 256, 64, "yuv422p10le"
        for _ in range(2):
            frame = av.VideoFrame.from_ndarray(frame16, format="rgb48le")
            out.mux(stream.encode(frame.reformat(format="yuv422p10le")))
        out.mux(stream.encode())
    got = decoder.read(tmp_path / "a.mov")
    assert got.probe.bit_depth == 10
    assert got.deep[0].dtype == np.uint16
    eight = len(np.unique(got.rgb[0][32, :, 1]))
    assert len(np.unique(got.deep[0][32, :, 1])) > 2 * eight


def test_sixteen_bits_with_a_foreign_profile_are_rounded_aloud(decoder, tmp_path):
    """Pillow converts 8 bits only: the note says what was lost."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    cv2.imwrite(str(tmp_path / "a.png"), deep_ramp())
    data = (tmp_path / "a.png").read_bytes()
    body = b"p\0\0" + zlib.compress(profile)
    (tmp_path / "a.png").write_bytes(data[:33] + chunk(b"iCCP", body) + data[33:])
    got = decoder.read(tmp_path / "a.png")
    if isinstance(got, Decoded):
        assert "16 bits rounded to 8" in " ".join(got.probe.notes)
        assert got.deep == ()
    else:
        assert "profile" in got.reason


def chunk(name, body):
    check = struct.pack(">I", zlib.crc32(name + body))
    return struct.pack(">I", len(body)) + name + body + check


@pytest.mark.parametrize(("code", "name"), [(16, "pq"), (18, "hlg")])
def test_an_hdr_picture_says_so_by_its_tag(decoder, tmp_path, code, name):
    cv2.imwrite(str(tmp_path / "a.png"), deep_ramp())
    data = (tmp_path / "a.png").read_bytes()
    tagged = data[:33] + chunk(b"cICP", bytes([9, code, 0, 1])) + data[33:]
    (tmp_path / "a.png").write_bytes(tagged)
    assert decoder.read(tmp_path / "a.png").probe.transfer == name


def test_linear_code_values_are_not_taken_for_srgb(decoder, tmp_path):
    Image.fromarray(moving(1)[0]).save(tmp_path / "a.png")
    data = (tmp_path / "a.png").read_bytes()
    linear = data[:33] + chunk(b"gAMA", struct.pack(">I", 100000)) + data[33:]
    (tmp_path / "a.png").write_bytes(linear)
    assert decoder.read(tmp_path / "a.png").reason == (
        "tagged with gamma 1 instead of sRGB's; export it as sRGB"
    )


def test_alpha_of_unknown_kind_is_refused(decoder, tmp_path):
    cv2.imwrite(str(tmp_path / "deep.tiff"), np.full((8, 8, 4), 30000, np.uint16))  # untagged
    assert "unknown kind" in decoder.read(tmp_path / "deep.tiff").reason
    Image.new("RGBA", (8, 8)).save(tmp_path / "a.tiff")
    data = bytearray((tmp_path / "a.tiff").read_bytes())
    at = data.find(struct.pack("<HHI", 338, 3, 1))
    assert at > 0
    data[at + 8] = 0
    (tmp_path / "a.tiff").write_bytes(data)
    assert "unknown kind" in decoder.read(tmp_path / "a.tiff").reason


def test_16_bit_alpha_lies_over_grey_with_all_its_bits(decoder, tmp_path):
    pixels = np.zeros((8, 8, 4), np.uint16)
    pixels[..., 3] = 32768
    cv2.imwrite(str(tmp_path / "a.png"), pixels)
    got = decoder.read(tmp_path / "a.png")
    assert got.probe.alpha_coverage == pytest.approx(0.5, abs=1e-4)
    assert got.deep[0][0, 0, 0] == pytest.approx(118 * 257 / 2, abs=2)


@pytest.mark.parametrize(("width", "height"), [(161, 91), (33, 17), (1, 1)])
def test_odd_sizes_are_neither_stretched_nor_cut(decoder, tmp_path, width, height):
    path = film(tmp_path / "a.mkv", moving(3, height, width), pix_fmt="yuv444p")
    got = decoder.read(path)
    assert got.rgb[0].shape == (height, width, 3)
    assert (got.probe.width, got.probe.height, got.probe.frames) == (width, height, 3)


def test_a_clip_of_one_frame_is_a_clip_of_one_frame(decoder, tmp_path):
    got = decoder.read(film(tmp_path / "a.mp4", moving(1)))
    assert (got.probe.still, got.probe.frames, got.indices) == (False, 1, (0,))


def test_frames_of_a_varying_rate_are_chosen_by_their_time(decoder, tmp_path):
    """Thirty frames in the first second, then one a second: even numbers would be uneven time."""
    times = [i * 33 for i in range(30)] + [1000 * i for i in range(1, 10)]
    got = decoder.read(film(tmp_path / "a.mkv", moving(len(times)), times=times), samples=10)
    assert got.probe.variable_rate
    chosen = [times[i] for i in got.indices]
    assert np.diff(chosen).max() <= 1100
    assert chosen[0] == 0
    assert chosen[-1] == 9000


def test_asked_frames_are_the_frames_that_come(decoder, tmp_path):
    frames = [np.full((90, 160, 3), 40 + 8 * i, np.uint8) for i in range(20)]
    got = decoder.read(film(tmp_path / "a.mp4", frames), at=(7, 8))
    assert got.indices == (7, 8)
    assert [f.mean() for f in got.rgb] == pytest.approx([96, 104], abs=2)


def test_a_file_that_breaks_off_says_after_which_frame(decoder, tmp_path):
    rng = np.random.default_rng(0)
    noise = [rng.integers(0, 255, (64, 64, 3), np.uint8) for _ in range(60)]
    path = film(tmp_path / "a.mp4", noise, options={"movflags": "+faststart"})
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])
    got = decoder.read(path)
    assert isinstance(got, Unreadable)
    assert got.frame is not None
    assert 20 < got.frame < 60


@pytest.mark.slow
def test_row15_a_million_frames_are_refused_with_the_figure(decoder, tmp_path):
    """One coded frame a million times: small on disk, long to decode."""
    source = film(tmp_path / "one.mp4", moving(1, 16, 16))
    with av.open(str(source)) as one, av.open(str(tmp_path / "a.mp4"), "w") as out:
        stream = out.add_stream_from_template(one.streams.video[0])
        packet = next(p for p in one.demux(video=0) if p.size)
        data = bytes(packet)
        for i in range(1_000_000):
            again = av.Packet(data)
            again.stream, again.time_base = stream, Fraction(1, 25)
            again.pts = again.dts = i
            out.mux(again)
    got = decoder.read(tmp_path / "a.mp4")
    assert got == Unreadable(reason="1000000 frames; the limit is 1200, send the shot only")


@needs_exr
@pytest.mark.parametrize("path", sorted((EXR / "damaged").glob("*.exr")), ids=lambda p: p.stem)
def test_every_damaged_exr_says_what_is_wrong(decoder, path):
    got = decoder.read(path)
    assert isinstance(got, Unreadable)
    assert len(got.reason) > 12


@needs_exr
@pytest.mark.parametrize("path", sorted((EXR / "valid").glob("*.exr")), ids=lambda p: p.stem)
def test_every_valid_exr_is_shown_or_refused_with_its_channels(decoder, path):
    got = decoder.read(path)
    if isinstance(got, Unreadable):
        assert path.stem in {"Rec709_YC", "WideFloatRange"}
        assert "R, G, B" in got.reason
        return
    assert got.probe.rendered.startswith("scene-linear, shown through ACES 1.0 - SDR Video")
    assert got.deep[0].dtype == np.uint16
    assert 5 < got.rgb[0].mean() < 250
    assert decoder.probe(path).width == got.rgb[0].shape[1]


@needs_exr
def test_the_same_picture_in_other_primaries_is_the_same_picture(decoder):
    one, other = (
        decoder.read(EXR / "valid" / n).deep[0].astype(int) for n in ("Rec709.exr", "XYZ.exr")
    )
    assert np.abs(one - other).mean() / 257 < 0.2


@needs_exr
def test_a_data_window_lies_where_its_header_says(decoder):
    got = decoder.read(EXR / "valid" / "t08.exr")
    assert got.rgb[0].shape == (401, 501, 3)
    assert got.rgb[0][:40].max() == 0
    assert "data window" in " ".join(got.probe.notes)


@needs_exr
def test_samples_that_are_no_numbers_are_counted(decoder):
    got = decoder.read(EXR / "valid" / "BrightRingsNanInf.exr")
    assert "18 samples are no numbers" in " ".join(got.probe.notes)


@needs_exr
def test_the_display_transform_is_opencolorios(decoder):
    """The recorded transform, made anew by OpenColorIO itself, gives the same picture."""
    ocio = pytest.importorskip("PyOpenColorIO", reason="opencolorio is not installed")
    oiio = pytest.importorskip("OpenImageIO", reason="OpenImageIO is not installed")
    path = EXR / "valid" / "Rec709.exr"
    linear = np.asarray(oiio.ImageInput.open(str(path)).read_image(oiio.FLOAT), np.float32).copy()
    config = ocio.Config.CreateFromFile("ocio://cg-config-v2.1.0_aces-v1.3_ocio-v2.3")
    view = ocio.DisplayViewTransform(
        src="Linear Rec.709 (sRGB)", display="sRGB - Display", view="ACES 1.0 - SDR Video"
    )
    config.getProcessor(view).getDefaultCPUProcessor().applyRGB(linear)
    shown = decoder.read(path).deep[0] / 65535
    assert np.abs(np.clip(linear, 0, 1) - shown).mean() * 255 < 0.1
