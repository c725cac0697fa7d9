"""Killed three times in the middle: nothing is lost, nothing is paid twice, both ledgers agree."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest

from router.domain.attempt import AttemptState
from router.testing import ScriptedBackend
from router.testing_crash import ACCOUNT, CAP_MUSD, PARTNER, read_ledger
from router.testing_router import CLIP, STILL, open_router

COUNT = 80
KILLS = (0.2, 0.45, 0.7)  # shares of the charges after which the worker is killed
PRICES = {STILL.key: 80_000, CLIP.key: 1_500_000}


def start(home, *options):
    ledger = home / "provider.jsonl"
    words = [str(home), str(ledger), str(COUNT), *options]
    return subprocess.Popen(
        [sys.executable, "-m", "router.testing_crash", *words], start_new_session=True
    )


def kill_after(process, ledger, charges):
    until = time.monotonic() + 60
    while len(read_ledger(ledger)) < charges and process.poll() is None:
        assert time.monotonic() < until
        time.sleep(0.005)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.mark.slow
@pytest.mark.parametrize("logs", [False, True], ids=["answers are lost", "answers are logged"])
def test_after_three_kills_every_charge_is_ours_and_none_was_made_twice(tmp_path, logs):
    options = ("--logs",) if logs else ()
    ledger = tmp_path / "provider.jsonl"
    for share in KILLS:
        kill_after(start(tmp_path, *options), ledger, int(COUNT * share))
    assert start(tmp_path, *options).wait(90) == 0

    router = open_router(tmp_path, {"scripted": ScriptedBackend()}, cap_musd=CAP_MUSD)
    attempts = router.attempts(PARTNER, account=ACCOUNT)
    charges = Counter(str(row["attempt"]) for row in read_ledger(ledger))
    assert len(attempts) == COUNT
    assert set(charges.values()) == {1}

    settled = {a.id for a in attempts if a.state is AttemptState.SETTLED}
    unknown = {a.id for a in attempts if a.state is AttemptState.UNKNOWN}
    assert settled | unknown == {a.id for a in attempts}
    assert settled <= set(charges)
    assert all(a.model == STILL.key for a in attempts if a.id in unknown)
    assert len(unknown) <= 3 * STILL.quota.in_flight
    assert not (logs and unknown & set(charges))

    stand = router.balance(PARTNER, ACCOUNT)
    assert stand.spent_musd == sum(PRICES[a.model] for a in attempts if a.id in settled)
    assert stand.reserved_musd == stand.unknown_musd == len(unknown) * PRICES[STILL.key]
    assert {t.attempt for t in router.takes(PARTNER)} == settled
