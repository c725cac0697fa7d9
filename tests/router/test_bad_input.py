"""What comes in and must not: each row of the table of bad inputs has its test, made by code."""

import io
import resource
import struct
import time
import zlib
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image, ImageCms

from router.decoding.decode import Decoder, Unreadable
from router.uploads.kinds import NotTaken
from router.uploads.look import Eye, jail_kind


@pytest.fixture(scope="module")
def eye():
    made = Eye()
    yield made
    made.close()


@pytest.fixture
def looked(eye, tmp_path):
    def look(data, name="a.png"):
        path = tmp_path / "in"
        path.write_bytes(data)
        return eye.look(path, name)

    return look


def refused(looked, data, name="a.png"):
    with pytest.raises(NotTaken) as error:
        looked(data, name)
    assert error.value.http_status == 422
    return f"{error.value.found}; {error.value.expected}"


def ramp(width=40, height=24):
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([x * 255 // width, y * 255 // height, (x + y) % 256], -1).astype(np.uint8)


def picture(form="PNG", mode="RGB", **said):
    out = io.BytesIO()
    Image.fromarray(ramp()).convert(mode).save(out, form, **said)
    return out.getvalue()


def chunk(name, body):
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def header(width, height, bits=8, colour=2):
    return b"\x89PNG\r\n\x1a\n" + chunk(
        b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    )


def film(codec="libx264", form="mp4", frames=6, size=(64, 48), rate=24, pix_fmt="yuv420p"):
    out = io.BytesIO()
    with av.open(out, "w", format=form) as made:
        stream = made.add_stream(codec, rate=rate)
        stream.width, stream.height, stream.pix_fmt = *size, pix_fmt
        for i in range(frames):
            pixels = np.roll(ramp(*size), 3 * i, axis=1)
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            made.mux(stream.encode(frame))
        made.mux(stream.encode())
    return out.getvalue()


def one_bit(side):
    row = b"\0" + bytes((side + 7) // 8)
    pack = zlib.compressobj(9)
    body = b"".join(pack.compress(row) for _ in range(side)) + pack.flush()
    return header(side, side, 1, 0) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


BOMBS = {
    "row01-65000 x 65000": (header(65000, 65000) + chunk(b"IDAT", b"x" * 800), "65000x65000"),
    "row02-13000 x 13000 of one bit": (one_bit(13_000), "13000x13000"),
}


@pytest.mark.parametrize(("data", "size"), BOMBS.values(), ids=BOMBS)
def test_too_many_pixels_are_refused_by_the_header(looked, data, size):
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    assert refused(looked, data) == f"image is {size} px; at most 64 Mpx, the limit"
    assert time.perf_counter() - started < 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 << 10


GOLDEN = {
    "png": picture(),
    "jpeg": picture("JPEG", quality=90),
    "progressive jpeg": picture("JPEG", progressive=True),
    "webp": picture("WEBP"),
    "lossless webp": picture("WEBP", lossless=True),
    "tiff": picture("TIFF"),
    "lzw tiff": picture("TIFF", compression="tiff_lzw"),
}


@pytest.mark.parametrize("part", [2, 25, 50, 75, 95, 99])
@pytest.mark.parametrize("name", GOLDEN, ids=[f"row03-{name}" for name in GOLDEN])
def test_a_picture_that_ends_early_is_refused(looked, name, part):
    whole = GOLDEN[name]
    assert looked(whole).is_media
    said = refused(looked, whole[: len(whole) * part // 100])
    assert any(word in said for word in ("ends early", "not an image", "metadata", "damaged"))


@pytest.mark.parametrize("name", ["png", "jpeg", "webp"], ids=lambda n: f"row03-{n}")
def test_every_shorter_picture_is_refused_by_its_structure(tmp_path, name):
    """All prefixes, without a decoder: the walk alone misses none."""
    from router.uploads.kinds import kind_of
    from router.uploads.structure import walk

    whole = GOLDEN[name]
    path = tmp_path / "in"
    for size in range(16, len(whole)):
        path.write_bytes(whole[:size])
        with pytest.raises(NotTaken):
            walk(path, kind_of(whole[:16]))


def tiff_of(entries):
    """Build the directory of a little-endian TIFF: (tag, kind, count, value) each."""
    rows = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return struct.pack("<4sIH", b"II*\0", 8, len(entries)) + rows + bytes(4)


SIZE_OF_TIFF = [(256, 4, 1, 8), (257, 4, 1, 8)]
SLOW = {
    "row05-fill bytes": b"\xff\xd8" + b"\xff" * 200_000,
    "row05-segments of nothing": b"\xff\xd8" + b"\xff\xdb\0\2" * (1 << 19),
    "row05-chunks of nothing": GOLDEN["png"][:33] + chunk(b"abCD", b"") * (1 << 19),
    "row05-texts of nothing": GOLDEN["png"][:33] + chunk(b"zTXt", b"") * 20_000,
    "row05-one tag many times": tiff_of(SIZE_OF_TIFF + [(273, 4, 16_000, 8)] * 4000)
    + bytes(64_000),
    "row05-one tag of very many": tiff_of([*SIZE_OF_TIFF, (273, 1, 8 << 20, 8)]) + bytes(8 << 20),
}


@pytest.mark.parametrize("data", SLOW.values(), ids=SLOW)
def test_a_structure_that_would_take_long_to_walk_is_refused_in_little_time(tmp_path, data):
    from router.uploads.kinds import kind_of
    from router.uploads.structure import walk

    path = tmp_path / "in"
    path.write_bytes(data)
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.thread_time()
    with pytest.raises(NotTaken):
        walk(path, kind_of(data[:16]))
    assert time.thread_time() - started < 0.9
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 << 10


REFUSED = {
    "row04-nothing": (b"", "empty"),
    "row04-text": (b"just some words", "not an image or clip"),
    "row07-svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
    "row07-xml, then svg": (b"\xef\xbb\xbf <?xml version='1.0'?><svg/>", "SVG"),
    "row07-html": (b"<!DOCTYPE html><script>x</script>", "HTML"),
    "row07-gif that is html too": (b"GIF89a/*<script>*/" + bytes(40), "a clip"),
    "row08-gif": (b"GIF89a" + bytes(40), "a clip"),
    "row09-eps": (b"%!PS-Adobe-3.0 EPSF-3.0\n", "PostScript"),
    "row09-binary eps": (b"\xc5\xd0\xd3\xc6" + bytes(40), "PostScript"),
    "row10-heic": (b"\0\0\0\x18ftypheic" + bytes(40), "HEIC is not accepted; an export as PNG"),
    "row10-avif": (b"\0\0\0\x18ftypavif" + bytes(40), "AVIF is not accepted; an export as PNG"),
    "row17-playlist": (b"#EXTM3U\n/etc/passwd\n", "the clip itself"),
    "row17-concat": (b"ffconcat version 1.0\nfile /etc/passwd\n", "the clip itself"),
    "row17-avi": (b"RIFF\0\0\0\0AVI LIST" + bytes(40), "MP4"),
    "row47-an address": (b"http://169.254.169.254/latest/meta-data", "not an image or clip"),
}


@pytest.mark.parametrize(("data", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_taken_is_refused_with_what_to_hand_in_instead(looked, data, words):
    assert words in refused(looked, data)


@pytest.mark.parametrize("name", ["a.jpg", "a.mp4", "noname"])
def test_row05_a_wrong_name_is_noted_and_the_content_counts(looked, name):
    seen = looked(GOLDEN["png"], name)
    assert seen.mime == "image/png"
    assert "taken as image/png, whatever its name says" in seen.notes


def test_row06_bytes_after_the_end_are_noted(looked):
    seen = looked(GOLDEN["jpeg"] + b"PK\3\4" + b"x" * 96, "a.jpg")
    assert "100 bytes after the picture's end are never shown" in seen.notes


@pytest.mark.parametrize("name", [".cube", ".edl", ".txt", ".pdf"])
@pytest.mark.parametrize("row", ["row07-as a document"])
def test_a_page_is_refused_whatever_document_it_pretends_to_be(looked, name, row):
    assert "markup" in refused(looked, b"<html><script>x</script></html>", f"a{name}")


ANIMATED = {
    "row08-apng": header(8, 8) + chunk(b"acTL", struct.pack(">II", 2, 0)),
    "row08-tiff of two pages": picture(
        "TIFF", save_all=True, append_images=[Image.new("L", (4, 4))]
    ),
    "row08-animated webp": picture(
        "WEBP", save_all=True, append_images=[Image.new("RGB", (40, 24))]
    ),
}


@pytest.mark.parametrize("data", ANIMATED.values(), ids=ANIMATED)
def test_one_picture_a_file(looked, data):
    assert "animated or multi-page images are not accepted; one p" in refused(looked, data)


TEXTS = {
    "row11-zTXt": (b"zTXt", b"k\0\0"),
    "row11-iTXt": (b"iTXt", b"k\0\1\0\0\0"),
    "row11-iCCP": (b"iCCP", b"k\0\0"),
}


@pytest.mark.parametrize(("name", "head"), TEXTS.values(), ids=TEXTS)
def test_metadata_that_unpack_to_megabytes_are_refused(looked, name, head):
    bomb = chunk(name, head + zlib.compress(bytes(50_000_000), 9))
    data = GOLDEN["png"][:33] + bomb + GOLDEN["png"][33:]
    assert "metadata too large" in refused(looked, data)


@pytest.mark.parametrize("turn", range(1, 9), ids=lambda t: f"row12-orientation {t}")
def test_a_turned_picture_is_turned_once(eye, tmp_path, turn):
    exif = Image.Exif()
    exif[0x0112] = turn
    (tmp_path / "a.jpg").write_bytes(picture("JPEG", exif=exif, quality=100))
    with Image.open(tmp_path / "a.jpg") as given:
        from PIL import ImageOps

        upright = np.asarray(ImageOps.exif_transpose(given))
    with Decoder() as decoder:
        found = decoder.read(tmp_path / "a.jpg")
    assert found.rgb[0].shape == upright.shape
    assert np.abs(found.rgb[0].astype(int) - upright).max() <= 4
    seen = eye.look(tmp_path / "a.jpg", "a.jpg")
    assert (seen.height, seen.width) == upright.shape[:2]


MODES = {
    "row14-grey": picture(mode="L"),
    "row14-alpha": picture(mode="RGBA"),
    "row14-palette": picture(mode="P"),
    "row14-16 bit": picture(mode="I;16"),
    "row14-sRGB profile": picture(
        icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    ),
}


@pytest.mark.parametrize("data", MODES.values(), ids=MODES)
def test_colour_modes_are_taken_by_an_explicit_rule(looked, data):
    assert looked(data).is_media


def test_row14_cmyk_without_a_profile_is_refused_with_what_to_export(looked):
    assert "CMYK without an ICC profile" in refused(looked, picture("JPEG", "CMYK"), "a.jpg")


def test_row14_a_broken_profile_is_refused(looked):
    assert "ICC profile is broken" in refused(looked, picture("JPEG", icc_profile=b"x" * 200))


def two_videos():
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as made:
        streams = [made.add_stream("libx264", rate=24) for _ in range(2)]
        for stream in streams:
            stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for stream in streams:
            frame = av.VideoFrame.from_ndarray(ramp(64, 48), format="rgb24")
            made.mux(stream.encode(frame))
            made.mux(stream.encode())
    return out.getvalue()


CLIPS = {
    "row15-too many frames": (lambda: film(frames=1201, size=(16, 16)), "limit is 1200"),
    "row15-too fast": (lambda: film(rate=1000), "frames per second"),
    "row17-codec": (lambda: film("mpeg4"), "codec mpeg4 is not accepted"),
    "row17-exotic codec": (lambda: film("ffv1", "matroska"), "codec ffv1 is not accepted"),
    "row16-two videos": (two_videos, "2 video streams"),
}


@pytest.mark.parametrize(("make", "words"), CLIPS.values(), ids=CLIPS)
def test_clips_are_held_to_limits_and_codecs(looked, make, words):
    assert words in refused(looked, make(), "a.mp4")


def test_row16_a_size_that_changes_is_refused(looked):
    parts = [film(size=size, form="h264") for size in ((64, 48), (128, 96))]
    out = io.BytesIO()
    with (
        av.open(io.BytesIO(b"".join(parts)), format="h264") as raw,
        av.open(out, "w", format="matroska") as made,
    ):
        target = made.add_stream_from_template(raw.streams.video[0], opaque=True)
        for i, packet in enumerate(p for p in raw.demux() if p.size):
            packet.pts = packet.dts = i * 40
            packet.time_base, packet.duration = Fraction(1, 1000), 40
            packet.stream = target
            made.mux(packet)
    said = refused(looked, out.getvalue(), "a.mkv")
    assert "size changes" in said or "decoding" in said


@pytest.mark.parametrize("part", [10, 50, 90, 99], ids=lambda p: f"row03-mp4 cut at {p} %")
def test_a_clip_that_ends_early_is_refused(looked, part):
    whole = film(frames=24)
    refused(looked, whole[: len(whole) * part // 100], "a.mp4")


def test_row18_what_hangs_is_killed_and_the_next_file_is_read(tmp_path):
    (tmp_path / "a.png").write_bytes(GOLDEN["png"])
    with Decoder(wall_seconds=0.01) as impatient:
        found = impatient.read(tmp_path / "a.png")
        assert isinstance(found, Unreadable)
        assert "could not be decoded safely" in found.reason
        assert impatient._child is None
    with Decoder() as decoder:
        assert not isinstance(decoder.read(tmp_path / "a.png"), Unreadable)


def test_row18_what_needs_more_memory_than_there_is_is_refused_and_the_child_lives(tmp_path):
    Image.new("RGB", (7500, 7500)).save(tmp_path / "big.png")
    (tmp_path / "a.png").write_bytes(GOLDEN["png"])
    with Decoder(memory_mb=300) as decoder:
        assert "of memory to decode" in decoder.read(tmp_path / "big.png").reason
        assert not isinstance(decoder.read(tmp_path / "a.png"), Unreadable)


def test_row18_no_file_descriptor_leaks_over_many_bad_files(looked):
    refused(looked, GOLDEN["png"][:-20])
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(40):
        refused(looked, GOLDEN["png"][:-20])
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_row47_the_jail_says_what_keeps_it_off_the_network():
    kind = jail_kind()
    assert kind.startswith("open: ") or {"namespace", "seccomp"} & set(kind.split("+"))
