"""Money holds at every step: nothing past a cap, every bill booked, no inexact cent."""

import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from pydantic import ValidationError

from router.api.wire import Generation
from router.domain.errors import BadInput
from router.domain.money import MOST_MUSD, Caps, Level, checked_musd, musd_of, usd_text
from router.store import caps as shared_caps
from router.store import database, ledger
from router.store.database import Commits, reading
from router.store.ledger import Posting
from router.testing.doubles import NOON
from router.testing.money import overshoot

P = "north_light"
ACCOUNTS = {"real-a": False, "real-b": False, "rehearsal": True}
AMOUNTS = st.integers(0, 60)


class Money(RuleBasedStateMachine):
    """Any history of reservations, bills, days and changing caps, against plain arithmetic.

    The model keeps what each row should say; the provider's own bill is kept beside it.
    """

    def __init__(self):
        super().__init__()
        self.folder = TemporaryDirectory()
        self.engine = database.connect(Path(self.folder.name) / "money.db")
        database.migrate(self.engine)
        self.engine.dispose()
        self.commits = Commits(self.engine)
        self.now, self.count = NOON, 0
        self.caps = Caps(partner_musd=200, day_musd=120)
        self.own = dict.fromkeys(ACCOUNTS, 150)
        for account, simulated in ACCOUNTS.items():
            self.write(ledger.open_account, P, account, 150, simulated=simulated)
        self.reserved, self.spent = {}, {}  # by row
        self.open = {}  # attempt → account, rows, amount, time
        self.billed = {}  # attempt → what the provider charged, told or not

    def write(self, move, *words, **named):
        return self.commits.write(P, lambda c: move(c, *words, **named))

    def rows(self, account):
        simulated, day = ACCOUNTS[account], self.now.date().isoformat()
        whole = shared_caps.whole_of(simulated=simulated)
        return account, whole, shared_caps.day_of(day, simulated=simulated)

    def left(self, account):
        shared = (self.caps.partner_musd, self.caps.day_musd)
        if ACCOUNTS[account]:  # a rehearsal has its campaign's budget only
            shared = (10**18, 10**18)
        caps = (self.own[account], *shared)
        return [
            cap - self.reserved.get(row, 0) - self.spent.get(row, 0)
            for row, cap in zip(self.rows(account), caps, strict=True)
        ]

    def posting(self, attempt, account):
        return Posting(partner=P, account=account, attempt=attempt, cycle=1, at=self.now)

    @rule(account=st.sampled_from(sorted(ACCOUNTS)), amount=AMOUNTS)
    def reserve(self, account, amount):
        attempt = f"a{self.count}"
        self.count += 1
        post = self.posting(attempt, account)
        short = self.write(ledger.reserve, post, amount, self.caps)
        lacking = [
            level for level, left in zip(Level, self.left(account), strict=True) if left < amount
        ]
        if lacking and amount:
            assert short.level is lacking[0]
            return
        assert short is None
        self.open[attempt] = (account, self.rows(account), amount)
        for row in self.rows(account):
            self.reserved[row] = self.reserved.get(row, 0) + amount

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def the_provider_bills(self, data):
        attempt = data.draw(st.sampled_from(sorted(self.open)))
        amount = data.draw(st.integers(0, self.open[attempt][2]))
        self.billed.setdefault(attempt, amount)

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def hear_of_it(self, data):
        attempt = data.draw(st.sampled_from(sorted(self.open)))
        account, rows, amount = self.open.pop(attempt)
        paid = self.billed.get(attempt)
        post = self.posting(attempt, account)
        if paid is None:
            self.write(ledger.release, post, amount)
        else:
            self.write(ledger.settle, post, amount, paid)
        for row in rows:
            self.reserved[row] -= amount
            self.spent[row] = self.spent.get(row, 0) + (paid or 0)

    @rule(hours=st.integers(1, 30))
    def time_passes(self, hours):
        self.now += timedelta(hours=hours)

    @rule(partner=st.integers(0, 300), day=st.none() | st.integers(0, 200))
    def the_partners_file_changes(self, partner, day):
        self.caps = Caps(partner_musd=partner, day_musd=10**9 if day is None else day)

    @rule(account=st.sampled_from(sorted(ACCOUNTS)), cap=st.integers(0, 300))
    def the_campaigns_budget_changes(self, account, cap):
        self.write(ledger.open_account, P, account, cap, simulated=ACCOUNTS[account])
        committed = self.reserved.get(account, 0) + self.spent.get(account, 0)
        self.own[account] = max(cap, committed)

    @invariant()
    def every_row_says_what_arithmetic_says_and_keeps_its_cap(self):
        query = sa.text("SELECT account, cap_musd, reserved_musd, spent_musd FROM budgets")
        with reading(self.engine, P) as connection:
            for name, cap, reserved, spent in connection.execute(query):
                assert (reserved, spent) == (self.reserved.get(name, 0), self.spent.get(name, 0))
                assert reserved + spent <= cap

    @invariant()
    def what_the_provider_billed_is_booked(self):
        for account in ACCOUNTS:
            mine = [a for a, (of, _, _) in self.open.items() if of == account]
            untold = sum(self.billed.get(attempt, 0) for attempt in mine)
            assert self.reserved.get(account, 0) >= untold

    def teardown(self):
        self.engine.dispose()
        self.folder.cleanup()


Money.TestCase.settings = settings(max_examples=12, stateful_step_count=25, deadline=None)
TestMoney = pytest.mark.slow(Money.TestCase)


def test_row58_threads_at_99_percent_of_a_partners_cap_pass_it_by_nothing():
    assert overshoot(16) == 0


@pytest.mark.slow
def test_row58_sixty_four_at_once_pass_no_cap_on_either_database(records):
    assert overshoot(64, records) == 0


@given(st.integers(0, MOST_MUSD))
def test_dollars_and_micro_dollars_are_one_amount(musd):
    assert musd_of("budget", usd_text(musd)) == musd
    assert musd_of("budget", Decimal(musd) / 1_000_000) == musd


BAD = {
    "negative": "-1",
    "minus zero": "-0",
    "plus": "+1",
    "a float": 0.1,
    "a switch": True,
    "nan": "NaN",
    "nan as a decimal": Decimal("NaN"),
    "endless": Decimal("Infinity"),
    "a currency": "$5",
    "a currency behind": "5 EUR",
    "a comma": "5,00",
    "underscores": "1_000",
    "other digits": "٥",
    "a fraction of a micro-dollar": "0.0000001",
    "huge": "1e999999",
    "many digits": "9" * 5000,
    "a huge number": 10**5000,
    "too many decimals": Decimal("1." + "0" * 40 + "1"),
    "nothing": "",
    "no number": None,
}


@pytest.mark.parametrize("usd", BAD.values(), ids=BAD)
def test_what_is_no_exact_amount_of_dollars_is_refused(usd):
    with pytest.raises(BadInput, match="plain decimal"):
        musd_of("budget", usd)


@pytest.mark.parametrize(
    ("usd", "musd"),
    [("0", 0), ("0.000001", 1), ("1.10", 1_100_000), (5, 5_000_000), ("1e3", 10**9)],
)
def test_exact_amounts_are_taken_exactly(usd, musd):
    assert musd_of("budget", usd) == musd


def test_no_amount_beyond_the_house_is_moved():
    assert checked_musd("cap", MOST_MUSD) == MOST_MUSD
    with pytest.raises(BadInput):
        checked_musd("cap", MOST_MUSD + 1)


@pytest.mark.parametrize(("written", "musd"), [(5.1, 5_100_000), (0.000001, 1), (1e6, 10**12)])
def test_a_budget_over_the_wire_is_taken_as_it_is_written(written, musd):
    assert _asked(written).budget_musd() == musd


@pytest.mark.parametrize("written", [-1.0, 0.0, True, "5", float("nan"), float("inf"), 1e7])
def test_a_budget_over_the_wire_that_is_none_is_refused(written):
    with pytest.raises(ValidationError, match="budget_usd"):
        _asked(written)


def test_a_budget_over_the_wire_finer_than_a_micro_dollar_is_refused():
    with pytest.raises(BadInput, match="six places"):
        _asked(0.0000001).budget_musd()


def _asked(budget):
    example = Generation.model_json_schema()["examples"][0]
    return Generation.model_validate_json(json.dumps({**example, "budget_usd": budget}))
