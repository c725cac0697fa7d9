"""Chains: every step is a request of its own, the last one's take counts, nothing is paid twice."""

from collections import Counter
from dataclasses import asdict, replace

import pytest

from benchmarks.domain.campaign import CampaignState, Later, TrialState
from benchmarks.planning.forecast import finish, lanes
from benchmarks.planning.plan import Order, Stock, plan
from benchmarks.planning.sources import FITTED
from benchmarks.testing.doubles import NOW, partner
from benchmarks.testing.routing import InlineJobs
from benchmarks.testing.stage import DIALECTS, Stage
from benchmarks.views.case import gather
from benchmarks.views.tables import bills, failure_rows
from benchmarks.views.veil import Veil
from router.domain.attempt import AttemptState
from router.domain.ids import content_id
from router.domain.request import Input

FIRST, SECOND = "SQ010_SH0010", "SQ010_SH0020"
PRICE = 70_000


@pytest.fixture
def stage(tmp_path):
    stage = Stage(tmp_path)
    yield stage
    stage.engine.dispose()


def chained(stage, *names, takes=1, budget_musd=50_000_000):
    """Plan chains without their controls."""
    order = Order(
        partner=partner(),
        packs=[stage.pack],
        recipes=[stage.recipes[name] for name in names],
        takes=takes,
        budget_musd=budget_musd,
        simulated=True,
    )
    stock = Stock(catalogue=stage.catalogue, media=stage.files, dialects=DIALECTS)
    return plan(order, stock, now=NOW)


def run(stage, planned, **how):
    return stage.runner(**how).run(planned, stage.files)


def case_of(stage, planned):
    id_ = planned.campaign.id
    return gather(partner(), id_, store=stage.store, router=stage.router, now=NOW)


def test_each_step_is_asked_once_and_starts_from_the_take_before_it(stage):
    planned = chained(stage, "face_again")
    done = run(stage, planned)
    assert (done.state, done.trials[TrialState.DONE], done.scored) == (CampaignState.DONE, 2, 2)
    assert set(Counter(stage.router.sent).values()) == {1}
    for trial in planned.trials:
        first, last = (stage.router.known[r] for r in trial.requests)
        made = {t.request: t for t in stage.router.stored.values()}
        assert last.input("init_image") == made[first.id].media
        assert last.parent == made[last.id].parent == made[first.id].id
        assert (first.parent, last.operation) == (None, "inpaint")


def test_the_worst_case_is_that_of_all_steps_and_the_bill_too(stage):
    planned = chained(stage, "text_then_upscale")
    assert {t.worst_case_musd for t in planned.trials} == {
        PRICE_OF["sd35-large"] + PRICE_OF["upscale"]
    }
    run(stage, planned)
    case = case_of(stage, planned)
    assert bills([case], case.recipes)["text_then_upscale"].spend_musd == 2 * 2 * PRICE


PRICE_OF = {"sd35-large": 80_000, "upscale": 400_000}


def test_every_lane_of_a_chain_is_in_the_forecast(stage):
    chain = chained(stage, "text_then_upscale", takes=16)
    asked = [*chain.requests, *(one.request for one in chain.later)]
    queues = lanes(asked, stage.catalogue, partner())
    assert {q.model: q.takes for q in queues} == {
        "sd35-large": 32,
        "stability-conservative-upscale": 32,
    }
    assert chain.campaign.forecast_finish == finish(queues, NOW)


def test_a_forecast_counts_the_steps_that_are_still_ahead(stage):
    planned = chained(stage, "text_then_upscale", takes=8)
    stage.store.add(planned, stage.files)
    id_ = planned.campaign.id
    stage.router.open_account("lantern", id_, 50_000_000)
    stage.router.submit(planned.requests)
    stage.router.found = {
        a.id: replace(a, state=AttemptState.SETTLED, sent_at=NOW, ended_at=NOW, take="one")
        for a in stage.router.found.values()
    }
    stage.clock.sleep(1.0)
    found = stage.runner().status("lantern", id_).forecast_finish
    assert found == stage.clock.now() + (planned.campaign.forecast_finish - NOW)


def test_a_step_that_is_refused_ends_the_trial_with_its_name(stage):
    planned = chained(stage, "face_again")
    stage.router.script = {
        planned.requests[0].label: (AttemptState.REFUSED, "filtered"),
        planned.later[1].request.label: (AttemptState.FAILED, "gone"),
    }
    told = run(stage, planned).trials
    assert (told[TrialState.REFUSED], told[TrialState.FAILED], told[TrialState.OPEN]) == (1, 1, 0)
    assert len(stage.router.sent) == 3
    rows = failure_rows([case_of(stage, planned)], Veil(stage.catalogue, True, ()))
    assert {(r["code"], r["reason"]) for r in rows} == {
        ("filtered", "step 1 of 2, image to image: filtered"),
        ("gone", "step 2 of 2, inpaint: gone"),
    }


def test_a_chain_that_finds_no_face_says_so_and_keeps_the_take_before(stage):
    stage.blind = True
    planned = chained(stage, "face_again")
    done = run(stage, planned)
    assert (done.trials[TrialState.REFUSED], done.is_bad_news) == (2, False)
    case = case_of(stage, planned)
    assert [r["reason"] for r in failure_rows([case], Veil(stage.catalogue, True, ()))] == [
        "step 2 of 2, inpaint: inputs.mask: found no face; expected a face"
    ] * 2
    assert len(case.steps) == 2
    assert stage.runner().resume("lantern", planned.campaign.id).trials == done.trials


class PowerCut(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("calls", [1, 2, 3])
def test_a_run_that_dies_between_steps_goes_on_where_it_was(stage, calls):
    planned = chained(stage, "face_again")
    dying = stage.runner(limit=calls)

    class Dies:
        now = replace(stage.clock).now

        def sleep(self, seconds):
            raise PowerCut

    dying.clock = Dies()
    with pytest.raises(PowerCut):
        dying.run(planned, stage.files)
    assert len(stage.router.sent) == calls
    done = stage.runner().resume("lantern", planned.campaign.id)
    assert (done.state, done.trials[TrialState.DONE]) == (CampaignState.DONE, 2)
    assert set(Counter(stage.router.sent).values()) == {1}
    assert len(stage.router.sent) == 4


def test_a_budget_that_ends_between_steps_parks_the_trial_until_there_is_more(stage):
    planned = chained(stage, "face_again", budget_musd=3 * PRICE)
    parked = run(stage, planned)
    assert (parked.state, parked.trials[TrialState.PARKED]) == (CampaignState.BUDGET_REACHED, 1)
    more = stage.runner().resume("lantern", planned.campaign.id, budget_musd=5_000_000)
    assert (more.state, more.trials[TrialState.DONE]) == (CampaignState.DONE, 2)
    assert len(stage.router.sent) == 4


def test_a_cancelled_chain_asks_for_no_further_step(stage):
    planned = chained(stage, "face_again")
    runner = stage.runner()

    class Cancels(InlineJobs):
        def enqueue(self, attempts):
            InlineJobs.enqueue(self, attempts)
            stage.store.move("lantern", planned.campaign.id, CampaignState.CANCELLED)

    runner.jobs = Cancels(stage.router)
    ended = runner.run(planned, stage.files)
    assert (ended.state, len(stage.router.sent)) == (CampaignState.CANCELLED, 2)


def with_a_matte(stage, start):
    """Give the first shot plate and matte, and paint the face anew in a picture that starts so."""
    shots = stage.pack.shots
    matte = next(f for s in shots for f in s.inputs if f.functional_type == "matte")
    plate = next(f for s in shots for f in s.inputs if f.functional_type == "x.plate")
    stage.pack = replace(
        stage.pack,
        shots=tuple(replace(s, inputs=(plate, matte)) if s.id == FIRST else s for s in shots),
    )
    recipe = stage.recipes["face_again"]
    stage.recipes["face_again"] = replace(
        recipe,
        conditioning=(("init_image", start),),
        then=(replace(recipe.then[0], conditioning=(PREVIOUS, ("mask", "matte | face_region"))),),
    )
    planned = chained(stage, "face_again")
    return planned, {one.request.label[:12]: dict(one.waits)["mask"] for one in planned.later}


PREVIOUS = ("init_image", "previous_step")


def test_a_matte_has_its_place_in_a_take_that_started_from_the_plate_it_was_drawn_for(stage):
    planned, waits = with_a_matte(stage, "plate | character_ref")
    assert waits == {FIRST: FITTED, SECOND: "face_region"}
    run(stage, planned)
    assert sorted(source for _, source in stage.looked) == ["face_region", FITTED]


def test_a_matte_is_never_laid_over_a_take_that_started_from_something_else(stage):
    _, waits = with_a_matte(stage, "character_ref")
    assert waits == {FIRST: "face_region", SECOND: "face_region"}


def test_a_planned_step_is_empty_where_something_has_to_be_made_first(stage):
    (later, _) = chained(stage, "previs_to_style").later or (None, None)
    assert isinstance(later, Later)
    assert later.request.inputs[0] == Input(role="init_image", media=later.request.inputs[0].media)
    assert later.request.inputs[0].media.sha256 == ""
    assert later.request.inputs[1].media.sha256


def test_a_plan_of_chains_is_the_same_every_time(stage):
    one, again = chained(stage, "face_again"), chained(stage, "face_again")
    assert (one.campaign.id, one.trials) == (again.campaign.id, again.trials)
    assert one.later == again.later


def test_a_recipe_of_one_call_keeps_the_campaign_id_that_it_had_before_chains(stage):
    row = {name: v for name, v in asdict(stage.recipes["init_image"]).items() if name != "then"}
    content = {
        "partner": "lantern",
        "packs": [stage.pack.seal],
        "recipes": [row],
        "takes": 1,
        "simulated": True,
    }
    assert chained(stage, "init_image").campaign.id == content_id("campaign", content)
