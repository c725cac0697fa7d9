"""Verdicts on takes with known planted faults agree with what the emulator says it planted."""

import pytest

from tests.bench import truth

pytestmark = pytest.mark.slow


def test_verdicts_of_must_lines_agree_with_what_was_planted(tmp_path):
    told = truth.verdicts(tmp_path, turns=1, partners=("northlight_pictures",))
    assert told.of(planted=True, said=("fail", "doubt")) >= 4
    assert told.of(planted=False, said=("pass",)) >= 12
    assert told.precision(("fail",)) >= 0.95, told.wrong
    assert told.precision(truth.AGAINST) >= 0.95, told.wrong
    assert told.recall() >= 0.9, told.wrong
