"""A person cancels while calls are under way: they settle, and nothing is asked any more."""

from dataclasses import replace

import pytest

from router.attempts.restored import mark
from router.domain.attempt import AttemptState
from router.domain.money import EntryKind
from router.domain.request import Input
from router.media_folder import MediaFolder
from router.store.database import Commits
from router.testing.doubles import (
    NOON,
    FakeClock,
    ScriptedBackend,
    by_key,
    request,
    requests,
    setback,
    small_png,
)
from router.testing.routing import BRISK, STILL, open_router
from router.workers import hold_name

P = "north_light"
CANCELLED, SETTLED = AttemptState.CANCELLED, AttemptState.SETTLED


class Killed(BaseException):
    """The process ends here."""


class Deadly(MediaFolder):
    """A folder whose reading kills the process, when the money is reserved and nothing sent."""

    deadly = True

    def get(self, partner, sha256):
        if self.deadly:
            raise Killed
        return MediaFolder.get(self, partner, sha256)


def money(router):
    balance = router.balance(P, "c1")
    return balance.reserved_musd, balance.spent_musd


@pytest.fixture
def house(tmp_path):
    """A router over these records (None = a file of its own) whose provider follows a script."""
    opened, worker = [], hold_name(tmp_path / "workers")

    def build(script, *, dialect="scripted", records=None, **kind):
        backend = ScriptedBackend(script=lambda c, n: script(opened[-1], n), bills_ambiguous=False)
        router = open_router(
            tmp_path,
            {dialect: backend},
            clock=FakeClock(),
            cap_musd=10**8,
            records=records and records.url.render_as_string(hide_password=False),
            worker=worker,
            **kind,
        )
        opened.append(router)
        return router, backend

    yield build
    worker.release()
    for router in opened:
        router.records.dispose()


@pytest.mark.parametrize("kind", ["busy", "not_sent"])
def test_a_call_that_comes_back_unsent_after_a_person_cancelled_is_not_sent_again(
    house, records, kind
):
    def script(router, n):
        if n == 0:
            assert router.cancel(P, "c1") == 1, "only the one that waits ends at once"
        return None if n else setback(kind, "throttled")

    router, backend = house(script, records=records)
    flying, waiting = router.submit(requests(2))
    ended = router.advance(P, flying.id)
    assert (ended.state, ended.code, ended.sent_at) == (CANCELLED, "cancelled", None)
    assert ended.ended_at is not None
    assert router.advance(P, waiting.id).state is CANCELLED
    assert (len(backend.sends), backend.billed, money(router)) == (1, [], (0, 0))
    assert [e.kind for e in router.ledger(P, "c1")] == [EntryKind.RESERVE, EntryKind.RELEASE]
    assert router.unpark(P, "c1") == 0


def test_an_answer_that_comes_after_a_person_cancelled_is_kept_with_its_bill(house, records):
    def script(router, _n):
        router.cancel(P, "c1")

    router, backend = house(script, records=records)
    (flying,) = router.submit([request()])
    assert router.advance(P, flying.id).state is SETTLED
    assert len(router.takes(P)) == len(backend.billed) == 1


def test_a_job_whose_start_got_no_answer_is_not_started_after_a_person_cancelled(house):
    def script(router, n):
        assert n == 0
        router.cancel(P, "c1")
        return setback("ambiguous", "reset")

    router, backend = house(script, dialect="bedrock_async")
    (flying,) = router.submit([request(model="clip-a")])
    ended = router.advance(P, flying.id)
    assert ended.state is AttemptState.UNKNOWN, "it may have been started: its money is held"
    assert "cancelled by a person" in ended.reason
    assert len(backend.sends) == 1
    assert money(router) == (1_500_000, 0)
    assert router.reconcile(P).unknown == 1


@pytest.mark.parametrize("is_restored", [False, True], ids=["killed", "killed and restored"])
def test_what_a_killed_worker_had_not_sent_ends_when_a_person_cancelled_meanwhile(
    house, tmp_path, is_restored
):
    media = Deadly(root=tmp_path / "media")
    given = replace(media.put(P, small_png(1), "image/png"), width=128, height=72)
    model = replace(STILL, operations=("image_to_image",), references=("init_image",))
    asked = replace(
        request(),
        operation="image_to_image",
        inputs=(Input(role="init_image", media=given),),
        aspect=None,
    )
    router, backend = house(lambda _r, _n: None, media=media, models=(model,))
    (flying,) = router.submit([asked])
    with pytest.raises(Killed):
        router.advance(P, flying.id)
    assert router.attempts(P)[0].state is AttemptState.INTENT
    assert router.cancel(P, "c1") == 0
    if is_restored:
        commits = Commits(router.records)
        mark(commits, P, by_key([model]), has_log=True, now=NOON)
        assert router.attempts(P)[0].state is AttemptState.READY
    media.deadly = False
    assert router.advance(P, flying.id).state is CANCELLED
    assert (backend.sends, money(router)) == ([], (0, 0))


def test_who_lets_it_start_again_after_cancelling_has_the_last_word(house):
    def script(router, n):
        if n == 2:  # the last try
            router.cancel(P, "c1")
        return setback("busy", "not_ready") if n <= 3 else None

    router, backend = house(script, options=replace(BRISK, tries=2))
    (flying,) = router.submit([request()])
    assert (router.advance(P, flying.id).state, len(backend.sends)) == (AttemptState.FAILED, 3)
    assert router.unpark(P, "c1") == 1
    assert (router.advance(P, flying.id).state, len(backend.sends)) == (SETTLED, 5)
