"""A worker dies with work in hand: another on the same home finishes it, paying nothing twice."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from router.clock import SystemClock
from router.dispatch import handlers
from router.domain.attempt import OPEN_STATES, AttemptState
from router.jobs.engine import JobEngine
from router.testing import doubles
from router.testing.crash import ACCOUNT, CAP_MUSD, PARTNER, read_ledger, scene
from router.testing.faults import broken_promises, watch
from router.testing.routing import open_router
from router.workers import hold_name

COUNT = 40
WITHIN_S = 10.0  # a worker looks for the dead every ten seconds; the rest is work
PRICES = {"still-a": 80_000, "clip-a": 1_500_000}


@pytest.mark.slow
def test_takes_of_a_killed_worker_are_finished_by_another_on_the_same_home(tmp_path):
    ledger, stage_file = tmp_path / "provider.jsonl", tmp_path / "scene.json"
    facts = {"ledger": str(ledger), "logs": True}
    stage_file.write_text(json.dumps(facts))
    words = [str(tmp_path), str(COUNT), str(stage_file)]
    victim = subprocess.Popen(
        [sys.executable, "-m", "router.testing.crash", *words], start_new_session=True
    )
    _until(lambda: len(read_ledger(ledger)) >= COUNT // 4)
    worker, stage = hold_name(tmp_path / "workers"), scene(facts)
    assert worker.slot == "worker-1"
    router = open_router(
        tmp_path,
        stage.backends,
        clock=SystemClock(),
        worker=worker,
        models=(stage.still, stage.clip),
        cap_musd=CAP_MUSD,
    )
    watch(tmp_path)
    os.killpg(victim.pid, signal.SIGKILL)
    victim.wait()
    left = sum(a.state in OPEN_STATES for a in router.attempts(PARTNER, account=ACCOUNT))
    here = doubles.settings(tmp_path)
    engine = JobEngine(here.engine_database, handlers(router), worker=worker, log=here.log)
    engine.launch()
    began = time.monotonic()
    engine.adopt()
    assert engine.wait(WITHIN_S)
    spent = time.monotonic() - began
    engine.close()
    attempts = router.attempts(PARTNER, account=ACCOUNT)
    worker.release()
    assert left > 0
    assert spent < WITHIN_S
    assert len(attempts) == COUNT
    # Between a sync send and its bill nobody can know: held, and never sent again.
    unknown = [a for a in attempts if a.state is not AttemptState.SETTLED]
    assert {a.state for a in unknown} <= {AttemptState.UNKNOWN}
    assert len(unknown) <= stage.still.quota.in_flight
    models = {a.id: a.model for a in attempts}
    charges = [(str(r["attempt"]), PRICES[models[str(r["attempt"])]]) for r in read_ledger(ledger)]
    assert broken_promises(router, PARTNER, ACCOUNT, charges, tmp_path) == []


def _until(happened):
    end = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.005)
