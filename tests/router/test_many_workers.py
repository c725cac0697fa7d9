"""Several workers share the queues of one PostgreSQL: evenly, through kills, through deploys."""

import signal
import subprocess
import sys
import time
from collections import Counter

import psycopg
import pytest
from psycopg import sql

from router.jobs.engine import JobEngine, install
from router.jobs.job import Job, QueueSpec
from router.leases import lease_name
from router.store import database
from tests.postgres import APP

pytestmark = pytest.mark.slow
LEASE_S = 2.0
SCHEMA = "engine_shared"
# A worker whose jobs write down who did them; "paid" is written by the first one only.
WORKER = f"""
import signal, sys, threading, time
from pathlib import Path
import psycopg
from router.jobs.engine import JobEngine
from router.leases import lease_name
from router.store import database

url, log, seconds, listens = sys.argv[1], Path(sys.argv[2]), float(sys.argv[3]), sys.argv[4:]
name = lease_name(database.connect(url), lease_s={LEASE_S})
plain = url.replace("postgresql+psycopg://", "postgresql://")
local = threading.local()

def note(job):
    if not hasattr(local, "connection") or local.connection.broken:
        local.connection = psycopg.connect(plain, autocommit=True)
    local.connection.execute("INSERT INTO done (job, worker) VALUES (%s, %s)", (job, name.slot))

def advance(partner, job):
    time.sleep(seconds)
    for _ in range(100):
        try:
            return note(job)
        except psycopg.OperationalError:  # the server is away: as the ledger, wait for it
            time.sleep(0.1)

engine = JobEngine(url, {{"advance": advance}}, worker=name, log=log, schema="{SCHEMA}", threads=8)
over = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: over.set())
engine.launch(listens or None)
print(name.slot, flush=True)
while not over.wait(0.5):
    engine.adopt()
engine.take_no_more()
began = time.monotonic()
engine.close(20)
name.release()
print(f"{{engine.running}} {{time.monotonic() - began:.2f}}", flush=True)
"""


@pytest.fixture(scope="module")
def shared(postgres):
    """A database with the engine's schema, and a table in which jobs note who did them."""
    install(postgres.admin_url, SCHEMA, APP)
    run(
        postgres,
        "CREATE TABLE done (n serial, job text, worker text, at timestamptz DEFAULT now())",
        f"GRANT ALL ON done, done_n_seq TO {APP}",
    )
    return postgres


@pytest.fixture
def house(shared, tmp_path):
    run(shared, "TRUNCATE done", "DELETE FROM leases")
    made = House(shared, tmp_path)
    yield made
    made.close()


def run(postgres, *statements):
    with psycopg.connect(plain(postgres.superuser_url), autocommit=True) as connection:
        for statement in statements:
            connection.execute(sql.SQL(statement))


def plain(url):
    return url.replace("postgresql+psycopg://", "postgresql://")


class House:
    """Workers of one shared database."""

    def __init__(self, postgres, folder):
        self.postgres, self.folder, self.workers = postgres, folder, []
        self.engine = database.connect(postgres.url)
        self.name = lease_name(self.engine, lease_s=LEASE_S)
        self.jobs = JobEngine(
            postgres.url, {}, worker=self.name, log=folder / "jobs.log", schema=SCHEMA
        )

    def start(self, seconds=0.0, *listens):
        words = [sys.executable, "-W", "ignore", "-c", WORKER, self.postgres.url]
        words += [str(self.folder / f"{len(self.workers)}.log"), str(seconds), *listens]
        worker = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        self.workers.append(worker)
        return worker

    def up(self, count, seconds=0.0):
        """Start workers and wait until each has its name; gives them with their names."""
        started = [self.start(seconds) for _ in range(count)]
        return [(worker, worker.stdout.readline().strip()) for worker in started]

    def open(self, queue="q", in_flight=8):
        self.jobs.open_queues([QueueSpec(name=queue, in_flight=in_flight)])

    def hand_in(self, count, mark, queue="q", in_flight=8):
        self.open(queue, in_flight)
        named = [f"{mark}-{n}" for n in range(count)]
        self.jobs.enqueue(
            [Job(id=n, handler="advance", queue=queue, args=("north_light", n)) for n in named]
        )
        return set(named)

    def reopen(self, names, queue="q"):
        """Hand jobs in again, as a shift does with attempts that are open and nobody works on."""
        self.jobs.enqueue(
            [Job(id=n, handler="advance", queue=queue, args=("north_light", n)) for n in names]
        )
        return names

    def done(self):
        with psycopg.connect(plain(self.postgres.url)) as connection:
            return connection.execute("SELECT job, worker FROM done").fetchall()

    def close(self):
        for worker in self.workers:
            worker.kill()
            worker.wait()
            worker.stdout.close()
        self.jobs.close()
        self.name.release()
        self.engine.dispose()


# The engine's pollers rest longer when they meet at one queue: three meet more often than two.
# `make bench WORKERS=1` says how even it is on a quiet machine; on a busy one nobody starves.
@pytest.mark.parametrize(("count", "off"), [(2, 0.5), (3, 0.75)])
def test_workers_share_a_queue_none_starves_and_each_job_is_done_once(house, count, off):
    house.up(count)
    house.open(in_flight=4 * count)
    time.sleep(2.5)  # until each of them serves the queue
    wanted = house.hand_in(900, f"even-{count}", in_flight=4 * count)
    assert house.jobs.wait(60)
    done = house.done()
    assert sorted(job for job, _ in done) == sorted(wanted)
    shares = sorted(Counter(worker for _, worker in done).values())
    assert len(shares) == count
    assert count * shares[0] / len(wanted) >= 1.0 - off
    assert count * shares[-1] / len(wanted) <= 1.0 + off


def test_workers_that_are_killed_every_few_seconds_lose_nothing(house):
    alive = house.up(3, 0.05)
    wanted = house.hand_in(400, "killed", in_flight=6)
    for _ in range(4):
        time.sleep(2.0)
        worker, _ = alive.pop(0)
        worker.send_signal(signal.SIGKILL)
        alive += house.up(1, 0.05)
    assert house.jobs.wait(90)
    done = Counter(job for job, _ in house.done())
    assert set(done) == wanted
    assert sum(done.values()) <= len(wanted) + 4 * 6, "only what a kill cut off is done again"


def test_the_work_of_a_killed_worker_is_taken_over_when_its_lease_is_over(house):
    ((victim, name),) = house.up(1, 30.0)
    wanted = house.hand_in(6, "heir", in_flight=6)
    until(lambda: running_on(house).get(name) == wanted)
    ((_, heir),) = house.up(1, 0.1)
    time.sleep(LEASE_S + 0.5)  # the heir has been there for as long as a lease
    assert running_on(house)[name] == wanted, "nobody takes what a living worker has"
    victim.send_signal(signal.SIGKILL)
    killed = time.monotonic()
    assert house.jobs.wait(30)
    took = time.monotonic() - killed
    assert dict(house.done()) == dict.fromkeys(wanted, heir)
    assert took < LEASE_S + 2.5, "the lease, a look each half second, the queue's turn, the job"


def test_a_worker_that_is_told_to_stop_ends_what_it_has_and_leaves_the_rest(house):
    crew = {name: worker for worker, name in house.up(2, 1.0)}
    wanted = house.hand_in(24, "drain", in_flight=8)
    until(lambda: running_on(house))
    name = next(iter(running_on(house)))  # whoever was first; the other may get none for long
    leaver = crew.pop(name)
    (other,) = crew
    leaver.send_signal(signal.SIGTERM)
    left, seconds = leaver.stdout.readline().split()
    assert leaver.wait(30) == 0
    assert left == "0", "nothing is cut off"
    assert float(seconds) < 10.0
    mine = sum(1 for _, worker in house.done() if worker == name)
    assert house.jobs.wait(60)
    done = house.done()
    assert Counter(job for job, _ in done) == Counter(wanted), "each once: nothing is cut off"
    after = sum(1 for _, worker in done if worker == name)
    assert after == mine, "it took nothing more"
    assert sum(1 for _, worker in done if worker == other) == len(wanted) - mine


def test_a_worker_takes_jobs_only_from_queues_that_it_listens_to(house):
    house.start(0.0, "gpu-only").stdout.readline()
    other = house.hand_in(5, "cpu", queue="cpu-only")
    mine = house.hand_in(5, "gpu", queue="gpu-only")
    until(lambda: {job for job, _ in house.done()} == mine)
    time.sleep(1.0)
    assert {job for job, _ in house.done()} == mine
    house.start(0.0, "cpu-only")
    until(lambda: {job for job, _ in house.done()} == mine | other)


def test_a_database_that_restarts_loses_no_job(postgres_alone, tmp_path):
    install(postgres_alone.admin_url, SCHEMA, APP)
    run(
        postgres_alone,
        "CREATE TABLE done (n serial, job text, worker text, at timestamptz DEFAULT now())",
        f"GRANT ALL ON done, done_n_seq TO {APP}",
    )
    house = House(postgres_alone, tmp_path)
    try:
        house.up(2, 0.05)
        wanted = house.hand_in(300, "restart", in_flight=6)
        time.sleep(2.0)
        assert house.jobs.pending()
        postgres_alone.server.crash()
        time.sleep(1.0)
        postgres_alone.server.start()
        assert house.jobs.wait(90)
        lost = wanted - {job for job, _ in house.done()}
        again = house.reopen(lost)
        assert house.jobs.wait(60)
        assert {job for job, _ in house.done()} == wanted
        assert len(again) <= 12, "only what was under way when the database went"
    finally:
        house.close()


def running_on(house):
    """Name the jobs that run now, by worker."""
    found = {}
    query = (
        f"SELECT executor_id, workflow_uuid FROM {SCHEMA}.workflow_status WHERE status='PENDING'"
    )
    with psycopg.connect(plain(house.postgres.superuser_url)) as connection:
        for worker, job in connection.execute(sql.SQL(query)).fetchall():
            found.setdefault(worker, set()).add(job)
    return found


def until(true, seconds=20.0):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)
