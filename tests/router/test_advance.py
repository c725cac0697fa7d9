"""One attempt, from the intention to the settled bill; and every way in which that can go wrong."""

import errno
from dataclasses import replace
from datetime import timedelta

import pytest

from router.domain.attempt import AttemptState
from router.domain.money import EntryKind
from router.media_folder import MediaFolder
from router.ports import Delivered
from router.testing.doubles import (
    FakeClock,
    ScriptedBackend,
    delivered,
    request,
    setback,
    small_png,
)
from router.testing.routing import BRISK, STILL, open_router
from router.workers import hold_name

P = "north_light"
CAP = 10_000_000
PRICE = 80_000


def run(home, backend, *, wanted=None, dialect="scripted", cap=CAP, **kind):
    """Advance one request to its end; gives router and attempt."""
    router = open_router(home, {dialect: backend}, cap_musd=cap, **kind)
    (attempt,) = router.submit([wanted or request()])
    return router, router.advance(P, attempt.id)


def money(router):
    balance = router.balance(P, "c1")
    return balance.reserved_musd, balance.spent_musd


def entries(router):
    return [(e.kind, e.musd) for e in router.ledger(P, "c1")]


def test_a_delivered_answer_becomes_a_take_with_its_bill(tmp_path):
    router, attempt = run(tmp_path, ScriptedBackend())
    (take,) = router.takes(P, account="c1")
    assert attempt.state is AttemptState.SETTLED
    assert (attempt.take, take.cost_musd, take.simulated) == (take.id, PRICE, True)
    assert (take.media.width, take.media.height) == (16, 9)
    assert entries(router) == [(EntryKind.RESERVE, PRICE), (EntryKind.SETTLE, PRICE)]
    assert money(router) == (0, PRICE)
    assert not list((tmp_path / "staging").glob("*/*"))


def test_a_refused_request_is_never_retried(tmp_path):
    backend = ScriptedBackend(script=lambda _c, _n: setback("refused", "filtered"))
    router, attempt = run(tmp_path, backend)
    router.advance(P, attempt.id)
    assert (attempt.state, attempt.code) == (AttemptState.REFUSED, "filtered")
    assert len(backend.sends) == 1
    assert money(router) == (0, 0)


def test_a_rejected_request_fails_and_costs_nothing(tmp_path):
    backend = ScriptedBackend(script=lambda _c, _n: setback("rejected", "validation"))
    router, attempt = run(tmp_path, backend)
    assert (attempt.state, attempt.code) == (AttemptState.FAILED, "validation")
    assert money(router) == (0, 0)


@pytest.mark.parametrize("kind", ["busy", "not_sent"])
def test_what_was_not_executed_is_asked_again_until_it_works(tmp_path, kind):
    clock = FakeClock()
    backend = ScriptedBackend(script=lambda _c, n: setback(kind) if n < 3 else None)
    router, attempt = run(tmp_path, backend, clock=clock)
    assert attempt.state is AttemptState.SETTLED
    assert len(backend.sends) == 4
    assert 0 < sum(clock.slept) <= 0.25 + 0.5 + 1.0
    assert money(router) == (0, PRICE)


@pytest.mark.parametrize("code", ["throttled", "unavailable"])
def test_a_model_that_answers_nobody_is_probed_with_patience_and_then_called_down(tmp_path, code):
    clock = FakeClock()
    backend = ScriptedBackend(script=lambda _c, _n: setback("busy", code))
    router, attempt = run(tmp_path, backend, clock=clock)
    assert (attempt.state, attempt.code) == (AttemptState.FAILED, "model_down")
    assert "answered nobody for 600 s" in attempt.reason
    assert "the script says busy" in attempt.reason
    assert 600 <= clock.monotonic() <= 700
    assert len(backend.sends) < 60
    assert money(router) == (0, 0)


def test_what_fails_only_for_one_attempt_is_given_up_after_its_tries(tmp_path):
    clock = FakeClock()
    router = None

    def script(call, n):
        if call.request.id != request().id:
            return None
        other = request(100 + n)
        router.advance(P, router.submit([other])[0].id)  # meanwhile the model works for others
        return setback("busy", "not_ready")

    backend = ScriptedBackend(script=script)
    router = open_router(tmp_path, {"scripted": backend}, clock=clock, cap_musd=CAP)
    (attempt,) = router.submit([request()])
    ended = router.advance(P, attempt.id)
    assert (ended.state, ended.code) == (AttemptState.FAILED, "busy")
    assert "not_ready" in ended.reason
    assert sum(call.attempt == attempt.id for call in backend.sends) == BRISK.tries + 1


@pytest.mark.parametrize("kind", ["busy", "not_sent"])
def test_what_nobody_took_starts_again_when_a_person_resumes_and_is_paid_once(tmp_path, kind):
    taken = []
    backend = ScriptedBackend(script=lambda _c, _n: None if taken else setback(kind))
    router, attempt = run(tmp_path, backend, clock=FakeClock())
    assert (attempt.state, money(router)) == (AttemptState.FAILED, (0, 0))
    taken.append("from now on")
    assert router.unpark(P, "c1") == 1
    again = router.advance(P, attempt.id)
    assert (again.state, again.round) == (AttemptState.SETTLED, 1)
    assert money(router) == (0, PRICE)
    assert router.unpark(P, "c1") == 0


@pytest.mark.parametrize("kind", ["rejected", "refused", "ambiguous"])
def test_resuming_asks_nothing_again_that_was_answered_or_may_be_paid(tmp_path, kind):
    backend = ScriptedBackend(script=lambda _c, _n: setback(kind))
    router, attempt = run(tmp_path, backend)
    assert router.unpark(P, "c1") == 0
    assert router.advance(P, attempt.id).state is attempt.state
    assert len(backend.sends) == 1


def test_a_lost_answer_holds_its_money_and_is_not_sent_again(tmp_path):
    backend = ScriptedBackend(script=lambda _c, _n: setback("ambiguous", "read_timeout"))
    router, attempt = run(tmp_path, backend)
    again = router.advance(P, attempt.id)
    assert again.state is AttemptState.UNKNOWN
    assert len(backend.sends) == 1
    assert money(router) == (PRICE, 0)
    assert router.balance(P, "c1").unknown_musd == PRICE


def test_a_lost_answer_that_turns_up_in_the_log_is_settled(tmp_path):
    script = lambda _c, _n: setback("ambiguous", "reset")  # noqa: E731
    backend = ScriptedBackend(script=script, remembers=True)
    router, attempt = run(tmp_path, backend)
    report = router.reconcile(P)
    (settled,) = router.attempts(P, account="c1")
    assert attempt.state is AttemptState.UNKNOWN
    assert (report.asked, report.settled, report.unknown) == (1, 1, 0)
    assert settled.state is AttemptState.SETTLED
    assert money(router) == (0, PRICE)
    assert [kind for kind, _ in entries(router)] == ["reserve", "hold", "settle"]


def test_a_lost_answer_without_a_trace_stays_unknown_and_becomes_overdue(tmp_path):
    clock = FakeClock()
    backend = ScriptedBackend(script=lambda _c, _n: setback("ambiguous"))
    router, _ = run(tmp_path, backend, clock=clock)
    young = router.reconcile(P)
    clock.time += timedelta(hours=2)
    old = router.reconcile(P)
    assert (young.unknown, young.overdue) == (1, 0)
    assert (old.unknown, old.overdue) == (1, 1)
    assert money(router) == (PRICE, 0)


def test_an_answer_without_media_is_paid_and_its_raw_bytes_are_kept(tmp_path):
    outcome = setback("undecodable", "truncated_base64", billed=True, raw=b"half an answer")
    router, attempt = run(tmp_path, ScriptedBackend(script=lambda _c, _n: outcome))
    (kept,) = (tmp_path / "staging" / P).iterdir()
    assert (attempt.state, attempt.spent_musd) == (AttemptState.FAILED, PRICE)
    assert kept.read_bytes() == b"half an answer"
    assert money(router) == (0, PRICE)


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        (b"no picture at all", "image/png"),
        (small_png()[:-20], "image/png"),
        (small_png(), "video/mp4"),
    ],
    ids=["garbage", "truncated", "another type"],
)
def test_media_that_cannot_be_read_fail_with_the_cost_booked(tmp_path, data, mime):
    backend = ScriptedBackend(script=lambda c, _n: delivered(c, data=data, mime=mime))
    router, attempt = run(tmp_path, backend)
    assert (attempt.state, attempt.code) == (AttemptState.FAILED, "undecodable")
    assert money(router) == (0, PRICE)
    assert [p.suffix for p in (tmp_path / "staging" / P).iterdir()] == [".unusable"]
    assert router.takes(P) == ()


def test_a_job_is_polled_to_its_end_with_one_send(tmp_path):
    backend = ScriptedBackend(jobs=True, polls=5)
    clock = FakeClock()
    _router, attempt = run(
        tmp_path, backend, wanted=request(model="clip-a"), dialect="bedrock_async", clock=clock
    )
    assert attempt.state is AttemptState.SETTLED
    assert (len(backend.sends), len(clock.slept)) == (1, 4)
    assert attempt.provider_ref


def test_a_job_that_never_ends_becomes_unknown_and_is_found_later(tmp_path):
    backend = ScriptedBackend(jobs=True, polls=10**9)
    router, attempt = run(
        tmp_path, backend, wanted=request(model="clip-a"), dialect="bedrock_async"
    )
    assert (attempt.state, attempt.code) == (AttemptState.UNKNOWN, "deadline")
    backend.polls = 0
    assert router.reconcile(P).settled == 1
    assert len(backend.sends) == 1


def test_a_lost_start_of_a_job_is_sent_again_under_the_same_token(tmp_path):
    lost = lambda _c, n: setback("ambiguous", "reset") if n == 0 else None  # noqa: E731
    backend = ScriptedBackend(jobs=True, script=lost)
    _router, attempt = run(
        tmp_path, backend, wanted=request(model="clip-a"), dialect="bedrock_async"
    )
    assert attempt.state is AttemptState.SETTLED
    assert len({call.token for call in backend.sends}) == 1
    assert len(backend.sends) == 2
    assert len(backend.billed) == 1


class WithoutFilm(ScriptedBackend):
    """A provider whose jobs end without leaving anything in the bucket."""

    def poll(self, call, provider_ref):
        return setback("busy", "output_missing")


def test_a_finished_job_whose_film_never_comes_is_lost_and_paid(tmp_path):
    backend = WithoutFilm(jobs=True)
    router, attempt = run(
        tmp_path, backend, wanted=request(model="clip-a"), dialect="bedrock_async"
    )
    assert (attempt.state, attempt.code) == (AttemptState.LOST, "output_missing")
    assert money(router) == (0, 1_500_000)


def test_without_budget_the_attempt_is_parked_and_goes_on_when_there_is_one(tmp_path):
    router, attempt = run(tmp_path, ScriptedBackend(), cap=PRICE - 1)
    assert (attempt.state, attempt.code) == (AttemptState.PARKED, "over_budget")
    assert money(router) == (0, 0)
    router.open_account(P, "c1", PRICE)
    assert router.unpark(P, "c1") == 1
    assert router.advance(P, attempt.id).state is AttemptState.SETTLED


def test_consent_that_ended_after_submission_stops_the_send(tmp_path):
    clock = FakeClock()
    backend = ScriptedBackend()
    router = open_router(tmp_path, {"scripted": backend}, clock=clock, cap_musd=CAP)
    (attempt,) = router.submit([request()])
    clock.time += timedelta(days=400)
    ended = router.advance(P, attempt.id)
    assert (ended.state, ended.code) == (AttemptState.FAILED, "not_entitled")
    assert backend.sends == []


def test_a_full_disk_parks_before_anything_is_sent(tmp_path):
    backend = ScriptedBackend()
    options = replace(BRISK, min_free_bytes=1000)
    _router, attempt = run(tmp_path, backend, options=options, free_bytes=lambda: 999)
    assert (attempt.state, attempt.code) == (AttemptState.PARKED, "disk_full")
    assert backend.sends == []


class FullMedia(MediaFolder):
    """A media store on a disk that is full until told otherwise."""

    __slots__ = ("full",)

    def put(self, partner, data, mime):
        if self.full():
            raise OSError(errno.ENOSPC, "No space left on device")
        return MediaFolder.put(self, partner, data, mime)


def test_a_disk_that_fills_up_while_storing_frees_its_spare_room(tmp_path):
    media = FullMedia(root=tmp_path / "media")
    media.full = (tmp_path / "staging" / ".spare").exists
    _router, attempt = run(tmp_path, ScriptedBackend(), media=media)
    assert attempt.state is AttemptState.SETTLED


def test_a_paid_answer_waits_on_disk_until_there_is_room_again(tmp_path):
    backend = ScriptedBackend()
    media = FullMedia(root=tmp_path / "media")
    media.full = lambda: True
    router, attempt = run(tmp_path, backend, media=media)
    assert (attempt.state, attempt.code) == (AttemptState.RESPONDED, "disk_full")
    assert money(router) == (PRICE, 0)
    media.full = lambda: False
    assert router.advance(P, attempt.id).state is AttemptState.SETTLED
    assert len(backend.sends) == 1


def test_submitting_twice_is_submitting_once(tmp_path):
    router = open_router(tmp_path, {"scripted": ScriptedBackend()}, cap_musd=CAP)
    first = router.submit([request(0), request(1), request(0)])
    second = router.submit([request(1)])
    assert second == (first[1],)
    assert first[0] == first[2]
    assert len(router.attempts(P, account="c1")) == 2


def test_delivered_bytes_are_kept_exactly(tmp_path):
    seen: list[Delivered] = []

    def script(call, _n):
        seen.append(delivered(call))
        return seen[-1]

    router, _attempt = run(tmp_path, ScriptedBackend(script=script))
    (take,) = router.takes(P)
    assert MediaFolder(root=tmp_path / "media").get(P, take.media.sha256) == seen[0].data


def test_called_to_stop_a_running_job_waits_for_the_next_start(tmp_path):
    class Stopping(ScriptedBackend):
        def poll(self, call, provider_ref):
            router.stop()
            return ScriptedBackend.poll(self, call, provider_ref)

    backend = Stopping(jobs=True, polls=10**9)
    worker = hold_name(tmp_path / "workers")
    router = open_router(tmp_path, {"bedrock_async": backend}, cap_musd=CAP, worker=worker)
    (attempt,) = router.submit([request(model="clip-a")])
    assert router.advance(P, attempt.id).state is AttemptState.SENT
    worker.release()
    patient = ScriptedBackend(jobs=True, started=dict(backend.started))
    again = open_router(tmp_path, {"bedrock_async": patient})
    assert again.advance(P, attempt.id).state is AttemptState.SETTLED
    assert patient.sends == []


def test_sends_keep_to_the_quota_of_their_model(tmp_path):
    quick = replace(STILL, quota=replace(STILL.quota, requests_per_minute=60.0))
    clock = FakeClock()
    backend = ScriptedBackend()
    router = open_router(
        tmp_path, {"scripted": backend}, clock=clock, models=(quick,), cap_musd=CAP
    )
    for attempt in router.submit([request(n) for n in range(5)]):
        router.advance(P, attempt.id)
    assert sum(clock.slept) == pytest.approx(3.0)
