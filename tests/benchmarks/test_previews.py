"""What people see is written anew: what a file tells beside its pictures stays here."""

import io
import struct
import tracemalloc
import zlib
from datetime import timedelta
from types import SimpleNamespace

import av
import cv2
import numpy as np
import pytest
from PIL import Image

from benchmarks.browsing.gallery import Gallery
from benchmarks.pictures.previews import SIDE, Previews
from benchmarks.pictures.watermark import laid_over, mark, words
from router.api.routes import served
from router.domain.errors import StoreCorrupt
from router.domain.ids import sha256_of
from router.media_folder import MediaFolder, key_of
from router.testing.doubles import NOON

P = "north_light"
SECRET = b"SECRETMODEL"


@pytest.fixture
def previews(tmp_path, darkroom):
    media = MediaFolder(root=tmp_path / "media")
    return Previews(media=media, darkroom=darkroom, folder=tmp_path / "derived")


def ramp(width=320, height=180):
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([x * 255 // width, y * 255 // height, (x + y) % 256], -1).astype(np.uint8)


def film(form="mp4", codec="libx264", pix_fmt="yuv420p", frames=12, turned=0):
    out = io.BytesIO()
    with av.open(out, "w", format=form) as made:
        made.metadata["title"] = made.metadata["comment"] = SECRET.decode()
        stream = made.add_stream(codec, rate=24)
        stream.width, stream.height, stream.pix_fmt = 320, 180, pix_fmt
        stream.metadata["handler_name"] = SECRET.decode()
        for i in range(frames):
            frame = av.VideoFrame.from_ndarray(np.roll(ramp(), 8 * i, axis=1), format="rgb24")
            made.mux(stream.encode(frame))
        made.mux(stream.encode())
    return out.getvalue()


def decoded(data):
    with av.open(io.BytesIO(data)) as clip:
        return [f.to_ndarray(format="rgb24") for f in clip.decode(video=0)]


def shown(previews, data, mime, **kw):
    return previews.preview(P, previews.media.put(P, data, mime).sha256, **kw)


def test_a_byte_of_a_long_film_is_read_without_the_film(tmp_path):
    film = bytes(32 << 20)
    store = tmp_path / "media" / key_of(P, sha256_of(film))
    store.parent.mkdir(parents=True)
    store.write_bytes(film)
    router = SimpleNamespace(mime_of=lambda partner, sha256: "video/mp4")
    media = MediaFolder(root=tmp_path / "media")
    gallery = Gallery(studio=SimpleNamespace(media=media, router=router))
    tracemalloc.start()
    found = gallery.original(P, sha256_of(film), None)
    answer = served(found, "a", "bytes=7-7")
    assert b"".join(found.part(7, 7)) == b"\0"
    assert tracemalloc.get_traced_memory()[1] < 1 << 20
    tracemalloc.stop()
    assert (answer.status_code, answer.headers["content-length"]) == (206, "1")
    store.write_bytes(bytes(8))
    with pytest.raises(StoreCorrupt):
        gallery.original(P, sha256_of(film), None)
    gallery.close()


def test_row13_no_place_serial_or_author_leaves_with_a_preview(previews):
    exif = Image.Exif()
    exif[0x010E], exif[0xA431] = SECRET.decode(), "SERIAL12345"
    exif.get_ifd(0x8825)[1] = "N"
    out = io.BytesIO()
    Image.fromarray(ramp()).save(out, "JPEG", exif=exif, comment=SECRET)
    given = out.getvalue()
    xmp = b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>" + SECRET + b"</x:xmpmeta>"
    iptc = b"Photoshop 3.0\08BIM\x04\x04" + SECRET
    for marker, body in ((0xE1, xmp), (0xED, iptc)):
        given = given[:2] + struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body + given[2:]
    assert given.count(SECRET) == 4
    seen = shown(previews, given, "image/jpeg").data
    for word in (SECRET, b"SERIAL12345", b"Exif", b"ns.adobe", b"Photoshop", b"8BIM"):
        assert word not in seen


def test_row13_texts_of_a_png_stay_behind(previews):
    out = io.BytesIO()
    Image.fromarray(ramp()).save(out, "PNG")
    body = b"Author\0" + SECRET
    check = struct.pack(">I", zlib.crc32(b"tEXt" + body))
    given = out.getvalue()
    given = given[:33] + struct.pack(">I", len(body)) + b"tEXt" + body + check + given[33:]
    assert SECRET not in shown(previews, given, "image/png").data


def test_row06_bytes_after_the_picture_are_gone(previews):
    out = io.BytesIO()
    Image.fromarray(ramp()).save(out, "JPEG")
    given = out.getvalue() + b"PK\3\4" + b"a zip" * 50
    assert b"PK\3\4" not in shown(previews, given, "image/jpeg").data


def test_a_preview_is_at_most_1600_pixels_wide_and_looks_the_same(previews):
    out = io.BytesIO()
    Image.fromarray(ramp(3200, 1800)).save(out, "PNG")
    seen = cv2.imdecode(
        np.frombuffer(shown(previews, out.getvalue(), "image/png").data, np.uint8), 1
    )
    assert max(seen.shape[:2]) == SIDE
    small = cv2.resize(ramp(3200, 1800), (1600, 900), interpolation=cv2.INTER_AREA)
    assert np.abs(seen[..., ::-1].astype(int) - small)[:, :, :2].mean() < 3


def test_a_clip_moves_to_a_new_container_bit_for_bit_and_says_nothing_of_its_maker(previews):
    given = film()
    assert SECRET in given
    assert b"x264" in given
    seen = shown(previews, given, "video/mp4")
    assert seen.mime == "video/mp4"
    for word in (SECRET, b"x264", b"Lavf", b"Lavc"):
        assert word not in seen.data
    assert all(
        np.array_equal(a, b) for a, b in zip(decoded(given), decoded(seen.data), strict=True)
    )


def test_a_clip_that_browsers_do_not_play_is_encoded_for_them(previews):
    given = film("mov", "prores_ks", "yuv422p10le")
    seen = shown(previews, given, "video/quicktime")
    assert seen.mime == "video/webm"
    assert SECRET not in seen.data
    assert len(decoded(seen.data)) == 12


def test_a_preview_is_made_once(previews, darkroom):
    shown(previews, film(), "video/mp4")
    before = {p: p.stat().st_mtime_ns for p in previews.folder.rglob("*") if p.is_file()}
    shown(previews, film(), "video/mp4")
    assert {p: p.stat().st_mtime_ns for p in previews.folder.rglob("*") if p.is_file()} == before
    assert all(p.is_relative_to(previews.folder / P) for p in before)


def test_a_mark_is_laid_over_pictures_and_over_every_frame_of_clips(previews):
    out = io.BytesIO()
    Image.fromarray(ramp(640, 360)).save(out, "PNG")
    plain = shown(previews, out.getvalue(), "image/png").data
    marked = shown(previews, out.getvalue(), "image/png", seen=("Ana", NOON)).data
    one, other = (cv2.imdecode(np.frombuffer(d, np.uint8), 1).astype(int) for d in (plain, marked))
    assert (np.abs(one - other).max(axis=2) > 20).mean() > 0.01
    clip = shown(previews, film(), "video/mp4", seen=("Ana", NOON))
    changed = [
        (np.abs(a.astype(int) - b).max(axis=2) > 20).mean()
        for a, b in zip(decoded(film()), decoded(clip.data), strict=True)
    ]
    assert min(changed) > 0.01


@pytest.mark.parametrize("grey", [0, 118, 255])
def test_a_mark_can_be_read_on_dark_and_on_light(grey):
    flat = np.full((360, 640, 3), grey, np.uint8)
    told = laid_over(flat, mark((640, 360), "Ana  2027-04-01"))
    contrast = np.abs(told.astype(int) - grey).max(axis=2)
    assert (contrast > 20).mean() > 0.005  # it can be read
    assert (contrast > 120).mean() < 0.05  # and looked past


def test_a_mark_tells_name_and_minute_in_letters_that_the_typeface_has():
    assert words("Zoë Lindqvist", NOON) == "Zoe Lindqvist  2027-04-01 12:00 UTC"
    assert words("\u202e李", NOON) == "viewer  2027-04-01 12:00 UTC"


@pytest.mark.parametrize("size", [(1, 1), (16, 9), (4000, 40)])
def test_a_mark_fits_any_picture(size):
    assert mark(size, "Ana").shape == (size[1], size[0], 4)


def test_a_marked_clip_stays_the_same_within_an_hour_and_names_the_next_viewer(previews):
    data = film()
    one = shown(previews, data, "video/mp4", seen=("Ana", NOON)).data
    later = ("Ana", NOON + timedelta(minutes=59))
    assert shown(previews, data, "video/mp4", seen=later).data == one
    assert shown(previews, data, "video/mp4", seen=("Bo", NOON)).data != one
