"""The job engine: accepted once, run to the end, taken over from the dead."""

import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock

import pytest

from router.jobs.engine import JobEngine
from router.jobs.job import Job, QueueSpec
from router.jobs.queues import FEW, POLL_S, poll_s
from router.pacing.rate import Turnstile
from router.telling.log import flush
from router.workers import hold_name, holding_dead


class Desk:
    """A handler that notes its calls."""

    def __init__(self):
        self.calls = []
        self.most = 0
        self.now = 0
        self.fail = set()
        self.hold = None
        self._gate = Lock()

    def __call__(self, partner, name):
        with self._gate:
            self.calls.append((partner, name))
            self.now += 1
            self.most = max(self.most, self.now)
        try:
            if self.hold:
                self.hold.wait(5)
            if name in self.fail:
                raise ValueError(name)
            return "done"
        finally:
            with self._gate:
                self.now -= 1


@pytest.fixture
def desk():
    return Desk()


@pytest.fixture
def engine(tmp_path, desk):
    worker = hold_name(tmp_path / "workers")
    queues = [QueueSpec(name="q", in_flight=3)]
    path, log = tmp_path / "engine.db", tmp_path / "circletake.log"
    engine = JobEngine(path, {"advance": desk}, queues, worker=worker, log=log)
    yield engine
    engine.close()
    worker.release()


def jobs(count):
    return [
        Job(id=f"j{n}", handler="advance", queue="q", args=("p", f"j{n}")) for n in range(count)
    ]


@pytest.mark.slow
def test_every_job_runs_once_and_never_more_than_the_queue_allows(engine, desk):
    engine.enqueue(jobs(40))
    engine.enqueue(jobs(40))
    engine.launch()
    assert engine.wait(20)
    assert sorted(desk.calls) == sorted(("p", f"j{n}") for n in range(40))
    assert desk.most <= 3


@pytest.mark.slow
def test_a_job_whose_run_has_ended_runs_again_when_it_is_enqueued_again(engine, desk):
    desk.fail.add("j0")
    engine.enqueue(jobs(2))
    engine.launch()
    assert engine.wait(20)
    desk.fail.clear()
    engine.enqueue(jobs(1))
    assert engine.wait(20)
    engine.enqueue(jobs(1))
    assert engine.wait(20)
    assert desk.calls.count(("p", "j0")) == 3


@pytest.mark.slow
def test_a_handler_that_breaks_is_logged_and_the_others_go_on(engine, desk, tmp_path):
    desk.fail.add("j1")
    engine.enqueue(jobs(3))
    engine.launch()
    assert engine.wait(20)
    assert len(desk.calls) == 3
    flush()
    told = (tmp_path / "circletake.log").read_text()
    assert '"kind": "ValueError"' in told
    assert "j1" not in told


@pytest.mark.slow
def test_nothing_is_pickled_and_only_names_are_stored(engine, tmp_path):
    engine.enqueue(jobs(1))
    engine.launch()
    assert engine.wait(20)
    database = sqlite3.connect(tmp_path / "engine.db")
    mode = database.execute("PRAGMA journal_mode").fetchone()
    (form,) = database.execute("SELECT serialization FROM workflow_status").fetchone()
    everything = "\n".join(database.iterdump())
    database.close()
    assert (mode, form) == (("wal",), "portable_json")
    assert '["p","j0"]' in everything
    assert "gASV" not in everything  # how a pickle begins in base64


@pytest.mark.slow
def test_jobs_of_a_dead_worker_are_adopted_and_those_of_a_living_one_are_not(tmp_path, desk):
    dead = tmp_path / "workers"
    script = (
        "import sys, time\nfrom pathlib import Path\n"
        "from router.jobs.engine import JobEngine\nfrom router.jobs.job import Job, QueueSpec\n"
        "from router.workers import hold_name\nhome = Path(sys.argv[1])\n"
        "engine = JobEngine(home / 'engine.db', {'advance': lambda p, a: time.sleep(60)},\n"
        "    [QueueSpec(name='q', in_flight=3)], worker=hold_name(home / 'workers'),\n"
        "    log=home / 'log')\n"
        "engine.enqueue([Job(id='j0', handler='advance', queue='q', args=('p', 'j0'))])\n"
        "engine.launch()\nprint('ready', flush=True)\ntime.sleep(60)\n"
    )
    victim = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert victim.stdout.readline() == "ready\n"
    worker = hold_name(dead)
    assert worker.slot == "worker-1"
    path, log = tmp_path / "engine.db", tmp_path / "circletake.log"
    engine = JobEngine(path, {"advance": desk}, worker=worker, log=log)
    _until(lambda: engine.pending() == 1)
    engine.launch()
    _until(lambda: engine._client.list_workflows(status="PENDING"))
    assert engine.adopt() == 0
    victim.kill()
    victim.communicate()
    assert engine.adopt() == 1
    assert engine.wait(20)
    assert desk.calls == [("p", "j0")]
    engine.close()
    worker.release()


@pytest.mark.slow
def test_closing_lets_running_jobs_come_to_a_stop(engine, desk):
    desk.hold = Event()
    engine.enqueue(jobs(1))
    engine.launch()
    _until(lambda: desk.now == 1)
    desk.hold.set()
    engine.close()
    assert desk.now == 0


def test_a_name_is_held_as_long_as_its_process_lives(tmp_path):
    first, second = hold_name(tmp_path), hold_name(tmp_path)
    assert (first.slot, second.slot) == ("worker-0", "worker-1")
    assert not second.is_dead(first.run)
    first.release()
    assert second.is_dead(first.run)
    again = hold_name(tmp_path)
    assert again.slot == "worker-0"
    assert again.is_dead(first.run)
    assert not again.is_dead(again.run)
    assert second.is_dead(first.run), "the name lives, and that life of it is over"
    assert not second.is_dead(again.run)
    assert not second.is_dead(again.slot), "whose life is not said"
    with holding_dead(tmp_path, second.slot) as held:
        assert not held
    for name in (second, again):
        name.release()


def test_a_name_that_is_being_taken_again_belongs_no_more_to_the_life_before(tmp_path):
    first, second = hold_name(tmp_path), hold_name(tmp_path)
    for half in ("", first.run.partition("/")[2][:3]):
        (tmp_path / f"{first.slot}.lock").write_text(half)
        assert second.is_dead(f"{first.slot}/before")
    for name in (first, second):
        name.release()


def test_the_dead_stay_dead_however_many_ask_and_while_their_work_is_taken_over(tmp_path):
    first, second = hold_name(tmp_path), hold_name(tmp_path)
    first.release()
    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(lambda _: second.is_dead(first.run), range(4000)))
        with holding_dead(tmp_path, first.slot) as held:
            assert held
            assert all(pool.map(lambda _: second.is_dead(first.run), range(64)))
            third = hold_name(tmp_path)
            assert third.slot == "worker-2", "nobody takes it meanwhile"
    assert second.is_dead(first.run)
    for name in (second, third):
        name.release()


def test_starts_are_spaced_by_the_rate_with_a_small_burst():
    turnstile = Turnstile()
    waits = [turnstile.turn("lane", 60.0, 100.0) for _ in range(4)]
    assert waits == [0.0, 0.0, 1.0, 2.0]
    assert turnstile.turn("other", 60.0, 100.0) == 0.0
    assert turnstile.turn("lane", 60.0, 200.0) == 0.0


def _until(happened):
    end = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.slow
def test_a_job_that_counts_as_running_here_and_does_not_is_queued_again(engine, desk, tmp_path):
    """As a connection leaves it that breaks while the claim is committed."""
    desk.hold = Event()
    engine.open_queues([QueueSpec(name="aside", in_flight=1)])
    engine.launch(["q"])
    engine.enqueue(jobs(1))
    _until(lambda: desk.now == 1)
    engine.enqueue([Job(id="j1", handler="advance", queue="aside", args=("p", "j1"))])
    with sqlite3.connect(tmp_path / "engine.db") as records:
        records.execute(
            "UPDATE workflow_status SET status='PENDING', queue_name='q', executor_id=? "
            "WHERE workflow_uuid='j1'",
            (engine.worker.slot,),
        )
    engine.take_up_missed()
    engine.take_up_missed()
    desk.hold.set()
    assert engine.wait(20)
    assert sorted(name for _, name in desk.calls) == ["j0", "j1"], "what runs is left alone"


def test_many_queues_are_asked_more_seldom_and_no_start_is_missed(engine):
    slow = [QueueSpec(name=f"slow-{n}", in_flight=4, per_minute=6.0) for n in range(30)]
    swift = QueueSpec(name="swift", in_flight=4, per_minute=240.0)
    free = QueueSpec(name="free", in_flight=2)
    engine.open_queues([slow[0], swift, free])
    assert set(_asked_each(engine).values()) == {POLL_S}
    engine.open_queues(slow)
    paces = _asked_each(engine)
    assert paces["swift"] == pytest.approx(0.25)  # two starts in half a second are let through
    assert paces["free"] == POLL_S
    assert {paces[q.name] for q in slow} == {poll_s(len(paces), {"limit": 2, "period": 20.0})}
    assert sum(1 / paces[q.name] for q in slow) < FEW / POLL_S
    engine.open_queues([swift])
    assert _asked_each(engine) == paces


def _asked_each(engine):
    return {q.name: q.polling_interval_sec for q in engine._client.list_queues()}
