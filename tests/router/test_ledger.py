"""Money under a race, and the sums that must always agree."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from router.domain.errors import StoreCorrupt, UnknownName
from router.domain.money import EntryKind
from router.store import database, ledger
from router.store.database import Commits, reading
from router.store.ledger import Posting
from router.testing.doubles import NOON

P, A = "north_light", "c1"


@pytest.fixture
def commits(records):
    return Commits(records)


def posting(attempt, cycle=1):
    at = NOON + timedelta(seconds=cycle)
    return Posting(partner=P, account=A, attempt=attempt, cycle=cycle, at=at)


def opened(commits, cap):
    commits.write(P, lambda c: ledger.open_account(c, P, A, cap))


def balance(commits):
    with reading(commits.engine, P) as connection:
        return ledger.balance(connection, P, A)


def test_threads_at_the_edge_of_the_cap_never_overspend(commits):
    opened(commits, 1000)
    commits.write(P, lambda c: ledger.reserve(c, posting("first"), 990))

    def grab(n):
        return commits.write(P, lambda c: ledger.reserve(c, posting(f"a{n}"), 3))

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(grab, range(40))).count(None)
    assert won == 3
    assert balance(commits).reserved_musd == 999


RACE = """
import sys
from datetime import datetime, UTC
from router.store import database, ledger
commits = database.Commits(database.connect(sys.argv[1]))
won = 0
for n in range(60):
    post = ledger.Posting(partner="north_light", account="c1", attempt=f"{sys.argv[2]}-{n}",
                          cycle=1, at=datetime.now(UTC))
    won += commits.write("north_light", lambda c: ledger.reserve(c, post, 7)) is None
print(won)
"""


@pytest.mark.slow
def test_processes_at_the_edge_of_the_cap_never_overspend(commits):
    opened(commits, 1000)
    where = commits.engine.url.render_as_string(hide_password=False)
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACE, where, str(n)], stdout=subprocess.PIPE, text=True
        )
        for n in range(4)
    ]
    won = sum(int(racer.communicate(timeout=60)[0]) for racer in racers)
    assert won == 1000 // 7
    assert balance(commits).reserved_musd == won * 7


def test_a_cap_is_never_set_below_what_is_committed(commits):
    opened(commits, 100)
    commits.write(P, lambda c: ledger.reserve(c, posting("a"), 80))
    opened(commits, 10)
    assert balance(commits).cap_musd == 80
    opened(commits, 200)
    assert balance(commits).free_musd == 120


def test_a_price_above_the_reservation_is_paid_where_the_cap_covers_it(commits):
    opened(commits, 100)
    commits.write(P, lambda c: ledger.reserve(c, posting("a"), 60))
    commits.write(P, lambda c: ledger.settle(c, posting("a"), 60, 90))
    assert (balance(commits).reserved_musd, balance(commits).spent_musd) == (0, 90)
    _agree(commits)


def test_a_price_that_the_cap_does_not_cover_books_nothing(commits):
    opened(commits, 100)
    commits.write(P, lambda c: ledger.reserve(c, posting("a"), 60))
    with pytest.raises(StoreCorrupt):
        commits.write(P, lambda c: ledger.settle(c, posting("a"), 60, 101))
    assert (balance(commits).reserved_musd, balance(commits).spent_musd) == (60, 0)


def test_the_same_move_cannot_be_booked_twice(commits):
    opened(commits, 100)
    commits.write(P, lambda c: ledger.reserve(c, posting("a"), 10))
    with pytest.raises(Exception, match=r"(?i)unique"):
        commits.write(P, lambda c: ledger.reserve(c, posting("a"), 10))
    assert balance(commits).reserved_musd == 10


def test_an_account_that_is_not_open_says_which_are(commits):
    opened(commits, 1)
    with pytest.raises(UnknownName, match="c1"), reading(commits.engine, P) as connection:
        ledger.balance(connection, P, "typo")


def test_one_partner_never_sees_the_account_of_another(commits):
    opened(commits, 1)
    with pytest.raises(UnknownName), reading(commits.engine, P) as connection:
        ledger.balance(connection, "other_house", A)


def test_one_bad_piece_of_work_does_not_spoil_its_neighbours(commits):
    opened(commits, 1000)

    def work(n):
        def fail(connection):
            ledger.reserve(connection, posting(f"a{n}"), 1)
            raise ValueError(n)

        good = lambda c: ledger.reserve(c, posting(f"a{n}"), 1)  # noqa: E731
        try:
            return commits.write(P, fail if n % 5 == 0 else good)
        except ValueError as error:
            return error.args[0]

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(work, range(40)))
    assert [r for n, r in enumerate(results) if n % 5 == 0] == list(range(0, 40, 5))
    assert balance(commits).reserved_musd == 32


moves = st.lists(
    st.tuples(
        st.integers(0, 4), st.integers(0, 60), st.sampled_from(["settle", "release", "hold"])
    ),
    max_size=30,
)


@given(cap=st.integers(0, 200), plan=moves)
@hypothesis_settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_lines_and_balance_agree_after_any_history(tmp_path_factory, cap, plan):
    engine = database.connect(tmp_path_factory.mktemp("any") / "ledger.db")
    from router.store.tables import metadata

    metadata.create_all(engine)
    commits = Commits(engine)
    opened(commits, cap)
    for cycle, (attempt, amount, end) in enumerate(plan):
        post = posting(f"a{attempt}", cycle)
        if commits.write(P, lambda c, p=post, m=amount: ledger.reserve(c, p, m)) is not None:
            continue
        if end == "settle":
            commits.write(P, lambda c, p=post, m=amount: ledger.settle(c, p, m, m // 2))
        elif end == "release":
            commits.write(P, lambda c, p=post, m=amount: ledger.release(c, p, m))
        else:
            commits.write(P, lambda c, p=post, m=amount: ledger.hold(c, p, m))
        stand = balance(commits)
        assert stand.reserved_musd + stand.spent_musd <= stand.cap_musd
    _agree(commits)
    engine.dispose()


def _agree(commits):
    with reading(commits.engine, P) as connection:
        lines = ledger.entries(connection, P, A)
    total = {kind: sum(e.musd for e in lines if e.kind is kind) for kind in EntryKind}
    stand = balance(commits)
    assert stand.spent_musd == total[EntryKind.SETTLE]
    assert stand.reserved_musd == (
        total[EntryKind.RESERVE] - total[EntryKind.RELEASE] - total[EntryKind.SETTLE]
    )


def test_who_is_interrupted_while_carrying_for_others_drops_nobodys_work(tmp_path):
    engine = database.connect(tmp_path / "ledger.db")
    database.migrate(engine)
    commits, runs = Commits(engine), []

    def interrupted(connection):
        runs.append("interrupted")
        if len(runs) == 2:
            raise KeyboardInterrupt  # when all is repeated one by one

    def good(connection):
        ledger.open_account(connection, P, A, 100)
        return "done"

    def guilty(connection):
        raise ValueError("so all is rolled back")

    with ThreadPoolExecutor(3) as pool:
        with commits._turn:
            said = []
            for work in (interrupted, good, guilty):
                said.append(pool.submit(commits.write, P, work))
                while len(commits._queue) < len(said):
                    time.sleep(0.001)
            batch, commits._queue = commits._queue, []
            with pytest.raises(KeyboardInterrupt):
                commits._carry_out(batch)
            assert [t.value for t in commits._queue] == [None] * 3
        assert said[1].result(10) == "done"
        assert isinstance(said[2].exception(10), ValueError)
    assert balance(commits).cap_musd == 100
    engine.dispose()
