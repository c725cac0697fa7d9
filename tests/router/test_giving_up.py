"""What breaks on us again and again ends with a reason, and keeps what may have been paid."""

import pytest

from router import dispatch
from router.domain.attempt import AttemptState
from router.testing import doubles
from router.testing.routing import open_router


class Bomb:
    """A backend with a defect of ours."""

    def __init__(self):
        self.sends = 0

    def send(self, call):
        self.sends += 1
        raise KeyError("init_image")

    def poll(self, call, provider_ref):
        raise KeyError("init_image")

    def find(self, call):
        raise KeyError("init_image")


def drive(tmp_path, model):
    bomb = Bomb()
    router = open_router(tmp_path, {model.dialect: bomb}, cap_musd=10**9, models=(model,))
    wanted = doubles.request(1, model=model.key)
    (attempt,) = router.submit([wanted])
    advance = dispatch.handlers(router)[dispatch.ADVANCE]
    for _ in range(dispatch.PATIENCE - 1):
        with pytest.raises(KeyError):
            advance(attempt.partner, attempt.id)
    assert advance(attempt.partner, attempt.id) == "unknown"
    return router, bomb, attempt


def test_an_attempt_that_breaks_three_times_ends_unknown_with_its_money_held(tmp_path):
    router, bomb, attempt = drive(tmp_path, doubles.model())
    (ended,) = router.attempts(attempt.partner)
    assert ended.state is AttemptState.UNKNOWN
    assert ended.code == "broken"
    assert "KeyError" in ended.reason
    balance = router.balance(attempt.partner, "c1")
    assert balance.unknown_musd == balance.reserved_musd > 0
    assert bomb.sends == 1, "never sent again: it may have been paid"


def test_giving_up_twice_changes_nothing(tmp_path):
    router, _, attempt = drive(tmp_path, doubles.model())
    before = router.ledger(attempt.partner, "c1")
    router.give_up(attempt.partner, attempt.id, "again")
    assert router.ledger(attempt.partner, "c1") == before


def test_what_was_never_sent_is_given_up_for_free(tmp_path):
    model = doubles.model()
    router = open_router(tmp_path, {model.dialect: Bomb()}, cap_musd=10**9)
    (attempt,) = router.submit([doubles.request(1)])
    ended = router.give_up(attempt.partner, attempt.id, "KeyError here, 3 times; the log has it")
    assert ended.state is AttemptState.FAILED
    assert router.balance(attempt.partner, "c1").reserved_musd == 0
