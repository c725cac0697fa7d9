"""Bradley-Terry ranking: the contract of `votes rank`."""

import math

import numpy as np
import pytest
from statsmodels.api import Logit

from benchmarks.domain.vote import Outcome, Vote
from benchmarks.votes.ballots import ballots
from benchmarks.votes.ranking import rank
from benchmarks.votes.robust import tipping
from benchmarks.votes.strength import connected, strengths
from dashboard import console
from dashboard.testing.console import Terminal


def study(strengths_, votes, *, raters=12, shots=20, ties=0.15, fails=0.05, left=0.0, seed=0):
    """Blind votes about models of known strength."""
    chance = np.random.default_rng(seed)
    names = list(strengths_)
    found = []
    for _ in range(votes):
        a, b = chance.choice(len(names), 2, replace=False)
        gap = strengths_[names[a]] - strengths_[names[b]] + left
        draw = chance.random()
        if draw < fails:
            outcome = Outcome.BOTH_FAIL
        elif draw < fails + ties:
            outcome = Outcome.TIE
        else:
            better = chance.random() < 1 / (1 + math.exp(-gap))
            outcome = Outcome.LEFT if better else Outcome.RIGHT
        found.append(
            Vote(
                rater=f"r{chance.integers(raters)}",
                shot=f"s{chance.integers(shots)}",
                left=names[a],
                right=names[b],
                outcome=outcome,
            )
        )
    return found


THREE = {"ash": 1.0, "birch": 0.0, "cedar": -1.0}


def by_name(ranking):
    return {m.name: m for m in ranking.models}


def test_the_planted_order_is_found_with_ranks_that_nobody_shares():
    found = rank(ballots(study(THREE, 3000)))
    assert [m.name for m in found.models] == ["ash", "birch", "cedar"]
    assert [(m.rank_low, m.rank_high) for m in found.models] == [(1, 1), (2, 2), (3, 3)]
    assert found.groups == (("ash",), ("birch",), ("cedar",))
    assert sum(m.elo for m in found.models) == pytest.approx(3000)
    assert all(m.ci_low < m.elo < m.ci_high for m in found.models)


def test_equals_share_a_group_and_their_ranks():
    found = rank(ballots(study({"ash": 0.0, "birch": 0.0, "cedar": 0.0}, 600)))
    assert found.groups == (tuple(m.name for m in found.models),)
    assert {(m.rank_low, m.rank_high) for m in found.models} == {(1, 3)}


def test_strengths_equal_a_logistic_regression_without_intercept():
    votes = study(THREE, 800, ties=0, fails=0)
    names = sorted(THREE)
    rows = np.zeros((len(votes), 3))
    for row, vote in zip(rows, votes, strict=True):
        row[names.index(vote.left)], row[names.index(vote.right)] = 1, -1
    won = np.array([vote.outcome is Outcome.LEFT for vote in votes], dtype=float)
    fitted = np.append(Logit(won, rows[:, :2]).fit(disp=0).params, 0)
    elo = 1000 + 400 / math.log(10) * (fitted - fitted.mean())
    found = by_name(rank(ballots(votes)))
    assert [found[n].elo for n in names] == pytest.approx(list(elo), abs=1e-4)


def test_a_tie_is_half_a_win_each():
    one = Vote(rater="r", shot="s", left="ash", right="birch", outcome=Outcome.TIE)
    other = Vote(rater="r2", shot="s2", left="birch", right="ash", outcome=Outcome.TIE)
    found = rank(ballots([one, other]))
    assert [m.elo for m in found.models] == [1000, 1000]
    assert [m.win_rate for m in found.models] == [0.5, 0.5]


def test_both_fail_moves_no_strength_and_has_its_own_rate():
    votes = study(THREE, 600, fails=0)
    before = by_name(rank(ballots(votes)))
    failed = Vote(rater="r0", shot="s0", left="ash", right="cedar", outcome=Outcome.BOTH_FAIL)
    after = by_name(rank(ballots([*votes, *[failed] * 100])))
    assert after["ash"].elo == pytest.approx(before["ash"].elo)
    assert after["ash"].win_rate == pytest.approx(before["ash"].win_rate)
    assert after["ash"].both_fail_rate == 100 / (before["ash"].votes + 100)
    assert after["birch"].both_fail_rate == 0


def test_a_model_that_never_lost_gives_no_number_for_anybody_and_names_the_parts():
    rows = [("ash", "birch"), ("ash", "cedar"), ("birch", "cedar"), ("cedar", "birch")]
    votes = [
        Vote(rater=f"r{i}", shot=f"s{i}", left=a, right=b, outcome=Outcome.LEFT)
        for i, (a, b) in enumerate(rows)
    ]
    found = rank(ballots(votes))
    assert {(m.elo, m.ci_low, m.rank_low) for m in found.models} == {(None, None, None)}
    assert found.groups == ()
    assert any("ash | birch, cedar" in w for w in found.warnings)


def test_models_that_never_met_give_no_number():
    pairs = [("ash", "birch"), ("birch", "ash"), ("cedar", "date"), ("date", "cedar")]
    votes = [
        Vote(rater=f"r{i}", shot=f"s{i}", left=a, right=b, outcome=Outcome.LEFT)
        for i, (a, b) in enumerate(pairs * 5)
    ]
    found = rank(ballots(votes))
    assert all(m.elo is None for m in found.models)
    assert any("ash, birch | cedar, date" in w for w in found.warnings)


@pytest.mark.parametrize(("raters", "shots", "word"), [(1, 20, "one rater"), (20, 1, "one shot")])
def test_one_rater_or_one_shot_gives_strengths_without_an_interval(raters, shots, word):
    found = rank(ballots(study(THREE, 400, raters=raters, shots=shots)))
    assert all(m.elo is not None and m.ci_low is None for m in found.models)
    assert found.position_bias.ci_low is None
    assert any(word in w for w in found.warnings)


def test_few_votes_give_no_interval_rather_than_a_lucky_one():
    votes = study(THREE, 14, raters=3, shots=4, ties=0, fails=0, seed=3)
    found = rank(ballots(votes))
    assert all(m.ci_low is None for m in found.models)
    assert found.warnings


def test_a_preference_for_the_left_side_is_seen_and_none_is_not_invented():
    biased = rank(ballots(study(THREE, 2000, left=0.6))).position_bias
    fair = rank(ballots(study(THREE, 2000))).position_bias
    assert biased.ci_low > 0.5
    assert fair.ci_low < 0.5 < fair.ci_high


def test_the_same_votes_give_the_same_answer_in_any_order():
    votes = study(THREE, 500)
    assert rank(ballots(votes)) == rank(ballots(votes[::-1]))


def test_the_table_of_wins_adds_up():
    votes = study(THREE, 500)
    found = rank(ballots(votes))
    assert np.sum(found.wins) == sum(v.outcome is not Outcome.BOTH_FAIL for v in votes)


def test_few_votes_can_be_enough_to_turn_a_close_lead_and_many_for_a_clear_one():
    close = tipping(ballots(study({"ash": 0.05, "birch": 0.0, "cedar": -1}, 1500)))
    clear = tipping(ballots(study({"ash": 1.5, "birch": 0.0, "cedar": -1}, 1500)))
    assert close.votes < 60 < clear.votes
    assert clear.leader == "ash"


def test_strengths_come_out_of_many_tables_at_once_as_out_of_each():
    chance = np.random.default_rng(1)
    tables = chance.integers(1, 9, (20, 5, 5)).astype(float) * (1 - np.eye(5))
    assert connected(tables).all()
    together = strengths(tables)
    assert np.allclose(together, [strengths(t) for t in tables])


def test_lopsided_tables_converge():
    wins = np.array([[0, 1e6, 1e6], [1e-3, 0, 1e6], [1e-3, 1e-3, 0]])
    theta = strengths(wins)
    assert theta[0] - theta[1] == pytest.approx(math.log(1e9), rel=0.2)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "votes.csv"
    rows = [f"{v.rater},{v.shot},{v.left},{v.right},{v.outcome.value}" for v in study(THREE, 900)]
    path.write_text("rater,shot,left,right,outcome\n" + "\n".join(rows))
    return path


def test_the_command_prints_the_contract(file, tmp_path):
    found = Terminal(tmp_path).run("votes", "rank", str(file)).answer
    assert {
        "n_votes", "n_raters", "n_shots", "models", "groups", "position_bias", "warnings",
    } <= set(found)  # fmt: skip
    assert set(found["models"][0]) == {
        "name", "elo", "ci_low", "ci_high", "rank_low", "rank_high", "votes", "win_rate",
        "both_fail_rate",
    }  # fmt: skip
    assert found["n_votes"] == 900
    assert found["groups"] == [["ash"], ["birch"], ["cedar"]]


def test_the_command_tells_a_person_who_leads_and_what_would_change_that(file, capsys):
    assert console.run(["votes", "rank", str(file)]) == 0
    said = capsys.readouterr().out
    assert "    1-1  ash" in said
    assert "would lead instead of ash" in said
