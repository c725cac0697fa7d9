"""A pack's files enter the media store by the hashes of its seal."""

from dataclasses import replace

import pytest

from benchmarks.domain.pack import PackFile
from benchmarks.packs.intake import take_in
from benchmarks.testing import doubles
from router.domain.errors import BadInput
from router.domain.ids import sha256_of
from router.media_folder import MediaFolder


@pytest.fixture
def pack(tmp_path):
    return doubles.pack(tmp_path / "pack")


@pytest.fixture
def media(tmp_path):
    return MediaFolder(root=tmp_path / "media")


def with_file(pack, tmp_path, data, **changes):
    path = tmp_path / "pack" / "extra"
    path.write_bytes(data)
    file = PackFile(
        path=path, name="extra", sha256=sha256_of(data), functional_type="capture.reference"
    )
    return replace(pack, files=(*pack.files, replace(file, **changes)))


def test_every_picture_is_stored_with_its_size(pack, media):
    found = take_in(pack, media)
    assert set(found) == {f.sha256 for f in pack.files}
    assert {(r.width, r.height, r.mime) for r in found.values()} == {
        (640, 360, "image/png"),
        (960, 540, "image/png"),
    }
    assert all(media.has("lantern", sha) for sha in found)


def test_a_file_that_changed_after_the_seal_is_refused_by_name(pack, media):
    pack.files[1].path.write_bytes(doubles.picture(91))
    with pytest.raises(BadInput, match=r"plates/a\.png"):
        take_in(pack, media)


@pytest.mark.parametrize(
    "changes",
    [{"functional_type": "document"}, {"frame_range": (1, 9)}, {}],
    ids=["a document", "a sequence", "a format that no model takes"],
)
def test_what_cannot_steer_a_model_stays_outside(pack, media, tmp_path, changes):
    data = b"v/1\x01 no picture that a model takes"
    grown = with_file(pack, tmp_path, data, **changes)
    assert sha256_of(data) not in take_in(grown, media)


def test_a_pack_without_a_seal_is_told_to_be_sealed(tmp_path, media):
    with pytest.raises(BadInput, match="pack seal"):
        take_in(doubles.pack(tmp_path / "open", sealed=False), media)
