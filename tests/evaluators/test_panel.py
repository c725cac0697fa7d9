"""The panel goes on to the end, whatever a take does to it."""

import pytest

from evaluators.domain.brief import Brief
from evaluators.domain.score import Status
from evaluators.panel import judge
from router.domain.errors import UnknownName

LIGHT = ("spec_checks", "tech")


@pytest.fixture
def briefs(put, person, cat, tmp_path):
    text = tmp_path / "broken.png"
    text.write_text("no picture")
    paths = [put("a.png", person), text, put("b.png", cat), tmp_path / "none.png"]
    paths.append(put("c.png", person))
    return [Brief(row=i, take=p.name, path=p, flags=("simulated",)) for i, p in enumerate(paths)]


def test_every_take_gets_an_answer_and_bad_ones_their_reason(briefs):
    told = []
    got = list(judge(briefs, metrics=LIGHT, workers=0, on_done=told.append))
    assert got == told
    assert [s.row for s in got] == [0, 1, 2, 3, 4]
    failed = [s.row for s in got if {x.status for x in s.scores} == {Status.FAILED}]
    assert failed == [1, 3]
    assert got[3].sha256 is None
    assert got[3].scores[0].reason == "unreadable take: no such file"


def test_the_same_bytes_twice_are_flagged_on_both(briefs):
    flags = {s.row: s.flags for s in judge(briefs, metrics=LIGHT, workers=0)}
    assert flags[0] == flags[4] == ("duplicate", "simulated")
    assert flags[2] == ("simulated",)


@pytest.mark.slow
def test_processes_say_the_same_as_one(briefs):
    alone = list(judge(briefs, metrics=LIGHT, workers=0))
    spread = sorted(judge(briefs, metrics=LIGHT, workers=2), key=lambda s: s.row)
    assert spread == alone


def test_an_unknown_metric_is_refused_before_any_work(briefs):
    with pytest.raises(UnknownName, match="spec_checks"):
        next(judge(briefs, metrics=("spec",), workers=2))


@pytest.mark.slow
def test_a_process_that_dies_costs_its_take_and_no_other(briefs):
    deadly = Brief(row=3, take="deadly", path=briefs[0].path, spec={"deadly": Bomb()})
    marked = [*briefs[:3], deadly]
    got = {s.row: s for s in judge(marked, metrics=("spec_checks",), workers=2)}
    assert sorted(got) == [0, 1, 2, 3]
    assert got[3].scores[0].reason == "the process that measured this take died"
    assert got[0].scores[0].status is Status.MEASURED


class Bomb:
    """Ends whatever process unpacks it."""

    def __reduce__(self):
        import os

        return os._exit, (1,)


def test_no_takes_are_no_work():
    assert list(judge([], workers=2)) == []
