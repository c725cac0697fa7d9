"""What stays lost for good is ended by a named person, after one more look."""

from dataclasses import replace
from datetime import timedelta

import pytest

from router.attempts.staging import Label, Staged
from router.audit.log import AuditDown
from router.domain.attempt import AttemptState
from router.domain.errors import Conflict, Unreachable
from router.domain.ruling import WRITTEN_OFF, Ruling
from router.testing.doubles import FakeClock, ScriptedBackend, request, setback, small_png
from router.testing.routing import CLIP, STILL, open_router

P = "north_light"
PRICE = 80_000
NEVER = Ruling(by="Ada Byron", because="no record of it", is_billed=False)
BILLED = Ruling(by="Ada Byron", because="request 1f2e", is_billed=True)


def lost(_call, _n):
    return setback("ambiguous", "reset")


class Witness:
    """Counts what was recorded."""

    def __init__(self):
        self.kept = 0

    def __call__(self):
        self.kept += 1


class House:
    """A router with one attempt that has been unknown for two hours."""

    def __init__(self, home, *, hours=2, wanted=None, **kind):
        self.home, self.clock = home, FakeClock()
        self.backend = ScriptedBackend(script=kind.pop("script", lost), **kind)
        self.router = self.opened()
        (one,) = self.router.submit([wanted or request()])
        self.id = self.router.advance(P, one.id).id
        self.clock.time += timedelta(hours=hours)
        self.witness = Witness()

    def opened(self, **kind):
        wires = {STILL.dialect: self.backend, CLIP.dialect: self.backend}
        return open_router(self.home, wires, cap_musd=10**7, clock=self.clock, **kind)

    def resolve(self, ruling):
        return self.router.resolve(P, self.id, ruling, self.witness)

    def knows_of_it(self):
        """Let the provider's log have the answer from now on."""
        self.backend.remembers = True

    @property
    def attempt(self):
        return self.router.attempts(P)[0]

    @property
    def money(self):
        balance = self.router.balance(P, "c1")
        return balance.reserved_musd, balance.spent_musd


@pytest.mark.parametrize(
    ("ruling", "state", "spent"),
    [
        (NEVER, AttemptState.FAILED, 0),
        (BILLED, AttemptState.LOST, PRICE),
        (replace(BILLED, musd=PRICE // 2), AttemptState.LOST, PRICE // 2),
    ],
    ids=["never billed", "billed", "billed less"],
)
def test_what_a_person_rules_on_holds_nothing_and_is_never_asked_again(
    tmp_path, ruling, state, spent
):
    house = House(tmp_path)
    ended = house.resolve(ruling)
    assert (ended.state, ended.code) == (state, WRITTEN_OFF)
    assert ended.reason == f"Ada Byron: {ruling.because}"
    assert (house.money, house.witness.kept) == ((0, spent), 1)
    assert house.router.unpark(P, "c1") == 0
    assert house.router.advance(P, house.id).state is state
    assert len(house.backend.sends) == 1


def test_an_answer_that_turns_up_in_the_last_look_is_booked_and_nothing_is_ruled(tmp_path):
    house = House(tmp_path)
    house.knows_of_it()
    assert house.resolve(NEVER).state is AttemptState.SETTLED
    assert (house.money, house.witness.kept) == ((0, PRICE), 0)


def test_nobody_rules_while_the_log_does_not_answer(tmp_path):
    house = House(tmp_path)
    house.backend.answers[house.id] = setback("ambiguous", "cannot_look")
    house.knows_of_it()
    with pytest.raises(Unreachable):
        house.resolve(NEVER)
    assert (house.attempt.state, house.money) == (AttemptState.UNKNOWN, (PRICE, 0))
    assert house.witness.kept == 0


@pytest.mark.parametrize("hours", [0, 0.9])
def test_an_answer_that_may_yet_come_into_the_log_is_not_ruled_on(tmp_path, hours):
    house = House(tmp_path, hours=hours)
    with pytest.raises(Conflict, match="1 h or more"):
        house.resolve(NEVER)
    assert house.attempt.state is AttemptState.UNKNOWN


def test_only_what_is_unknown_is_ruled_on(tmp_path):
    house = House(tmp_path, script=lambda _c, _n: None)
    with pytest.raises(Conflict, match="settled"):
        house.resolve(BILLED)
    assert house.money == (0, PRICE)


def test_a_job_that_the_provider_began_was_not_never_billed(tmp_path):
    clip = replace(request(model=CLIP.key), seed=None)
    house = House(tmp_path, script=lambda _c, _n: None, jobs=True, polls=10**9, wanted=clip)
    assert house.attempt.code == "deadline"
    with pytest.raises(Conflict, match="goes on"):
        house.resolve(BILLED)
    house.backend.started.clear()  # the provider has forgotten it
    with pytest.raises(Conflict, match="--billed"):
        house.resolve(NEVER)
    assert house.resolve(BILLED).state is AttemptState.LOST


def test_what_cannot_be_recorded_is_not_ruled_on(tmp_path):
    house = House(tmp_path)

    def down():
        raise AuditDown(field="audit", found="no record", expected="one")

    with pytest.raises(AuditDown):
        house.router.resolve(P, house.id, NEVER, down)
    assert (house.attempt.state, house.money) == (AttemptState.UNKNOWN, (PRICE, 0))


def test_a_ruling_that_was_wrong_is_told_by_every_look_and_books_nothing(tmp_path):
    house = House(tmp_path)
    house.resolve(NEVER)
    assert house.router.reconcile(P).contradicted == 0
    house.knows_of_it()
    for _ in range(2):
        found = house.router.reconcile(P)
        assert (found.asked, found.contradicted) == (0, 1)
    assert (house.attempt.code, house.money) == (WRITTEN_OFF, (0, 0))
    assert house.opened(models=(CLIP,)).reconcile(P).contradicted == 0, "nobody can look"


def test_an_answer_that_lies_on_this_disk_after_all_contradicts_a_ruling(tmp_path):
    house = House(tmp_path)
    house.resolve(NEVER)
    label = Label(
        mime="image/png", seed=1, provider_ref="r", simulated=True, units=1.0, latency_s=1.0
    )
    house.router._world().staging.put(P, house.id, Staged(label=label, data=small_png()))
    assert house.router.reconcile(P).contradicted == 1
    assert house.money == (0, 0)
