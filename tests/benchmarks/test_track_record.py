"""What stored takes say about a model is counted by the shot, and only where it was measured."""

from dataclasses import replace

import pytest

from benchmarks.testing.stage import Stage
from benchmarks.track_record import kept_share, track_record
from evaluators.domain.verdict import AcceptanceLine, Ruling, Verdict
from router.domain.take import Source

TASK = "reference_to_image"


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    stage = Stage(tmp_path_factory.mktemp("stage"))
    stage.finish("init_image", "init_image_alt", "erase_matte")
    yield stage.case()
    stage.engine.dispose()


def verdict(ruling: Ruling, *, must: bool = True, number: int = 1) -> Verdict:
    line = AcceptanceLine(number=number, criterion="Same face", kind="identity", must=must)
    return Verdict(line=line, take="t", ruling=ruling)


def test_a_shot_is_one_trial_however_many_takes_it_has(case):
    record = track_record([case], TASK, simulated=True)
    shots = {case.shot(trial).id for trial in case.trials if case.shot(trial).task == TASK}
    assert len(shots) == 2
    assert {key: len(shares) for key, shares in record.kept.items()} == {
        "sd35-large": 2,
        "stable-image-ultra": 2,
    }
    assert {key: len(seconds) for key, seconds in record.latencies.items()} == {
        "sd35-large": 4,
        "stable-image-ultra": 4,
    }


def test_the_share_of_a_shot_is_the_mean_over_its_takes(case):
    first = next(t for t in case.trials if t.recipe == "init_image")
    takes = [
        take.id
        for trial, take in case.own_takes()
        if (trial.shot, trial.recipe) == (first.shot, "init_image")
    ]
    ruled = {
        takes[0]: (verdict(Ruling.PASS),),
        takes[1]: (verdict(Ruling.FAIL), verdict(Ruling.PASS, number=2)),
    }
    record = track_record([replace(case, verdicts=ruled)], TASK, simulated=True)
    assert record.kept == {"sd35-large": (0.75,)}


def test_real_and_simulated_takes_never_stand_in_one_record(case):
    assert track_record([case], TASK, simulated=False).kept == {}
    assert track_record([case], TASK, simulated=False).latencies == {}


def test_another_task_and_a_control_count_for_nothing(case):
    assert set(track_record([case], "erase", simulated=True).latencies) == {"stability-erase"}
    local = {id_: replace(t, source=Source.CONTROL) for id_, t in case.takes.items()}
    assert track_record([replace(case, takes=local)], TASK, simulated=True).latencies == {}


def test_what_was_not_decided_is_missing_and_not_failed():
    assert kept_share(()) is None
    assert kept_share([verdict(Ruling.UNSURE), verdict(Ruling.NOT_MEASURED)]) is None
    assert kept_share([verdict(Ruling.FAIL, must=False)]) is None
    found = [verdict(Ruling.PASS), verdict(Ruling.FAIL, number=2), verdict(Ruling.UNSURE, number=3)]
    assert kept_share(found) == 0.5
