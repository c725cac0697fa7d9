"""Numbers as people read them."""

import pytest

from dashboard import charts, wording
from evaluators.flags import SEEN, TOLD


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (None, "delta_e", "not measured"),
        (0.876, "similarity", "0.88"),
        (0.0, "share", "0.00 %"),
        (0.0421, "share", "4.21 %"),
        (0.0004, "share", "0.040 %"),
        (1.0, "share", "100.0 %"),
        (-0.13, "stops", "−0.13 stops"),
        (-0.0001, "stops", "0.00 stops"),
        (1234.0, "count", "1,234"),
    ],
)
def test_a_number_is_written_in_its_unit(value, unit, expected):
    assert wording.number(value, unit).replace("\u202f", " ") == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, "not measured"), (0.0, "$0.00"), (0.08, "$0.08"), (0.0133, "$0.0133"),
     (1234.5, "$1,234.50"), (-2.0, "−$2.00")],
)  # fmt: skip
def test_a_price_below_a_cent_keeps_its_digits(value, expected):
    assert wording.usd(value) == expected


def test_a_range_of_ranks_is_no_single_rank():
    def told(low, high, mean=1.0, direction="higher"):
        return wording.ranks({"rank_low": low, "rank_high": high, "mean": mean}, direction)

    assert told(2, 2) == "2"
    assert told(2, 4) == "2–4"
    assert told(None, None) == "set aside"
    assert told(None, None, mean=None) == "no rank"
    assert told(None, None, direction="none") == "no rank"


def test_an_interval_that_was_not_computed_is_no_interval():
    assert wording.interval(None, None, "delta_e") == "no interval"


ARM = {"mean": 1.4, "ci_low": 0.3, "ci_high": 2.4, "control": False}


@pytest.mark.parametrize("factor", [1e-4, 1.0, 3e5])
def test_an_axis_holds_every_interval_on_round_ticks(factor):
    arms = [{**ARM, "mean": 1.4 * factor, "ci_low": -0.3 * factor, "ci_high": 2.4 * factor}]
    axis = charts.scale(arms)
    assert axis.low <= -0.3 * factor
    assert axis.high >= 2.4 * factor
    assert 3 <= len(axis.ticks) <= 9


def test_one_number_without_an_interval_still_has_an_axis():
    axis = charts.scale([{**ARM, "ci_low": None, "ci_high": None}])
    assert axis.low < axis.high
    drawn = charts.interval(axis, {**ARM, "ci_low": None, "ci_high": None}, "one <shot>")
    assert 'class="ci"' not in drawn
    assert "one &lt;shot&gt;" in drawn


def test_nothing_measured_has_no_axis():
    assert charts.scale([{"mean": None, "ci_low": None, "ci_high": None}]) is None


@pytest.mark.parametrize("flag", [*SEEN, *TOLD])
def test_every_flag_has_plain_words(flag):
    assert flag in wording.FLAGS
    assert "_" not in wording.flag(flag)


def test_a_flag_of_tomorrow_is_still_readable():
    assert wording.flag("not_yet_known") == "not yet known"
