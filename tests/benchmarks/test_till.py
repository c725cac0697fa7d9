"""Asking in several threads: how it ends when a person, or the money, says stop."""

import signal
import threading
import time

import pytest

from benchmarks.judgement.till import AT_ONCE, seen_through
from router.domain.errors import Busy


@pytest.fixture
def interrupt():
    """Press Ctrl-C, also where whoever runs the tests has taken the key away."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield lambda: signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
    signal.signal(signal.SIGINT, before)


def test_who_interrupts_a_judging_pays_for_no_question_that_was_not_yet_asked(interrupt):
    asked = []

    def sit(number):
        asked.append(number)
        if number == AT_ONCE:
            interrupt()
        time.sleep(0.05)

    with pytest.raises(KeyboardInterrupt):
        seen_through(sit, range(160))
    assert len(asked) <= 3 * AT_ONCE
    paid = len(asked)
    time.sleep(0.2)
    assert len(asked) == paid, "nothing goes on behind its back"


def test_a_model_that_does_not_answer_interrupts_and_what_was_asked_is_seen_through():
    def sit(number):
        if number == 2:
            raise Busy(field="judge", found="busy", expected="an answer")

    ended, why = seen_through(sit, range(5))
    assert (ended, "busy" in why) == ("interrupted", True)
