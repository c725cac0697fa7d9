"""Records that were brought back from a backup: nothing that was paid since is paid again."""

import shutil
import sqlite3
import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from router import backup
from router.attempts import restored
from router.domain.attempt import RESTORED, AttemptState
from router.domain.errors import BadInput, Conflict, StoreCorrupt
from router.media_folder import MediaFolder
from router.store import database
from router.store.database import Commits
from router.testing import doubles
from router.testing.doubles import NOON, FakeClock, ScriptedBackend, request, setback
from router.testing.routing import BRISK, CLIP, STILL, open_router

P = "north_light"
CAP = 10_000_000
PRICE = 80_000
COUNT = 4


def wishes(clips=False):
    if not clips:
        return [request(n) for n in range(COUNT)]
    return [replace(request(n, model=CLIP.key), seed=None) for n in range(COUNT)]


def opened(home, backend, **kind):
    wires = {STILL.dialect: backend, CLIP.dialect: backend}
    return open_router(home, wires, cap_musd=kind.pop("cap", CAP), **kind)


def copied(home, router, out):
    books = [backup.look(router.records, MediaFolder(root=home / "media"), P)]
    return backup.back_up(doubles.settings(home), books, out, NOON)


def marking(told, *, has_log=True):
    def mark(copy):
        engine = database.connect(copy)
        known = doubles.by_key((STILL, CLIP))
        told.append(restored.mark_all(engine, (), known, has_log=has_log, now=NOON))
        engine.dispose()

    return mark


def brought_back(tmp_path, backend, *, has_log=True, **kind):
    """Restore into another home, marked, and open it."""
    new, told = tmp_path / "new", []
    backup.restore(doubles.settings(new), tmp_path / "backup", marking(told, has_log=has_log))
    return opened(new, backend, **kind), told[0]


def carried_on(router):
    router.unpark(P, "c1")
    return [router.advance(P, a.id) for a in router.attempts(P)]


def lost_after_backup(tmp_path, backend, clips=False):
    """Hand in, copy the records, make and pay everything, lose the disk."""
    home = tmp_path / "old"
    router = opened(home, backend)
    router.submit(wishes(clips))
    copied(home, router, tmp_path / "backup")
    ended = [router.advance(P, a.id).state for a in router.attempts(P)]
    assert set(ended) == {AttemptState.SETTLED}
    assert len(backend.billed) == COUNT
    shutil.rmtree(home)


@pytest.mark.parametrize("clips", [False, True], ids=["stills", "clips"])
def test_what_was_paid_since_the_backup_is_found_and_not_paid_again(tmp_path, clips):
    backend = ScriptedBackend(jobs=clips, remembers=True)
    lost_after_backup(tmp_path, backend, clips)
    router, marked = brought_back(tmp_path, backend)
    assert marked.looked_for == COUNT
    assert {a.state for a in carried_on(router)} == {AttemptState.SETTLED}
    assert len(backend.billed) == len(set(backend.billed)) == COUNT
    assert len(router.takes(P)) == COUNT
    assert router.balance(P, "c1").reserved_musd == 0


def test_what_was_not_sent_since_the_backup_is_asked_as_ever(tmp_path):
    backend, home = ScriptedBackend(remembers=True), tmp_path / "old"
    router = opened(home, backend)
    router.submit(wishes())
    copied(home, router, tmp_path / "backup")
    router, _ = brought_back(tmp_path, backend)
    assert {a.state for a in carried_on(router)} == {AttemptState.SETTLED}
    assert len(backend.billed) == COUNT


def test_without_a_log_stills_are_given_up_and_clips_are_found_by_their_token(tmp_path):
    stills = ScriptedBackend()  # remembers nothing
    lost_after_backup(tmp_path, stills)
    router, marked = brought_back(tmp_path, stills, has_log=False)
    assert marked.given_up == COUNT
    assert {(a.state, a.code) for a in carried_on(router)} == {(AttemptState.FAILED, RESTORED)}
    assert len(stills.sends) == COUNT, "none of them was asked again"

    clips = ScriptedBackend(jobs=True)
    lost_after_backup(tmp_path / "clips", clips, clips=True)
    router, marked = brought_back(tmp_path / "clips", clips, has_log=False)
    assert (marked.looked_for, marked.given_up) == (COUNT, 0)
    assert {a.state for a in carried_on(router)} == {AttemptState.SETTLED}
    assert len(clips.billed) == COUNT


def test_what_could_not_be_looked_for_stays_to_be_looked_for(tmp_path):
    """A full disk parks it under a reason of its own; the mark outlives that."""
    backend = ScriptedBackend(remembers=True)
    lost_after_backup(tmp_path, backend)
    free = [0]
    options = replace(BRISK, min_free_bytes=1)
    router, _ = brought_back(tmp_path, backend, options=options, free_bytes=lambda: free[0])
    assert {(a.state, a.code) for a in carried_on(router)} == {(AttemptState.PARKED, RESTORED)}
    free[0] = 10
    assert {a.state for a in carried_on(router)} == {AttemptState.SETTLED}
    assert len(backend.billed) == COUNT


def test_a_log_that_does_not_answer_lets_nothing_be_asked_again(tmp_path):
    class Silent(ScriptedBackend):
        silent = True

        def find(self, call):
            return setback("busy") if self.silent else ScriptedBackend.find(self, call)

    backend = Silent(remembers=True)
    lost_after_backup(tmp_path, backend)
    router, _ = brought_back(tmp_path, backend)
    assert {a.state for a in carried_on(router)} == {AttemptState.PARKED}
    backend.silent = False
    assert {a.state for a in carried_on(router)} == {AttemptState.SETTLED}
    assert len(backend.billed) == COUNT


def test_a_budget_that_was_too_small_at_the_backup_and_raised_since_pays_nothing_twice(tmp_path):
    backend, home = ScriptedBackend(remembers=True), tmp_path / "old"
    router = opened(home, backend, cap=PRICE)
    router.submit(wishes())
    states = [router.advance(P, a.id).state for a in router.attempts(P)]
    assert states.count(AttemptState.PARKED) == COUNT - 1
    copied(home, router, tmp_path / "backup")
    router.open_account(P, "c1", CAP)
    carried_on(router)
    assert len(backend.billed) == COUNT
    router, _ = brought_back(tmp_path, backend, cap=PRICE)  # the budget of then
    assert {a.code for a in carried_on(router) if a.state is AttemptState.PARKED} == {RESTORED}
    router.open_account(P, "c1", CAP)
    assert {a.state for a in carried_on(router)} == {AttemptState.SETTLED}
    assert len(backend.billed) == len(set(backend.billed)) == COUNT


def test_an_answer_that_lay_on_the_lost_disk_is_fetched_from_the_log(tmp_path):
    """Answered, and killed before it was booked: the backup has the state, not the bytes."""
    backend, home = ScriptedBackend(remembers=True), tmp_path / "old"

    class Full(MediaFolder):
        def put(self, partner, data, mime):
            raise OSError(28, "no space")

    router = opened(home, backend, media=Full(root=home / "media"))
    (attempt,) = router.submit(wishes()[:1])
    assert router.advance(P, attempt.id).state is AttemptState.RESPONDED
    copied(home, router, tmp_path / "backup")
    router, marked = brought_back(tmp_path, backend)
    assert marked.held == 1
    assert router.reconcile(P).settled == 1
    assert len(backend.billed) == 1
    assert router.balance(P, "c1").spent_musd == PRICE


def test_an_answer_that_was_lost_twice_holds_its_money_once(tmp_path):
    """Lost on the wire, found in the log, not put away for want of room, and gone with the disk."""
    home = tmp_path / "old"

    class Full(MediaFolder):
        def put(self, partner, data, mime):
            raise OSError(28, "no space")

    backend = ScriptedBackend(script=lambda _c, _n: setback("ambiguous"), remembers=True)
    router = opened(home, backend, media=Full(root=home / "media"))
    (attempt, waiting) = router.submit(wishes()[:2])
    assert router.advance(P, attempt.id).state is AttemptState.UNKNOWN
    router.reconcile(P)
    copied(home, router, tmp_path / "backup")
    router, marked = brought_back(tmp_path, backend)
    assert (marked.held, marked.looked_for) == (1, 1)
    codes = {a.id: a.code for a in router.attempts(P)}
    assert codes[waiting.id] == RESTORED
    assert router.reconcile(P).settled == 1
    assert [e.kind.value for e in router.ledger(P, "c1")] == ["reserve", "hold", "settle"]


def test_marking_twice_is_marking_once(tmp_path):
    backend = ScriptedBackend(remembers=True)
    lost_after_backup(tmp_path, backend)
    router, first = brought_back(tmp_path, backend)
    known = doubles.by_key((STILL, CLIP))
    again = restored.mark(Commits(router.records), P, known, has_log=True, now=NOON)
    assert first == again
    assert {a.state for a in carried_on(router)} == {AttemptState.SETTLED}


def test_a_copy_that_is_made_while_a_worker_writes_is_one_moment(tmp_path):
    home = tmp_path / "old"
    router = opened(home, ScriptedBackend())
    router.submit([request(n) for n in range(60)])
    ids = [a.id for a in router.attempts(P)]
    worker = threading.Thread(target=lambda: [router.advance(P, i) for i in ids])
    worker.start()
    taken = [copied(home, router, tmp_path / f"backup-{n}") for n in range(3)]
    worker.join()
    assert taken[0].takes <= taken[1].takes <= taken[2].takes
    for n, found in enumerate(taken):
        new = tmp_path / f"new-{n}"
        backup.restore(doubles.settings(new), tmp_path / f"backup-{n}", marking([]))
        books = backup.look(opened(new, ScriptedBackend()).records, MediaFolder(root=new), P)
        assert books.off == ()
        assert (books.takes, books.spent_musd) == (found.takes, found.spent_musd)


def test_books_that_do_not_agree_are_named(tmp_path):
    home = tmp_path / "old"
    router = opened(home, ScriptedBackend())
    (attempt,) = router.submit(wishes()[:1])
    router.advance(P, attempt.id)
    store = MediaFolder(root=home / "media")
    assert backup.look(router.records, store, P).off == ()
    with sqlite3.connect(home / "circletake.db") as database:
        database.execute("UPDATE budgets SET spent_musd = spent_musd - 1 WHERE account = 'c1'")
    assert backup.look(router.records, store, P).off == ("c1",)


def test_media_that_did_not_come_back_are_listed(tmp_path):
    home = tmp_path / "old"
    router = opened(home, ScriptedBackend())
    router.submit(wishes())
    carried_on(router)
    copied(home, router, tmp_path / "backup")
    listed = (tmp_path / "backup/media.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert len(listed) == COUNT
    gone = router.takes(P)[0].media.sha256
    store = MediaFolder(root=home / "media")
    store.path(P, gone).unlink()
    assert backup.look(router.records, store, P).missing == (gone,)


def test_a_backup_never_replaces_records_and_a_damaged_one_is_not_taken(tmp_path):
    home = tmp_path / "old"
    router = opened(home, ScriptedBackend())
    copied(home, router, tmp_path / "backup")
    with pytest.raises(Conflict, match="without records"):
        backup.restore(doubles.settings(home), tmp_path / "backup", marking([]))
    with pytest.raises(Conflict, match="empty folder"):
        copied(home, router, tmp_path / "backup")
    with (tmp_path / "backup/circletake.db").open("ab") as file:
        file.write(b"x")
    with pytest.raises(StoreCorrupt):
        backup.restore(doubles.settings(tmp_path / "new"), tmp_path / "backup", marking([]))
    with pytest.raises(BadInput, match="backup"):
        backup.restore(doubles.settings(tmp_path / "new"), tmp_path, marking([]))


@pytest.mark.parametrize("end", ["-wal", "-shm", "-journal"])
def test_records_are_not_put_beside_what_sqlite_would_play_into_them(tmp_path, end):
    """A killed process leaves its journal: moved away without it, the old file comes back."""
    home = tmp_path / "old"
    copied(home, opened(home, ScriptedBackend()), tmp_path / "backup")
    new = tmp_path / "new"
    new.mkdir()
    left = new / f"circletake.db{end}"
    left.write_bytes(b"pages of another time")
    with pytest.raises(Conflict, match="move that file away first") as caught:
        backup.restore(doubles.settings(new), tmp_path / "backup", marking([]))
    assert caught.value.found == str(left)
    assert [p.name for p in new.iterdir()] == [left.name]


def test_a_restore_that_is_cut_off_leaves_no_records_that_were_not_marked(tmp_path):
    backend = ScriptedBackend(remembers=True)
    lost_after_backup(tmp_path, backend)

    def killed(_copy):
        raise SystemExit

    with pytest.raises(SystemExit):
        backup.restore(doubles.settings(tmp_path / "new"), tmp_path / "backup", killed)
    assert not list((tmp_path / "new").glob("circletake.db*"))
    router, marked = brought_back(tmp_path, backend)
    assert marked.looked_for == COUNT
    assert {p.name for p in (tmp_path / "new").iterdir()} >= {"circletake.db"}
    assert not (tmp_path / "new/.restoring").exists()
    assert {a.state for a in carried_on(router)} == {AttemptState.SETTLED}
    assert len(backend.billed) == COUNT


def test_a_partner_without_a_file_of_its_own_is_marked_too(tmp_path):
    home, other = tmp_path / "old", doubles.partner("south_light")
    router = opened(home, ScriptedBackend(), partners=(doubles.partner(), other))
    router.open_account(other.name, "c1", CAP)
    router.submit([*wishes()[:1], request(partner=other.name)])
    copied(home, router, tmp_path / "backup")
    router, marked = brought_back(tmp_path, ScriptedBackend())  # which knows the first alone
    assert marked.looked_for == 2
    assert {a.code for a in router.attempts(other.name)} == {RESTORED}


def test_a_shared_database_is_copied_by_its_own_tools(tmp_path):
    here = replace(doubles.settings(tmp_path), database_url="postgresql+psycopg://a@b/c")
    with pytest.raises(BadInput, match="pg_dump"):
        backup.back_up(here, [], tmp_path / "out", NOON)
    with pytest.raises(BadInput, match="pg_restore"):
        backup.restore(here, tmp_path, marking([]))


def test_time_that_passed_since_the_backup_changes_nothing(tmp_path):
    backend = ScriptedBackend(remembers=True)
    lost_after_backup(tmp_path, backend)
    clock = FakeClock(time=NOON + timedelta(days=2))
    router, _ = brought_back(tmp_path, backend, clock=clock)
    assert {a.state for a in carried_on(router)} == {AttemptState.SETTLED}
    assert len(backend.billed) == COUNT


@pytest.mark.parametrize(("clips", "bills"), [(True, COUNT), (False, 2 * COUNT)])
def test_a_campaign_begun_after_the_backup_pays_its_stills_again_as_the_page_says(
    tmp_path, clips, bills
):
    """The books know nothing of it; clips are known to the provider by their token."""
    backend, home = ScriptedBackend(jobs=clips, remembers=True), tmp_path / "old"
    router = opened(home, backend)
    copied(home, router, tmp_path / "backup")
    router.submit(wishes(clips))
    carried_on(router)
    router, _ = brought_back(tmp_path, backend)
    router.submit(wishes(clips))
    assert {a.state for a in carried_on(router)} == {AttemptState.SETTLED}
    assert len(backend.billed) == bills
