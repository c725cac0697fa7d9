"""A paid wish is carried out and paid once, whatever is repeated, mixed up or cut off."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Barrier

import pytest
from fastapi import Response
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import func, select

from router.api.idempotency import MissingKey, checked, once
from router.domain.attempt import OPEN_STATES, AttemptState
from router.domain.errors import Conflict, NotEntitled
from router.store import database
from router.store.answers import KEPT, LEASE, Answer, Answers, InFlight, KeyReused, Wish
from router.store.database import reading
from router.store.tables import answers as table
from router.testing import doubles
from router.testing.routing import open_router

P = "north_light"
PRICE = 80_000


def wish(key="k", what="a", tenant=P, partner=P):
    return Wish(partner=partner, tenant=tenant, key=key, fingerprint=what)


def answer(text="done"):
    return Answer(status=202, location="/v1/x", body={"said": text})


@pytest.fixture
def clock():
    return doubles.FakeClock()


@pytest.fixture
def answers(records, clock):
    return Answers(records, clock)


def test_row36_the_same_wish_gets_the_stored_answer_and_is_not_carried_out_again(answers):
    said = []

    def carry_out():
        said.append(1)
        return answer()

    first, second = Response(), Response()
    assert once(answers, wish(), first, carry_out) == {"said": "done"}
    assert once(answers, wish(), second, carry_out) == {"said": "done"}
    assert said == [1]
    assert (second.status_code, second.headers["location"]) == (202, "/v1/x")
    assert second.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers


def test_row36_the_same_key_with_another_body_is_refused_also_while_the_first_is_in_flight(answers):
    answers.begin(wish())
    with pytest.raises(KeyReused):
        answers.begin(wish(what="b"))
    answers.keep(wish(), answer())
    with pytest.raises(KeyReused):
        answers.begin(wish(what="b"))


def test_row36_keys_of_two_tenants_and_of_two_partners_never_meet(answers):
    answers.begin(wish())
    answers.keep(wish(), answer("mine"))
    assert answers.begin(wish(what="b", tenant="other")) is None
    assert answers.begin(wish(what="c", partner="neighbour")) is None


def test_row36_a_wish_in_flight_says_when_to_ask_again(answers, clock):
    answers.begin(wish())
    clock.sleep(10)
    with pytest.raises(InFlight) as refused:
        answers.begin(wish())
    assert refused.value.retry_after_s == LEASE.total_seconds() - 10


def test_a_wish_that_broke_off_may_be_repeated_when_its_lease_is_over(answers, clock):
    answers.begin(wish())
    clock.sleep(LEASE.total_seconds())
    assert answers.begin(wish()) is None
    with pytest.raises(InFlight):
        answers.begin(wish())


def test_a_wish_that_was_refused_leaves_its_key_free(answers):
    def refuse():
        raise NotEntitled(field="model", found="retired", expected="an active one")

    with pytest.raises(NotEntitled):
        once(answers, wish(), Response(), refuse)
    assert once(answers, wish(what="b"), Response(), answer) == {"said": "done"}


def test_ended_keys_are_pruned_after_a_day(answers, clock, records):
    for key in ("k1", "k2"):
        answers.begin(wish(key))
        answers.keep(wish(key), answer())
    clock.sleep((KEPT + timedelta(seconds=1)).total_seconds())
    assert answers.begin(wish("k3")) is None
    with reading(records, P) as connection:
        assert list(connection.scalars(select(table.c.key))) == ["k3"]
    assert answers.begin(wish("k1", what="b")) is None


def test_row36_of_many_that_send_one_wish_at_once_a_single_one_carries_it_out(answers, records):
    start = Barrier(8)

    def send(_n):
        start.wait()
        try:
            return answers.begin(wish())
        except InFlight:
            return "in flight"

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(send, range(8)))
    assert sorted(map(str, found)) == ["None"] + ["in flight"] * 7
    with reading(records, P) as connection:
        assert connection.scalar(select(func.count()).select_from(table)) == 1


@pytest.mark.parametrize("key", [None, "", "  ", "x" * 129])
def test_row37_a_wish_without_a_usable_key_is_refused(key):
    with pytest.raises(MissingKey):
        checked(key)


class Wishes(RuleBasedStateMachine):
    """Any history of wishes, repeats, other bodies, crashes and resumes, with the money below.

    The model knows what was wished first under each key; the provider keeps its own bill.
    """

    CAP = 5 * PRICE  # fewer than there are keys
    KEYS = st.sampled_from([f"k{n}" for n in range(8)])

    def __init__(self):
        super().__init__()
        self.folder = TemporaryDirectory()
        self.clock = doubles.FakeClock()
        self.provider = doubles.ScriptedBackend(script=lambda _call, _n: None)
        home = Path(self.folder.name)
        self.router = open_router(
            home, {"scripted": self.provider}, clock=self.clock, cap_musd=self.CAP
        )
        self.engine = database.connect(doubles.settings(home).database)
        self.answers = Answers(self.engine, self.clock)
        self.wished = {}  # key → number that was wished first
        self.broken = {}  # key → when it broke off
        self.told = {}  # key → the answer

    def submit(self, key, number):
        """What the route does: the request's id is made of the key."""
        asked = doubles.request(number)
        named = replace(asked, id=f"request-{key}")
        (attempt,) = self.router.submit([named])
        return Answer(status=202, location=f"/{key}", body={"attempt": attempt.id})

    def send(self, key, number, carry_out):
        said = wish(key, str(number))
        try:
            return once(self.answers, said, Response(), carry_out)
        except (KeyReused, InFlight) as refused:
            return refused

    def expect(self, key, number, found):
        in_flight = key in self.broken and self.clock.now() - self.broken[key] < LEASE
        if self.wished.get(key, number) != number:
            assert isinstance(found, KeyReused)
        elif in_flight:
            assert isinstance(found, InFlight)
        else:
            assert found == self.told.get(key, found)
            assert not isinstance(found, Conflict)
            self.wished[key], self.told[key] = number, found
            self.broken.pop(key, None)

    @rule(key=KEYS, number=st.integers(0, 2))
    def post(self, key, number):
        self.expect(key, number, self.send(key, number, lambda: self.submit(key, number)))

    @precondition(lambda self: self.told)
    @rule(data=st.data())
    def repeat(self, data):
        key = data.draw(st.sampled_from(sorted(self.told)))
        number = self.wished[key]
        self.expect(key, number, self.send(key, number, lambda: pytest.fail("carried out again")))

    @precondition(lambda self: self.wished)
    @rule(data=st.data(), more=st.integers(1, 3))
    def another_body(self, data, more):
        key = data.draw(st.sampled_from(sorted(self.wished)))
        number = self.wished[key] + more
        self.expect(key, number, self.send(key, number, lambda: pytest.fail("another body")))

    @rule(key=KEYS, number=st.integers(0, 2), before=st.booleans())
    def crash(self, key, number, before):
        """The process dies between: before anything was written, or before the answer was kept."""
        if key in self.wished or key in self.broken:
            return
        assert self.answers.begin(wish(key, str(number))) is None
        if not before:
            self.submit(key, number)
        self.wished[key], self.broken[key] = number, self.clock.now()

    @precondition(lambda self: self.broken)
    @rule(data=st.data(), waits=st.booleans())
    def resume(self, data, waits):
        key = data.draw(st.sampled_from(sorted(self.broken)))
        if waits:
            self.clock.sleep(LEASE.total_seconds())
        number = self.wished[key]
        self.expect(key, number, self.send(key, number, lambda: self.submit(key, number)))

    @rule()
    def the_worker_works(self):
        for attempt in self.router.attempts(P, account="c1"):
            if attempt.state in OPEN_STATES:
                self.router.advance(P, attempt.id)

    @invariant()
    def each_wish_is_asked_for_and_billed_at_most_once(self):
        found = self.router.attempts(P, account="c1")
        assert len({a.request for a in found}) == len(found) <= len(self.wished)
        assert len(set(self.provider.billed)) == len(self.provider.billed)
        assert {f"request-{key}" for key in self.told} <= {a.request for a in found}

    @invariant()
    def sums_agree_and_keep_the_cap(self):
        stand = self.router.balance(P, "c1")
        lines = self.router.ledger(P, "c1")
        moved = {kind: sum(e.musd for e in lines if e.kind.value == kind) for kind in KINDS}
        assert moved["settle"] == stand.spent_musd == PRICE * len(self.provider.billed)
        assert moved["reserve"] - moved["release"] - moved["settle"] == stand.reserved_musd
        assert stand.spent_musd + stand.reserved_musd <= stand.cap_musd == self.CAP
        done = [a for a in self.router.attempts(P) if a.state is AttemptState.SETTLED]
        assert sum(a.spent_musd for a in done) == stand.spent_musd

    def teardown(self):
        self.engine.dispose()
        self.router.stop()
        self.folder.cleanup()


KINDS = ("reserve", "release", "settle", "hold")
Wishes.TestCase.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)
TestWishes = pytest.mark.slow(Wishes.TestCase)
