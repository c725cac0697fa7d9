"""Running: everything once, whatever happens in between, and a state for every trial."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from benchmarks.domain.campaign import CampaignState, TrialState
from benchmarks.testing import doubles
from benchmarks.testing.routing import InlineJobs
from benchmarks.testing.stage import Stage
from router.domain.attempt import AttemptState
from router.domain.errors import Conflict, UnknownName


@pytest.fixture
def stage(tmp_path):
    stage = Stage(tmp_path)
    yield stage
    stage.engine.dispose()


def test_a_run_asks_once_scores_once_and_answers_every_line(stage):
    planned = stage.plan()
    progress = stage.runner().run(planned, stage.files)
    assert progress.state is CampaignState.DONE
    assert progress.trials[TrialState.DONE] == progress.total == len(planned.trials)
    assert set(Counter(stage.router.sent).values()) == {1}
    assert set(Counter(stage.judged).values()) == {1}
    verdicts = stage.store.verdicts("lantern", planned.campaign.id)
    assert {take: len(v) for take, v in verdicts.items()} == dict.fromkeys(stage.judged, 2)
    assert not progress.is_bad_news


def test_running_it_again_does_nothing_more(stage):
    planned = stage.plan()
    first = stage.runner().run(planned, stage.files)
    sent, judged = list(stage.router.sent), list(stage.judged)
    again = stage.runner().run(stage.plan(), stage.files)
    assert (stage.router.sent, stage.judged) == (sent, judged)
    assert again.as_json() == first.as_json()


def test_every_end_has_its_state_and_the_states_add_up(stage):
    planned = stage.plan("init_image")
    labels = [r.label for r in planned.requests if r.seed is not None]
    ends = (
        AttemptState.REFUSED,
        AttemptState.FAILED,
        AttemptState.UNKNOWN,
        AttemptState.LOST,
    )
    stage.router.script = {
        label: (state, "why") for label, state in zip(labels, ends, strict=False)
    }
    told = stage.runner().run(planned, stage.files).as_json()["trials"]
    assert (told["refused"], told["failed"], told["unknown"]) == (1, 2, 1)
    six = ("done", "refused", "failed", "parked", "unknown", "open")
    assert sum(told[s] for s in six) == told["total"]


def test_a_models_refusal_is_an_answer_and_a_failure_is_bad_news(stage):
    planned = stage.plan("init_image")
    paid = [r.label for r in planned.requests if r.seed is not None]
    stage.router.script = {paid[0]: (AttemptState.REFUSED, "filtered")}
    assert not stage.runner().run(planned, stage.files).is_bad_news
    stage.router.script = {paid[0]: (AttemptState.FAILED, "gone")}
    another = stage.plan("init_image", takes=1)
    assert stage.runner().run(another, stage.files).is_bad_news


def test_a_spent_budget_parks_the_rest_and_a_larger_one_lets_them_go_on(stage):
    planned = stage.plan("init_image", budget_musd=200_000)
    paid = sum(r.seed is not None for r in planned.requests)
    first = stage.runner().run(planned, stage.files)
    assert first.state is CampaignState.BUDGET_REACHED
    assert first.trials[TrialState.PARKED] == paid - 2
    assert first.is_bad_news
    same = stage.runner().resume("lantern", planned.campaign.id)
    assert same.trials == first.trials
    more = stage.runner().resume("lantern", planned.campaign.id, budget_musd=5_000_000)
    assert (more.state, more.trials[TrialState.PARKED]) == (CampaignState.DONE, 0)
    assert set(Counter(stage.router.sent).values()) == {1}


class PowerCut(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("after", [0, 1, 3, 7])
def test_a_run_that_dies_while_scoring_is_completed_by_resume(stage, after):
    planned = stage.plan()

    def judge(partner, briefs):
        for n, scored in enumerate(doubles.judge(partner, briefs)):
            if n == after:
                raise PowerCut
            yield scored

    with pytest.raises(PowerCut):
        stage.runner(judge=judge).run(planned, stage.files)
    assert stage.runner().status("lantern", planned.campaign.id).state is CampaignState.INTERRUPTED
    done = stage.runner().resume("lantern", planned.campaign.id)
    assert (done.state, done.scored) == (CampaignState.DONE, done.total)
    assert len(stage.judged) == done.total - after
    assert set(Counter(stage.router.sent).values()) == {1}


def test_a_run_that_dies_between_storing_and_submitting_is_completed_by_resume(stage):
    planned = stage.plan()
    stage.store.add(planned, stage.files)
    done = stage.runner().resume("lantern", planned.campaign.id)
    assert (done.state, done.trials[TrialState.OPEN]) == (CampaignState.DONE, 0)


def test_a_run_that_dies_after_some_calls_pays_none_of_them_twice(stage):
    planned = stage.plan()
    dying = stage.runner(limit=3)
    stage.clock = replace(stage.clock)

    class Dies:
        now = stage.clock.now

        def sleep(self, seconds):
            raise PowerCut

    dying.clock = Dies()
    with pytest.raises(PowerCut):
        dying.run(planned, stage.files)
    status = stage.runner().status("lantern", planned.campaign.id)
    assert (status.trials[TrialState.DONE], status.state) == (3, CampaignState.INTERRUPTED)
    done = stage.runner().resume("lantern", planned.campaign.id)
    assert done.state is CampaignState.DONE
    assert set(Counter(stage.router.sent).values()) == {1}


def test_a_running_campaign_that_fell_silent_is_called_interrupted(stage):
    planned = stage.plan()
    stage.store.add(planned, stage.files)
    id_ = planned.campaign.id
    stage.store.move("lantern", id_, CampaignState.RUNNING)
    stage.store.seen_alive("lantern", id_, stage.clock.now())
    assert stage.runner().status("lantern", id_).state is CampaignState.RUNNING
    stage.clock.sleep(timedelta(minutes=3).total_seconds())
    assert stage.runner().status("lantern", id_).state is CampaignState.INTERRUPTED


def test_a_cancelled_campaign_keeps_what_is_paid_and_asks_no_more(stage):
    planned = stage.plan()
    stage.store.add(planned, stage.files)
    id_ = planned.campaign.id
    stage.router.open_account("lantern", id_, 50_000_000)
    stage.router.submit(planned.requests)
    told = stage.runner().cancel("lantern", id_)
    assert (told.state, told.trials[TrialState.PARKED]) == (CampaignState.CANCELLED, told.total)
    with pytest.raises(Conflict, match="was cancelled"):
        stage.runner().resume("lantern", id_)
    assert stage.router.sent == []


def test_a_campaign_that_is_done_stays_done_when_it_is_cancelled(stage):
    planned = stage.plan()
    stage.runner().run(planned, stage.files)
    id_ = planned.campaign.id
    assert stage.runner().cancel("lantern", id_).state is CampaignState.DONE
    assert stage.runner().resume("lantern", id_).state is CampaignState.DONE


def test_another_partner_sees_no_such_campaign(stage):
    planned = stage.plan()
    stage.runner().run(planned, stage.files)
    with pytest.raises(UnknownName):
        stage.runner().status("other", planned.campaign.id)
    assert stage.runner().statuses("other") == ()


def test_progress_is_told_and_ends_with_the_last_word(stage):
    planned = stage.plan()
    last = stage.runner().run(planned, stage.files)
    assert [p.trials[TrialState.DONE] for p in stage.seen][-1] == last.total
    assert stage.seen[-1].state is CampaignState.DONE


def test_a_brief_says_what_the_shot_demands(stage):
    found = {}

    def judge(partner, briefs):
        found.update({b.shot: b for b in briefs})
        return doubles.judge(partner, briefs)

    stage.runner(judge=judge).run(stage.plan(), stage.files)
    portrait, cleanup = found["SQ010_SH0010"], found["SQ010_SH0030"]
    assert (portrait.character, portrait.kind, len(portrait.refs)) == ("mara", "person", 1)
    assert dict(portrait.spec) == {"aspect": "16:9", "framing": "MS"}
    assert (cleanup.character, dict(cleanup.spec)["width"]) == (None, 640)
    assert cleanup.mask.read_bytes() == doubles.matte()
    assert found["SQ010_SH0040"].plate.read_bytes() == doubles.picture(140)  # the wanted look
    assert portrait.flags == ("simulated",)


def test_an_attempt_that_was_dropped_is_handed_in_again(stage):
    """A job may end while its attempt is open, as when the disk is full."""
    planned = stage.plan()

    class Forgetful(InlineJobs):
        calls = 0

        def enqueue(self, attempts):
            Forgetful.calls += 1
            if Forgetful.calls > 1:
                InlineJobs.enqueue(self, attempts)

    runner = stage.runner()
    runner.jobs = Forgetful(stage.router)
    assert runner.run(planned, stage.files).state is CampaignState.DONE
    assert Forgetful.calls == 2


def test_a_run_that_hears_nothing_for_hours_ends_as_interrupted(stage):
    runner = stage.runner(limit=0)
    runner.poll_s = 600.0
    ended = runner.run(stage.plan(), stage.files)
    assert (ended.state, ended.trials[TrialState.OPEN]) == (CampaignState.INTERRUPTED, ended.total)
    assert ended.is_bad_news


def test_hours_of_measuring_are_no_standstill(stage):
    """Nothing happens to any attempt while takes are scored, one in an hour."""

    def slow(partner, briefs):
        for scored in doubles.judge(partner, briefs[:2]):  # the rest comes with the next look
            stage.clock.sleep(3600.0)
            yield scored

    planned = stage.plan()
    done = stage.runner(judge=slow).run(planned, stage.files)
    assert done.total > 4
    assert (done.state, done.scored) == (CampaignState.DONE, done.total)


def test_a_run_whose_takes_were_not_all_scored_is_never_done(stage):
    def silent(partner, briefs):
        stage.clock.sleep(600.0)
        yield from ()

    planned = stage.plan()
    gave_up = stage.runner(judge=silent).run(planned, stage.files)
    assert (gave_up.state, gave_up.scored) == (CampaignState.INTERRUPTED, 0)
    assert gave_up.is_bad_news
    done = stage.runner().resume("lantern", planned.campaign.id)
    assert (done.state, done.scored) == (CampaignState.DONE, done.total)
