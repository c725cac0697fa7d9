"""Workers beside a campaign on a shared PostgreSQL: one is told to stop, one is killed."""

import os
import shutil
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from benchmarks.demo import build as demonstration
from dashboard.testing.console import Terminal

pytestmark = pytest.mark.slow
PARTNER = "northlight_pictures"


@pytest.fixture
def terminal(tmp_path, postgres_empty, monkeypatch):
    home = tmp_path / "home"
    shutil.copytree(demonstration.partner_folder(), home / "partners")
    monkeypatch.setenv("CIRCLETAKE_DATABASE", postgres_empty.url)
    monkeypatch.setenv("CIRCLETAKE_DATABASE_ADMIN", postgres_empty.admin_url)
    terminal = Terminal(home)
    assert terminal.run("database", "migrate").code == 0
    return terminal


def worker(terminal, *words):
    started = subprocess.Popen(
        terminal.command("worker", "--simulate", *words),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert '"ready"' in started.stdout.readline(), started.stderr.read()
    return started


def test_a_campaign_survives_a_deploy_and_a_kill_and_pays_nothing_twice(terminal, tmp_path):
    pack = demonstration.build(tmp_path / "packs", PARTNER)
    leaver, victim = worker(terminal), worker(terminal, "--queues", "cpu")
    try:
        with ThreadPoolExecutor(1) as command:
            run = command.submit(
                terminal.run,
                *("campaign", "run", str(pack), "--partner", PARTNER, "--budget", "20"),
                *("--recipes", "init_image", "--takes", "1", "--simulate"),
            )
            while len(terminal.billed()) < 2:
                time.sleep(0.1)
            leaver.send_signal(signal.SIGTERM)
            os.killpg(victim.pid, signal.SIGKILL)
            _, told = leaver.communicate(timeout=90)
            assert leaver.returncode == 0, told
            assert "stopped in" in told
            ended = run.result(240)
    finally:
        for process in (leaver, victim):
            process.kill()
            process.communicate()
    assert ended.answer["state"] == "done", ended.errors
    trials = ended.answer["trials"]
    assert trials["open"] == 0
    assert trials["done"] + trials["unknown"] + trials["refused"] == trials["total"]
    if trials["unknown"]:  # a call of the killed worker: its answer is in the provider's log
        again = terminal.run("campaign", "resume", ended.answer["campaign"])
        assert again.answer["trials"]["unknown"] == 0, again.errors
    entries = terminal.run("ledger", "show", ended.answer["campaign"], "--partner", PARTNER).answer
    paid = [e for e in entries["entries"] if e["kind"] == "settle" and e["usd"]]
    assert len(paid) == len(terminal.billed()), "each bill is one take, and none is paid twice"
