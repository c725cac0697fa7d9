"""Metrics beside votes: who picks the take that people prefer, and nothing before the close."""

from dataclasses import dataclass, field, replace
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.domain.study import Rater, StudyState
from benchmarks.domain.vote import Outcome
from benchmarks.views.trusted import trusted
from benchmarks.votes.poll import poll
from evaluators.domain.score import Direction, Score, Status
from tests.benchmarks.test_polls import given, side

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


RECIPES, RATERS, MANY = "abcdef", 5, 36


def unanimous(mistaken=0):
    """Some pairs of each of 36 shots, asked of two of five people; `a` beats `b` beats `c` …

    The last so many raters always say the opposite.
    """
    whole = given(shots=1)
    people = tuple(Rater(name=f"p{n}") for n in range(RATERS))
    chance = np.random.default_rng(4)
    slots, casts = [], []
    for n in range(MANY):
        pairs = [sorted(chance.choice(list(RECIPES), 2, replace=False)) for _ in range(3)]
        for (first, second), turn in zip(pairs, chance.integers(0, 2, 3), strict=True):
            for who in chance.choice(RATERS, 2, replace=False):
                rater, number = people[who], len(slots) + 1
                left, right = (second, first) if turn else (first, second)
                right_says = bool(turn) != (who >= RATERS - mistaken)
                slot = replace(
                    whole.slots[0],
                    rater=rater.name,
                    number=number,
                    shot=f"shot{n}",
                    left=side(left, rater, n),
                    right=side(right, rater, n),
                )
                outcome = Outcome.RIGHT if right_says else Outcome.LEFT
                slots.append(slot)
                casts.append(
                    replace(
                        whole.casts[0],
                        partner=slot.partner,
                        rater=rater.name,
                        slot=number,
                        outcome=outcome,
                    )
                )
    parts = tuple(
        replace(p, recipes=tuple(RECIPES), raters=people, contrasts=()) for p in whole.parts
    )
    return replace(whole, parts=parts, slots=tuple(slots), casts=tuple(casts))


def test_only_pairs_that_people_compared_count_whatever_else_a_take_was_shown_against():
    votes = unanimous()
    perfect = {f"{r}{n}": -i for i, r in enumerate(RECIPES) for n in range(MANY)}
    told = trusted([CaseDouble(perfect)], [poll(votes)])
    asked = {(s.shot, frozenset((s.left.take, s.right.take))) for s in votes.slots}
    (row,) = told["metrics"]
    assert (row["accuracy"], row["pairs"], row["shots"]) == (1.0, len(asked), MANY)
    assert row["status"] == "validated"
    assert (told["ceiling"], told["alpha"]["value"]) == (1.0, 1.0)


def test_people_who_contradict_each_other_on_pairs_lower_the_ceiling_and_alpha():
    told = trusted([CaseDouble({})], [poll(unanimous(mistaken=2))])
    assert 0.3 < told["ceiling"] < 0.7
    assert -0.5 < told["alpha"]["value"] < 0.3
