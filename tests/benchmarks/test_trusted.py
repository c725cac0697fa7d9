"""Metrics beside votes: who picks the take that people prefer, and nothing before the close."""

from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from benchmarks.domain.study import StudyState
from benchmarks.views.trusted import trusted
from benchmarks.votes.poll import poll
from evaluators.domain.score import Direction, Score, Status
from tests.benchmarks.test_polls import given

SHOTS = 8


@dataclass
class CaseDouble:
    """A campaign of which one metric says a number of each take."""

    says: dict  # take → value
    direction: Direction = Direction.HIGHER
    trial_of: dict = field(default_factory=dict)

    @property
    def scored(self):
        return {take: SimpleNamespace(scores=(self.score(v),)) for take, v in self.says.items()}

    def score(self, value):
        status = Status.MEASURED if value is not None else Status.FAILED
        why = None if value is not None else "no face"
        return Score(
            metric="id_ref",
            unit="similarity",
            direction=self.direction,
            status=status,
            value=value,
            reason=why,
        )


def values(a, b):
    return {f"{name}{n}": value for n in range(SHOTS) for name, value in (("a", a), ("b", b))}


@pytest.mark.parametrize(
    ("a", "b", "direction", "right"),
    [
        (0.9, 0.2, Direction.HIGHER, 1.0),
        (0.2, 0.9, Direction.HIGHER, 0.0),
        (0.2, 0.9, Direction.LOWER, 1.0),
        (0.5, 0.5, Direction.HIGHER, 0.5),
    ],
)
def test_a_metric_is_right_where_it_prefers_what_people_prefer(a, b, direction, right):
    told = trusted([CaseDouble(values(a, b), direction)], [poll(given(beats=SHOTS))])
    (row,) = told["metrics"]
    assert (row["metric"], row["accuracy"], row["shots"]) == ("id_ref", right, SHOTS)
    assert row["ci_low"] <= right <= row["ci_high"]
    assert row["status"] == "diagnostic"  # 8 shots speak for nobody
    assert (told["ceiling"], told["raters"]) == (1.0, 3)


def test_what_a_metric_could_not_measure_is_no_opinion():
    told = trusted([CaseDouble(values(0.9, None))], [poll(given(beats=SHOTS))])
    assert told["metrics"] == []


def test_before_a_study_is_closed_nothing_is_told():
    case = CaseDouble(values(0.9, 0.2))
    assert trusted([case], [poll(given(StudyState.OPEN))]) == {}
    assert trusted([case], []) == {}
