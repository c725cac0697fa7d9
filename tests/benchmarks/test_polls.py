"""Studies in a report: nothing of open ones, nobody's name, and only what a reader may see."""

from datetime import timedelta

import pytest

from benchmarks.domain.study import Cast, Kind, Rater, Side, Slot, Study, StudyState
from benchmarks.domain.vote import Outcome
from benchmarks.reporting.findings import Facts, findings
from benchmarks.testing import doubles
from benchmarks.views.polls import study_rows, vote_rows
from benchmarks.votes.outcome import Given
from benchmarks.votes.poll import poll

PEOPLE = (
    Rater(name="Ines", studio="lantern"),
    Rater(name="Bo", studio="neighbour"),
    Rater(name="Kim"),
)
HOME = {"Ines": "lantern", "Bo": "neighbour", "Kim": "lantern"}


def given(state=StudyState.CLOSED, beats=8, shots=8):
    parts = tuple(
        Study(
            partner=partner,
            id="s1",
            campaigns=(f"c-{partner}",),
            partners=("lantern", "neighbour"),
            recipes=("a", "b"),
            contrasts=(("a", "b"),),
            raters=PEOPLE,
            votes=shots,
            second_round=0,
            across=False,
            simulated=True,
            created_at=doubles.NOW,
            state=state,
            closed_at=doubles.NOW if state is StudyState.CLOSED else None,
            notes=("neighbour's own note",),
        )
        for partner in ("lantern", "neighbour")
    )
    slots = tuple(
        Slot(
            partner=HOME[r.name],
            study="s1",
            rater=r.name,
            number=n + 1,
            kind=Kind.PAIR,
            pack="seal",
            shot=f"shot{n}",
            left=side("a", r, n) if n % 2 else side("b", r, n),
            right=side("b", r, n) if n % 2 else side("a", r, n),
        )
        for r in PEOPLE
        for n in range(shots)
    )
    casts = tuple(
        Cast(
            partner=s.partner,
            study="s1",
            rater=s.rater,
            slot=s.number,
            outcome=Outcome.LEFT
            if (s.left.recipe == "a") == (s.number <= beats)
            else Outcome.RIGHT,
            at=doubles.NOW + timedelta(seconds=10),
            seconds=8.0,
        )
        for s in slots
    )
    return Given(parts=parts, slots=slots, casts=casts, decided={})


def side(recipe, rater, n):
    return Side(
        code=f"{recipe}{rater.name}{n}",
        recipe=recipe,
        take=f"{recipe}{n}",
        sha256="0",
        mime="image/png",
    )


def test_an_open_study_tells_how_many_votes_are_in_and_no_more():
    one = poll(given(StudyState.OPEN))
    (row,) = study_rows([one])
    assert set(row) == {"study", "state", "simulated", "asked", "votes"}
    assert (row["state"], row["asked"], row["votes"]) == ("open", 24, 24)
    assert vote_rows([one]) == []


def test_raters_are_numbers_wherever_a_report_shows_them():
    one = poll(given())
    assert {v["rater"] for v in vote_rows([one])} == {"rater 1", "rater 2", "rater 3"}
    assert not [p.name for p in PEOPLE if p.name in str(study_rows([one]))]


def test_a_partners_edition_counts_no_other_partners_rater_or_shot():
    one = poll(given(), readers={"lantern"})
    (row,) = study_rows([one])
    assert row["campaigns"] == ["c-lantern"]
    assert {v["stratum"] for v in vote_rows([one])} == {"own", "internal"}
    assert len(vote_rows([one])) == 16
    assert "neighbour" not in str(row)


def test_a_study_without_anything_of_the_reader_is_not_shown():
    assert poll(given(), readers={"stranger"}).given.parts == ()


@pytest.mark.parametrize(("beats", "words"), [(15, {"tie"}), (24, {"likely", "sure"})])
def test_a_finding_from_votes_is_sure_only_where_the_interval_excludes_no_difference(beats, words):
    one = poll(given(beats=beats, shots=30))
    facts = Facts(
        recipes={},
        comparisons=(),
        measured={},
        bills={},
        simulated=True,
        polls=(one,),
        takes={"a1"},
    )
    (found,) = findings(facts)
    assert found.confidence in words
    excludes = found.ci_low is not None and (found.ci_low > 0 or found.ci_high < 0)
    assert (found.confidence == "sure") <= excludes
    assert found.evidence == ("a1",)
