"""Money in a race: many threads at 99 % of a cap, and by how much they get past it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Barrier

from sqlalchemy import Engine, select

from router.domain.money import Caps
from router.store import database, ledger
from router.store.database import Commits, reading
from router.store.ledger import Posting
from router.store.tables import budgets

CAP_MUSD = 1_000_000
_PRICE_MUSD = 7_000  # the last 1 % has room for one, not for two
_PARTNER = "north_light"


def overshoot(threads: int, engine: Engine | None = None) -> int:
    """Let so many threads reserve and pay at 99 % of a partner's cap, in two campaigns at once.

    Args:
        threads: how many.
        engine: of migrated records in which the partner has spent nothing; None = a new file.

    Returns:
        Micro-dollars above the cap, reserved or spent, of the campaigns, the partner or the day,
        whichever is most; 0 = no cap was passed. What was let through is counted beside what the
        ledger says.
    """
    if engine is not None:
        return _raced(Commits(engine), threads)
    with TemporaryDirectory(prefix="circletake-") as folder:
        engine = database.connect(Path(folder) / "money.db")
        try:
            database.migrate(engine)
            return _raced(Commits(engine), threads)
        finally:
            engine.dispose()


def _raced(commits: Commits, threads: int) -> int:
    caps = Caps(partner_musd=CAP_MUSD, day_musd=CAP_MUSD)
    commits.write(_PARTNER, lambda c: ledger.open_account(c, _PARTNER, "c0", CAP_MUSD))
    commits.write(_PARTNER, lambda c: ledger.open_account(c, _PARTNER, "c1", CAP_MUSD))
    spent = CAP_MUSD * 99 // 100
    commits.write(_PARTNER, lambda c: ledger.reserve(c, _posting("first", "c0"), spent, caps))
    commits.write(_PARTNER, lambda c: ledger.settle(c, _posting("first", "c0"), spent, spent))
    start = Barrier(threads)

    def pay(n: int) -> bool:
        post = _posting(f"a{n}", f"c{n % 2}")
        start.wait()
        if (
            commits.write(_PARTNER, lambda c: ledger.reserve(c, post, _PRICE_MUSD, caps))
            is not None
        ):
            return False
        commits.write(_PARTNER, lambda c: ledger.settle(c, post, _PRICE_MUSD, _PRICE_MUSD))
        return True

    with ThreadPoolExecutor(threads) as pool:
        let_through = sum(pool.map(pay, range(threads)))
    with reading(commits.engine, _PARTNER) as connection:
        committed = connection.scalars(select(budgets.c.reserved_musd + budgets.c.spent_musd))
        most: int = max(committed)
    return max(0, most - CAP_MUSD, spent + let_through * _PRICE_MUSD - CAP_MUSD)


def _posting(attempt: str, account: str) -> Posting:
    now = datetime.now(UTC)
    return Posting(partner=_PARTNER, account=account, attempt=attempt, cycle=1, at=now)
