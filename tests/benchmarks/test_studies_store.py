"""Studies across partners, kept on either database: one whole, and each row its partner's."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from benchmarks.domain.study import Cast, Kind, Rater, Side, Slot, Study, StudyState
from benchmarks.domain.vote import Outcome
from benchmarks.store.studies import Studies
from benchmarks.testing import doubles
from router.domain.errors import Conflict

PARTNERS = ("lantern", "neighbour")
RATER = "Ada"


def part(partner):
    return Study(
        partner=partner, id="s1", campaigns=("c1",), partners=PARTNERS, recipes=("a", "b"),
        contrasts=(), raters=(Rater(name=RATER),), votes=6, second_round=0, across=True,
        simulated=True, created_at=doubles.NOW,
    )  # fmt: skip


def slot(number):
    def side(recipe):
        return Side(
            code=f"{recipe}{number}", recipe=recipe, take=f"{recipe}{number}", sha256="0" * 64,
            mime="image/png",
        )  # fmt: skip

    return Slot(
        partner=PARTNERS[number % 2], study="s1", rater=RATER, number=number, kind=Kind.PAIR,
        pack="p", shot="SH1", left=side("a"), right=side("b"),
    )  # fmt: skip


def cast(number, outcome=Outcome.LEFT):
    return Cast(
        partner=PARTNERS[number % 2], study="s1", rater=RATER, slot=number, outcome=outcome,
        at=doubles.NOW,
    )  # fmt: skip


@pytest.fixture
def studies(records):
    kept = Studies(records, PARTNERS)
    kept.open([part(name) for name in PARTNERS], [slot(n) for n in range(1, 7)])
    return kept


def test_a_study_across_partners_is_opened_whole_and_read_by_each_for_itself(studies):
    studies.open([part(name) for name in PARTNERS], [slot(n) for n in range(1, 7)])
    assert {one.partner for one in studies.of("s1")} == {*PARTNERS}
    assert [s.number for s in studies.slots("lantern", "s1")] == [2, 4, 6]
    assert [s.number for s in studies.slots("neighbour", "s1")] == [1, 3, 5]


def test_votes_on_shots_of_two_partners_go_in_together_or_not_at_all(studies):
    assert studies.cast([cast(n) for n in range(1, 5)]) == 4
    assert studies.cast([cast(n) for n in range(1, 7)]) == 2
    with pytest.raises(Conflict):
        studies.cast([cast(1, Outcome.RIGHT)])
    assert sum(len(studies.casts(name, "s1")) for name in PARTNERS) == 6


def test_the_same_vote_from_many_at_once_is_one_vote(studies):
    with ThreadPoolExecutor(8) as pool:
        new = list(pool.map(lambda _: studies.cast([cast(1), cast(2)]), range(16)))
    assert sum(new) == 2
    assert [len(studies.casts(name, "s1")) for name in PARTNERS] == [1, 1]


def test_no_vote_comes_in_after_a_study_was_closed(studies):
    studies.close(studies.of("s1"), doubles.NOW)
    assert {one.state for one in studies.of("s1")} == {StudyState.CLOSED}
    with pytest.raises(Conflict, match="closed"):
        studies.cast([cast(1)])
