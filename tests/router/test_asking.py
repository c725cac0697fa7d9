"""A question that costs money: reserved, asked once, settled, kept; what is lost is looked for."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from router import catalog
from router.cloud.invocation_log import InvocationLog, Logged
from router.domain.errors import BadInput, Broken, Conflict, NotEntitled, UnknownName, Unreachable
from router.domain.inquiry import AnswerState, Inquiry, Purpose, Shown
from router.domain.money import EntryKind
from router.domain.ruling import Ruling
from router.llm import resolving
from router.llm.asking import Asking, Voice, name_of
from router.llm.language import Said, Spoilt
from router.ports import Setback
from router.store import ledger, prices, statement
from router.store.database import Commits, reading
from router.testing.asking import US, clearance, partner
from router.testing.doubles import FakeClock
from router.testing.language import Answering, bill, spoken
from router.workers import hold_name

CATALOGUE = catalog.load()
A = "campaign-1"
SCHEMA = {"type": "object", "properties": {"ok": {"type": "boolean"}}, "required": ["ok"]}
CAP = 1_000_000
HOUR = timedelta(hours=1)
BUSY = Setback(kind="busy", code="throttled", reason="later")
LOST = Setback(kind="ambiguous", code="read_timeout", reason="nobody knows")
P = partner(regions=(*US, "us-west-1"), budget_musd=CAP * 10)


class Nothing:
    """A log without a trace."""

    def find(self, *_):
        return None


class Log:
    """A log that has the answer."""

    def __init__(self, text='{"ok": true}', reason="end_turn"):
        content = {"output": {"message": {"content": [{"text": text}]}}, "stopReason": reason}
        body = json.dumps(content | {"usage": {"inputTokens": 1000, "outputTokens": 100}})
        self.found = Logged(body=body.encode(), request_id="r-9", simulated=True)

    def find(self, *_):
        return self.found


@pytest.fixture
def home(records, tmp_path):
    engine = records
    worker = hold_name(tmp_path / "workers")
    Commits(engine).write(P.name, lambda c: ledger.open_account(c, P.name, A, CAP, simulated=True))
    yield engine, worker
    worker.release()


def asking(home, *answers, looks=None, simulated=True, **changes):
    engine, worker = home
    speaks = Answering(*answers)
    made = Asking(
        engine=engine,
        clock=FakeClock(),
        catalogue=CATALOGUE,
        partners={P.name: P},
        worker=worker,
        voice=Voice(speaks=speaks, looks=looks or Nothing(), simulated=simulated),
    )
    for name, value in changes.items():
        setattr(made, name, value)
    return made, speaks


def inquiry(**changes):
    made = Inquiry(
        purpose=Purpose.JUDGE,
        partner=P.name,
        account=A,
        model="judge-nova-2-lite",
        clearance=clearance(),
        text="Is it the same lamplighter?",
        schema=SCHEMA,
        about="SQ010_SH0020",
    )
    return replace(made, **changes)


def said(text='{"ok": true}'):
    return Said(text=text, parsed=None, bill=bill())


def balance(home):
    with reading(home[0], P.name) as connection:
        return ledger.balance(connection, P.name, A)


def lines(home):
    with reading(home[0], P.name) as connection:
        return [(e.kind, e.musd, e.purpose) for e in ledger.entries(connection, P.name, A)]


def test_an_answer_is_paid_from_the_budget_and_the_rest_goes_back(home):
    made, _ = asking(home, said())
    worst = made.worst_case_musd(inquiry())
    answer = made.ask(inquiry())
    assert (answer.state, answer.parsed, answer.cost_musd) == (
        AnswerState.ANSWERED,
        {"ok": True},
        605,
    )
    assert balance(home).spent_musd == 605
    assert balance(home).reserved_musd == 0
    assert lines(home) == [
        (EntryKind.RESERVE, worst, "judge"),
        (EntryKind.RELEASE, worst - 605, "judge"),
        (EntryKind.SETTLE, 605, "judge"),
    ]


def test_the_price_in_force_is_kept_and_the_bill_says_what_it_was_for(home):
    made, _ = asking(home, said())
    made.ask(inquiry())
    with reading(home[0], P.name) as connection:
        (paid,) = statement.paid(connection, P.name)
        kept = prices.get(connection, P.name, paid.price_version)
    assert (paid.purpose, paid.musd, paid.simulated) == ("judge", 605, True)
    assert kept == CATALOGUE["judge-nova-2-lite"].price


def test_the_same_inquiry_again_costs_nothing_and_another_number_is_another(home):
    made, speaks = asking(home, said())
    first, again = made.ask(inquiry()), made.ask(inquiry())
    assert again == replace(first, kept=True)
    assert len(speaks.questions) == 1
    assert made.ask(inquiry(number=1)).id != first.id
    assert len(speaks.questions) == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"text": "other"},
        {"pictures": (Shown(data=b"x", mime="image/png"),)},
        {"schema": None},
        {"model": "judge-qwen3-vl"},
        {"account": "campaign-2"},
    ],
)
def test_whatever_the_answer_depends_on_makes_another_inquiry(changes):
    assert name_of(inquiry()) != name_of(inquiry(**changes))
    assert name_of(inquiry()) == name_of(inquiry(about="another word for it", deadline_s=1))


def test_a_cap_that_does_not_cover_the_worst_case_parks_it_and_nobody_is_asked(home):
    made, speaks = asking(home, said())
    Commits(home[0]).write(P.name, lambda c: ledger.open_account(c, P.name, A, 10, simulated=True))
    answer = made.ask(inquiry())
    assert (answer.state, answer.code) == (AnswerState.PARKED, "over_budget")
    assert not speaks.questions
    Commits(home[0]).write(P.name, lambda c: ledger.open_account(c, P.name, A, CAP, simulated=True))
    assert made.ask(inquiry()).state is AnswerState.ANSWERED


def test_what_was_certainly_not_executed_is_asked_again_and_paid_once(home):
    made, speaks = asking(home, BUSY, BUSY, said())
    assert made.ask(inquiry()).state is AnswerState.ANSWERED
    assert len(speaks.questions) == 3
    assert balance(home).spent_musd == 605
    assert sum(m for k, m, _ in lines(home) if k is EntryKind.SETTLE) == 605


def test_a_model_that_stays_busy_ends_the_asking_and_another_day_it_is_asked_again(home):
    made, speaks = asking(home, BUSY)
    answer = made.ask(inquiry())
    assert (answer.state, answer.code) == (AnswerState.BUSY, "throttled")
    assert len(speaks.questions) == made.tries
    assert balance(home).reserved_musd == 0
    later, _ = asking(home, said())
    assert later.ask(inquiry()).state is AnswerState.ANSWERED


def test_a_lost_answer_keeps_its_money_and_is_never_asked_again_by_itself(home):
    made, speaks = asking(home, LOST)
    assert made.ask(inquiry()).state is AnswerState.UNKNOWN
    again = made.ask(inquiry())
    assert (again.state, again.code) == (AnswerState.UNKNOWN, "read_timeout")
    assert len(speaks.questions) == 1
    assert balance(home).unknown_musd == balance(home).reserved_musd > 0


@pytest.mark.parametrize(
    ("log", "state"),
    [
        (Log(), AnswerState.ANSWERED),
        (Log(reason="content_filtered"), AnswerState.REFUSED),
        (Log(text="no JSON"), AnswerState.FAILED),
    ],
)
def test_reconciling_finds_a_lost_answer_in_the_log_and_books_it_exactly(home, log, state):
    asking(home, LOST)[0].ask(inquiry())
    found, speaks = asking(home, said(), looks=log)
    looked = found.reconcile(P.name, A)
    assert (looked.asked, looked.settled, looked.unknown) == (1, 1, 0)
    assert balance(home).spent_musd == 605
    assert balance(home).reserved_musd == 0
    assert found.ask(inquiry()).state is state
    assert not speaks.questions


def test_a_record_that_cannot_be_read_keeps_no_other_answer_waiting(home):
    made, _ = asking(home, LOST)
    ids = [made.ask(inquiry(number=n)).id for n in range(3)]

    class Torn(Log):
        def find(self, question, *_):
            found = super().find()
            return replace(found, body=b'{"usage": null}') if question == ids[0] else found

    found = asking(home, looks=Torn())[0].reconcile(P.name, A)
    assert (found.asked, found.settled, found.unknown, found.broken) == (3, 2, 1, 1)


def test_a_question_that_a_living_worker_waits_for_is_no_lost_answer(home):
    made, _ = asking(home)
    made.voice = replace(made.voice, speaks=Dying())
    made.worker = Alive("worker-1/another")
    with pytest.raises(SystemExit):
        made.ask(inquiry())
    looking, _ = asking(home, worker=Alive("worker-0/mine"))
    found = looking.reconcile(P.name, A)
    assert (found.asked, found.settled, found.unknown) == (0, 0, 0)


class Alive:
    """A worker among living ones."""

    def __init__(self, run):
        self.run = run

    def is_dead(self, _run):
        return False


def test_without_a_trace_it_stays_unknown(home):
    made, _ = asking(home, LOST)
    made.ask(inquiry())
    assert made.reconcile(P.name, A).unknown == 1
    assert balance(home).unknown_musd > 0


def test_what_a_dead_worker_sent_is_looked_for_and_never_sent_again(home):
    engine, worker = home
    made, _ = asking(home, said())
    dead = replace(worker, run="worker-7/1-dead")
    ghost = replace(made.voice, speaks=Dying())
    with pytest.raises(SystemExit):
        Asking(
            engine=engine,
            clock=FakeClock(),
            catalogue=CATALOGUE,
            partners={P.name: P},
            worker=dead,
            voice=ghost,
        ).ask(inquiry())
    after, speaks = asking(home, said())
    answer = after.ask(inquiry())
    assert (answer.state, answer.code) == (AnswerState.UNKNOWN, "answer_lost")
    assert not speaks.questions
    assert balance(home).unknown_musd > 0


class Dying:
    """A process that ends while it waits."""

    def ask(self, _question):
        raise SystemExit


@pytest.mark.parametrize(
    ("billed", "spent"), [(False, 0), (True, 500)], ids=["never billed", "billed"]
)
def test_a_question_that_a_person_ruled_on_is_never_asked_again(home, billed, spent):
    made, _ = asking(home, LOST)
    id_ = made.ask(inquiry()).id
    ruling = Ruling(by="Ada Byron", because="r-1", is_billed=billed, musd=500 if billed else None)
    later, speaks = asking(home, said())
    with pytest.raises(Conflict, match="ago"):
        resolving.resolve(later, (P.name, id_), ruling, list, grace=HOUR)
    later.clock.time += HOUR
    row = resolving.resolve(later, (P.name, id_), ruling, list, grace=HOUR)
    assert (row.code, row.reason) == ("written_off", "Ada Byron: r-1")
    assert (balance(home).reserved_musd, balance(home).spent_musd) == (0, spent)
    again = later.ask(inquiry())
    assert (again.state, again.code, again.kept) == (AnswerState.FAILED, "written_off", True)
    assert speaks.questions == []
    found = asking(home, looks=Log())[0].reconcile(P.name, A)
    assert (found.asked, found.contradicted) == (0, 0 if billed else 1)
    assert balance(home).spent_musd == spent


def test_a_question_whose_answer_turns_up_in_the_last_look_is_booked_and_not_ruled_on(home):
    made, _ = asking(home, LOST)
    id_ = made.ask(inquiry()).id
    never = Ruling(by="Ada Byron", because="r-1", is_billed=False)
    later, _ = asking(home, looks=Log())
    later.clock.time += HOUR
    row = resolving.resolve(later, (P.name, id_), never, Dying().ask, grace=HOUR)
    assert (row.state.value, balance(home).spent_musd) == ("settled", 605)


def test_nobody_rules_on_a_question_while_the_log_does_not_answer_or_has_its_answer(home):
    made, _ = asking(home, LOST)
    id_ = made.ask(inquiry()).id
    never = Ruling(by="Ada Byron", because="r-1", is_billed=False)
    silent, dear = Log(), Log()
    silent.found = BUSY
    dear.found = replace(dear.found, body=dear.found.body.replace(b"1000", b"9" * 10))
    for log, error in ((silent, Unreachable), (dear, Conflict)):
        later, _ = asking(home, looks=log)
        later.clock.time += HOUR
        with pytest.raises(error):
            resolving.resolve(later, (P.name, id_), never, Dying().ask, grace=HOUR)
    assert balance(home).reserved_musd > 0


def test_a_refusal_that_was_paid_says_what_it_cost(home):
    spoilt = Spoilt(kind="refused", code="filtered", reason="the filter", bill=bill(), billed=True)
    made, speaks = asking(home, spoilt)
    answer = made.ask(inquiry())
    assert (answer.state, answer.code, answer.cost_musd) == (AnswerState.REFUSED, "filtered", 605)
    assert made.ask(inquiry()).kept
    assert len(speaks.questions) == 1


def test_a_bill_above_every_cap_is_held_for_a_person_and_never_hidden(home):
    dear = Said(text="{}", parsed=None, bill=bill(cost_musd=CAP * 2))
    made, _ = asking(home, dear)
    answer = made.ask(inquiry())
    assert (answer.state, answer.code) == (AnswerState.UNKNOWN, "store_corrupt")
    assert balance(home).reserved_musd > 0


def test_a_bill_above_every_cap_stays_held_each_time_that_it_is_found_again(home):
    asking(home, LOST)[0].ask(inquiry())
    dear = Log()
    dear.found = replace(dear.found, body=dear.found.body.replace(b"1000", b"9" * 10))
    made, _ = asking(home, looks=dear)
    assert [made.reconcile(P.name, A).unknown for _ in range(2)] == [1, 1]
    assert [kind for kind, _, _ in lines(home)] == [EntryKind.RESERVE, EntryKind.HOLD]
    made.voice = replace(made.voice, looks=Log())
    assert made.reconcile(P.name, A).settled == 1
    assert balance(home).reserved_musd == 0


def test_many_threads_with_one_inquiry_pay_once(home):
    made, speaks = asking(home, said())
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: made.ask(inquiry()), range(16)))
    assert len(speaks.questions) == 1
    assert {a.text for a in found} == {'{"ok": true}'}
    assert balance(home).spent_musd == 605


def test_threads_at_the_edge_of_a_cap_never_pass_it(home):
    made, _ = asking(home, said())
    worst = made.worst_case_musd(inquiry())
    cap = worst * 3
    Commits(home[0]).write(P.name, lambda c: ledger.open_account(c, P.name, A, cap, simulated=True))
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: made.ask(inquiry(number=n)), range(24)))
    ended = {a.state for a in found}
    assert ended <= {AnswerState.ANSWERED, AnswerState.PARKED}
    assert balance(home).spent_musd + balance(home).reserved_musd <= cap


def test_real_money_never_goes_over_the_simulated_wire_nor_the_other_way_round(home):
    made, speaks = asking(home, said(), simulated=False)
    with pytest.raises(Broken):
        made.ask(inquiry())
    assert not speaks.questions


def test_without_a_wire_only_what_was_answered_is_told(home):
    asking(home, said())[0].ask(inquiry())
    looking, _ = asking(home, said(), voice=None)
    assert looking.ask(inquiry()).kept
    with pytest.raises(BadInput) as caught:
        looking.ask(inquiry(number=1))
    assert caught.value.field == "wire"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"model": "nobody"}, UnknownName),
        ({"account": "nowhere"}, UnknownName),
        ({"clearance": clearance(providers=("stability",))}, NotEntitled),
    ],
)
def test_what_may_not_be_asked_is_refused_before_it_costs(home, changes, error):
    made, speaks = asking(home, said())
    with pytest.raises(error):
        made.ask(inquiry(**changes))
    assert not speaks.questions
    assert not lines(home)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning:litellm")
@pytest.mark.filterwarnings("ignore:.*on TypedDict class:UserWarning")
def test_over_the_wire_a_dropped_answer_is_found_and_paid_exactly_once(home, tmp_path):
    with spoken(tmp_path / "wire") as there:
        made, _ = asking(home, said())
        made.voice = Voice(speaks=there.client, looks=InvocationLog(there.clients), simulated=True)
        there.wire.fault("drop_after", on="Converse")
        assert made.ask(inquiry(number=5)).state is AnswerState.UNKNOWN
        worst = balance(home).unknown_musd
        there.wire.fault(None)
        assert made.reconcile(P.name, A).settled == 1
        (billed,) = there.wire.emulator.billed()
        assert balance(home).spent_musd == pytest.approx(billed["usd"] * 1e6, abs=1)
        assert balance(home).spent_musd < worst
        assert made.ask(inquiry(number=5)).simulated
        assert len(there.wire.emulator.billed()) == 1


@pytest.mark.parametrize("purpose", Purpose)
def test_no_question_of_any_purpose_leaves_where_the_account_shares_what_it_is_sent(home, purpose):
    made, speaks = asking(home, said(), modes=lambda _region: "provider_data_share")
    with pytest.raises(NotEntitled, match="provider_data_share"):
        made.ask(inquiry(purpose=purpose))
    assert speaks.questions == []
    assert balance(home).spent_musd == 0
