"""A pack's folder is sent as it is: what it names, under the seal that it bears."""

import hashlib
import zipfile
from datetime import date

import pytest

from benchmarks.packs import seal as sealing
from benchmarks.packs import starter
from benchmarks.packs.check import check
from benchmarks.packs.parcel import parcel
from router.domain.errors import BadInput
from router.domain.mistake import BadFile

TODAY = date(2026, 11, 21)


@pytest.fixture
def pack(tmp_path):
    starter.start(tmp_path / "pack")
    return tmp_path / "pack"


def test_a_sealed_pack_bears_the_seal_that_a_check_finds(pack):
    assert parcel(pack).seal is None
    sealing.seal(pack, today=TODAY)
    found = parcel(pack)
    assert found.seal == check(pack, today=TODAY).pack.seal
    assert found.partner == "my_studio"


def test_what_the_pack_does_not_name_stays_at_home(pack):
    (pack / "notes.txt").write_text("private")
    files = parcel(pack).files
    assert next(iter(files)) == "shotpack.yaml"
    assert "notes.txt" not in files
    assert len(files) > 1


def test_a_file_that_is_not_there_or_leads_elsewhere_is_left_out(pack, tmp_path):
    first, second = [name for name in parcel(pack).files if name != "shotpack.yaml"][:2]
    (pack / first).unlink()
    outside = tmp_path / "secret.png"
    outside.write_bytes(b"x")
    (pack / second).unlink()
    (pack / second).symlink_to(outside)
    assert {first, second}.isdisjoint(parcel(pack).files)


def test_the_same_files_are_the_same_zip_to_the_bit(pack, tmp_path):
    hashes = set()
    for name in ("a.zip", "b.zip"):
        parcel(pack).packed(tmp_path / name)
        hashes.add(hashlib.sha256((tmp_path / name).read_bytes()).hexdigest())
    assert len(hashes) == 1
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.testzip() is None
        assert set(archive.namelist()) == set(parcel(pack).files)


def test_a_folder_without_a_pack_and_yaml_that_is_none_are_refused(pack, tmp_path):
    with pytest.raises(BadInput, match=r"a folder with a shotpack\.yaml"):
        parcel(tmp_path)
    (pack / "shotpack.yaml").write_text("a: &x [*x]")
    with pytest.raises(BadFile):
        parcel(pack)
