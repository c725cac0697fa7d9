"""Looking again for lost answers: one that cannot be looked for keeps no other waiting."""

from dataclasses import replace

import pytest

from router.domain.attempt import AttemptState
from router.testing import doubles
from router.testing.doubles import ScriptedBackend, request, setback
from router.testing.routing import CLIP, STILL, open_router

P = "north_light"
GONE = doubles.model("still-b")
PRICE = 80_000


def lost(_call, _n):
    return setback("ambiguous", "reset")


def dies(_call, _n):
    raise SystemExit


def opened(home, backend, *models):
    wires = {STILL.dialect: backend, CLIP.dialect: backend}
    return open_router(home, wires, cap_musd=10**7, models=models or (STILL,))


def left_by_a_dead_worker(home, backend, *wanted):
    """Hand in, take up the first, and end with the process."""
    router = opened(home, backend, STILL, GONE)
    first, *_ = router.submit(wanted)
    with pytest.raises(SystemExit):
        router.advance(P, first.id)
    router._world().worker.release()
    router.records.dispose()


def test_an_answer_of_a_model_that_is_gone_keeps_no_other_answer_waiting(tmp_path):
    backend = ScriptedBackend(script=lost, remembers=True)
    router = opened(tmp_path, backend, STILL, GONE)
    for one in router.submit([request(model=GONE.key), request()]):
        router.advance(P, one.id)
    after = opened(tmp_path, backend)
    found = after.reconcile(P)
    assert (found.asked, found.settled, found.unknown, found.broken) == (2, 1, 1, 1)
    back = opened(tmp_path, backend, STILL, GONE).reconcile(P)
    assert (back.asked, back.settled, back.broken) == (1, 1, 0)
    assert len(backend.billed) == 2


def test_what_a_dead_worker_sent_to_a_model_that_is_gone_since_is_held_and_found_later(tmp_path):
    backend = ScriptedBackend(script=dies, remembers=True)
    wanted = [request(model=GONE.key), request(1, model=GONE.key), request()]
    left_by_a_dead_worker(tmp_path, backend, *wanted)
    after = opened(tmp_path, backend)
    assert after.let_go(after.open_of_every_partner()) == 2
    states = [(a.state, a.code) for a in after.attempts(P)]
    assert sorted(states) == [
        (AttemptState.FAILED, "model_gone"),
        (AttemptState.READY, ""),
        (AttemptState.UNKNOWN, "model_gone"),
    ]
    assert after.balance(P, "c1").unknown_musd == PRICE
    assert after.let_go(after.open_of_every_partner()) == 0
    (held,) = (a for a in after.attempts(P) if a.state is AttemptState.UNKNOWN)
    call = replace(backend.sends[0], attempt=held.id)
    backend.answers[held.id] = doubles.delivered(call)
    assert opened(tmp_path, backend, STILL, GONE).reconcile(P).settled == 1


def test_reconciling_lets_go_of_what_waits_for_a_model_that_is_gone(tmp_path):
    backend = ScriptedBackend(script=dies)
    left_by_a_dead_worker(tmp_path, backend, request(model=GONE.key))
    found = opened(tmp_path, backend).reconcile(P)
    assert (found.asked, found.unknown) == (1, 1)


def test_what_a_living_worker_sent_is_left_to_it_though_the_model_is_gone_here(tmp_path):
    backend = ScriptedBackend(script=dies)
    router = opened(tmp_path, backend, STILL, GONE)
    (one,) = router.submit([request(model=GONE.key)])
    with pytest.raises(SystemExit):
        router.advance(P, one.id)
    after = opened(tmp_path, backend)
    assert after.let_go(after.open_of_every_partner()) == 0
    assert [a.state for a in after.attempts(P)] == [AttemptState.SENT]
