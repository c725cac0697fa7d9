"""Killed at random moments: every trial ends once, and the ledgers agree to the cent."""

import random

import pytest

from router.testing.kills import TRIALS, play


@pytest.mark.slow
def test_random_kills_under_a_tight_cap_lose_nothing_and_pay_nothing_twice(tmp_path):
    found = play(tmp_path, 6, random.Random(20261121))
    assert found.faults == {}
    assert found.kills > 0
    assert found.parked > 0
    assert found.settled + found.unknown == TRIALS
