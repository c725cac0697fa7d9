"""Uploads: resumable, counted, final; nothing that is finished is ever lost."""

import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from router.api import uploads as doors
from router.domain.caller import GRANTED, Caller, Reach, Role
from router.domain.errors import BadInput, Conflict, StoreCorrupt, UnknownName
from router.domain.upload import PART_BYTES, UploadKind, UploadState
from router.media_folder import MediaFolder
from router.store import database
from router.store.uploads import OverQuota, Quota, Uploads
from router.testing.doubles import FakeClock, small_png
from router.uploads.bucket import QuarantineBucket
from router.uploads.intake import ChecksumMismatch, Intake, Promise
from router.uploads.kinds import NotTaken
from router.uploads.look import Seen
from router.uploads.quarantine import QuarantineFolder

P, OTHER = "north_light", "south_light"
MINE, THEIRS = Reach(frozenset({P})), Reach(frozenset({OTHER}))


def caller(reach=MINE):
    role = Role.PARTNER_MEMBER
    return Caller(id="key1", name="Ana", role=role, scopes=GRANTED[role], reads=reach, looks=reach)


def intake_at(folder, clock=None, url=None):
    engine = database.connect(url or folder / "a.db")
    database.migrate(engine) if url is None else None
    return Intake(
        rows=Uploads(engine),
        quarantine=QuarantineFolder(root=folder / "quarantine"),
        media=MediaFolder(root=folder / "media"),
        clock=clock or FakeClock(),
    )


@pytest.fixture
def intake(tmp_path):
    made = intake_at(tmp_path)
    yield made
    made.eye.close()


def sha(data):
    return hashlib.sha256(data).hexdigest()


def begun(intake, data, name="a.png", kind=UploadKind.FILE, sha256=""):
    promise = Promise(partner=P, name=name, bytes=len(data), kind=kind, sha256=sha256)
    return intake.begin(caller(), promise).upload


def send(intake, upload, data, number=0):
    piece = data[number * PART_BYTES : (number + 1) * PART_BYTES]
    return intake.part(MINE, P, upload.id, number, piece, sha(piece))


def handed_in(intake, data, **kw):
    upload = begun(intake, data, **kw)
    for number in range(upload.parts):
        send(intake, upload, data, number)
    return intake.complete(MINE, P, upload.id)


def test_a_picture_is_handed_in_and_can_steer_a_take(intake):
    done = handed_in(intake, small_png())
    assert (done.state, done.mime, done.sha256) == (
        UploadState.COMPLETE,
        "image/png",
        sha(small_png()),
    )
    assert intake.media.get(P, done.sha256) == small_png()


def test_completing_twice_is_the_same_answer(intake):
    done = handed_in(intake, small_png())
    assert intake.complete(MINE, P, done.id) == done


def test_files_of_one_studio_are_looked_at_one_after_another_and_each_of_them_once(intake):
    upload = begun(intake, small_png())
    send(intake, upload, small_png())
    here, looks = threading.Lock(), []

    class Eye:
        def look(self, path, name):
            assert here.acquire(blocking=False), "two looks at once"
            looks.append(name)
            time.sleep(0.05)
            here.release()
            return Seen(mime="text/plain")

    routes = doors.routes(replace(intake, eye=Eye())).routes
    complete = next(r.endpoint for r in routes if r.path.endswith("/complete"))
    with ThreadPoolExecutor(5) as people:
        asked = [people.submit(complete, caller(), upload.id, P, None) for _ in range(5)]
        assert {a.result(20)["sha256"] for a in asked} == {sha(small_png())}
    assert looks == ["a.png"]


def test_what_is_missing_is_told_and_what_is_here_need_not_be_sent_again(intake):
    data = b"PK\3\4" + os.urandom(2 * PART_BYTES)
    upload = begun(intake, data, name="a.zip", kind=UploadKind.PACK_ZIP)
    send(intake, upload, data, 2)
    standing = send(intake, upload, data, 0)
    assert (standing.received, standing.missing) == ((0, 2), (1,))
    with pytest.raises(Conflict, match="1 parts missing, the first is 1"):
        intake.complete(MINE, P, upload.id)
    send(intake, upload, data, 1)
    assert intake.complete(MINE, P, upload.id).sha256 == sha(data)


def test_the_same_part_twice_is_the_same_answer(intake):
    upload = begun(intake, small_png())
    assert send(intake, upload, small_png()) == send(intake, upload, small_png())


def test_row61_a_part_with_other_bytes_than_before_is_a_conflict(intake):
    upload = begun(intake, b"one")
    send(intake, upload, b"one")
    with pytest.raises(Conflict, match="other bytes"):
        send(intake, upload, b"two")


def test_row61_a_part_that_is_not_its_digest_is_refused_and_not_kept(intake):
    upload = begun(intake, b"one")
    with pytest.raises(ChecksumMismatch):
        intake.part(MINE, P, upload.id, 0, b"one", sha(b"two"))
    assert intake.standing(MINE, P, upload.id).received == ()


def test_row61_a_whole_that_is_not_what_was_announced_is_refused_and_leaves_nothing(intake):
    with pytest.raises(ChecksumMismatch):
        handed_in(intake, small_png(), sha256=sha(b"another"))
    assert list(intake.quarantine.root.rglob("*/*/*")) == []
    assert intake.rows.held(P) == Quota(bytes=0, files=0)


def test_row61_a_finished_upload_takes_no_other_content(intake):
    done = handed_in(intake, small_png())
    with pytest.raises(Conflict):
        intake.part(MINE, P, done.id, 0, small_png()[:-1] + b"x", sha(small_png()[:-1] + b"x"))


@pytest.mark.parametrize("size", [2, 4], ids=["too short", "too long"])
def test_a_part_has_exactly_its_length(intake, size):
    upload = begun(intake, b"one")
    with pytest.raises(BadInput, match="3 bytes"):
        intake.part(MINE, P, upload.id, 0, b"x" * size, sha(b"x" * size))


def test_a_part_that_the_promise_does_not_have_is_refused(intake):
    upload = begun(intake, b"one")
    with pytest.raises(BadInput, match="0 to 0"):
        intake.part(MINE, P, upload.id, 1, b"one", sha(b"one"))


def test_nobody_elses_upload_exists(intake):
    done = handed_in(intake, small_png())
    unknown = _said(lambda: intake.standing(THEIRS, OTHER, "f" * 32))
    assert _said(lambda: intake.standing(THEIRS, OTHER, done.id)).replace(
        done.id, "f" * 32
    ) == unknown  # fmt: skip
    for ask in (intake.standing, intake.complete, intake.drop):
        with pytest.raises(UnknownName):
            ask(THEIRS, P, done.id)
    assert intake.standing(MINE, P, done.id).received == (0,)


def _said(ask):
    with pytest.raises(UnknownName) as error:
        ask()
    return str(error.value)


def test_what_is_nothing_that_we_take_ends_its_upload(intake):
    upload = begun(intake, b"GIF89a" + bytes(40), name="a.gif")
    send(intake, upload, b"GIF89a" + bytes(40))
    with pytest.raises(NotTaken, match="a GIF"):
        intake.complete(MINE, P, upload.id)
    with pytest.raises(Conflict, match="refused before"):
        intake.complete(MINE, P, upload.id)


def test_time_ends_an_upload_and_frees_its_quota(tmp_path):
    clock = FakeClock()
    intake = intake_at(tmp_path, clock)
    upload = begun(intake, b"one")
    send(intake, upload, b"one")
    clock.time += timedelta(hours=25)
    assert intake.sweep(P) == 1
    assert list(intake.quarantine.root.rglob("*/*/*")) == []
    assert intake.rows.held(P).files == 0
    with pytest.raises(UnknownName):
        intake.standing(MINE, P, upload.id)


def test_a_deleted_upload_frees_its_quota_once(intake):
    upload = begun(intake, b"one")
    intake.drop(MINE, P, upload.id)
    intake.forget(P, [upload.id])
    assert intake.rows.held(P) == Quota(bytes=0, files=0)


def test_what_was_kept_as_media_counts_for_its_day_however_often_it_is_deleted(intake):
    sizes = 0
    for shade in range(3):
        done = handed_in(intake, small_png(shade))
        sizes += done.bytes
        intake.drop(MINE, P, done.id)
        with pytest.raises(UnknownName):
            intake.standing(MINE, P, done.id)
        assert list(intake.quarantine.root.rglob("*/*/*")) == []
    assert intake.rows.held(P) == Quota(bytes=sizes, files=3)
    intake.clock.time += timedelta(hours=25)
    assert intake.sweep(P) == 3
    assert intake.rows.held(P) == Quota(bytes=0, files=0)


def crowded(intake):
    """Sixteen uploads begun side by side, of which the quota covers ten."""
    outcomes = []
    start = threading.Barrier(16)

    def begin():
        start.wait()
        try:
            begun(intake, b"x" * 100)
            outcomes.append("in")
        except OverQuota:
            outcomes.append("out")

    threads = [threading.Thread(target=begin) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_row61_uploads_begun_in_parallel_never_pass_the_quota(intake):
    tight = replace(intake, quota=Quota(bytes=1_000, files=50))
    assert sorted(crowded(tight)) == ["in"] * 10 + ["out"] * 6
    assert tight.rows.held(P) == Quota(bytes=1_000, files=10)


def test_the_number_of_files_is_held_too(intake):
    tight = replace(intake, quota=Quota(bytes=1_000_000, files=10))
    assert crowded(tight).count("in") == 10


@pytest.mark.slow
def test_row61_on_postgresql_neither(postgres, tmp_path, request):
    tight = replace(intake_at(tmp_path, url=postgres.url), quota=Quota(bytes=1_000, files=50))
    request.addfinalizer(tight.rows._engine.dispose)
    assert sorted(crowded(tight)) == ["in"] * 10 + ["out"] * 6
    upload = tight.rows.expired(P, tight.clock.now() + timedelta(days=2))[0]
    tight.part(MINE, P, upload, 0, b"x" * 100, sha(b"x" * 100))
    with pytest.raises(Conflict):
        tight.part(MINE, P, upload, 0, b"y" * 100, sha(b"y" * 100))
    with pytest.raises(UnknownName):
        tight.standing(THEIRS, OTHER, upload)


KILLED = """
import os, signal, sys
sys.path.insert(0, {tests!r})
from pathlib import Path
from test_uploads import *
intake = intake_at(Path({folder!r}))
data = b"PK\\3\\4" + b"z" * (3 * PART_BYTES)
upload = begun(intake, data, name="a.zip", kind=UploadKind.PACK_ZIP)
print(upload.id, flush=True)
for number in range(2):
    send(intake, upload, data, number)
    print("kept", number, flush=True)
intake.quarantine.put(P, upload.id, b"half a part that is on disk and on no record")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.slow
def test_row61_kill_9_in_the_middle_loses_no_finished_part(tmp_path):
    code = KILLED.format(tests=str(Path(__file__).parent), folder=str(tmp_path))
    died = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert died.returncode == -signal.SIGKILL, died.stderr
    assert died.stdout.count("kept") == 2
    id_ = died.stdout.split()[0]
    intake = intake_at(tmp_path)
    assert intake.standing(MINE, P, id_).received == (0, 1)
    data = b"PK\3\4" + b"z" * (3 * PART_BYTES)
    for number in (2, 3):
        piece = data[number * PART_BYTES : (number + 1) * PART_BYTES]
        intake.part(MINE, P, id_, number, piece, sha(piece))
    assert intake.complete(MINE, P, id_).sha256 == sha(data)


@pytest.fixture
def bucketed(tmp_path, s3):
    bucket = s3.bucket()
    made = intake_at(tmp_path)
    yield replace(made, quarantine=QuarantineBucket(client=s3.client(), bucket=bucket)), bucket
    made.eye.close()


@pytest.mark.slow
def test_row61_in_a_bucket_parts_lie_under_their_partner_until_their_upload_goes(bucketed, s3):
    intake, bucket = bucketed
    data = bytes(range(256)) * (PART_BYTES // 256) + b"the rest"
    first, other = (begun(intake, data, kind=UploadKind.PACK_ZIP) for _ in range(2))
    for number in (1, 0):
        send(intake, first, data, number)
    send(intake, other, data, 1)
    rest = sha(b"the rest")
    assert f"quarantine/{P}/{first.id}/{rest}" in s3.keys(bucket)
    assert len(s3.keys(bucket)) == 3
    with pytest.raises(NotTaken):  # no zip: it is refused, and nothing of it stays
        intake.complete(MINE, P, first.id)
    assert s3.keys(bucket) == [f"quarantine/{P}/{other.id}/{rest}"]


@pytest.mark.slow
def test_row61_what_a_bucket_lost_or_changed_is_noticed_and_its_silence_is_a_disks(bucketed, s3):
    intake, bucket = bucketed
    place = intake.quarantine
    name = place.put(P, "u1", b"one")
    assert place.get(P, "u1", name) == b"one"
    s3.client().put_object(Bucket=bucket, Key=f"quarantine/{P}/u1/{name}", Body=b"two")
    for upload in ("u1", "u2"):
        with pytest.raises(StoreCorrupt):
            place.get(P, upload, name)
    with pytest.raises(OSError, match="the bucket did not do it"):
        replace(place, bucket="nobodys-bucket").put(P, "u1", b"one")


@pytest.mark.slow
def test_a_picture_comes_in_through_a_bucket(bucketed):
    intake, _ = bucketed
    done = handed_in(intake, small_png())
    assert intake.media.get(P, done.sha256) == small_png()


@pytest.mark.parametrize("name", ["../x", "a/b", "", "."])
def test_no_name_leads_out_of_quarantine(tmp_path, name):
    with pytest.raises(BadInput):
        QuarantineFolder(root=tmp_path).put(name, "u", b"x")
    with pytest.raises(BadInput):
        QuarantineFolder(root=tmp_path).put(P, name, b"x")
