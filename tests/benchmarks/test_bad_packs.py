"""What comes in as a pack and must not: each row of the table of bad inputs has its test."""

import io
import struct
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest

from benchmarks.packs import media
from benchmarks.packs.archive import Limits, unpack
from benchmarks.packs.check import check
from benchmarks.packs.entries import entries
from benchmarks.packs.node import Node
from benchmarks.testing.pack import GOOD, good_pack, png
from router.files import yaml_file
from router.testing.doubles import NOON


def zipped(tmp_path, *entries, raw=None):
    """Write a zip of (name or ZipInfo, content)."""
    path = tmp_path / "in.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    if raw:
        path.write_bytes(raw(path.read_bytes()))
    return path


def said(path, into, **limits):
    wrong = unpack(path, into, Limits(**limits))
    assert not list(into.rglob("*")) or wrong[0].code in {"zip", "nested"}
    return [(m.field, m.code) for m in wrong]


@pytest.fixture
def into(tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


SLIPS = [
    "../a",
    "/etc/x",
    "a/../../b",
    "a\\..\\b",
    "C:x",
    "a//b",
    "./a",
    "a/./b",
    "x" * 300,
    "a\nb",
]


@pytest.mark.parametrize("name", SLIPS, ids=[f"row19-{i}" for i in range(len(SLIPS))])
def test_a_name_that_could_lead_elsewhere_is_refused_by_its_number(tmp_path, into, name):
    path = zipped(tmp_path, ("ok.txt", b"1"), (name, b"2"))
    assert said(path, into) == [("entry 2", "slip")]
    assert [p.name for p in tmp_path.iterdir()] != ["a"]


def with_mode(name, mode):
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, mode << 16
    return info


ENTRIES = {
    "row20-symlink": ([(with_mode("l", 0o120777), b"/etc/passwd")], "not_a_file"),
    "row20-device": ([(with_mode("d", 0o060600), b"")], "not_a_file"),
    "row20-fifo": ([(with_mode("d", 0o010600), b"")], "not_a_file"),
    "row20-case-fold clash": ([("A.png", b"1"), ("a.PNG", b"2")], "duplicate"),
    "row20-two forms of one letter": ([("\u00e9", b"1"), ("e\u0301", b"2")], "duplicate"),
    "row20-a file and a folder of one name": ([("a", b"1"), ("a/b", b"2")], "duplicate"),
    "row20-ratio 1000:1": ([("z.txt", b"\0" * 1_000_000)], "ratio"),
    "row20-zip inside": ([("in.png", b"PK\3\4" + b"x" * 99)], "nested"),
}


@pytest.mark.parametrize(("entries", "code"), ENTRIES.values(), ids=ENTRIES)
def test_what_no_pack_needs_is_refused(tmp_path, into, entries, code):
    assert [c for _, c in said(zipped(tmp_path, *entries), into)] == [code]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_row20_duplicate_names_are_refused(tmp_path, into):
    assert said(zipped(tmp_path, ("a", b"1"), ("a", b"2")), into) == [("entry 2", "duplicate")]


def test_row20_too_many_entries_are_not_even_read(tmp_path, into):
    path = zipped(tmp_path, *((f"{i}", b"") for i in range(2001)))
    assert said(path, into) == [("", "too_many")]


def test_row20_a_million_entries_cost_nothing(tmp_path, into):
    path = tmp_path / "in.zip"
    path.write_bytes(b"PK\3\4" + b"\0" * 50_000_000 + struct.pack(
        "<IHHHHIIH", 0x06054B50, 0, 0, 0xFFFF, 0xFFFF, 49_000_000, 4, 0))  # fmt: skip
    started = time.perf_counter()
    assert said(path, into) == [("", "too_many")]
    assert time.perf_counter() - started < 1


def test_row20_too_many_bytes_are_refused_by_the_directory(tmp_path, into):
    path = zipped(tmp_path, ("a", bytes(range(256)) * 4), ("b", bytes(range(256)) * 4))
    assert said(path, into, bytes=2000) == [("", "too_large")]


def test_row20_and_by_what_comes_out_where_the_directory_lies(tmp_path, into):
    def lie(data):
        at = data.index(b"PK\1\2")
        return data[: at + 24] + struct.pack("<I", 10) + data[at + 28 :]

    path = zipped(tmp_path, ("a.bin", bytes(range(256)) * 40), raw=lie)
    assert said(path, into)[0][1] == "zip"
    assert sum(p.stat().st_size for p in into.rglob("*") if p.is_file()) <= 1 << 20


def test_row20_entries_that_share_bytes_are_refused(tmp_path, into):
    def overlap(data):
        first = data.index(b"PK\1\2")
        second = data.index(b"PK\1\2", first + 4)
        return data[: second + 42] + struct.pack("<I", 0) + data[second + 46 :]

    path = zipped(tmp_path, ("a", b"1" * 50), ("b", b"1" * 50), raw=overlap)
    assert {code for _, code in said(path, into)} == {"overlap"}


def large(data, entries=1, size=None):
    """Write what a zip64 has before its end: many tools write it for the smallest zip."""
    at = data.rindex(b"PK\5\6")
    length, start = struct.unpack_from("<II", data, at + 12)
    end = struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, entries, entries,
                      length if size is None else size, start)  # fmt: skip
    locator = struct.pack("<IIQI", 0x07064B50, 0, at, 1)
    hidden = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return data[:at] + end + locator + hidden


def test_row20_a_small_zip64_is_a_zip(tmp_path, into):
    path = zipped(tmp_path, ("ok.txt", b"1"), raw=large)
    with zipfile.ZipFile(path) as archive:  # what Python itself reads
        assert archive.namelist() == ["ok.txt"]
    assert unpack(path, into) == ()
    assert (into / "ok.txt").read_bytes() == b"1"


LARGE = {
    "row20-zip64 of a million entries": (lambda d: large(d, entries=1_000_000), "too_many"),
    "row20-zip64 with a directory of gigabytes": (lambda d: large(d, size=4 << 30), "too_many"),
    "row20-zip64 whose end is not there": (lambda d: large(d).replace(b"PK\6\6", b"PK\6\5"), "zip"),
}


@pytest.mark.parametrize(("raw", "code"), LARGE.values(), ids=LARGE)
def test_a_zip64_is_held_to_the_same_limits(tmp_path, into, raw, code):
    assert said(zipped(tmp_path, ("ok.txt", b"1"), raw=raw), into) == [("", code)]


def end_of(data, disks=(0, 0), told=None):
    """Write the end record anew: its disks, and the number of entries that it tells."""
    at = data.rindex(b"PK\5\6")
    _, _, _, entries, length, start, _ = struct.unpack_from("<4H2IH", data, at + 4)
    told = entries if told is None else told
    fields = struct.pack("<4H2IH", *disks, told, told, length, start, 0)
    return data[:at] + b"PK\5\6" + fields


HIDDEN = {
    "row20-an end inside the end": (lambda d: end_of(d, struct.unpack("<2H", b"PK\5\6")), "zip"),
    "row20-of several disks": (lambda d: end_of(d, (1, 1)), "zip"),
    "row20-bytes behind the end": (lambda d: d + bytes(30), "zip"),
    "row20-an end that tells one of many": (lambda d: end_of(d, told=1), "too_many"),
}


@pytest.mark.parametrize(("raw", "code"), HIDDEN.values(), ids=HIDDEN)
def test_what_is_measured_is_what_is_read(tmp_path, into, raw, code):
    path = zipped(tmp_path, *((f"{n}.txt", b"1") for n in range(30)), raw=raw)
    assert said(path, into, entries=20) == [("", code)]


def test_a_comment_is_part_of_a_zip(tmp_path, into):
    path = zipped(tmp_path, ("ok.txt", b"1"))
    with zipfile.ZipFile(path, "a") as archive:
        archive.comment = b"as exported"
    assert unpack(path, into) == ()


def test_of_very_many_mistakes_the_first_hundred_are_told(tmp_path, into):
    assert len(said(zipped(tmp_path, *((f"../{n}", b"1") for n in range(300))), into)) == 100


def test_row20_an_entry_that_was_written_as_if_it_were_large_is_read(tmp_path, into):
    path = tmp_path / "in.zip"
    with zipfile.ZipFile(path, "w") as archive, archive.open("a.txt", "w", force_zip64=True) as at:
        at.write(b"small")
    assert unpack(path, into) == ()
    assert (into / "a.txt").read_bytes() == b"small"


@pytest.mark.parametrize("part", range(10), ids=lambda i: f"row20-cut at {i}0 %")
def test_a_zip_that_ends_early_is_refused(tmp_path, into, part):
    path = zipped(tmp_path, ("a", b"1" * 500), ("b", bytes(range(256))))
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * part // 10])
    assert said(path, into) == [("", "zip")]


def test_all_mistakes_are_told_at_once(tmp_path, into):
    path = zipped(tmp_path, ("../a", b"1"), (with_mode("l", 0o120777), b"x"), ("/b", b"2"))
    assert said(path, into) == [("entry 1", "slip"), ("entry 2", "not_a_file"), ("entry 3", "slip")]


def test_a_pack_in_a_folder_of_its_own_is_unpacked_to_the_top(tmp_path, into):
    pack = good_pack(tmp_path / "pack")
    files = [p for p in pack.rglob("*") if p.is_file()]
    named = [(f"kite/{p.relative_to(pack)}", p.read_bytes()) for p in files]
    litter = [("__MACOSX/kite/._shotpack.yaml", b"x"), ("kite/.DS_Store", b"x")]
    assert unpack(zipped(tmp_path, *named, *litter), into) == ()
    assert check(into, today=NOON.date()).ok
    assert not list(into.rglob(".DS_Store"))


def mistakes_of(tmp_path, name, content):
    pack = good_pack(tmp_path / "pack")
    (pack / name).write_bytes(content)
    return [(m.code, m.expected) for m in check(pack, today=NOON.date()).errors]


PICTURES = {
    "row01-too many pixels": png(8, 8)[:16] + struct.pack(">II", 65000, 65000) + png(8, 8)[24:],
    "row03-truncated": png(64, 36)[:-9],
    "row08-animated": png(8, 8)[:33] + struct.pack(">I4sIII", 8, b"acTL", 2, 0, 0) + png(8, 8)[33:],
}


@pytest.mark.parametrize("content", PICTURES.values(), ids=PICTURES)
def test_pack_check_holds_pictures_to_the_limits_of_the_intake(tmp_path, content):
    found = mistakes_of(tmp_path, "refs/kite.png", content)
    assert found
    assert {code for code, _ in found} <= {"not_taken", "too_large"}


TEXTS = {
    "row21-aliases": ("title: &a [1]\nb: *a\n", "anchor"),
    "row21-billion laughs": ("a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n", "anchor"),
    "row22-tag": ("a: !!python/object/apply:os.system [id]\n", "tag"),
    "row23-duplicate key": ("a: 1\nb: 2\na: 3\n", "duplicate_key"),
}


@pytest.mark.parametrize(("text", "code"), TEXTS.values(), ids=TEXTS)
def test_yaml_that_says_more_than_it_shows_is_refused_with_its_line(tmp_path, text, code):
    (tmp_path / "shotpack.yaml").write_text(text)
    started = time.perf_counter()
    (found,) = check(tmp_path, today=NOON.date()).errors
    assert (found.code, found.line is not None) == (code, True)
    assert time.perf_counter() - started < 0.5


@pytest.mark.parametrize(
    "title", ["on", "12:30:45", ".nan", "2027-03-01"], ids=lambda t: f"row23-{t}"
)
def test_what_looks_like_text_stays_text(tmp_path, title):
    pack = good_pack(tmp_path / "p", GOOD.replace("title: The Kite", f"title: {title}"))
    found = check(pack, today=NOON.date())
    assert found.pack.title == title


@pytest.mark.parametrize(
    "name",
    ["\u202eAna", "A\u200bna", "\u0410na", "Ane\u0301", "Ana\x7f"],
    ids=["row24-right to left", "row24-unseen", "row24-look-alike", "row24-NFD", "row24-control"],
)
def test_names_that_deceive_are_refused(tmp_path, name):
    text = GOOD.replace("display_name: Ana", f"display_name: {name}")
    found = check(good_pack(tmp_path / "p", text), today=NOON.date())
    assert not found.ok


def test_row47_an_address_is_no_file_and_is_never_fetched(tmp_path, monkeypatch):
    import socket

    monkeypatch.setattr(socket, "socket", None)  # whoever wants one fails
    for address in ("http://169.254.169.254/x.png", "file:///etc/passwd.png", "s3://other/x.png"):
        text = GOOD.replace("refs/kite.png", address)
        found = check(good_pack(tmp_path / "p", text), today=NOON.date())
        assert {"path", "form"} & {m.code for m in found.errors}


def test_row62_nothing_unpickles_an_array():
    import numpy as np

    stream = io.BytesIO()
    np.save(stream, np.array([object()], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match="allow_pickle"):
        np.load(io.BytesIO(stream.getvalue()))
    rooms = ("router", "evaluators", "benchmarks", "dashboard")
    root = Path(__file__).parents[2]
    code = [p.read_text() for room in rooms for p in (root / room).rglob("*.py")]
    assert not any("allow_pickle=True" in text or "import pickle" in text for text in code)


def exr(path, keep=1.0):
    """Write an OpenEXR whose header is whole, and so much of the file."""
    oiio = pytest.importorskip("OpenImageIO", reason="OpenImageIO is not installed")
    out = oiio.ImageOutput.create(str(path))
    assert out.open(str(path), oiio.ImageSpec(64, 36, 3, "half"))
    assert out.write_image(np.random.default_rng(0).random((36, 64, 3), np.float32))
    assert out.close()
    path.write_bytes(path.read_bytes()[: int(keep * path.stat().st_size)])


def plated(root, *names, keep=()):
    good_pack(root, GOOD.replace("plates/kite.%04d.png", "plates/kite.%04d.exr"))
    for name in names:
        exr(root / name, 0.5 if name in keep else 1.0)
    return check(root, today=NOON.date())


FRAMES = [f"plates/kite.{n}.exr" for n in (1001, 1002, 1003)]


def test_an_openexr_that_ends_early_is_a_mistake_of_the_pack_and_no_surprise_of_the_run(tmp_path):
    assert plated(tmp_path / "whole", *FRAMES).ok
    (mistake,) = plated(tmp_path / "cut", *FRAMES, keep=FRAMES[1:2]).errors
    assert mistake.field == "shots[2].inputs[0].path"
    assert mistake.found.startswith("kite.1002.exr: a damaged OpenEXR file")


def test_more_openexr_than_one_check_reads_is_said(tmp_path):
    assert plated(tmp_path, *FRAMES).ok
    document = yaml_file.read(tmp_path / "shotpack.yaml", max_bytes=1 << 20, max_nodes=1 << 16)
    listed = tuple(entries(Node(document.data)))
    _, wrong, (note,) = media.look(document, tmp_path.resolve(), listed, most_opened=64 * 36 - 1)
    assert wrong == ()
    assert note.found.startswith("1 OpenEXR (kite.1001.exr")
