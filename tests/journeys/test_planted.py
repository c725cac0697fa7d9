"""Verdicts on takes with known planted faults agree with what the emulator says it planted."""

import os
from pathlib import Path

import pytest

from tests.bench import truth
from tests.bench.stage import stages

pytestmark = pytest.mark.slow


@pytest.fixture
def detects(monkeypatch):
    """Use the better face detector where its weights are at hand; says whether they are."""
    beside = Path(__file__).parents[3] / "shared" / "weights"
    folder = Path(os.environ.get("CIRCLETAKE_WEIGHTS") or beside)
    monkeypatch.setenv("CIRCLETAKE_WEIGHTS", str(folder))
    return (folder / "yunet_n_640_640.onnx").is_file()


def test_verdicts_of_must_lines_agree_with_what_was_planted(detects, tmp_path):
    told = truth.verdicts(stages(tmp_path, turns=(0,), partners=("northlight_pictures",)))
    assert told.of(planted=True, said=("fail", "doubt")) >= 4
    assert told.of(planted=False, said=("pass",)) >= 12
    assert told.precision(("fail",)) >= 0.95, told.wrong
    assert told.precision(truth.AGAINST) >= 0.95, told.wrong
    assert told.recall(said=truth.NOT_PASSED) >= 0.9, told.wrong
    if detects:  # else a face that drifted far is not found, and its line is not measured
        assert told.recall() >= 0.9, told.wrong
