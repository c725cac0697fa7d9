"""A season in bad weather: workers die, calls go wrong, and the books agree all the same."""

from dataclasses import replace

import pytest

from benchmarks.domain.season import Weather
from benchmarks.planning import costs
from benchmarks.planning.unit_costs import load
from benchmarks.seasons import logbook
from benchmarks.seasons.season import requests_of
from benchmarks.seasons.weather import RECIPES, documented, endure
from router import catalog

pytestmark = pytest.mark.slow
# Twelve times the documented faults, and a kill every few seconds: much happens to few takes.
FOUL = Weather(
    kill_every_s=20.0,
    restart_s=5.0,
    unavailable=0.10,
    throttled=0.08,
    unreachable=0.10,
    filtered=0.15,
    unanswered=0.20,
)


@pytest.fixture(scope="module")
def season():
    return replace(documented(shots=2, takes=4), seed=3)


@pytest.fixture(scope="module")
def foul(season, tmp_path_factory):
    return endure(tmp_path_factory.mktemp("season"), season, FOUL)


def test_in_the_worst_weather_nothing_is_lost_and_nothing_paid_twice(foul):
    assert foul.asked == len(RECIPES) * 8
    assert set(foul.states) <= {"settled", "refused", "unknown"}
    assert (foul.lost, foul.double, foul.unowed) == (0, 0, 0)


def test_the_weather_was_really_bad(foul):
    assert foul.kills > 10
    assert foul.cut_off > 2
    assert foul.found > 0, "answers of which only the provider's log told"
    assert foul.states["refused"] > 0
    assert sum(lane.busy for lane in foul.lanes) > 5


def test_both_books_and_the_lines_of_ours_agree_to_the_micro_dollar(foul):
    assert foul.billed_musd == foul.spent_musd == foul.entries_musd > 0
    assert (foul.reserved_musd > 0) is (foul.held > 0), "only what waits for a person"


def test_no_lane_ever_passes_its_quota_though_three_workers_share_it(foul):
    for lane in foul.lanes:
        assert lane.most_at_once <= lane.in_flight, lane.name


def test_what_went_wrong_is_told_and_one_number_for_each_approved_take(foul):
    body = logbook.as_json(foul, shots=2)
    assert body["lost"] == body["double"] == body["unowed"] == 0
    assert [row["recipe"] for row in body["by_recipe"]] == list(RECIPES)
    clips = body["by_recipe"][-1]
    assert clips["approved_take_usd"] > 3.75, "a take costs that, and not each is approved"
    assert f"| {RECIPES[0]} |" in logbook.as_text(body)


TOLERANCE = 0.02  # of the provider's likely cost, at 12,800 takes; here of 320


def test_what_a_plan_calls_likely_is_what_the_ledger_of_the_season_then_says(tmp_path):
    asked = documented(shots=10)
    found = endure(tmp_path, asked)
    assert (found.lost, found.double, found.unowed) == (0, 0, 0)
    rows = {**catalog.load(), **{m.key: m for m in asked.models}}
    laid = costs.reckon(requests_of(asked), rows, load(), retention_days=180)
    provider = next(line.musd for line in laid.lines if line.part == "provider")
    assert provider.typical == pytest.approx(found.spent_musd, rel=TOLERANCE)
    assert provider.worst >= found.billed_musd
    assert found.seconds <= 1.10 * max(lane.bound_s for lane in found.lanes)
