"""The promises P1 to P6, held against a router and a provider's bill after any fault.

P1 every accepted request stands at one end, or waits in words; P2 an async and P3 a sync attempt is
charged once at most; P4 what the provider charged is on our books; P5 no cap was passed at any
commit; P6 no take without its ledger line and its readable media, and no media without a take.
"""

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from router.domain.attempt import Attempt, AttemptState
from router.domain.money import EntryKind
from router.files.durable_file import is_temporary
from router.service import Router

ENDS = frozenset(AttemptState) - {AttemptState.READY, AttemptState.INTENT, AttemptState.SENT}
_WATCH = """
CREATE TABLE IF NOT EXISTS watched (account TEXT);
CREATE TRIGGER IF NOT EXISTS watch AFTER UPDATE ON budgets
WHEN NEW.reserved_musd + NEW.spent_musd > NEW.cap_musd OR NEW.reserved_musd < 0
BEGIN INSERT INTO watched VALUES (NEW.account); END;
"""


def watch(home: Path) -> None:
    """Note every commit from now on after which more is held than a cap allows."""
    with closing(sqlite3.connect(home / "circletake.db")) as database:
        database.executescript(_WATCH)


def broken_promises(
    router: Router, partner: str, account: str, charges: Sequence[tuple[str, int]], home: Path
) -> list[str]:
    """Name what does not hold; empty = everything does.

    Args:
        router: Whose books are looked at.
        partner: The tenant.
        account: The only account that anything was asked for.
        charges: The provider's own bill: attempt and micro-dollars, one entry a charge.
        home: Where its database, its media and its staging lie.
    """
    attempts = router.attempts(partner, account=account)
    times = Counter(attempt for attempt, _ in charges)
    return [
        *_waits_without_a_word(attempts),
        *(f"P2/P3 {attempt} was charged {n} times" for attempt, n in times.items() if n > 1),
        *_off_the_books(router, partner, account, dict(charges)),
        *_over_a_cap(router, partner, account, home),
        *_without_media(router, partner, account, home),
    ]


def _waits_without_a_word(attempts: Sequence[Attempt]) -> Iterator[str]:
    for attempt in attempts:
        settled = attempt.state is AttemptState.SETTLED
        if attempt.state not in ENDS or not (settled or attempt.code):
            yield f"P1 {attempt.id} stands at {attempt.state.value} without a reason"


def _off_the_books(
    router: Router, partner: str, account: str, charges: dict[str, int]
) -> Iterator[str]:
    for attempt in router.attempts(partner, account=account):
        paid, held = attempt.spent_musd, attempt.reserved_musd
        charged = charges.pop(attempt.id, 0)
        if paid + held < charged:
            yield f"P4 {attempt.id} cost {charged}, and {paid} + {held} are on our books"
        if attempt.state is AttemptState.SETTLED and paid != charged:
            yield f"P4 {attempt.id} is settled at {paid} and was charged {charged}"
    yield from (f"P4 {attempt} was charged, and is none of ours" for attempt in charges)


def _over_a_cap(router: Router, partner: str, account: str, home: Path) -> Iterator[str]:
    stand = router.balance(partner, account)
    if stand.free_musd < 0:
        yield f"P5 {account} is over its cap by {-stand.free_musd}"
    with closing(sqlite3.connect(home / "circletake.db")) as database:
        passed = database.execute("SELECT account FROM watched").fetchall()
    yield from (f"P5 {name} passed its cap at a commit" for (name,) in passed)


def _without_media(router: Router, partner: str, account: str, home: Path) -> Iterator[str]:
    settled = [e.attempt for e in router.ledger(partner, account) if e.kind is EntryKind.SETTLE]
    takes = router.takes(partner, account=account)
    for take in takes:
        if settled.count(str(take.attempt)) != 1:
            yield f"P6 take {take.id} has {settled.count(str(take.attempt))} ledger lines"
    files = {p.name: p for p in (home / "media").rglob("*") if p.is_file() and not is_temporary(p)}
    named = {take.media.sha256 for take in takes}
    yield from (f"P6 take of {sha} has no file" for sha in named - files.keys())
    yield from (f"P6 {sha} belongs to no take" for sha in files.keys() - named)
    for sha in named & files.keys():
        if hashlib.sha256(files[sha].read_bytes()).hexdigest() != sha:
            yield f"P6 {sha} is not what its name says"
    done = [
        a.id for a in router.attempts(partner, account=account) if a.state is AttemptState.SETTLED
    ]
    yield from (f"P6 {a} is settled without a take" for a in set(done) - {t.attempt for t in takes})
