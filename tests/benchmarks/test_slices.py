"""Slices: shown with their n, judged only with enough shots, never more than exploratory."""

import numpy as np
import pytest

from benchmarks.comparing.compare import Question, Sample
from benchmarks.comparing.slices import LEAST, slices
from evaluators.domain.score import Direction

QUESTION = Question(metric="id_ref", task="t", unit="similarity", direction=Direction.HIGHER)


def samples(chance, shots, effects, *, flags=()):
    """One take a shot; `effects`: recipe → what it adds on close-ups (every second shot)."""
    return [
        Sample(
            take=f"{r}{s}",
            shot=f"s{s}",
            recipe=r,
            value=float(0.5 + effect * (s % 2 == 0) + chance.normal(0, 0.02)),
            flags=flags if r == "copy" else (),
            control=r == "free",
        )
        for r, effect in effects.items()
        for s in range(shots)
    ]


def labels(shots):
    return {
        f"s{s}": [("framing", "CU" if s % 2 == 0 else "WS"), ("task", "one")] for s in range(shots)
    }


def test_a_difference_on_close_ups_is_found_there_and_not_elsewhere():
    found = slices(
        [(QUESTION, samples(np.random.default_rng(1), 24, {"a": 0.2, "b": 0.0}))], labels(24)
    )
    assert [(s.by, s.value, s.n_shots, s.few) for s in found] == [
        ("framing", "CU", 12, False),
        ("framing", "WS", 12, False),
    ]
    assert [c.better for s in found for c in s.contrasts] == ["a", None]


def test_a_slice_of_few_shots_is_shown_and_not_judged():
    shots = 2 * LEAST - 2
    (close, wide) = slices(
        [(QUESTION, samples(np.random.default_rng(2), shots, {"a": 0.5, "b": 0.0}))], labels(shots)
    )
    assert close.few
    assert close.contrasts == ()
    assert close.means["a"].mean > close.means["b"].mean
    assert wide.n_shots == LEAST - 1


def test_controls_and_copies_stay_out_of_slices():
    table = {"a": 0.0, "b": 0.0, "copy": 0.4, "free": 0.4}
    made = samples(np.random.default_rng(3), 24, table, flags=("copy_paste",))
    for found in slices([(QUESTION, made)], labels(24)):
        assert set(found.means) == {"a", "b"}


@pytest.mark.slow
def test_where_nothing_differs_one_report_in_twenty_at_most_shows_any_difference():
    chance = np.random.default_rng(4)
    rounds = 200
    false = 0
    for _ in range(rounds):
        made = samples(chance, 24, {"a": 0.0, "b": 0.0, "c": 0.0})
        found = slices([(QUESTION, made)], labels(24))
        false += any(c.better for s in found for c in s.contrasts)
    assert false / rounds <= 0.05
