"""A pack that comes over the network is checked like one on disk, sealed and kept."""

import hashlib
import io
import zipfile
from datetime import date

import pytest
from sqlalchemy import text as sql

from benchmarks.packs.check import check
from benchmarks.packs.receiving import Receiving
from benchmarks.store.store import MIGRATIONS, Store
from benchmarks.testing.pack import GOOD, good_pack
from router.domain.caller import GRANTED, Caller, Reach, Role
from router.domain.errors import BadInput, Conflict, UnknownName
from router.domain.upload import UploadKind
from router.media_folder import MediaFolder
from router.store import database
from router.store.uploads import Uploads
from router.testing.doubles import FakeClock
from router.uploads.intake import Intake, Promise
from router.uploads.quarantine import QuarantineFolder

P = "test_studio"
MINE = Reach(frozenset({P}))
ROLE = Role.PARTNER_MEMBER
ANA = Caller(id="k", name="Ana", role=ROLE, scopes=GRANTED[ROLE], reads=MINE, looks=MINE)


@pytest.fixture
def hatch(tmp_path):
    engine = database.connect(tmp_path / "a.db")
    database.migrate(engine, (database.MIGRATIONS, MIGRATIONS))
    media, clock = MediaFolder(root=tmp_path / "media"), FakeClock()
    quarantine = QuarantineFolder(root=tmp_path / "quarantine")
    intake = Intake(rows=Uploads(engine), quarantine=quarantine, media=media, clock=clock)
    yield Receiving(
        intake=intake,
        store=Store(engine, (P,)),
        media=media,
        clock=clock,
        metrics=frozenset({"id_ref"}),
    )
    intake.eye.close()
    engine.dispose()


def zipped(pack):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for path in sorted(p for p in pack.rglob("*") if p.is_file()):
            archive.write(path, str(path.relative_to(pack)))
    return out.getvalue()


def uploaded(hatch, data, name="pack.zip", kind=UploadKind.PACK_ZIP):
    promise = Promise(partner=P, name=name, bytes=len(data), kind=kind)
    id_ = hatch.intake.begin(ANA, promise).upload.id
    hatch.intake.part(MINE, P, id_, 0, data, hashlib.sha256(data).hexdigest())
    hatch.intake.complete(MINE, P, id_)
    return id_


def test_a_zip_is_checked_sealed_and_kept(hatch, tmp_path):
    pack = good_pack(tmp_path / "pack")
    found = hatch.from_zip(MINE, P, uploaded(hatch, zipped(pack)))
    assert (found.ok, found.is_new, found.body["errors"]) == (True, True, [])
    kept = hatch.store.pack(P, found.body["pack"])
    assert kept.pack.sealed
    assert not kept.pack.root.exists()
    assert {f.name for f in kept.pack.files} == {f.name for f in check(
        pack, today=date(2027, 4, 1)).pack.files}  # fmt: skip
    assert all(hatch.media.has(P, sha) for sha in kept.media)
    assert hatch.intake.rows.held(P).files == 0


def test_the_same_pack_again_is_known_by_its_seal(hatch, tmp_path):
    pack = zipped(good_pack(tmp_path / "pack"))
    first = hatch.from_zip(MINE, P, uploaded(hatch, pack))
    again = hatch.from_zip(MINE, P, uploaded(hatch, pack))
    assert (again.body["pack"], again.is_new) == (first.body["pack"], False)
    assert hatch.packs(MINE, P, 0, 10).total == 1
    assert hatch.pack(MINE, P, first.body["pack"])["title"] == "The Kite"


def test_files_handed_in_one_by_one_are_the_same_pack_as_the_zip(hatch, tmp_path):
    pack = good_pack(tmp_path / "pack")
    files = [
        (str(p.relative_to(pack)), uploaded(hatch, p.read_bytes(), p.name, UploadKind.FILE))
        for p in sorted(pack.rglob("*"))
        if p.is_file()
    ]
    one = hatch.from_files(MINE, P, files)
    other = hatch.from_zip(MINE, P, uploaded(hatch, zipped(pack)))
    assert one.body["errors"] == []
    assert (one.body["pack"], other.is_new) == (other.body["pack"], False)


def test_every_mistake_is_told_and_nothing_is_kept(hatch, tmp_path):
    text = GOOD.replace("kind: person", "kind: robot").replace("title: The Kite", "title: ''")
    pack = good_pack(tmp_path / "pack", text)
    (pack / "refs/kite.png").unlink()
    found = hatch.from_zip(MINE, P, uploaded(hatch, zipped(pack)))
    assert not found.ok
    assert len(found.body["errors"]) >= 3
    assert hatch.packs(MINE, P, 0, 10).total == 0
    with hatch.store._engine.connect() as connection:
        assert connection.execute(sql("select count(*) from packs")).scalar() == 0


def test_a_pack_of_another_studio_is_not_taken_from_this_one(hatch, tmp_path):
    text = GOOD.replace("partner: test_studio", "partner: other_studio")
    found = hatch.from_zip(MINE, P, uploaded(hatch, zipped(good_pack(tmp_path / "p", text))))
    assert [(m["field"], m["code"]) for m in found.body["errors"]] == [
        ("production.partner", "partner")
    ]


def test_an_upload_out_of_reach_or_unfinished_is_no_pack(hatch):
    with pytest.raises(UnknownName):
        hatch.from_zip(Reach(frozenset({"other"})), P, "0" * 32)
    promise = Promise(partner=P, name="a.zip", bytes=9, kind=UploadKind.PACK_ZIP)
    with pytest.raises(Conflict):
        hatch.from_zip(MINE, P, hatch.intake.begin(ANA, promise).upload.id)


@pytest.mark.parametrize("path", ["../x", "/x", "a/../b", "a\\b", "", "a//b"])
def test_row19_a_path_that_leads_elsewhere_is_refused(hatch, path):
    with pytest.raises(BadInput, match="elsewhere"):
        hatch.from_files(MINE, P, [(path, "0" * 32)])


def test_row03_a_picture_that_only_decoding_finds_broken_is_a_mistake_by_name(hatch, tmp_path):
    pack = good_pack(tmp_path / "pack")
    whole = (pack / "refs/kite.png").read_bytes()
    at = whole.index(b"IDAT") + 8
    (pack / "refs/kite.png").write_bytes(whole[:at] + b"\xff\xff\xff" + whole[at + 3 :])
    found = hatch.from_zip(MINE, P, uploaded(hatch, zipped(pack)))
    assert [(m["file"], m["code"]) for m in found.body["errors"]] == [
        ("refs/kite.png", "not_taken")
    ]
    assert hatch.packs(MINE, P, 0, 10).total == 0
