"""Flags: what must be known before any number."""

import pytest

from evaluators.domain.score import Direction, Score, Status
from evaluators.flags import SEEN, flags_of


def number(metric, value, **evidence):
    return Score(
        metric=metric, unit="share", direction=Direction.LOWER, status=Status.MEASURED, value=value,
        evidence=evidence,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("score", "flag"),
    [
        (number("copy_paste", 0.9), "copy_paste"),
        (number("id_worst", 0.45), "identity_drift"),
        (number("costume_colour", 20.0), "colour_drift"),
        (number("temporal.warp", 0.0, frozen=True), "frozen"),
    ],
)
def test_each_flag_has_its_limit(score, flag):
    assert flags_of([score]) == (flag,)


def test_good_numbers_and_missing_ones_raise_no_flag():
    quiet = [
        number("copy_paste", 0.3),
        number("id_worst", 0.7),
        number("costume_colour", 2.0),
        number("temporal.warp", 1.0, frozen=False),
        Score(
            metric="id_ref", unit="similarity", direction=Direction.HIGHER,
            status=Status.NOT_MEASURED, reason="no face found",
        ),
    ]  # fmt: skip
    assert flags_of(quiet) == ()


def test_what_was_known_before_comes_first_and_once():
    scores = [number("copy_paste", 0.9)]
    known = ("simulated", "duplicate", "simulated")
    assert flags_of(scores, known=known) == ("duplicate", "simulated", "copy_paste")


def test_no_flag_is_raised_that_is_not_on_the_list():
    loud = [
        number("copy_paste", 0.9),
        number("id_drift", 0.9),
        number("costume_colour", 20.0),
        number("temporal.warp", 0.0, frozen=True),
        number("inside_mask", 0.5, still_by_still=True),
    ]
    assert set(flags_of(loud)) == set(SEEN)
