"""Failed must-lines of takes with planted faults are repaired, and nothing else changes."""

import pytest

from tests.bench.repairs import Repaired
from tests.bench.stage import stages

pytestmark = pytest.mark.slow


def test_most_failed_must_lines_pass_after_at_most_three_rounds(tmp_path):
    repaired = Repaired()
    for stage in stages(tmp_path, turns=(0,), partners=("paper_lantern",)):
        repaired.hear(stage)
    assert sum(repaired.tried.values()) >= 6
    assert repaired.share >= 0.7, repaired.left  # one turn holds few lines; `make bench` has all
    assert repaired.outside == 0.0
    assert max(repaired.rounds) <= 3
