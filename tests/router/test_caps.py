"""Caps above a campaign's own: the partner's and the day's, real and simulated apart."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from router.domain.attempt import AttemptState
from router.domain.errors import BadInput, Conflict
from router.domain.money import NO_CAPS, Caps, Level
from router.store import caps, database, ledger
from router.store.database import Commits, reading
from router.store.ledger import Posting
from router.testing import doubles
from router.testing.doubles import NOON, ScriptedBackend
from router.testing.routing import STILL, open_router

P = "north_light"
LATE = NOON.replace(hour=23, minute=59)


@pytest.fixture
def commits(records):
    return Commits(records)


def opened(commits, account, cap=10_000, *, simulated=False):
    commits.write(P, lambda c: ledger.open_account(c, P, account, cap, simulated=simulated))


def posting(attempt, account="c1", at=NOON, cycle=1):
    return Posting(partner=P, account=account, attempt=attempt, cycle=cycle, at=at)


def reserve(commits, attempt, musd, shared=NO_CAPS, **told):
    return commits.write(P, lambda c: ledger.reserve(c, posting(attempt, **told), musd, shared))


def shared_row(commits, *, at=NOON, simulated=False, level=Level.DAY):
    whole, day = caps.whole_of(simulated=simulated), at.date().isoformat()
    name = whole if level is Level.PARTNER else caps.day_of(day, simulated=simulated)
    query = sa.text("SELECT reserved_musd, spent_musd FROM budgets WHERE account = :name")
    with reading(commits.engine, P) as connection:
        return tuple(connection.execute(query, {"name": name}).one())


def test_two_campaigns_together_stop_at_their_partners_cap(commits):
    opened(commits, "c1")
    opened(commits, "c2")
    cap = Caps(partner_musd=100)
    assert reserve(commits, "a", 60, cap) is None
    short = reserve(commits, "b", 60, cap, account="c2")
    assert (short.level, short.needs_musd, short.left_musd) == (Level.PARTNER, 60, 40)
    assert (short.code, "partner's file" in short.reason) == ("over_partner_budget", True)
    with reading(commits.engine, P) as connection:
        assert ledger.balance(connection, P, "c2").reserved_musd == 0
    assert reserve(commits, "b", 40, cap, account="c2") is None


def test_a_day_is_over_at_midnight_utc(commits):
    opened(commits, "c1")
    cap = Caps(day_musd=100)
    assert reserve(commits, "a", 100, cap, at=LATE) is None
    assert reserve(commits, "b", 1, cap, at=LATE).code == "over_day_budget"
    assert reserve(commits, "b", 100, cap, at=LATE + timedelta(minutes=1)) is None


def test_what_is_settled_later_counts_for_the_day_it_was_reserved_on(commits):
    opened(commits, "c1")
    reserve(commits, "a", 100, at=LATE)
    late = posting("a", at=LATE + timedelta(days=2))
    commits.write(P, lambda c: ledger.settle(c, late, 100, 70))
    assert shared_row(commits, at=LATE) == (0, 70)
    assert shared_row(commits, level=Level.PARTNER) == (0, 70)


def test_what_is_released_is_free_again_at_every_level(commits):
    opened(commits, "c1")
    cap = Caps(partner_musd=100, day_musd=100)
    reserve(commits, "a", 100, cap)
    commits.write(P, lambda c: ledger.release(c, posting("a"), 100))
    assert reserve(commits, "b", 100, cap) is None


def test_a_rehearsal_never_uses_up_real_money_nor_the_reverse(commits):
    opened(commits, "real")
    opened(commits, "rehearsal", simulated=True)
    cap = Caps(partner_musd=100, day_musd=100)
    assert reserve(commits, "a", 100, cap, account="rehearsal") is None
    assert reserve(commits, "b", 100, cap, account="real") is None
    assert reserve(commits, "c", 1, cap, account="real").level is Level.PARTNER
    assert shared_row(commits, simulated=True) == shared_row(commits) == (100, 0)


def test_how_shared_caps_stand_is_told_for_one_day(commits):
    opened(commits, "c1")
    reserve(commits, "a", 5, Caps(partner_musd=100), at=LATE - timedelta(days=1))
    reserve(commits, "b", 7, Caps(partner_musd=100), at=LATE)
    with reading(commits.engine, P) as connection:
        whole, today = caps.shared(connection, P, LATE.date().isoformat())
    assert (whole.level, whole.cap_musd, whole.reserved_musd) == (Level.PARTNER, 100, 12)
    assert (today.level, today.cap_musd, today.reserved_musd) == (Level.DAY, None, 7)


def test_a_cap_that_was_lowered_stops_spending_and_not_what_is_free(commits):
    opened(commits, "c1")
    reserve(commits, "a", 90, Caps(partner_musd=100))
    assert reserve(commits, "b", 1, Caps(partner_musd=50)).left_musd == 0
    assert reserve(commits, "b", 0, Caps(partner_musd=50)) is None


def test_a_cap_that_was_raised_is_in_force_at_once(commits):
    opened(commits, "c1")
    reserve(commits, "a", 100, Caps(partner_musd=100, day_musd=100))
    assert reserve(commits, "b", 50, Caps(partner_musd=150, day_musd=150)) is None


def test_real_stays_real_once_money_was_moved(commits):
    opened(commits, "c1")
    opened(commits, "c1", simulated=True)
    reserve(commits, "a", 1)
    with pytest.raises(Conflict, match="simulated, as the money"):
        opened(commits, "c1")


@pytest.mark.parametrize("account", ["=real", "=simulated:2027-04-01"])
def test_the_names_of_shared_caps_are_nobodys_to_open(commits, account):
    with pytest.raises(BadInput, match="begin with ="):
        opened(commits, account)


@pytest.mark.parametrize(
    "bad", [-1, True, 1.5, float("nan"), 10**5000, "5"], ids=lambda bad: type(bad).__name__
)
def test_only_whole_amounts_of_money_move(commits, bad):
    opened(commits, "c1")
    with pytest.raises(BadInput, match="whole micro-dollars"):
        opened(commits, "c2", bad)
    with pytest.raises(BadInput, match="whole micro-dollars"):
        reserve(commits, "a", bad)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"budget_musd": 100_000}, "over_partner_budget"),
        ({"day_budget_musd": 100_000}, "over_day_budget"),
    ],
)
def test_an_attempt_over_a_shared_cap_is_parked_and_says_which(tmp_path, changes, code):
    backend = ScriptedBackend()
    tight = replace(doubles.partner(), **changes)
    router = open_router(tmp_path, {"scripted": backend}, partners=(tight,), cap_musd=10**6)
    first, second = router.submit(doubles.requests(2))
    assert router.advance(first.partner, first.id).state is AttemptState.SETTLED
    parked = router.advance(second.partner, second.id)
    assert (parked.state, parked.code, len(backend.sends)) == (AttemptState.PARKED, code, 1)
    assert router.accounts(first.partner) == ("c1",)


def test_a_bill_is_reckoned_with_the_price_at_which_money_was_reserved(tmp_path):
    old, new = STILL, replace(STILL, price=replace(STILL.price, usd="0.09", as_of=date(2027, 5, 1)))
    backend = ScriptedBackend(script=lambda _call, _n: doubles.setback("ambiguous"), remembers=True)
    before = open_router(tmp_path, {"scripted": backend}, models=(old,), cap_musd=10_000_000)
    (asked,) = before.submit([doubles.request()])
    lost = before.advance(asked.partner, asked.id)
    after = open_router(tmp_path, {"scripted": backend}, models=(new,))
    after.reconcile(asked.partner)
    (found,) = after.attempts(asked.partner)
    assert (lost.state, found.state) == (AttemptState.UNKNOWN, AttemptState.SETTLED)
    assert found.price_version == lost.price_version
    assert found.spent_musd == lost.reserved_musd


BEFORE = f"""
INSERT INTO budgets VALUES ('{P}', 'c1', 1000, 30, 70);
INSERT INTO budgets VALUES ('{P}', 'simulated:lookdev', 1000, 0, 5);
INSERT INTO requests VALUES ('{P}', 'r', 'c1', 'm', 'o', '{{}}', '2027-04-01');
INSERT INTO attempts VALUES ('{P}', 'open', 'r', 0, 'c1', 'm', 'x', 'sent', 't', 30, 0, '', '',
  '', 0, NULL, '2027-04-01', NULL, NULL, 2, 0, 0, '');
INSERT INTO ledger_entries VALUES ('{P}', 'open.0001.0', 'c1', 'open', 'reserve', 30, '2027-03-30');
INSERT INTO ledger_entries VALUES ('{P}', 'open.0001.2', 'c1', 'open', 'release', 30, '2027-03-30');
INSERT INTO ledger_entries
  VALUES ('{P}', 'open.0002.0', 'c1', 'open', 'reserve', 30, '2027-04-01 12:00:00.000000');
INSERT INTO ledger_entries VALUES ('{P}', 'paid.0001.0', 'c1', 'paid', 'reserve', 70, '2027-03-31');
INSERT INTO ledger_entries VALUES ('{P}', 'paid.0001.3', 'c1', 'paid', 'settle', 70, '2027-04-02');
INSERT INTO ledger_entries
  VALUES ('{P}', 'sim.0001.0', 'simulated:lookdev', 'sim', 'reserve', 5, '2027-03-31');
INSERT INTO ledger_entries
  VALUES ('{P}', 'sim.0001.3', 'simulated:lookdev', 'sim', 'settle', 5, '2027-03-31');
"""


def test_money_that_moved_before_there_were_shared_caps_counts_under_them(tmp_path):
    engine = database.connect(tmp_path / "old.db")
    config = Config()
    config.set_main_option("script_location", str(database.MIGRATIONS.parent))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "router_0001")
        for statement in BEFORE.strip().rstrip(";").split(";\n"):
            connection.exec_driver_sql(statement)
        connection.commit()
    database.migrate(engine)
    commits = Commits(engine)
    assert shared_row(commits, level=Level.PARTNER) == (30, 70)
    assert shared_row(commits, level=Level.PARTNER, simulated=True) == (0, 5)
    assert shared_row(commits, at=NOON) == (30, 0)
    assert shared_row(commits, at=NOON - timedelta(days=1)) == (0, 70)
    commits.write(P, lambda c: ledger.settle(c, posting("open", cycle=2), 30, 20))
    assert shared_row(commits, at=NOON) == (0, 20)
    engine.dispose()


def test_a_rehearsal_is_stopped_by_its_own_budget_only(commits):
    opened(commits, "dry", cap=500, simulated=True)
    tight = Caps(partner_musd=100, day_musd=50)
    assert reserve(commits, "a1", 400, tight, account="dry") is None
    short = reserve(commits, "a2", 200, tight, account="dry")
    assert short.level is Level.CAMPAIGN
    assert shared_row(commits, simulated=True, level=Level.PARTNER) == (400, 0)
