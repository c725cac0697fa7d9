"""What a study says with and without exclusions, and without each partner."""

from datetime import timedelta

import numpy as np
import pytest

from benchmarks.domain.study import Cast, Kind, Rater, Rules, Side, Slot, Study
from benchmarks.domain.vote import Outcome
from benchmarks.testing import doubles
from benchmarks.votes.conduct import conduct
from benchmarks.votes.outcome import Given, result

LEFT, RIGHT, TIE = Outcome.LEFT, Outcome.RIGHT, Outcome.TIE
NAMES = ("a", "b", "c")


def slot(number, left="a", right="b", kind=Kind.PAIR, rater="r", partner="one", shot="s", of=0):
    sides = [
        Side(code=f"{number}{n}", recipe=n, take=f"t{n}", sha256="0" * 64, mime="image/png")
        for n in (left, right)
    ]
    return Slot(
        partner=partner,
        study="x",
        rater=rater,
        number=number,
        kind=kind,
        pack="p",
        shot=shot,
        left=sides[0],
        right=sides[1],
        of=of,
    )


def cast(of, outcome, seconds=9.0):
    return Cast(
        partner=of.partner,
        study="x",
        rater=of.rater,
        slot=of.number,
        outcome=outcome,
        at=doubles.NOW + timedelta(minutes=of.number),
        seconds=seconds,
    )


def judged(answers, seconds=9.0):
    said = [(s, cast(s, outcome, seconds)) for s, outcome in answers]
    return conduct("r", len(said), said, Rules())


def honest(count=12):
    return [(slot(n), LEFT if n % 2 else RIGHT) for n in range(1, count + 1)]


def test_an_honest_rater_stays():
    assert judged(honest()).left_out == ()


def test_who_misses_gold_pairs_is_left_out_and_three_of_four_is_enough():
    gold = [slot(20 + n, "", "a", Kind.GOLD) for n in range(4)]
    right = [(s, RIGHT) for s in gold]
    assert judged([*honest(), *right[:3], (gold[3], TIE)]).left_out == ()
    missed = judged([*honest(), *right[:2], (gold[2], LEFT), (gold[3], Outcome.BOTH_FAIL)])
    assert "2 of 4" in missed.left_out[0]


def test_who_hurries_is_left_out_and_who_was_not_timed_is_not():
    assert "2.0 s" in judged(honest(), 2.0).left_out[0]
    assert judged(honest(), None).left_out == ()
    assert judged(honest(9), 2.0).left_out == ()


def test_who_prefers_one_side_is_left_out():
    assert "one side" in judged([(slot(n), LEFT) for n in range(1, 12)]).left_out[0]


def test_who_answers_repeats_by_the_side_is_left_out():
    again = [slot(30 + n, "b", "a", Kind.AGAIN, of=n) for n in range(1, 5)]
    opposite = {LEFT: RIGHT, RIGHT: LEFT}
    first = dict(enumerate((o for _, o in honest()), start=1))
    steady = [(s, opposite[first[s.of]]) for s in again]
    assert judged([*honest(), *steady]).again.share == 1.0
    assert judged([*honest(), *steady]).left_out == ()
    by_side = [(s, first[s.of]) for s in again]
    assert "no more than chance" in judged([*honest(), *by_side]).left_out[0]


def given(chance_of, *, shots=8, raters=("r", "q"), partners=("one", "two"), spoilt=()):
    """Everybody judges every pair on every shot of every partner, both ways round."""
    slots, casts = [], []
    for rater in raters:
        number = 0
        for partner in partners:
            for shot in range(shots):
                for left, right in (("a", "b"), ("c", "b"), ("c", "a"), ("b", "a")):
                    number += 1
                    one = slot(number, left, right, rater=rater, partner=partner, shot=f"s{shot}")
                    wins = chance_of(partner, left, right)
                    slots.append(one)
                    said = LEFT if rater in spoilt or wins else RIGHT
                    casts.append(cast(one, said))
    parts = tuple(
        Study(
            partner=p,
            id="x",
            campaigns=("c",),
            partners=partners,
            recipes=NAMES,
            contrasts=(("a", "b"),),
            raters=tuple(Rater(name=r, studio="one") for r in raters),
            votes=60,
            second_round=0,
            across=True,
            simulated=True,
            created_at=doubles.NOW,
        )
        for p in partners
    )
    return Given(parts=parts, slots=tuple(slots), casts=tuple(casts), decided={})


def noisy(better):
    """Prefer the stronger recipe three times out of four; `better`: partner → strongest first."""
    chance = np.random.default_rng(3)

    def wins(partner, left, right):
        order = better[partner]
        likely = order.index(left) < order.index(right)
        return likely if chance.random() < 0.75 else not likely

    return wins


ALIKE = {"one": "abc", "two": "abc"}


def test_the_result_is_told_with_and_without_a_spoilt_rater():
    found = result(given(noisy(ALIKE), raters=("r", "q", "bad"), spoilt=("bad",)))
    assert [c.rater for c in found.raters if c.left_out] == ["bad"]
    assert (found.kept.n_raters, found.every.n_raters) == (2, 3)
    assert found.kept.models[0].name == "a"
    assert any("bad is left out" in w for w in found.warnings)


def test_own_and_other_studios_votes_are_ranked_apart():
    found = result(given(noisy(ALIKE)))
    assert set(found.strata) == {"own", "other"}
    assert found.strata["own"].n_votes + found.strata["other"].n_votes == found.kept.n_votes


def test_a_lead_that_hangs_on_one_partner_shows_in_the_span():
    torn = result(given(noisy({"one": "abc", "two": "cba"}), shots=20))
    places = {s.name: (s.place_low, s.place_high) for s in torn.spans}
    assert places["a"] == (1, 3)
    assert places["c"] == (1, 3)
    steady = result(given(noisy(ALIKE), shots=20))
    assert {s.name: s.place_high for s in steady.spans}["a"] == 1


def test_a_declared_contrast_is_answered_with_its_interval():
    (found,) = result(given(noisy(ALIKE), shots=30, raters=("r", "q", "u", "v"))).contrasts
    assert found.better == "a"
    assert 0 < found.ci_low < found.elo < found.ci_high


def test_without_counted_votes_a_declared_contrast_has_no_number():
    (found,) = result(given(noisy(ALIKE), spoilt=("r", "q"))).contrasts
    assert (found.elo, found.better) == (None, None)


def test_nobody_voted_gives_no_number_and_says_so():
    empty = given(noisy(ALIKE))
    found = result(Given(parts=empty.parts, slots=empty.slots, casts=(), decided={}))
    assert found.kept is None
    assert found.strata == {}
    assert any("were not answered" in w for w in found.warnings)


@pytest.mark.parametrize("moment", [-1, 1000])
def test_only_a_decision_before_the_vote_leaves_it_out(moment):
    one = given(noisy(ALIKE))
    decided = {"ta": {"r": doubles.NOW + timedelta(minutes=moment)}}
    found = result(Given(parts=one.parts, slots=one.slots, casts=one.casts, decided=decided))
    assert bool(found.after_decision) is (moment < 0)
