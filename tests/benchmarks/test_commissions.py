"""What is handed in is taken up by one worker, kept by signs of life, and lost by silence."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest

from benchmarks.counter.front import QUEUED, WAITING
from benchmarks.crew import crew
from benchmarks.domain.campaign import CampaignState
from benchmarks.domain.commission import Commission, CommissionState, Task
from benchmarks.running.progress import seen
from benchmarks.running.wire import Wire
from benchmarks.store.commissions import BEAT, SILENCE, Commissions
from benchmarks.testing import doubles
from benchmarks.testing.stage import Stage
from router.domain.errors import Conflict, UnknownName

P = "lantern"


@pytest.fixture
def stage(tmp_path):
    stage = Stage(tmp_path)
    yield stage
    stage.engine.dispose()


@pytest.fixture
def campaign(stage):
    """A campaign that was handed in."""
    laid = stage.plan("init_image")
    running = replace(laid.campaign, state=CampaignState.RUNNING)
    stage.store.add(replace(laid, campaign=running), stage.files)
    return Task(partner=P, id=laid.campaign.id, is_repair=False)


def repair(**changes):
    wanted = Commission(
        partner=P,
        id="r1",
        campaign="c1",
        take="t1",
        lines=(1, 2),
        rounds=2,
        budget_musd=None,
        by="Ada",
        simulated=True,
        created_at=doubles.NOW,
    )
    return replace(wanted, **changes)


def waiting(stage, at=timedelta(), *, simulated=True):
    return list(stage.store.commissions.waiting(P, doubles.NOW + at, simulated=simulated))


def state(stage, task, at=timedelta()):
    return seen(stage.store.campaign(P, task.id), doubles.NOW + at)


def test_what_was_handed_in_waits_for_a_worker_of_its_wire(stage, campaign):
    assert waiting(stage) == [campaign]
    assert waiting(stage, simulated=False) == []
    assert state(stage, campaign) is CampaignState.PLANNED


def test_of_many_workers_one_takes_it_up(stage, campaign):
    start = Barrier(8)

    def take_up(n):
        start.wait()
        return stage.store.commissions.take_up(campaign, f"worker-{n}", doubles.NOW)

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(take_up, range(8))) == [False] * 7 + [True]
    assert waiting(stage) == []
    assert state(stage, campaign) is CampaignState.RUNNING


def test_a_worker_that_falls_silent_loses_its_work_and_one_that_speaks_keeps_it(stage, campaign):
    kept = stage.store.commissions
    assert kept.take_up(campaign, "one", doubles.NOW)
    assert waiting(stage, BEAT) == []
    assert kept.beat(campaign, "one", doubles.NOW + BEAT)
    late = BEAT * 2 + timedelta(seconds=1)
    assert waiting(stage, BEAT * 2) == []
    assert waiting(stage, late) == [campaign]
    assert kept.take_up(campaign, "two", doubles.NOW + late)
    assert not kept.beat(campaign, "one", doubles.NOW + late)


def test_a_command_may_measure_for_longer_without_a_word(stage, campaign):
    assert stage.store.commissions.begin(P, campaign.id, "", doubles.NOW)
    assert waiting(stage, SILENCE) == []
    assert waiting(stage, SILENCE + timedelta(seconds=1)) == [campaign]


def test_work_that_is_laid_down_is_anybodys_at_once_unless_it_was_cancelled(stage, campaign):
    kept = stage.store.commissions
    kept.take_up(campaign, "one", doubles.NOW)
    kept.lay_down(campaign, "another")
    assert waiting(stage) == []
    kept.lay_down(campaign, "one")
    assert waiting(stage) == [campaign]
    kept.take_up(campaign, "one", doubles.NOW)
    stage.store.move(P, campaign.id, CampaignState.CANCELLED)
    kept.break_off(P, campaign.id)
    kept.lay_down(campaign, "one")
    assert state(stage, campaign) is CampaignState.CANCELLED
    assert waiting(stage) == []


def test_a_runner_does_not_go_to_work_on_what_was_cancelled(stage, campaign):
    stage.store.move(P, campaign.id, CampaignState.CANCELLED)
    with pytest.raises(Conflict):
        stage.runner().resume(P, campaign.id)
    assert stage.router.sent == []


@pytest.mark.parametrize(
    ("was", "handed_in"),
    [
        (CampaignState.PLANNED, True),
        (CampaignState.INTERRUPTED, True),
        (CampaignState.BUDGET_REACHED, True),
        (CampaignState.RUNNING, False),
        (CampaignState.DONE, False),
        (CampaignState.CANCELLED, False),
    ],
)
def test_only_a_campaign_that_rests_is_handed_in_again(stage, campaign, was, handed_in):
    stage.store.commissions.take_up(campaign, "one", doubles.NOW)
    stage.store.move(P, campaign.id, was)
    assert stage.store.commissions.hand_in(P, campaign.id) is handed_in
    assert (waiting(stage) == [campaign]) is handed_in


def test_a_repair_is_kept_once_taken_up_once_and_ends_with_its_outcome(stage):
    kept = stage.store.commissions
    kept.add(repair())
    kept.add(repair(by="Somebody else"))
    (task,) = waiting(stage)
    assert task == Task(partner=P, id="r1", is_repair=True)
    assert kept.get(P, "r1").commission == repair()
    assert kept.take_up(task, "one", doubles.NOW)
    assert not kept.take_up(task, "two", doubles.NOW)
    kept.end(task, CommissionState.DONE, {"best": None})
    ended = kept.get(P, "r1")
    assert (ended.state, ended.outcome) == (CommissionState.DONE, {"best": None})
    assert waiting(stage, timedelta(days=1)) == []


def test_of_many_workers_one_takes_up_a_repair_on_either_database(records):
    kept, start = Commissions(records), Barrier(8)
    kept.add(repair())
    (task,) = kept.waiting(P, doubles.NOW, simulated=True)

    def take_up(n):
        start.wait()
        return kept.take_up(task, f"worker-{n}", doubles.NOW)

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(take_up, range(8))) == [False] * 7 + [True]
    ((found, runner),) = kept.carried(P, simulated=True)
    assert (found, runner.startswith("worker-")) == (task, True)
    kept.lay_down(task, runner)
    assert list(kept.waiting(P, doubles.NOW, simulated=True)) == [task]


def test_a_repair_of_a_neighbour_is_unknown(stage):
    stage.store.commissions.add(repair())
    with pytest.raises(UnknownName):
        stage.store.commissions.get("neighbour", "r1")


def test_whoever_looks_is_told_whether_a_worker_of_that_wire_lives(tmp_path):
    assert not crew.is_anybody_here(tmp_path, Wire.SIMULATED)
    worker = crew.sign_on(tmp_path, Wire.SIMULATED)
    assert crew.is_anybody_here(tmp_path, Wire.SIMULATED)
    assert not crew.is_anybody_here(tmp_path, Wire.AWS)
    worker.release()
    with ThreadPoolExecutor(8) as pool:  # who asks is no worker, whoever else asks at once
        asked = pool.map(lambda _: crew.is_anybody_here(tmp_path, Wire.SIMULATED), range(2000))
        assert not any(asked)
    assert "circletake worker" in WAITING
    assert "circletake worker" not in QUEUED
