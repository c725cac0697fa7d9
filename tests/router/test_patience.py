"""What a lane lets us send: concurrency, retries, the breaker; values that change by rule."""

import threading
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.domain.errors import Unreachable
from router.pacing import patience
from router.pacing.deadline import Overseer, total_s
from router.pacing.lanes import Lanes, Leave
from router.pacing.patience import Meaning, Pass
from router.pacing.setback import Next, decide, skew_s
from router.pacing.shared_lanes import SharedLanes
from router.ports import Setback
from router.testing.doubles import setback


def sent(lane, now, *, again=False):
    lane, leave = patience.admit(lane, again=again, now=now)
    assert isinstance(leave, Pass), f"has to wait for {leave} s"
    return lane, leave


def met(lane, meaning, now, **how):
    """Send once and hear this at the same moment."""
    lane, leave = sent(lane, now)
    return patience.answered(lane, leave, meaning, now=now, **how)


def failing(times, start=0.0, meaning=Meaning.DOWN):
    lane = patience.fresh(1)
    for n in range(times):
        lane = met(lane, meaning, start + n)
    return lane


def test_no_more_fly_at_once_than_the_limit():
    lane = patience.fresh(2)
    lane, _first = sent(lane, 0.0)
    lane, second = sent(lane, 0.0)
    _, wait = patience.admit(lane, again=False, now=0.0)
    assert wait == patience.LOOK_AGAIN_S
    lane = patience.answered(lane, second, Meaning.WORKS, now=1.0)
    sent(lane, 1.0)


def test_a_throttle_halves_the_limit_and_each_success_gives_one_back():
    lane = met(patience.fresh(8), Meaning.THROTTLED, 1.0)
    assert lane.limit == 4
    limits = []
    for n in range(6):
        lane = met(lane, Meaning.WORKS, 2.0 + n)
        limits.append(lane.limit)
    assert limits == [5, 6, 7, 8, 8, 8]


def test_a_crowd_that_is_throttled_together_halves_the_limit_once():
    lane, leaves = patience.fresh(8), []
    for _ in range(8):
        lane, leave = sent(lane, 0.0)
        leaves.append(leave)
    for leave in leaves:
        lane = patience.answered(lane, leave, Meaning.THROTTLED, now=1.0)
    assert (lane.limit, lane.flying) == (4, 0)
    assert not lane.breaker.is_open


def test_retries_are_paid_from_a_bucket_and_first_tries_are_not():
    lane = patience.fresh(100)
    for _ in range(int(patience.RETRIES)):
        lane, _ = sent(lane, 0.0, again=True)
    _, wait = patience.admit(lane, again=True, now=0.0)
    assert wait == pytest.approx(1.0 / patience.RETRIES_PER_S)
    sent(lane, 0.0)
    sent(lane, wait, again=True)


@given(st.lists(st.floats(0.0, 5.0), max_size=60))
def test_retries_never_exceed_bucket_and_refill(pauses):
    lane, now, went = patience.fresh(10**6), 0.0, 0
    for pause in pauses:
        now += pause
        lane, leave = patience.admit(lane, again=True, now=now)
        went += isinstance(leave, Pass)
    assert went <= patience.RETRIES + now * patience.RETRIES_PER_S + 1e-6


def test_failures_in_a_row_open_the_breaker_and_a_success_between_starts_anew():
    assert not failing(patience.FAILURES - 1).breaker.is_open
    lane = met(failing(patience.FAILURES - 1), Meaning.ANSWERS, 10.0)
    assert not met(lane, Meaning.DOWN, 11.0).breaker.is_open
    assert failing(patience.FAILURES).breaker.is_open


def test_an_open_breaker_lets_one_probe_through_after_each_pause():
    lane = failing(patience.FAILURES)
    _, wait = patience.admit(lane, again=False, now=4.0)
    assert wait == patience.COOL_FIRST_S
    lane, probe = sent(lane, 5.0)
    assert probe.probe
    _, wait = patience.admit(lane, again=False, now=5.0)
    assert wait > 0
    lane = patience.answered(lane, probe, Meaning.DOWN, now=5.0)
    _, wait = patience.admit(lane, again=False, now=5.0)
    assert wait == 2 * patience.COOL_FIRST_S


def test_a_probe_that_works_closes_the_breaker_and_traffic_comes_back_at_a_walk():
    lane = replace(failing(patience.FAILURES), most=8)
    lane = met(lane, Meaning.WORKS, 5.0)
    assert not lane.breaker.is_open
    assert lane.limit == 2


def test_a_probe_that_was_never_sent_leaves_its_place_to_another():
    lane = met(failing(patience.FAILURES), Meaning.NOTHING, 5.0)
    _, probe = sent(lane, 5.0)
    assert probe.probe


@given(st.lists(st.sampled_from(list(Meaning)), max_size=80))
def test_whatever_is_answered_the_limit_stays_within_the_quota_and_nothing_flies_on(answers):
    lane, now = patience.fresh(6), 0.0
    for meaning in answers:
        now += patience.COOL_MOST_S
        lane = met(lane, meaning, now)
        assert 1 <= lane.limit <= 6
        assert lane.flying == 0
        _, wait = patience.admit(lane, again=False, now=now)
        assert isinstance(wait, Pass) or wait <= patience.COOL_MOST_S


def test_one_is_down_for_those_who_waited_long_enough_and_not_for_newcomers():
    breaker = failing(patience.FAILURES).breaker
    assert breaker.is_down(since=-100.0, now=60.0, patience_s=60.0)
    assert not breaker.is_down(since=-100.0, now=59.0, patience_s=60.0)
    assert not breaker.is_down(since=30.0, now=60.0, patience_s=60.0)


def test_the_provider_is_left_alone_for_as_long_as_it_asks():
    lane = met(patience.fresh(8), Meaning.THROTTLED, 1.0, hold_s=7.0)
    assert patience.admit(lane, again=False, now=3.0)[1] == 5.0


def entered(lanes, name, now):
    leave = lanes.enter(name, 4, again=False, now=now)
    assert isinstance(leave, Leave)
    return leave


def test_trouble_on_one_lane_leaves_the_others_alone():
    lanes = Lanes()
    for n in range(20):
        leave = lanes.enter("a", 4, again=False, now=float(n))
        if isinstance(leave, Leave):
            lanes.hand_back(leave, setback("busy", "unavailable"), now=float(n))
    assert lanes.is_open("a")
    entered(lanes, "b", 20.0)


def test_expired_credentials_stop_every_lane_until_one_send_has_tried_the_new_ones():
    lanes = Lanes()
    expired, late = entered(lanes, "a", 0.0), entered(lanes, "b", 0.0)
    lanes.hand_back(expired, setback("not_sent", "expired_credentials"), now=1.0)
    probe = entered(lanes, "b", 1.0)
    assert isinstance(lanes.enter("a", 4, again=False, now=1.0), float)
    lanes.hand_back(late, setback("not_sent", "expired_credentials"), now=1.5)
    assert isinstance(lanes.enter("a", 4, again=False, now=1.5), float)
    lanes.hand_back(probe, setback("rejected", "validation"), now=2.0)
    for lane in ("a", "b", "c"):
        entered(lanes, lane, 2.0)


SKEWED = [
    ("Signature expired: 20260401T120000Z is now earlier than 20260401T120012Z", -312),
    (
        "Signature expired: 20260401T120000Z is now earlier than 20260401T120012Z "
        "(20260401T120512Z - 5 min.)",
        -312,
    ),
    ("Signature not yet current: 20260401T120512Z is still later than 20260401T120000Z", 312),
    (
        "Signature not yet current: 20260401T120512Z is still later than 20260401T120500Z "
        "(20260401T120000Z + 5 min.)",
        312,
    ),
    ("The request signature we calculated does not match", None),
]


@pytest.mark.parametrize(("said", "seconds"), SKEWED)
def test_how_far_our_clock_is_off_is_read_from_the_refusal(said, seconds):
    refused = Setback(
        kind="rejected", code="signature", reason=f"InvalidSignatureException: {said}"
    )
    assert skew_s(refused) == seconds
    expected = Next.FAILED if seconds is None else Next.STOP
    assert decide(refused, tries=0, most_tries=6, same_token_same_job=False) is expected


@pytest.mark.parametrize("code", ["throttled", "expired_credentials"])
def test_what_is_no_fault_of_the_request_is_never_given_up_for_its_tries(code):
    kind = "busy" if code == "throttled" else "not_sent"
    todo = decide(setback(kind, code), tries=99, most_tries=6, same_token_same_job=False)
    assert todo is Next.AGAIN


def test_a_call_that_drips_on_is_left_behind_at_its_deadline():
    overseer, end = Overseer(idle_s=0.05), threading.Event()

    def drips():
        end.wait(10)
        return setback("refused")

    began = time.monotonic()
    outcome = overseer.within(0.1, drips)
    assert time.monotonic() - began < 2
    assert isinstance(outcome, Setback)
    assert (outcome.kind, outcome.code) == ("ambiguous", "deadline")
    assert overseer.within(5.0, lambda: setback("busy")).kind == "busy"
    end.set()


def test_a_defect_of_ours_comes_out_of_the_thread_as_it_went_in():
    def broken():
        raise TimeoutError("of the backend itself")

    with pytest.raises(TimeoutError, match="of the backend itself"):
        Overseer().within(5.0, broken)


def test_idle_threads_are_used_again_and_end_by_themselves():
    overseer, seen = Overseer(idle_s=0.05), set()

    def call():
        seen.add(threading.current_thread())
        return setback("busy")

    for _ in range(5):
        overseer.within(5.0, call)
    (thread,) = seen
    thread.join(5)
    assert not thread.is_alive()
    assert overseer.within(5.0, call).kind == "busy"


def test_a_whole_call_may_take_longer_than_one_silence_in_it():
    assert total_s(300.0) > 300.0


class Shut(SharedLanes):
    """Lanes whose database takes nothing while it is shut."""

    shut = True

    def _tell(self, statement, lane, mine, **values):
        if self.shut:
            raise Unreachable(field="lanes", found="no answer", expected="a database")
        return lane


def test_no_place_of_a_lane_is_lost_when_the_shared_database_is_away_for_long():
    lanes = Shut(engine=None, slot="worker")
    for _ in range(3):
        with pytest.raises(Unreachable):
            lanes.enter("lane", 1, again=False, now=0.0)
    lanes.shut = False
    leave = lanes.enter("lane", 1, again=False, now=1.0)
    assert isinstance(leave, Leave)
    lanes.shut = True
    with pytest.raises(Unreachable):
        lanes.hand_back(leave, setback("busy", "throttled"), now=2.0)
    lanes.shut = False
    assert isinstance(lanes.enter("lane", 1, again=False, now=60.0), Leave)
    assert isinstance(lanes.enter("lane", 1, again=False, now=60.0), float)
