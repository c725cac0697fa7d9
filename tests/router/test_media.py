"""Media by content: durable, per partner, and never something else than its name says."""

import io
import struct
import subprocess
import sys
import zlib

import pytest
from PIL import Image

from router.domain.errors import BadInput, StoreCorrupt
from router.media_folder import MediaFolder
from router.probe import Prober, Undecodable
from router.testing.doubles import _chunk, small_png

P = "north_light"


@pytest.fixture
def media(tmp_path):
    return MediaFolder(root=tmp_path / "media")


def test_what_is_put_comes_back_with_its_size(media):
    ref = media.put(P, small_png(), "image/png")
    assert (ref.mime, ref.width, ref.height, ref.frames) == ("image/png", 16, 9, 1)
    assert media.get(P, ref.sha256) == small_png()


def test_the_same_bytes_twice_are_one_file(media):
    assert media.put(P, small_png(), "image/png") == media.put(P, small_png(), "image/png")
    assert len([p for p in media.root.rglob("*") if p.is_file()]) == 1


def test_partners_never_share_a_file(media):
    ref = media.put(P, small_png(), "image/png")
    assert media.has(P, ref.sha256)
    assert not media.has("other_house", ref.sha256)


def test_rotten_bytes_are_noticed(media):
    ref = media.put(P, small_png(), "image/png")
    media.path(P, ref.sha256).write_bytes(b"rotten")
    with pytest.raises(StoreCorrupt):
        media.get(P, ref.sha256)


def test_absent_bytes_are_said_to_be_absent(media):
    with pytest.raises(StoreCorrupt, match="no 0000"):
        media.get(P, "0" * 64)


@pytest.mark.parametrize("name", ["../x", "a/b", ".", "", "a.b"])
def test_no_name_leads_out_of_the_store(media, name):
    with pytest.raises(BadInput):
        media.has(name, "0" * 64)
    with pytest.raises(BadInput):
        media.has(P, name)


@pytest.mark.parametrize(
    "data",
    [b"", b"GIF89a" + b"\0" * 40, small_png()[:-1], small_png()[:40] + b"\1" + small_png()[41:]],
    ids=["nothing", "a type that is not taken", "cut off", "a flipped byte"],
)
def test_what_is_no_whole_picture_is_refused(data):
    with pytest.raises(Undecodable):
        Prober().probe(data)


@pytest.mark.parametrize("side", [8_100, 10_000, 60_000])
def test_a_picture_bomb_is_refused_by_its_header(side):
    header = _chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    bomb = small_png()[:8] + header + small_png()[33:]
    with pytest.raises(Undecodable, match="px"):
        Prober().probe(bomb)


def picture(form, **said):
    out = io.BytesIO()
    Image.radial_gradient("L").convert("RGB").save(out, form, **said)
    return out.getvalue()


BOMB = _chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(8 << 20), 9))
ANSWERS = {
    "row55-a cut png": small_png()[:-20],
    "row55-a cut jpeg": picture("JPEG")[:-40],
    "row55-a cut webp": picture("WEBP")[:-40],
    "row55-a cut tiff": picture("TIFF")[:-4000],
    "row55-a webp whose header is noise": picture("WEBP")[:20] + bytes(400),
    "row55-several pictures": picture(
        "WEBP", save_all=True, append_images=[Image.new("RGB", (256, 256))]
    ),
    "row55-megabytes of text": small_png()[:33] + BOMB + small_png()[33:],
    "row55-a page": b"<!doctype html><script>x</script>",
    "row55-scene-linear": b"\x76\x2f\x31\x01" + bytes(400),
}


@pytest.mark.parametrize("data", ANSWERS.values(), ids=ANSWERS)
def test_an_answer_of_a_model_is_held_to_what_uploads_are_held_to(media, data):
    with pytest.raises(Undecodable):
        media.put(P, data, "image/png")
    assert not list(media.root.rglob("*"))


@pytest.mark.parametrize("form", ["JPEG", "WEBP", "TIFF"], ids=lambda f: f"row55-{f}")
def test_an_answer_of_another_type_than_was_said_is_refused(media, form):
    assert media.put(P, picture(form), f"image/{form.lower()}").width == 256
    with pytest.raises(Undecodable, match="image/png"):
        media.put(P, picture(form), "image/png")


def test_row55_no_picture_of_a_model_is_opened_in_this_process(tmp_path):
    path = tmp_path / "a.webp"
    path.write_bytes(picture("WEBP"))
    code = (
        "import sys, pathlib; from router.probe import Prober;"
        "print(Prober().probe(pathlib.Path(sys.argv[1]).read_bytes()).width);"
        "print({'PIL', 'cv2', 'av'} & set(sys.modules))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == ["256", "set()"]
