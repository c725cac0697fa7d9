"""Killed at every single point of the way, then run again: the state alone says what to do."""

from dataclasses import dataclass

import pytest

from router.domain.attempt import AttemptState
from router.media_folder import MediaFolder
from router.testing.doubles import FakeClock, ScriptedBackend, request
from router.testing.routing import open_router
from router.workers import hold_name

P = "north_light"
PRICES = {"still-a": 80_000, "clip-a": 1_500_000}


class Killed(BaseException):
    """The process ends here."""


@dataclass
class Mine:
    """Counts the places that are passed, and goes off at one of them."""

    at: int
    passed: int = 0

    def step(self):
        self.passed += 1
        if self.passed == self.at:
            raise Killed


@dataclass
class MinedClock(FakeClock):
    mine: Mine = None

    def now(self):
        self.mine.step()
        return self.time


class MinedBackend(ScriptedBackend):
    __slots__ = ("mine",)

    def send(self, call):
        self.mine.step()
        outcome = ScriptedBackend.send(self, call)
        self.mine.step()
        return outcome

    def poll(self, call, provider_ref):
        self.mine.step()
        return ScriptedBackend.poll(self, call, provider_ref)


class MinedMedia(MediaFolder):
    __slots__ = ("mine",)

    def put(self, partner, data, mime):
        self.mine.step()
        ref = MediaFolder.put(self, partner, data, mime)
        self.mine.step()
        return ref


def run_until_killed(home, backend, wanted, dialect, at):
    """Advance one attempt; gives its id, and how many places were passed."""
    mine = Mine(at)
    media = MinedMedia(root=home / "media")
    backend.mine = media.mine = Mine(0)
    clock = MinedClock(mine=Mine(0))
    worker = hold_name(home / "workers")
    parts = {"clock": clock, "media": media, "worker": worker}
    router = open_router(home, {dialect: backend}, cap_musd=10_000_000, **parts)
    (attempt,) = router.submit([wanted])
    clock.mine = backend.mine = media.mine = mine
    try:
        router.advance(P, attempt.id)
    except Killed:
        pass
    finally:
        worker.release()
    backend.mine = Mine(0)
    return attempt.id, mine.passed


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "dialect"),
    [("still-a", "scripted"), ("clip-a", "bedrock_async")],
    ids=["answers at once", "a job"],
)
def test_killed_anywhere_and_run_again_nothing_is_paid_twice(tmp_path, model, dialect):
    jobs = model == "clip-a"
    whole = MinedBackend(jobs=jobs)
    _, places = run_until_killed(tmp_path / "whole", whole, request(model=model), dialect, 0)
    ends = set()
    for at in range(1, places + 1):
        home, backend = tmp_path / str(at), MinedBackend(jobs=jobs)
        name, passed = run_until_killed(home, backend, request(model=model), dialect, at)
        assert passed == at
        router = open_router(home, {dialect: backend}, cap_musd=10_000_000)
        ended, stand = router.advance(P, name), router.balance(P, "c1")
        ends.add(ended.state)
        if ended.state is AttemptState.SETTLED:
            assert (stand.reserved_musd, stand.spent_musd) == (0, PRICES[model])
            assert len(backend.billed) == 1
        else:
            assert (stand.reserved_musd, stand.spent_musd) == (PRICES[model], 0)
            assert len(backend.billed) <= 1
    assert places > 8
    lost = set() if jobs else {AttemptState.UNKNOWN}
    assert ends == {AttemptState.SETTLED} | lost


def test_a_worker_that_lives_keeps_its_attempt(tmp_path):
    backend = MinedBackend()
    backend.mine = Mine(0)
    first, second = hold_name(tmp_path / "workers"), hold_name(tmp_path / "workers")
    seen = []

    def script(call, _n):
        seen.append(other.advance(P, call.attempt).state)

    backend.script = script
    ours = open_router(tmp_path, {"scripted": backend}, cap_musd=10_000_000, worker=first)
    other = open_router(tmp_path, {"scripted": backend}, worker=second)
    (attempt,) = ours.submit([request()])
    assert ours.advance(P, attempt.id).state is AttemptState.SETTLED
    assert seen == [AttemptState.SENT]
    assert len(backend.sends) == 1


def test_an_answer_that_was_settled_does_not_stay_behind_when_a_kill_came_before_the_tidying(
    tmp_path,
):
    router = open_router(tmp_path, {"scripted": ScriptedBackend()}, cap_musd=10_000_000)
    (attempt,) = router.submit([request()])
    router.advance(P, attempt.id)
    left = tmp_path / "staging" / P / f"{attempt.id}.answer"
    left.write_bytes(b"{}\nas if killed between the commit and the tidying")
    assert router.advance(P, attempt.id).state is AttemptState.SETTLED
    assert not left.exists()
