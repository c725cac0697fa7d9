"""Workers of several machines on a real PostgreSQL: who lives, who is dead, what they may send."""

import itertools
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from router.leases import is_anybody_here, lease_name
from router.pacing.lanes import Leave
from router.pacing.shared_lanes import limits
from router.store import database

pytestmark = pytest.mark.slow
LEASE_S = 1.2


@pytest.fixture
def engine(postgres):
    engine = database.connect(postgres.url)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM leases"))
        connection.execute(text("DELETE FROM lanes"))
    yield engine
    engine.dispose()


@pytest.fixture
def names(engine):
    taken = []

    def take():
        taken.append(lease_name(engine, lease_s=LEASE_S))
        return taken[-1]

    yield take
    for name in taken:
        name.release()


def fall_silent(name):
    """Stop the beats as a kill would: the row stays."""
    name._gone.set()
    name._beating.join()


def old(engine, slot):
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE leases SET seen_at = seen_at - interval '1 hour' WHERE slot = :slot"),
            {"slot": slot},
        )


def until(true, seconds=15.0):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_no_two_workers_have_one_name_and_a_name_that_is_given_back_is_free_at_once(names):
    first, second = names(), names()
    assert first.slot != second.slot
    assert not second.is_dead(first.run)
    assert not second.is_dead(second.run)
    with second.holding_dead(first.slot) as held:
        assert not held, "it lives"
    first.release()
    assert second.is_dead(first.run)
    with second.holding_dead(first.slot) as held:
        assert held


def test_a_worker_that_beats_outlives_its_lease_and_a_silent_one_does_not(names):
    first, second = names(), names()
    time.sleep(2 * LEASE_S)
    assert not second.is_dead(first.run)
    fall_silent(first)
    until(lambda: second.is_dead(first.run))


def test_of_many_peers_one_takes_over_and_only_once(names, engine):
    dead, *peers = (names() for _ in range(6))
    time.sleep(1.5 * LEASE_S)  # the peers have been seen for as long as a lease
    fall_silent(dead)
    old(engine, dead.slot)

    def take(peer):
        with peer.holding_dead(dead.slot) as held:
            time.sleep(0.3)
            return held

    with ThreadPoolExecutor(len(peers)) as together:
        assert sum(together.map(take, peers)) == 1


def test_after_the_database_was_away_nobody_is_taken_for_dead_before_it_could_say_otherwise(
    names, engine
):
    first, second = names(), names()
    time.sleep(1.5 * LEASE_S)
    old(engine, first.slot)  # an hour without a database
    old(engine, second.slot)
    assert not second.is_dead(first.run), "the second has not been back itself"
    with second.holding_dead(first.slot) as held:
        assert not held
    second._beat()  # it was the quicker one to come back
    assert not second.is_dead(first.run), "it has not been there long enough to judge"
    with second.holding_dead(first.slot) as held:
        assert not held
    fall_silent(first)
    old(engine, first.slot)
    until(lambda: second.is_dead(first.run))  # but once it has, it does


def test_a_worker_that_was_taken_over_by_mistake_is_there_again_with_its_next_beat(names, engine):
    slept, peer = names(), names()
    time.sleep(1.5 * LEASE_S)
    old(engine, slept.slot)
    with peer.holding_dead(slept.slot):
        pass
    until(lambda: not peer.is_dead(slept.run))


def test_a_killed_process_is_dead_when_its_lease_is_over(postgres, names):
    code = (
        "import sys, time\n"
        "from router.leases import lease_name; from router.store import database\n"
        f"name = lease_name(database.connect(sys.argv[1]), lease_s={LEASE_S})\n"
        "print(name.run, flush=True); time.sleep(60)\n"
    )
    words = [sys.executable, "-c", code, postgres.url]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        run = process.stdout.readline().strip()
        peer = names()
        assert not peer.is_dead(run)
        process.kill()
    killed = time.monotonic()
    until(lambda: peer.is_dead(run))
    assert time.monotonic() - killed < LEASE_S + 0.5


def test_the_rate_of_a_lane_holds_over_all_machines(engine, names):
    turnstiles = [limits(engine, names().slot)[0] for _ in range(3)]
    waits = sorted(turnstiles[n % 3].turn("us:still", 600.0, 0.0) for n in range(12))
    assert waits[:2] == pytest.approx([0.0, 0.0], abs=0.06), "a small burst after a pause"
    gaps = [later - sooner for sooner, later in itertools.pairwise(waits[1:])]
    assert all(gap == pytest.approx(0.1, abs=0.06) for gap in gaps)
    assert waits[-1] == pytest.approx(1.0, abs=0.15)


def test_calls_at_once_are_limited_over_all_machines_whoever_asks_at_the_same_time(engine, names):
    lanes = [limits(engine, names().slot)[1] for _ in range(4)]

    def ask(n):
        found = lanes[n % 4].enter("us:still", 5, again=False, now=0.0)
        return (lanes[n % 4], found) if isinstance(found, Leave) else None

    with ThreadPoolExecutor(12) as together:
        granted = [pair for pair in together.map(ask, range(24)) if pair]
    assert len(granted) == 5
    for lane, leave in granted:
        lane.hand_back(leave, None, now=1.0)
    assert isinstance(lanes[0].enter("us:still", 5, again=False, now=2.0), Leave)


def test_what_a_dead_machine_had_under_way_counts_until_its_lease_is_over(engine, names):
    dead, living = names(), names()
    theirs, ours = limits(engine, dead.slot)[1], limits(engine, living.slot)[1]
    assert isinstance(theirs.enter("us:still", 1, again=False, now=0.0), Leave)
    assert isinstance(ours.enter("us:still", 1, again=False, now=0.0), float)
    fall_silent(dead)
    old(engine, dead.slot)
    assert isinstance(ours.enter("us:still", 1, again=False, now=0.0), Leave)


def test_whoever_looks_is_told_whether_any_worker_lives(engine, names):
    assert not is_anybody_here(engine)
    worker = names()
    assert is_anybody_here(engine)
    old(engine, worker.slot)
    fall_silent(worker)
    old(engine, worker.slot)
    assert not is_anybody_here(engine)
