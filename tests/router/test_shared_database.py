"""One PostgreSQL under many workers: whoever is killed, worker or server, nothing is lost."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from router.domain.attempt import AttemptState
from router.jobs.engine import JobEngine
from router.jobs.job import Job, QueueSpec
from router.store import database
from router.store.database import Commits, reading
from router.testing.crash import ACCOUNT, CAP_MUSD, PARTNER, read_ledger, scene
from router.testing.routing import open_router
from router.workers import hold_name

pytestmark = pytest.mark.slow
COUNT = 40
IN_FLIGHT = ("engine_aws", "engine_simulated")


class Run:
    """A worker process on a shared database, with a provider that notes each charge."""

    def __init__(self, home, made):
        self.home, self.made, self.ledger = home, made, home / "provider.jsonl"
        self.facts = {"ledger": str(self.ledger), "logs": True, "database": made.url}

    def start(self):
        stage = self.home / "scene.json"
        stage.write_text(json.dumps(self.facts))
        words = ["-m", "router.testing.crash", str(self.home), str(COUNT), str(stage)]
        return subprocess.Popen([sys.executable, *words], start_new_session=True)

    def until_charged(self, process, charges):
        until = time.monotonic() + 60
        while len(read_ledger(self.ledger)) < charges:
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.005)

    def account_for_everything(self):
        """Every charge is one attempt's, and every attempt stands where its charge says."""
        stage = scene(self.facts)
        models = (stage.still, stage.clip)
        router = open_router(self.home, stage.backends, models=models, records=self.made.url)
        attempts = router.attempts(PARTNER, account=ACCOUNT)
        charges = Counter(str(row["attempt"]) for row in read_ledger(self.ledger))
        assert len(attempts) == COUNT
        assert set(charges.values()) == {1}
        settled = {a.id for a in attempts if a.state is AttemptState.SETTLED}
        unknown = {a.id for a in attempts if a.state is AttemptState.UNKNOWN}
        assert settled | unknown == {a.id for a in attempts}
        assert not unknown & set(charges)  # never sent, and never again by itself
        stand = router.balance(PARTNER, ACCOUNT)
        paid = [a.reserved_musd + a.spent_musd for a in attempts if a.id in settled]
        assert stand.spent_musd == sum(paid) <= CAP_MUSD
        assert {t.attempt for t in router.takes(PARTNER)} == settled
        router._engine.dispose()


def counted(engine):
    with reading(engine, PARTNER) as connection:
        return connection.scalar(text("SELECT count(*) FROM budgets"))


@pytest.fixture
def run(tmp_path, postgres_alone):
    return Run(tmp_path, postgres_alone)


def test_a_worker_that_is_killed_is_followed_by_one_that_goes_on(run):
    for share in (0.3, 0.6):
        process = run.start()
        run.until_charged(process, int(COUNT * share))
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert run.start().wait(90) == 0
    run.account_for_everything()


def test_a_server_that_is_cut_off_and_started_again_loses_nothing_and_nobody_pays_twice(run):
    process = run.start()
    run.until_charged(process, COUNT // 3)
    run.made.server.crash()
    time.sleep(1.0)
    run.made.server.start()
    process.wait(90)
    assert run.start().wait(90) == 0
    run.account_for_everything()


def test_the_server_is_waited_for_while_it_restarts(postgres_alone):
    engine = database.connect(postgres_alone.url)
    assert counted(engine) == 0  # so that a connection of before is at hand
    postgres_alone.server.crash()
    with ThreadPoolExecutor(2) as pool:
        written = pool.submit(Commits(engine).write, PARTNER, lambda c: c.scalar(text("SELECT 1")))
        read = pool.submit(counted, engine)
        time.sleep(0.6)
        assert not written.done()
        assert not read.done()
        postgres_alone.server.start()
        assert written.result(30) == 1
        assert read.result(30) == 0
    engine.dispose()


def test_work_that_was_cut_off_in_the_middle_is_done_again(postgres_alone):
    engine, runs = database.connect(postgres_alone.url), []

    def work(connection):
        runs.append(connection.scalar(text("SELECT 1")))
        if len(runs) == 1:
            postgres_alone.server.crash()
            postgres_alone.server.start()
        return connection.scalar(text("SELECT 2"))

    assert Commits(engine).write(PARTNER, work) == 2
    assert len(runs) == 2
    engine.dispose()


def test_a_commit_whose_answer_was_lost_is_never_carried_out_again(postgres_alone):
    engine, runs = database.connect(postgres_alone.url), []

    def work(connection):
        runs.append(1)
        postgres_alone.server.crash()
        postgres_alone.server.start()

    with pytest.raises(OperationalError):
        Commits(engine).write(PARTNER, work)
    assert runs == [1]
    engine.dispose()


@pytest.mark.parametrize("schema", IN_FLIGHT)
def test_jobs_are_kept_by_name_only_in_a_schema_of_their_own(tmp_path, postgres, schema):
    done, worker = [], hold_name(tmp_path / "workers")
    engine = JobEngine(
        postgres.url,
        {"advance": lambda *words: done.append(words) or "done"},
        [QueueSpec(name="q", in_flight=2)],
        worker=worker,
        log=tmp_path / "log",
        schema=schema,
    )
    jobs = [Job(id=f"j{n}", handler="advance", queue="q", args=("p", f"j{n}")) for n in range(6)]
    try:
        engine.enqueue(jobs)
        engine.enqueue(jobs)
        engine.launch()
        assert engine.wait(30)
    finally:
        engine.close()
        worker.release()
    assert sorted(done) == [("p", f"j{n}") for n in range(6)]
    records = database.connect(postgres.superuser_url)
    with records.connect() as connection:
        said = connection.scalars(text(f"SELECT inputs FROM {schema}.workflow_input")).all()
        forms = connection.scalars(text(f"SELECT serialization FROM {schema}.workflow_status"))
        assert set(forms) == {"portable_json"}
        other = next(name for name in IN_FLIGHT if name != schema)
        there = connection.scalar(text(f"SELECT count(*) FROM {other}.workflow_status"))
    records.dispose()
    assert sorted(json.loads(words)["positionalArgs"] for words in said) == [
        ["p", f"j{n}"] for n in range(6)
    ]
    assert there in {0, len(jobs)}
