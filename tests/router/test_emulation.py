"""The embedded emulator: one a state folder, and it ends with whoever started it."""

import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from router import emulation
from router.domain.errors import Unreachable

pytestmark = pytest.mark.slow


def test_a_second_command_of_a_home_uses_the_emulator_of_the_first(tmp_path):
    words, ledger = emulation.arguments(state=tmp_path, instant=True), tmp_path / "billing.jsonl"
    with emulation.running(words, ledger=ledger) as first:
        with emulation.running(words, ledger=ledger) as second:
            assert second == first
        assert emulation._at_work(ledger) == first, "leaving the second must not stop the first"
    assert emulation._at_work(ledger) is None


def test_the_emulator_ends_with_a_parent_that_was_killed(tmp_path):
    code = (
        "import sys, time; from pathlib import Path; from router import emulation\n"
        "state = Path(sys.argv[1]); words = emulation.arguments(state=state, instant=True)\n"
        "with emulation.running(words, ledger=state / 'billing.jsonl'):\n"
        "    print('up', flush=True); time.sleep(60)\n"
    )
    words = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout.readline() == "up\n"
        parent.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 15
    while emulation._at_work(tmp_path / "billing.jsonl"):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_the_emulator_serves_until_its_last_guest_has_left(tmp_path):
    words, ledger = emulation.arguments(state=tmp_path, instant=True), tmp_path / "billing.jsonl"
    owner, guest = emulation.running(words, ledger=ledger), emulation.running(words, ledger=ledger)
    first = owner.__enter__()
    assert guest.__enter__() == first
    owner.__exit__(None, None, None)
    time.sleep(0.5)
    assert emulation._at_work(ledger) == first, "a guest is still there"
    with emulation.running(words, ledger=ledger) as late:
        assert late == first
    guest.__exit__(None, None, None)
    deadline = time.monotonic() + 15
    while emulation._at_work(ledger):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    with emulation.running(words, ledger=ledger) as fresh:
        assert fresh.endpoint != first.endpoint, "what the dead one left behind is not believed"


def test_of_two_commands_that_start_at_once_both_get_the_same_emulator(tmp_path):
    words, ledger = emulation.arguments(state=tmp_path, instant=True), tmp_path / "billing.jsonl"
    everybody = threading.Barrier(3)

    def come(_number):
        with emulation.running(words, ledger=ledger) as found:
            everybody.wait(30)
            return found

    with ThreadPoolExecutor(3) as commands:
        assert len(set(commands.map(come, range(3)))) == 1


def test_an_emulator_that_cannot_start_says_why(tmp_path):
    words = emulation.arguments(state=tmp_path, profiles=tmp_path / "nowhere.json")
    starting = emulation.running(words, ledger=tmp_path / "billing.jsonl")
    with pytest.raises(Unreachable, match=r"nowhere\.json"), starting:
        pass
