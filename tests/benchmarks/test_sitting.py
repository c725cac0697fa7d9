"""A rater rests after twenty-five minutes, for five."""

from datetime import UTC, datetime, timedelta

from benchmarks.votes.sitting import sitting

START = datetime(2026, 11, 21, 10, tzinfo=UTC)


def at(*minutes):
    return [START + timedelta(minutes=m) for m in minutes]


def test_nobody_who_has_not_voted_needs_a_rest():
    assert sitting([], START).rest_s == 0


def test_a_rest_is_due_after_twenty_five_minutes_and_over_five_later():
    votes = at(*range(26))
    tired = sitting(votes, START + timedelta(minutes=25, seconds=10))
    assert tired.sat_s == 25 * 60 + 10
    assert 285 <= tired.rest_s <= 300
    assert sitting(votes, START + timedelta(minutes=30)).rest_s == 0


def test_a_pause_of_five_minutes_begins_a_new_sitting():
    votes = at(0, 4, 8, 12, 16, 21, 25, 29)
    now = sitting(votes, START + timedelta(minutes=30))
    assert (now.sat_s, now.rest_s) == (9 * 60, 0)
