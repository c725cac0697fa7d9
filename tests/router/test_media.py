"""Media by content: durable, per partner, and never something else than its name says."""

import struct

import pytest

from router.domain.errors import BadInput, StoreCorrupt
from router.media_folder import MediaFolder
from router.probe import Prober, Undecodable
from router.testing import _chunk, small_png

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
    with pytest.raises(Undecodable, match="pixels"):
        Prober().probe(bomb)
