"""Killed three times in the middle: nothing is lost, nothing is paid twice, both ledgers agree."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest

from router.domain.attempt import AttemptState
from router.testing.crash import ACCOUNT, CAP_MUSD, PARTNER, read_ledger, scene
from router.testing.emulator import running_emulator
from router.testing.routing import open_router

COUNT = 80
KILLS = (0.2, 0.45, 0.7)  # shares of the charges after which the worker is killed
MUSD = 1_000_000


def start(home, facts):
    stage = home / "scene.json"
    stage.write_text(json.dumps(facts))
    words = [str(home), str(COUNT), str(stage)]
    return subprocess.Popen(
        [sys.executable, "-m", "router.testing.crash", *words], start_new_session=True
    )


def kill_after(process, ledger, charges):
    until = time.monotonic() + 60
    while len(read_ledger(ledger)) < charges and process.poll() is None:
        assert time.monotonic() < until
        time.sleep(0.005)
    os.killpg(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL


def killed_three_times(home, ledger, facts):
    """Give the router of the home after three kills and a run to the end."""
    for share in KILLS:
        kill_after(start(home, facts), ledger, int(COUNT * share))
    assert start(home, facts).wait(90) == 0
    stage = scene(facts)
    models = (stage.still, stage.clip)
    return stage, open_router(home, stage.backends, models=models, cap_musd=CAP_MUSD)


def price(attempt):
    return attempt.reserved_musd + attempt.spent_musd


@pytest.mark.slow
@pytest.mark.parametrize("logs", [False, True], ids=["answers are lost", "answers are logged"])
def test_after_three_kills_every_charge_is_ours_and_none_was_made_twice(tmp_path, logs):
    ledger = tmp_path / "provider.jsonl"
    facts = {"ledger": str(ledger), "logs": logs}
    stage, router = killed_three_times(tmp_path, ledger, facts)
    attempts = router.attempts(PARTNER, account=ACCOUNT)
    charges = Counter(str(row["attempt"]) for row in read_ledger(ledger))
    assert len(attempts) == COUNT
    assert set(charges.values()) == {1}

    settled = {a.id for a in attempts if a.state is AttemptState.SETTLED}
    unknown = {a.id for a in attempts if a.state is AttemptState.UNKNOWN}
    assert settled | unknown == {a.id for a in attempts}
    assert settled <= set(charges)
    assert all(a.model == stage.still.key for a in attempts if a.id in unknown)
    assert len(unknown) <= len(KILLS) * stage.still.quota.in_flight
    assert not (logs and unknown & set(charges))

    stand = router.balance(PARTNER, ACCOUNT)
    assert stand.spent_musd == sum(price(a) for a in attempts if a.id in settled)
    assert stand.reserved_musd == sum(price(a) for a in attempts if a.id in unknown)
    assert {t.attempt for t in router.takes(PARTNER)} == settled


@pytest.mark.slow
def test_after_three_kills_our_ledger_and_the_providers_bill_agree_to_the_cent(tmp_path):
    with running_emulator(tmp_path / "emulator", instant=True, luma_concurrency=4) as emulator:
        where = {
            "bedrock_url": emulator.endpoint,
            "s3_url": emulator.endpoint,
            "access_key": emulator.access_key,
            "secret_key": emulator.secret_key,
            "bucket": emulator.bucket,
        }
        home = tmp_path / "home"
        home.mkdir()
        _stage, router = killed_three_times(home, emulator.ledger, {"emulator": where})
        report = router.reconcile(PARTNER)
        bill = emulator.billed()
    attempts = router.attempts(PARTNER, account=ACCOUNT)
    by_key = {a.id: a for a in attempts} | {a.token: a for a in attempts}
    paid = [by_key[(line["metadata"] or {}).get("attempt") or line["token"]] for line in bill]
    assert max(Counter(a.id for a in paid).values()) == 1
    assert {a.id for a in paid} == {a.id for a in attempts if a.state is AttemptState.SETTLED}
    assert report.unknown == COUNT - len(paid)
    spent = router.balance(PARTNER, ACCOUNT).spent_musd
    assert spent == sum(round(line["usd"] * MUSD) for line in bill)
    assert all(take.simulated for take in router.takes(PARTNER))
