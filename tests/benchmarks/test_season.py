"""A season under quotas: nothing lost, books that agree, and lanes as full as they may be."""

from dataclasses import replace

import pytest

from benchmarks.domain.season import Answered, LaneRun
from benchmarks.planning.forecast import Lane
from benchmarks.seasons.season import play, season


def test_every_take_of_a_small_season_is_settled_and_both_books_agree(tmp_path):
    found = play(tmp_path, replace(season(shots=1), busy=0.2))
    assert found.states == {"settled": 8 * 4}
    assert sum(lane.busy for lane in found.lanes) > 0
    assert found.spent_musd == found.billed_musd > 0
    assert found.reserved_musd == 0


def calls(*spans):
    return [Answered(began=a, ended=b, seen=b) for a, b in spans]


def test_the_bound_is_the_larger_of_the_quotas_two_floors():
    lane = LaneRun(
        name="x",
        in_flight=2,
        per_minute=6,
        calls=calls((0, 10), (0, 10), (10, 20), (20, 30)),
        busy=0,
        throttled=0,
    )
    assert lane.bound_s == 30.0  # two at once, then one every ten seconds, then its answer
    assert replace(lane, per_minute=None).bound_s == 20.0
    assert (lane.most_at_once, lane.most_a_minute, lane.ratio) == (2, 4, 1.0)


def test_a_chart_shows_where_a_lane_stood_still():
    lane = LaneRun(
        name="x",
        in_flight=1,
        per_minute=None,
        calls=calls((0, 60), (180, 240)),
        busy=0,
        throttled=0,
    )
    assert lane.use(4) == (1.0, 0.0, 0.0, 1.0)
    assert lane.chart() == "█" * 6 + " " * 12 + "█" * 6


@pytest.fixture(scope="module")
def hundred_shots(tmp_path_factory):
    return play(tmp_path_factory.mktemp("season"), season(shots=100))


# A quarter of the season that `make bench` plays, where every lane stays within 1.05: in a shorter
# one the beginning and the last answers weigh more.
NEAR = 1.06


@pytest.mark.slow
def test_a_season_keeps_every_quota_and_comes_near_to_what_they_allow(hundred_shots):
    assert hundred_shots.states == {"settled": 3200}
    for lane in hundred_shots.lanes:
        assert lane.most_at_once <= lane.in_flight, lane.name
        assert lane.per_minute is None or lane.most_a_minute <= lane.per_minute, lane.name
        assert lane.throttled <= 0.05 * len(lane.calls), lane.name
        assert lane.ratio <= NEAR, lane.name


@pytest.mark.slow
def test_the_forecast_of_a_lane_is_what_the_season_then_takes(hundred_shots):
    for lane in hundred_shots.lanes:
        answers = [c.ended - c.began for c in lane.calls]
        forecast = Lane(
            region="us-west-2",
            model=lane.name,
            takes=len(answers),
            busy_s=sum(answers),
            longest_s=max(answers),
            in_flight=lane.in_flight,
            per_minute=lane.per_minute,
        )
        assert forecast.seconds == pytest.approx(lane.seconds, rel=0.06), lane.name
