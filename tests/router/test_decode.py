"""Anything can be handed in; nothing but upright pixels or a reason comes out."""

import io
import struct
import subprocess
import sys
import zlib

import av
import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from router.decoding.decode import Decoded, Decoder, Probe, Unreadable


@pytest.fixture(scope="module")
def decoder():
    with Decoder() as running:
        yield running


def ramp(height=90, width=160):
    """Smooth, so that compression hardly changes it."""
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([40 + x, 60 + y, 200 - x], axis=-1).astype(np.uint8)


def clip(path, frames, *, codec="libx264", pix_fmt="yuv420p", fps=24, fmt=None, **tags):
    options = {"crf": "4", "preset": "ultrafast"} if codec == "libx264" else {}
    with av.open(str(path), "w", format=fmt) as out:
        stream = out.add_stream(codec, rate=fps, options=options)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = pix_fmt
        for key, value in tags.items():
            setattr(stream.codec_context, key, value)
        for frame in frames:
            shown = av.VideoFrame.from_ndarray(frame, format="rgb24")
            shown = shown.reformat(
                format=pix_fmt,
                dst_colorspace="ITU709" if tags.get("colorspace") == 1 else "ITU601",
                dst_color_range="JPEG" if tags.get("color_range") == 2 else "MPEG",
            )
            out.mux(stream.encode(shown))
        out.mux(stream.encode())
    return path


def chunk(name, body):
    check = struct.pack(">I", zlib.crc32(name + body))
    return struct.pack(">I", len(body)) + name + body + check


def png(pixels, path):
    Image.fromarray(pixels).save(path)
    return path


def test_one_pass_gives_luma_of_every_frame_and_the_sampled_frames(decoder, tmp_path):
    frames = [np.full((90, 160, 3), 40 + 4 * i, np.uint8) for i in range(40)]
    got = decoder.read(clip(tmp_path / "a.mp4", frames), samples=5)
    assert isinstance(got, Decoded)
    assert got.indices == (0, 10, 20, 29, 39)
    assert len(got.luma) == got.probe.frames == 40
    assert (got.probe.fps, got.probe.codec, got.probe.mime) == (24.0, "h264", "video/mp4")
    assert got.luma.mean(axis=(1, 2)) == pytest.approx([40 + 4 * i for i in range(40)], abs=1.5)
    assert [f.mean() for f in got.rgb] == pytest.approx([40, 80, 120, 156, 196], abs=1.5)


@pytest.mark.parametrize("colour_range", [1, 2])
@pytest.mark.parametrize("space", [1, 5])
def test_colours_survive_every_tagged_matrix_and_range(decoder, tmp_path, colour_range, space):
    tags = {"color_range": colour_range, "colorspace": space}
    got = decoder.read(clip(tmp_path / "a.mkv", [ramp()] * 2, pix_fmt="yuv444p", **tags))
    assert np.abs(got.rgb[0].astype(int) - ramp()).mean() < 1.5
    grey = cv2.cvtColor(got.rgb[0], cv2.COLOR_RGB2GRAY)
    if space == 5:  # the weights of cv2's grey
        assert got.luma[0].mean() == pytest.approx(grey.mean(), abs=1.0)


def test_ten_bit_luma_is_scaled_and_not_wrapped(decoder, tmp_path):
    path = clip(tmp_path / "a.mov", [ramp()] * 2, codec="prores_ks", pix_fmt="yuv422p10le")
    got = decoder.read(path)
    assert got.probe.bit_depth == 10
    assert got.luma[0].mean() == pytest.approx(
        cv2.cvtColor(ramp(), cv2.COLOR_RGB2GRAY).mean(), abs=1.5
    )


def test_a_phone_clip_is_turned_upright(decoder, tmp_path):
    path = clip(tmp_path / "a.mov", [ramp()] * 2)
    data = bytearray(path.read_bytes())
    matrix = data.index(b"tkhd") + 4 + 40
    data[matrix : matrix + 36] = struct.pack(">9i", 0, 1 << 16, 0, -1 << 16, 0, 0, 0, 0, 1 << 30)
    path.write_bytes(data)
    got = decoder.read(path)
    assert (got.probe.width, got.probe.height) == (90, 160) == got.rgb[0].shape[1::-1]
    clockwise = np.rot90(ramp(), -1).astype(int)
    assert np.abs(got.rgb[0] - clockwise).mean() < 3
    assert decoder.probe(path) == got.probe


def test_pq_footage_says_so(decoder, tmp_path):
    path = clip(tmp_path / "a.mkv", [ramp()] * 2, color_trc=16)
    assert decoder.probe(path).transfer == "pq"


def test_a_probe_of_a_bomb_never_decodes_it(decoder, tmp_path):
    head = struct.pack(">IIBBBBB", 65000, 65000, 8, 2, 0, 0, 0)
    path = tmp_path / "bomb.png"
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")
    )
    assert decoder.read(path) == Unreadable(reason="image is 65000x65000 px; the limit is 64 Mpx")
    Image.new("1", (13000, 13000)).save(path)
    assert "13000x13000 px; the limit is 64 Mpx" in decoder.read(path).reason


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("empty.png", b"", "the file is empty"),
        ("text.png", b"hello, I am a picture", "not a picture or clip that we accept"),
        ("page.png", b"<html><script>alert(1)</script></html>", "not a picture or clip"),
        ("list.mp4", b"ffconcat version 1.0\nfile /etc/passwd\n", "not a picture or clip"),
        ("list.m3u8", b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "not a picture or clip"),
        ("half.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF", "header is damaged"),
        ("ps.png", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not a picture or clip"),
    ],
)
def test_what_is_no_picture_is_told_so(decoder, tmp_path, name, data, reason):
    path = tmp_path / name
    path.write_bytes(data)
    got = decoder.read(path)
    assert isinstance(got, Unreadable)
    assert reason in got.reason


@pytest.mark.parametrize("fmt", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_a_truncated_picture_is_never_half_a_picture(decoder, tmp_path, fmt):
    pixels = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "whole", format=fmt)
    data = (tmp_path / "whole").read_bytes()
    for share in (0.3, 0.6, 0.9):
        (tmp_path / "cut").write_bytes(data[: int(len(data) * share)])
        assert isinstance(decoder.read(tmp_path / "cut"), Unreadable), share


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_a_truncated_clip_says_where_it_ends(decoder, tmp_path, name):
    rng = np.random.default_rng(0)
    path = clip(tmp_path / name, [rng.integers(0, 255, (64, 64, 3), np.uint8) for _ in range(60)])
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    assert isinstance(decoder.read(path), Unreadable)


def test_animations_and_foreign_codecs_are_refused(decoder, tmp_path):
    pages = [Image.new("RGB", (8, 8), c) for c in ("red", "blue")]
    pages[0].save(tmp_path / "a.png", save_all=True, append_images=pages[1:])
    assert "animated" in decoder.read(tmp_path / "a.png").reason
    foreign = clip(tmp_path / "a.mkv", [ramp()] * 2, codec="mpeg2video")
    assert "codec mpeg2video is not accepted" in decoder.read(foreign).reason
    stream = clip(tmp_path / "a.ts", [ramp()] * 2, fmt="mpegts")
    assert "not a picture or clip" in decoder.read(stream).reason


def test_too_many_frames_are_refused_before_decoding(decoder, tmp_path):
    path = clip(tmp_path / "a.mkv", [np.zeros((16, 16, 3), np.uint8)] * 1201, fps=30)
    assert "1201 frames; the limit is 1200" in decoder.read(path).reason


def test_the_content_decides_and_not_the_name(decoder, tmp_path):
    png(ramp(), tmp_path / "a.png").rename(tmp_path / "a.mp4")
    got = decoder.read(tmp_path / "a.mp4")
    assert got.probe.mime == "image/png"
    assert np.array_equal(got.rgb[0], ramp())


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied_once(decoder, tmp_path, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(ramp()).save(tmp_path / "a.png", exif=exif)
    got = decoder.read(tmp_path / "a.png")
    from PIL import ImageOps

    expected = np.asarray(ImageOps.exif_transpose(Image.open(tmp_path / "a.png")))
    assert np.array_equal(got.rgb[0], expected)
    assert (got.probe.height, got.probe.width) == expected.shape[:2]
    assert decoder.probe(tmp_path / "a.png") == got.probe


def test_sixteen_bit_is_rounded_and_not_cut(decoder, tmp_path):
    deep = np.full((8, 8, 3), 100 * 257 + 200, np.uint16)  # 100.78 in 8 bit
    cv2.imwrite(str(tmp_path / "a.png"), deep)
    cv2.imwrite(str(tmp_path / "a.tiff"), deep)
    for name in ("a.png", "a.tiff"):
        got = decoder.read(tmp_path / name)
        assert got.probe.bit_depth == 16
        assert (got.rgb[0] == 101).all(), name


def test_sixteen_bit_colours_keep_their_order(decoder, tmp_path):
    deep = np.zeros((8, 8, 3), np.uint16)
    deep[..., 0] = 65535  # blue, for cv2
    cv2.imwrite(str(tmp_path / "a.png"), deep)
    assert tuple(decoder.read(tmp_path / "a.png").rgb[0][0, 0]) == (0, 0, 255)


def test_alpha_lies_over_18_percent_grey_and_is_told(decoder, tmp_path):
    pixels = np.zeros((10, 10, 4), np.uint8)
    pixels[:5] = (200, 100, 50, 255)
    got = decoder.read(png(pixels, tmp_path / "a.png"))
    assert got.probe.alpha_coverage == pytest.approx(0.5)
    assert tuple(got.rgb[0][0, 0]) == (200, 100, 50)
    assert tuple(got.rgb[0][9, 9]) == (118, 118, 118)


def test_a_profile_is_converted_and_its_absence_in_cmyk_refused(decoder, tmp_path):
    Image.new("CMYK", (8, 8), (0, 255, 255, 0)).save(tmp_path / "a.jpg")
    assert "CMYK without an ICC profile" in decoder.read(tmp_path / "a.jpg").reason
    Image.new("RGB", (8, 8), "red").save(tmp_path / "b.png", icc_profile=b"no profile at all")
    assert "ICC profile is broken" in decoder.read(tmp_path / "b.png").reason
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.new("RGB", (8, 8), (12, 34, 56)).save(tmp_path / "c.png", icc_profile=srgb)
    assert tuple(decoder.read(tmp_path / "c.png").rgb[0][0, 0]) == (12, 34, 56)


def test_huge_text_chunks_are_refused(decoder, tmp_path):
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, "PNG")
    data = buffer.getvalue()
    body = b"note\0\0" + zlib.compress(b"x" * (80 << 20))
    chunk = (
        struct.pack(">I", len(body))
        + b"zTXt"
        + body
        + struct.pack(">I", zlib.crc32(b"zTXt" + body))
    )
    (tmp_path / "a.png").write_bytes(data[:33] + chunk + data[33:])
    assert isinstance(decoder.read(tmp_path / "a.png"), Unreadable)


def test_a_killed_decoder_costs_one_file_and_no_more(tmp_path):
    good = png(ramp(), tmp_path / "a.png")
    with Decoder() as decoder:
        assert isinstance(decoder.probe(good), Probe)
        decoder._child.kill()
        decoder._child.wait()
        assert isinstance(decoder.read(good), Decoded)


def test_a_file_that_takes_too_long_is_given_up(tmp_path):
    rng = np.random.default_rng(0)
    path = clip(tmp_path / "a.mkv", [rng.integers(0, 255, (256, 256, 3), np.uint8)] * 30)
    with Decoder(wall_seconds=0.0) as decoder:
        got = decoder.read(path)
    assert got == Unreadable(reason="could not be decoded safely: more time than it may take")


def test_the_decoder_lives_in_a_jail():
    """What the child may do is asked of the kernel, inside the child."""
    code = (
        "import ctypes, os, resource as r, socket, threading\n"
        "from router.decoding import jail\n"
        "before = jail._mapped()\n"
        "print(jail.lock(cpu_seconds=20, lifetimes=65, memory=1 << 30).partition(':')[0])\n"
        "print(r.getrlimit(r.RLIMIT_CPU)[0], (r.getrlimit(r.RLIMIT_AS)[0] - before) >> 30)\n"
        "def tried(what):\n"
        "    try: what()\n"
        "    except OSError as error: return error.errno\n"
        "    return 0\n"
        "print(tried(socket.socket), tried(os.fork), tried(lambda: os.execv('/bin/true', ['t'])))\n"
        "kernel = ctypes.CDLL(None, use_errno=True)\n"
        "def asked(*call): return kernel.syscall(*call), ctypes.get_errno()\n"
        "room = ctypes.create_string_buffer(120)\n"
        "calls = (425, 8, room), (426, 8, room), (427, 8, room), (0x40000000 | 41, 2, 1, 0)\n"
        "print(*(asked(*call)[1] for call in calls))\n"
        "thread = threading.Thread(target=print, args=('threads run',)); thread.start()\n"
        "thread.join()\n"
    )

    got = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    walls, limits, refused, rings, threads = got.stdout.splitlines()
    assert "seccomp" in walls
    assert limits == "20 1"
    assert refused == "1 1 1"
    assert rings == "1 1 1 1"  # io_uring would open sockets behind the filter; and x32's numbers
    assert threads == "threads run"


def test_missing_files_and_folders_are_told(decoder, tmp_path):
    assert decoder.read(tmp_path / "none.png").reason == "no such file"
    assert decoder.read(tmp_path).reason == "not a file"
