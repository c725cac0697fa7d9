"""A campaign that stands still says why."""

from dataclasses import replace

import pytest

from benchmarks.domain.campaign import Campaign, CampaignState, TrialState
from benchmarks.running.progress import counted, ended
from benchmarks.testing import doubles
from router.domain.attempt import Attempt, AttemptState

CAMPAIGN = Campaign(
    partner="lantern",
    id="c1",
    packs=(),
    recipes=(),
    takes=1,
    budget_musd=1,
    simulated=True,
    state=CampaignState.RUNNING,
    created_at=doubles.NOW,
)
PARKED = Attempt(
    partner="lantern",
    id="a1",
    request="r1",
    number=0,
    account="c1",
    model="m",
    region="us-west-2",
    state=AttemptState.PARKED,
    token="t",
)


@pytest.mark.parametrize(
    ("codes", "state"),
    [
        (("over_budget",), CampaignState.BUDGET_REACHED),
        (("over_budget", "over_day_budget"), CampaignState.BUDGET_REACHED),
        (("clock_skew",), CampaignState.INTERRUPTED),
        (("over_budget", "quota"), CampaignState.INTERRUPTED),
    ],
)
def test_only_money_reaches_a_budget(codes, state):
    attempts = [replace(PARKED, id=code, code=code) for code in codes]
    trials = counted([TrialState.PARKED] * len(codes))
    assert ended(CAMPAIGN, trials, attempts) is state


def test_without_parked_trials_it_is_done():
    assert ended(CAMPAIGN, counted([TrialState.DONE]), []) is CampaignState.DONE
