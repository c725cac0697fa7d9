"""The forecast: lanes at their quotas, one sentence on the slowest, corrected by what happened."""

from dataclasses import replace
from datetime import timedelta

import pytest

from benchmarks.planning.forecast import Lane, advice, corrected, finish, lanes, spoken
from router import catalog
from router.domain.attempt import Attempt, AttemptState
from router.testing import doubles

HOUR = 3600.0
NOW = doubles.NOON


def lane(
    takes, *, answer_s=10.0, in_flight=8, per_minute=None, model="still-a", region="us-west-2"
):
    return Lane(
        region=region,
        model=model,
        takes=takes,
        busy_s=takes * answer_s,
        longest_s=answer_s,
        in_flight=in_flight,
        per_minute=per_minute,
    )


NAMES = {"still-a": "Emulated A", "clip-a": "Emulated B"}


def attempt(n, *, sent=None, ended=None, model="still-a", state=None):
    at = {"sent_at": sent, "ended_at": ended}
    default = AttemptState.SETTLED if ended is not None else AttemptState.READY
    return Attempt(
        partner="p",
        id=f"a{n}",
        request=f"r{n}",
        number=0,
        account="c1",
        model=model,
        region="us-west-2",
        state=state or (AttemptState.SENT if sent is not None and ended is None else default),
        token=f"t{n}",
        created_at=NOW,
        **{name: None if s is None else NOW + timedelta(seconds=s) for name, s in at.items()},
    )


def test_requests_are_sorted_into_the_queues_that_quotas_are_counted_for():
    models = [doubles.model(), doubles.model("still-b")]
    asked = [*doubles.requests(3), *doubles.requests(2, model="still-b")]
    found = lanes(asked, doubles.by_key(models), doubles.partner())
    assert [(f.region, f.model, f.takes) for f in found] == [
        ("us-west-2", "still-a", 3),
        ("us-west-2", "still-b", 2),
    ]


def test_controls_share_the_one_lane_of_this_machine():
    catalogue = catalog.load()
    keys = ("control-do-nothing", "control-cdl-only")
    asked = [replace(doubles.request(n, model=key), seed=None) for n, key in enumerate(keys)]
    found = lanes(asked, catalogue, doubles.partner())
    assert [(f.region, f.model, f.takes) for f in found] == [("local", "local", 2)]
    assert advice(found, {}) == ""


def test_a_rate_a_minute_and_the_calls_in_flight_are_two_floors():
    assert lane(122, per_minute=2).seconds == pytest.approx(HOUR + 10)
    assert lane(80, in_flight=8).seconds == 100.0
    assert finish([lane(80), lane(122, per_minute=2)], NOW) == NOW + timedelta(seconds=3610)
    assert finish([], NOW) == NOW


def test_the_sentence_names_the_rate_that_binds_and_what_three_times_as_much_would_change():
    found = advice([lane(9200, in_flight=40, per_minute=20)], NAMES)
    assert found == (
        "this campaign needs 7 h 40 at 20 requests a minute on Emulated A; 60 would make it 2 h 33"
    )


def test_no_larger_quota_is_wished_than_the_next_limit_lets_through():
    slow = lane(1200, in_flight=10, per_minute=20)
    assert "on Emulated A; 60 would make it 20 min" in advice([slow], NAMES)
    other = lane(18, answer_s=150, in_flight=1, model="clip-a")  # 45 minutes of its own
    assert "on Emulated A; 27 would make it 45 min" in advice([slow, other], NAMES)


def test_clips_one_at_a_time_ask_for_more_at_once():
    found = advice([lane(1600, answer_s=150, in_flight=1, model="clip-a")], NAMES)
    assert found == (
        "this campaign needs 66 h 40 at 1 call at once on Emulated B; 3 would make it 22 h 15"
    )


def test_a_quota_that_would_save_nothing_is_not_asked_for():
    two = [lane(1200, per_minute=20), lane(1200, per_minute=20, model="clip-a")]
    assert "would" not in advice(two, NAMES)
    assert advice([lane(8)], NAMES) == ""


def test_lengths_are_said_as_people_say_them():
    assert [spoken(s) for s in (50, 2400, 27600, 7199)] == ["50 s", "40 min", "7 h 40", "2 h 00"]


def test_a_lane_goes_on_at_the_pace_it_has_shown():
    done = [attempt(n, sent=20 * n, ended=20 * n + 20) for n in range(30)]
    waiting = [attempt(100 + n) for n in range(60)]
    now = NOW + timedelta(seconds=600)
    assert corrected([*done, *waiting], timedelta(minutes=1), now) == now + timedelta(seconds=1200)


def test_calls_in_flight_count_by_as_much_as_they_have_waited():
    one = [attempt(0, sent=0, ended=10)]
    flying = [attempt(n, sent=0) for n in range(1, 8)]
    waiting = [attempt(n) for n in range(8, 80)]
    now = NOW + timedelta(seconds=10)
    found = corrected([*one, *flying, *waiting], timedelta(hours=9), now)
    assert found == now + timedelta(seconds=90)  # eight at once, ten seconds each, nine waves


def test_a_night_in_which_nothing_ran_is_no_part_of_the_pace():
    night = 8 * HOUR
    evening = [attempt(n, sent=60 * n, ended=60 * n + 60) for n in range(10)]
    morning = [attempt(20 + n, sent=night + 60 * n, ended=night + 60 * n + 60) for n in range(10)]
    waiting = [attempt(50 + n) for n in range(20)]
    now = NOW + timedelta(seconds=night + 600)
    found = corrected([*evening, *morning, *waiting], timedelta(0), now)
    assert timedelta(minutes=17) < found - now < timedelta(minutes=21)


def test_a_lane_without_news_still_needs_what_the_plan_said():
    silent = [attempt(1, sent=0, model="clip-a"), attempt(2, model="clip-a")]
    now = NOW + timedelta(minutes=4)
    assert corrected(silent, timedelta(minutes=10), now) == NOW + timedelta(minutes=10)


def test_the_slowest_lane_says_when_it_is_over_and_an_ended_campaign_when_it_was():
    fast = [attempt(n, sent=n, ended=n + 1) for n in range(10)]
    slow = [attempt(20, sent=0, ended=100, model="clip-a"), attempt(21, model="clip-a")]
    now = NOW + timedelta(seconds=100)
    assert corrected([*fast, *slow], timedelta(0), now) == now + timedelta(seconds=100)
    assert corrected(fast, timedelta(0), now) == NOW + timedelta(seconds=10)
    assert corrected([], timedelta(0), now) is None
