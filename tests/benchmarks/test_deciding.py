"""A decision replaces the one that was seen, and no other; who looks in approval is no judge."""

from datetime import timedelta

import pytest

from benchmarks import polls
from benchmarks.browsing.acceptance import Standing
from benchmarks.decisions.circled import CIRCLED, REJECTED, SEEN, WITHDRAWN, standing
from benchmarks.decisions.deciding import DecidedMeanwhile, Deciding, Word
from benchmarks.domain.study import Study
from benchmarks.testing import doubles
from benchmarks.testing.stage import Stage
from router.domain.errors import BadInput, UnknownName

NOW = doubles.NOW
LATER = NOW + timedelta(minutes=1)


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    stage = Stage(tmp_path_factory.mktemp("stage"))
    stage.finish("init_image", takes=4)
    stage.free = iter(sorted(t.id for t in stage.router.stored.values() if t.cost_musd))
    yield stage
    stage.engine.dispose()


@pytest.fixture
def take(stage):
    return next(stage.free)


@pytest.fixture
def decide(stage, take):
    deciding = Deciding(store=stage.store, router=stage.router)

    def said(by, status, instead_of, at=NOW, note=""):
        word = Word(partner="lantern", campaign=stage.id, take=take, by=by, note=note)
        return deciding.decide(word, at, status, instead_of)

    return said


def every(stage, take):
    return [d for d in stage.store.decisions("lantern", stage.id) if d.take == take]


def test_whoever_did_not_see_the_decision_that_stands_replaces_nothing(stage, take, decide):
    decide("Ines", CIRCLED, "")
    with pytest.raises(DecidedMeanwhile, match="circled by Ines") as refused:
        decide("Bo", REJECTED, "", LATER)
    assert refused.value.field == "instead_of"
    assert [d.by for d in every(stage, take)] == ["Ines"]


def test_whoever_saw_it_does(stage, take, decide):
    first = decide("Ines", CIRCLED, "")
    decide("Bo", REJECTED, first.id, LATER)
    stands = standing(stage.store.decisions("lantern", stage.id))[take]
    assert (stands.by, stands.status) == ("Bo", REJECTED)
    assert len(every(stage, take)) == 2


def test_what_was_sent_again_after_a_lost_connection_is_kept_once(stage, take, decide):
    first = decide("Ines", CIRCLED, "", note="that one")
    assert decide("Ines", CIRCLED, "", LATER, note="that one") == first
    assert len(every(stage, take)) == 1


def test_of_two_who_press_at_once_the_second_hears_of_the_first(stage, take, decide, monkeypatch):
    decide("Ines", CIRCLED, "")
    empty = [standing(())]

    def before_anybody(said):
        return empty.pop() if empty else standing(said)

    monkeypatch.setattr("benchmarks.decisions.deciding.standing", before_anybody)
    with pytest.raises(DecidedMeanwhile, match="circled by Ines"):
        decide("Bo", "approved", "", LATER)
    assert len(every(stage, take)) == 1


def test_a_clock_that_is_behind_does_not_bring_an_older_decision_back(stage, take, decide):
    first = decide("Ines", CIRCLED, "", LATER)
    decide("Bo", REJECTED, first.id, NOW)
    assert standing(stage.store.decisions("lantern", stage.id))[take].by == "Bo"


def test_a_take_is_decided_in_a_campaign_of_its_own_partner_or_nowhere(stage, take):
    deciding = Deciding(store=stage.store, router=stage.router)
    theirs = Word(partner="neighbour", campaign=stage.id, take=take, by="Bo")
    for say in (
        lambda: deciding.decide(theirs, NOW, CIRCLED),
        lambda: deciding.look(theirs, NOW),
        lambda: deciding.clear(theirs, "0" * 64, NOW),
    ):
        with pytest.raises(UnknownName) as refused:
            say()
        assert stage.id not in refused.value.expected
    assert every(stage, take) == []


def test_only_a_yes_is_taken_back(decide):
    with pytest.raises(BadInput, match="not circled"):
        decide("Ines", WITHDRAWN, "")
    first = decide("Ines", "changes", "")
    with pytest.raises(BadInput, match="not circled"):
        decide("Ines", WITHDRAWN, first.id)
    second = decide("Ines", "approved", first.id, LATER)
    assert decide("Ines", WITHDRAWN, second.id, LATER).status == WITHDRAWN


def test_a_look_is_no_decision_and_ends_blind_votes_from_then_on(stage, take):
    deciding = Deciding(store=stage.store, router=stage.router)
    word = Word(partner="lantern", campaign=stage.id, take=take, by="Ines Vidal")
    kept = deciding.look(word, NOW)
    deciding.look(Word(partner="lantern", campaign=stage.id, take=take, by="INES vidal "), LATER)
    assert [(d.status, d.created_at) for d in every(stage, take)] == [(SEEN, NOW)]
    assert take not in standing(stage.store.decisions("lantern", stage.id))
    part = object.__new__(Study)
    object.__setattr__(part, "partner", "lantern")
    object.__setattr__(part, "campaigns", (stage.id,))
    assert polls.decided(stage.store, [part])[take] == {"ines vidal": kept.created_at}


def test_ranks_put_the_circled_take_first_and_rejected_ones_last():
    def take(name, **said):
        given = {"open_must": 0, "passed": 3, "status": "", "control": False, **said}
        return Standing(take=name, **given)

    takes = [
        take("rejected", status=REJECTED),
        take("control", control=True),
        take("open", open_must=1),
        take("best", passed=4),
        take("approved", status="approved", open_must=2),
        take("circled", status=CIRCLED, open_must=3),
    ]
    order = [s.take for s in sorted(takes, key=lambda s: s.rank)]
    assert order == ["circled", "approved", "best", "control", "open", "rejected"]
