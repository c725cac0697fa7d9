"""Faults of the ground under a router: a Region, a bucket, a database link, a log."""

import sqlite3
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from router.attempts.advance import Step
from router.domain.attempt import AttemptState
from router.domain.errors import Unreachable
from router.domain.request import Input
from router.jobs.engine import JobEngine
from router.jobs.job import Job, QueueSpec
from router.media_folder import MediaFolder
from router.media_s3 import MediaBucket
from router.pacing.lanes import Lanes
from router.telling.log import close_log
from router.testing.doubles import (
    FakeClock,
    ScriptedBackend,
    partner,
    request,
    requests,
    setback,
    small_png,
)
from router.testing.emulator import running_emulator
from router.testing.faults import broken_promises, watch
from router.testing.routing import CLIP, STILL, open_router
from router.workers import hold_name

P = "north_light"
PRICES = {STILL.key: 80_000, CLIP.key: 1_500_000}
EAST, WEST = "us-east-1", "us-west-2"
SETTLED, PARKED, RESPONDED = AttemptState.SETTLED, AttemptState.PARKED, AttemptState.RESPONDED


def broken(router, backend, home, model=STILL):
    charges = [(attempt, PRICES[model.key]) for attempt in backend.billed]
    return broken_promises(router, P, "c1", charges, home)


@pytest.mark.parametrize("allowed", [(WEST,), (WEST, EAST)], ids=["one", "two"])
def test_row_26_a_region_in_trouble_is_never_left_for_another(tmp_path, allowed):
    """Half of the answers are errors, and all take ten times as long."""
    clock, both = FakeClock(), replace(STILL, regions=(WEST, EAST))
    calm = replace(STILL, key="still-b", regions=(EAST,))

    def script(call, _n):
        clock.sleep(60.0 if call.region == WEST else 6.0)
        trouble = call.region == WEST and len(backend.sends) % 2 == 0
        return setback("busy", "unavailable") if trouble else None

    backend = ScriptedBackend(script=script)
    router = open_router(
        tmp_path,
        {"scripted": backend},
        clock=clock,
        models=(both, calm),
        partners=(replace(partner(), regions=allowed),),
        cap_musd=10**8,
    )
    watch(tmp_path)
    ended = [router.advance(P, a.id) for a in router.submit(requests(6))]
    assert {a.state for a in ended} == {SETTLED}
    assert {c.region for c in backend.sends} == {WEST}
    assert broken(router, backend, tmp_path) == []
    if EAST in allowed:
        (other,) = router.submit([request(9, model=calm.key)])
        began = clock.monotonic()
        assert router.advance(P, other.id).state is SETTLED
        assert clock.monotonic() - began < 60


@pytest.fixture(scope="module")
def bucket(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bucket")
    faults = folder / "faults.json"
    faults.write_text("[]")
    with running_emulator(folder / "state", instant=True, faults=faults) as emulator:
        client, copies = emulator.client("s3"), folder / "copies"
        yield MediaBucket(client=client, bucket=emulator.bucket, copies=copies), faults


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["no_access", "unavailable", "internal", "drop_before"])
def test_row_27_a_bucket_that_takes_nothing_keeps_what_was_paid_and_pauses_the_campaign(
    bucket, tmp_path, fault
):
    media, faults = bucket
    row = {"fault": fault, "operation": "PutObject", "count": 1000, "args": {"t": str(tmp_path)}}
    faults.write_text(f"[{str(row).replace(chr(39), chr(34))}]")
    backend = ScriptedBackend()
    router = open_router(tmp_path, {"scripted": backend}, media=media, cap_musd=10**8)
    first, second = router.submit(requests(2, account="c1"))
    held = router.advance(P, first.id)
    assert (held.state, held.code) == (RESPONDED, "store_failed")
    paused = router.advance(P, second.id)
    assert (paused.state, paused.code) == (PARKED, "store_failed")
    assert len(backend.sends) == len(backend.billed) == 1
    assert router.balance(P, "c1").reserved_musd == 80_000
    faults.write_text("[]")
    assert router.advance(P, first.id).state is SETTLED
    assert router.unpark(P, "c1") == 1
    assert router.advance(P, second.id).state is SETTLED
    assert len(backend.sends) == 2
    assert router.balance(P, "c1").spent_musd == 160_000
    assert all(media.has(P, take.media.sha256) for take in router.takes(P))


class DumbMedia(MediaFolder):
    """Media whose bucket does not answer for a while."""

    __slots__ = ("silent",)

    def get(self, partner, sha256):
        if self.silent:
            self.silent -= 1
            raise Unreachable(field="media", found="nobody", expected="a bucket")
        return MediaFolder.get(self, partner, sha256)


@pytest.mark.parametrize(("silent", "ends"), [(2, SETTLED), (1000, PARKED)])
def test_a_picture_that_cannot_be_read_now_is_waited_for_and_never_called_lost(
    tmp_path, silent, ends
):
    media = DumbMedia(root=tmp_path / "media")
    given = replace(media.put(P, small_png(1), "image/png"), width=128, height=72)
    media.silent = silent
    backend = ScriptedBackend()
    model = replace(STILL, operations=("image_to_image",), references=("init_image",))
    asked = replace(
        request(),
        operation="image_to_image",
        inputs=(Input(role="init_image", media=given),),
        aspect=None,
    )
    router = open_router(
        tmp_path, {"scripted": backend}, media=media, models=(model,), cap_musd=10**8
    )
    (one,) = router.submit([asked])
    ended = router.advance(P, one.id)
    assert ended.state is ends
    assert len(backend.sends) == (ends is SETTLED)
    assert router.balance(P, "c1").reserved_musd == 0


class Link(sqlite3.Connection):
    """A connection that is lost at one commit, before it or just after it."""

    left = 0  # commits until then; 0 = never
    after = False

    def commit(self):
        lost = self.in_transaction and self._is_it()
        if not lost or Link.after:
            super().commit()
        if lost:
            if not Link.after:
                super().rollback()
            raise sqlite3.OperationalError("the connection was lost")

    @staticmethod
    def _is_it():
        Link.left -= 1
        return Link.left == 0


@contextmanager
def linked():
    """Let every database opened meanwhile be reached over such a link."""

    def connect(_dialect, _record, _words, named):
        named["factory"] = Link

    event.listen(sqlalchemy.Engine, "do_connect", connect)
    try:
        yield
    finally:
        Link.left = 0
        event.remove(sqlalchemy.Engine, "do_connect", connect)


@pytest.mark.slow
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("model", [STILL, CLIP], ids=["sync", "async"])
def test_row_30_what_a_commit_did_whose_answer_was_lost_is_read_again(tmp_path, model, after):
    seen = set()
    with linked():
        for at in range(1, 20):
            home = tmp_path / str(at)
            is_film = model is CLIP
            backend = ScriptedBackend(jobs=is_film)
            router = open_router(home, {model.dialect: backend}, cap_musd=10**8)
            watch(home)
            (accepted,) = router.submit([request(model=model.key)])
            Link.left, Link.after = at, after
            ended, lost = _driven(router, accepted.id)
            Link.left = 0
            seen.add(ended.state)
            assert len(backend.billed) <= 1
            assert broken(router, backend, home, model) == []
            if not lost:
                break
        else:
            pytest.fail("it commits for ever")
    # A sync call that was noted as sent, and was not: its money stays held, it is never sent again.
    uncertain = {AttemptState.UNKNOWN} if after and model is STILL else set()
    assert seen == {SETTLED} | uncertain


def _driven(router, attempt):
    """Advance, and once more where the link broke, as the job engine does."""
    lost = 0
    while lost < 3:
        try:
            return router.advance(P, attempt), lost
        except OperationalError:
            lost += 1
    raise AssertionError("the link broke again")


@pytest.mark.slow
def test_row_40_a_log_that_takes_nothing_stops_no_paid_work(tmp_path):
    handled, router_home = [], tmp_path / "home"
    backend = ScriptedBackend()
    router = open_router(router_home, {"scripted": backend}, cap_musd=10**8)
    watch(router_home)
    (accepted,) = router.submit([request()])

    def advance(tenant, attempt):
        handled.append(attempt)
        if attempt == "broken":
            raise ValueError(attempt)  # the engine writes this to the log
        return router.advance(tenant, attempt).state.value

    worker = hold_name(tmp_path / "workers")
    queues = [QueueSpec(name="q", in_flight=1)]
    full = Path("/dev/full")
    engine = JobEngine(
        tmp_path / "engine.db", {"advance": advance}, queues, worker=worker, log=full
    )
    engine.launch()
    engine.enqueue(
        [
            Job(id=name, handler="advance", queue="q", args=(P, name))
            for name in ("broken", accepted.id)
        ]
    )
    assert engine.wait(30)
    engine.close()
    worker.release()
    assert close_log() > 0  # lines were lost
    assert sorted(handled) == sorted(["broken", accepted.id])
    assert router.attempts(P)[0].state is SETTLED
    assert broken(router, backend, router_home) == []


def test_media_of_a_folder_and_of_a_bucket_break_alike(tmp_path):
    """What a disk cannot take is an OSError from either store: one rule keeps the answer."""
    (tmp_path / "media").write_text("a file where a folder should be")
    router = open_router(
        tmp_path,
        {"scripted": ScriptedBackend()},
        media=MediaFolder(root=tmp_path / "media"),
        cap_musd=10**8,
    )
    (accepted,) = router.submit([request()])
    held = router.advance(P, accepted.id)
    assert (held.state, held.code) == (RESPONDED, "store_failed")


class CutOff(Lanes):
    """Lanes kept in a database that is away whenever leave is handed back."""

    def hand_back(self, leave, outcome, *, now):
        Lanes.hand_back(self, leave, outcome, now=now)
        raise Unreachable(field="lanes", found="no answer", expected="a database")


@pytest.mark.parametrize(
    ("model", "sends"), [(STILL, 1), (CLIP, 2)], ids=["sent once", "sent again"]
)
def test_an_answer_is_on_disk_before_anybody_waits_for_a_database(tmp_path, model, sends):
    first = setback("ambiguous", "reset") if sends == 2 else None
    backend = ScriptedBackend(script=lambda _c, n: None if n else first, bills_ambiguous=False)
    backends = {model.dialect: backend}
    router = open_router(tmp_path, backends, cap_musd=10**8)
    (accepted,) = router.submit([request(model=model.key)])
    if sends == 2:
        cut = Step(replace(router._world(), lanes=CutOff()))
        with pytest.raises(Unreachable):
            cut.run(P, accepted.id)
    cut = Step(replace(router._world(), lanes=CutOff()))
    with pytest.raises(Unreachable):
        cut.run(P, accepted.id)
    assert router.attempts(P)[0].state is AttemptState.SENT
    assert (tmp_path / "staging" / P / f"{accepted.id}.answer").is_file()
    ended = open_router(tmp_path, backends, worker=router._world().worker).advance(P, accepted.id)
    assert ended.state is SETTLED
    assert (len(backend.sends), len(backend.billed)) == (sends, 1)
