"""The fault table: forty ways in which the world fails a router that pays, and what must follow.

`fault_table.yaml` says of each row what follows, and names its tests; row numbers are in their ids.
`python -m tests.bench --faults` runs them all and prints the table.
"""

import re
import sqlite3
import threading
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from router import catalog
from router.backends import bedrock_invoke
from router.clock import SystemClock
from router.cloud import aws
from router.domain.attempt import AttemptState
from router.pacing import patience
from router.ports import Setback
from router.testing import doubles
from router.testing.asking import request as plain
from router.testing.doubles import FakeClock, ScriptedBackend, request, setback
from router.testing.faults import broken_promises, watch
from router.testing.proxy import running_proxy
from router.testing.routing import BRISK, STILL, open_router
from router.testing.wire import asked_of, wired

P = "north_light"
PRICE = 80_000
SETTLED, FAILED, PARKED = AttemptState.SETTLED, AttemptState.FAILED, AttemptState.PARKED
UNKNOWN, CANCELLED = AttemptState.UNKNOWN, AttemptState.CANCELLED

TABLE = yaml.safe_load((Path(__file__).parent / "fault_table.yaml").read_text())
NAMED = [(row, node) for row, said in TABLE.items() for node in said["tests"]]


def test_every_row_of_the_table_is_tested():
    assert sorted(TABLE) == list(range(1, 41))
    for said in TABLE.values():
        assert said.keys() - {"unproven"} == {"fault", "follows", "outcome", "paid", "tests"}
        assert said["tests"]
        assert said["paid"] in {0, 1}


def test_every_row_that_is_tested_here_stands_in_the_table():
    own = Path(__file__).read_text()
    here = {int(n) for n in re.findall(r"row_?(\d\d)_", own)}
    assert here == {row for row, node in NAMED if node.startswith(Path(__file__).name)}


@pytest.mark.parametrize(
    ("row", "node"), [pytest.param(*one, id=f"row{one[0]:02}") for one in NAMED]
)
def test_a_test_that_the_table_names_is_there(row, node):
    file, _, name = node.partition("::")
    assert f"\ndef {name.partition('[')[0]}(" in (Path(__file__).parent / file).read_text()
    assert "test_row_" not in name or f"test_row_{row:02}_" in name


def house(home, script, **kind):
    """Give a router on a scripted provider and a held clock."""
    clock = kind.pop("clock", None) or FakeClock()
    backend = ScriptedBackend(script=script)
    router = open_router(home, {"scripted": backend}, clock=clock, cap_musd=10**8, **kind)
    watch(home)
    return router, backend, clock


def run(router, *wanted):
    return [router.advance(P, attempt.id) for attempt in router.submit(wanted)]


def invariants(router, backend, home):
    """What must hold after every fault: the promises P1 to P6."""
    charges = [(attempt, PRICE) for attempt in backend.billed]
    assert broken_promises(router, P, "c1", charges, home) == []


def test_row_01_a_minute_of_throttles_loses_nothing_and_is_over_soon_after(tmp_path):
    script = lambda _c, _n: setback("busy", "throttled") if clock.monotonic() < 60 else None  # noqa: E731
    router, backend, clock = house(tmp_path, script, clock=(clock := FakeClock()))
    ended = run(router, *doubles.requests(10))
    assert {a.state for a in ended} == {SETTLED}
    assert clock.monotonic() <= 90
    assert len(backend.sends) - 10 <= 2 * patience.RETRIES
    invariants(router, backend, tmp_path)


@pytest.mark.parametrize(("asked", "waited"), [(7.0, 7.0), (3600.0, 20.0)], ids=["", "capped"])
def test_row_02_a_provider_that_asks_to_be_left_alone_is(tmp_path, asked, waited):
    alone = replace(setback("busy", "throttled"), retry_after_s=asked)
    router, backend, clock = house(tmp_path, lambda _c, n: alone if n == 0 else None)
    (ended,) = run(router, request())
    assert ended.state is SETTLED
    assert clock.monotonic() == pytest.approx(waited, abs=0.5)
    invariants(router, backend, tmp_path)


@pytest.mark.slow
def test_row_03_a_storm_opens_the_breaker_of_its_own_model_only(tmp_path):
    calm = replace(STILL, key="still-b")
    clock, waits = FakeClock(), []

    def script(call, _n):
        if call.model.key == calm.key:
            return None
        if clock.monotonic() >= 500:
            return None
        began = clock.monotonic()
        n = 1000 + len(backend.sends)
        run(router, request(n, model=calm.key))
        waits.append(clock.monotonic() - began)
        return setback("busy", "unavailable")

    router, backend, _ = house(tmp_path, script, clock=clock, models=(STILL, calm))
    (ended,) = run(router, request())
    assert ended.state is SETTLED
    assert clock.monotonic() <= 500 + patience.COOL_MOST_S + BRISK.back_off_cap_s
    assert set(waits) == {0.0}
    assert len(waits) < 60
    invariants(router, backend, tmp_path)


def test_row_13_expired_credentials_pause_everything_and_fail_nothing(tmp_path):
    turned_away = []

    def script(call, _n):
        if turned_away:
            return None
        turned_away.append(call.attempt)
        return setback("not_sent", "expired_credentials")

    router, backend, _ = house(tmp_path, script)
    ended = run(router, *doubles.requests(4))
    assert {a.state for a in ended} == {SETTLED}
    assert len(backend.sends) == 5
    invariants(router, backend, tmp_path)


def test_row_13_credentials_that_stay_expired_park_and_wait_for_a_person(tmp_path):
    fault = [setback("not_sent", "expired_credentials")]
    router, backend, clock = house(tmp_path, lambda _c, _n: fault[0])
    (ended,) = run(router, request())
    assert (ended.state, ended.code) == (PARKED, "credentials")
    assert len(backend.sends) < 60
    fault[0] = None
    clock.sleep(patience.COOL_MOST_S)
    router.unpark(P, "c1")
    assert router.advance(P, ended.id).state is SETTLED
    invariants(router, backend, tmp_path)


def test_row_14_a_model_without_access_fails_and_the_campaign_goes_on(tmp_path):
    other = replace(STILL, key="still-b")
    closed = setback("rejected", "no_access")
    script = lambda c, _n: closed if c.model.key == STILL.key else None  # noqa: E731
    router, backend, _ = house(tmp_path, script, models=(STILL, other))
    first, second = run(router, request(), request(model=other.key))
    assert (first.state, first.code, second.state) == (FAILED, "no_access", SETTLED)
    invariants(router, backend, tmp_path)


def test_row_15_a_wrong_clock_stops_the_campaign_in_words_until_it_is_set(tmp_path):
    said = "Signature not yet current: 20270401T120512Z is still later than 20270401T120000Z"
    fault = [Setback(kind="rejected", code="signature", reason=said)]
    router, backend, _ = house(tmp_path, lambda _c, _n: fault[0])
    first, second = run(router, request(0), request(1))
    assert first.state is second.state is PARKED
    assert first.code == second.code == "clock_skew"
    assert first.reason.startswith("clock is +312 s")
    assert len(backend.sends) == 1
    fault[0] = None
    assert router.unpark(P, "c1") == 2
    assert {a.state for a in run(router, request(0), request(1))} == {SETTLED}
    invariants(router, backend, tmp_path)


def test_row_16_a_spent_quota_stops_its_model_for_the_campaign_and_nothing_spins(tmp_path):
    other = replace(STILL, key="still-b")
    fault = [setback("rejected", "quota")]
    script = lambda c, _n: fault[0] if c.model.key == STILL.key else None  # noqa: E731
    router, backend, _ = house(tmp_path, script, models=(STILL, other))
    first, second, third = run(router, request(0), request(1), request(2, model=other.key))
    assert (first.state, first.code) == (second.state, second.code) == (PARKED, "quota")
    assert third.state is SETTLED
    assert len(backend.sends) == 2
    fault[0] = None
    router.unpark(P, "c1")
    assert {a.state for a in run(router, request(0), request(1))} == {SETTLED}
    invariants(router, backend, tmp_path)


def test_row_29_a_database_that_is_locked_is_waited_for(tmp_path):
    let_go = threading.Event()

    def hold():
        with sqlite3.connect(doubles.settings(tmp_path).home / "circletake.db") as other:
            other.isolation_level = None
            other.execute("BEGIN IMMEDIATE")
            locked.set()
            let_go.wait(0.4)
            other.execute("ROLLBACK")

    def script(_call, _n):
        threading.Thread(target=hold).start()
        locked.wait(5)

    locked = threading.Event()
    router, backend, _ = house(tmp_path, script)
    (ended,) = run(router, request())
    assert ended.state is SETTLED
    invariants(router, backend, tmp_path)


@dataclass(slots=True)
class JumpingClock(FakeClock):
    """A wall clock that somebody sets while the seconds go on evenly."""

    off: timedelta = field(default=timedelta())

    def now(self):
        return self.time + self.off


@pytest.mark.parametrize("hours", [-1, 1])
def test_row_35_a_wall_clock_that_is_set_changes_no_wait(tmp_path, hours):
    clock = JumpingClock()

    def script(_call, n):
        clock.off = timedelta(hours=hours)
        return setback("busy", "throttled") if n < 2 else None

    router, backend, _ = house(tmp_path, script, clock=clock)
    (ended,) = run(router, request())
    (take,) = router.takes(P)
    assert ended.state is SETTLED
    assert clock.monotonic() < 5
    assert take.latency_s >= 0
    invariants(router, backend, tmp_path)


def test_row_36_what_is_in_flight_when_a_person_cancels_still_settles(tmp_path):
    router, backend, _ = house(tmp_path, lambda _c, _n: router.cancel(P, "c1") and None)
    flying, waiting = router.submit(doubles.requests(2))
    assert router.advance(P, flying.id).state is SETTLED
    assert router.advance(P, waiting.id).state is CANCELLED
    assert len(backend.sends) == 1
    invariants(router, backend, tmp_path)


CORE = replace(catalog.load()["stable-image-core"], timeout_s=1.0)
WIRE = [
    ("row05_drip", "drip", UNKNOWN, "deadline"),
    ("row06_reset_after_head", "reset_after_head", UNKNOWN, None),
    ("row06_reset_mid_body", "reset_mid_body", UNKNOWN, None),
    ("row07_close_before_answer", "close_before_answer", UNKNOWN, "connection_lost"),
    ("row07_close_unasked", "close_unasked", UNKNOWN, "connection_lost"),
    ("row08_truncated_json", "truncated_json", FAILED, "not_json"),
    ("row09_length_too_long", "length_too_long", UNKNOWN, "answer_cut"),
    ("row09_length_too_short", "length_too_short", FAILED, "not_json"),
    ("row09_chunked_garbage", "chunked_garbage", UNKNOWN, None),
    ("row10_hung", "hung", UNKNOWN, None),
    ("row23_duplicate", "duplicate", SETTLED, ""),
]


@pytest.fixture(scope="module")
def wire(tmp_path_factory):
    with (
        wired(tmp_path_factory.mktemp("emulator")) as emulated,
        running_proxy(emulated.emulator.endpoint) as proxy,
    ):
        yield emulated, proxy


@pytest.mark.slow
@pytest.mark.parametrize(
    ("row", "fault", "state", "code"), [pytest.param(*row, id=row[0]) for row in WIRE]
)
def test_a_spoilt_answer_is_asked_for_once_and_costs_what_was_billed(
    wire, tmp_path, row, fault, state, code
):
    emulated, proxy = wire
    there = emulated.emulator
    endpoint = aws.Endpoint(
        bedrock_url=proxy.endpoint,
        s3_url=there.endpoint,
        access_key=there.access_key,
        secret_key=there.secret_key,
        bucket=there.bucket,
    )
    backends = {"bedrock_invoke": bedrock_invoke.build(aws.Clients(endpoint))}
    router = open_router(
        tmp_path, backends, clock=SystemClock(), models=(CORE,), cap_musd=10**8, options=BRISK
    )
    watch(tmp_path)
    posts, billed, proxy.fault = proxy.posts, len(there.billed()), fault
    (ended,) = run(router, request([r[0] for r in WIRE].index(row), model=CORE.key))
    charges = [
        (line["metadata"]["attempt"], round(line["usd"] * 1_000_000))
        for line in there.billed()[billed:]
    ]
    charge = sum(musd for _attempt, musd in charges)
    assert (ended.state, ended.code) == (state, ended.code if code is None else code)
    assert proxy.posts - posts == 1
    assert broken_promises(router, P, "c1", charges, tmp_path) == []
    if charge:
        router.reconcile(P)
        assert router.balance(P, "c1").spent_musd == charge
        assert router.balance(P, "c1").reserved_musd == 0
        assert broken_promises(router, P, "c1", charges, tmp_path) == []


@pytest.mark.slow
def test_row_02_what_aws_asks_for_is_read_from_its_answer(wire):
    emulated, _proxy = wire
    emulated.fault("throttle", "InvokeModel", retry_after_ms=1500)
    call = asked_of(CORE, plain(CORE, "text_to_image"), "retry-after", b"")
    outcome = emulated.backends["bedrock_invoke"].send(call)
    emulated.fault(None)
    assert isinstance(outcome, Setback)
    assert outcome.retry_after_s == 1.5
