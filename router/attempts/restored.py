"""After a restore: nothing that was paid since the backup is paid again.

The books are those of the backup; the provider went on. An attempt that had yet to be sent then may
have been sent and billed since. So it is marked, and whoever takes it up looks for its answer first
(advance.py), which finds it wherever the provider tells of its calls: jobs by their token, single
calls by the invocation log. Where no log was kept nobody can tell, and it is given up instead.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, select

from router.attempts.world import IDEMPOTENT
from router.domain.attempt import RESTORED, TURNED_AWAY, AttemptState
from router.domain.model import Model
from router.store import attempts, ledger
from router.store.attempts import Row
from router.store.database import Commits, reading
from router.store.ledger import Posting
from router.store.tables import attempts as rows

OWNER = "restore"
_LOOK = "it may have been made since the backup: its answer is looked for before it is asked again"
_GIVE_UP = (
    "it may have been made and paid since the backup, and no log tells: it is never asked again; "
    "plan more takes where it is missed"
)
_HOLD = "its answer was on the disk that is lost; the provider's log is asked for it"
_STATES = (
    AttemptState.READY,
    AttemptState.INTENT,
    AttemptState.RESPONDED,
    AttemptState.PARKED,
    AttemptState.FAILED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """What a restore left open."""

    looked_for: int = 0  # before they are asked again
    given_up: int = 0
    held: int = 0  # answered, and the answer is not in the backup

    def __add__(self, other: "Marked") -> "Marked":
        """Add up."""
        return Marked(
            looked_for=self.looked_for + other.looked_for,
            given_up=self.given_up + other.given_up,
            held=self.held + other.held,
        )


def mark_all(
    engine: Engine,
    known: Collection[str],
    catalogue: Mapping[str, Model],
    *,
    has_log: bool,
    now: datetime,
) -> Marked:
    """Mark for every partner that is known here, and for all others that a home's own file holds.

    A shared database shows no partner's rows but the one's who is named.
    """
    with reading(engine, OWNER) as connection:
        held = connection.scalars(select(rows.c.partner).distinct()).all()
    commits, found = Commits(engine), Marked()
    for partner in sorted({*known, *held}):
        found += mark(commits, partner, catalogue, has_log=has_log, now=now)
    return found


def mark(
    commits: Commits,
    partner: str,
    catalogue: Mapping[str, Model],
    *,
    has_log: bool,
    now: datetime,
) -> Marked:
    """Mark what may have been paid since the backup; twice is once."""

    def work(connection: Connection) -> Marked:
        found = Marked()
        for attempt in attempts.find(connection, partner, states=_STATES):
            turned_away = attempt.state is AttemptState.FAILED and attempt.code in TURNED_AWAY
            if attempt.state is AttemptState.FAILED and not turned_away:
                continue
            row = attempts.get(connection, partner, attempt.id)
            model = catalogue.get(attempt.model)
            by_token = model is not None and model.dialect in IDEMPOTENT
            found += _marked(connection, row, asks=has_log or by_token, now=now)
        return found

    return commits.write(partner, work)


def _marked(connection: Connection, row: Row, *, asks: bool, now: datetime) -> Marked:
    state = row.attempt.state
    post = Posting(
        partner=row.attempt.partner,
        account=row.attempt.account,
        attempt=row.attempt.id,
        cycle=row.cycle,
        at=now,
    )
    if state is AttemptState.RESPONDED:
        ledger.hold(connection, post, row.attempt.reserved_musd)
        told = {"code": "staged_elsewhere", "reason": _HOLD}
        attempts.move(connection, row, AttemptState.UNKNOWN, owner=OWNER, **told)
        return Marked(held=1)
    freed: dict[str, object] = {}
    if state is AttemptState.INTENT:
        ledger.release(connection, post, row.attempt.reserved_musd)
        freed = {"reserved_musd": 0}
    if not asks:
        told = {"code": RESTORED, "reason": _GIVE_UP}
        to = AttemptState.FAILED
        attempts.move(connection, row, to, owner=OWNER, ended_at=now, **told, **freed)
        return Marked(given_up=1)
    to = AttemptState.READY if state is AttemptState.INTENT else state
    if to is AttemptState.FAILED:  # turned away: it waits for a person, as what is parked does
        to = AttemptState.PARKED
    told = {"code": RESTORED, "reason": _LOOK}
    attempts.move(connection, row, to, owner=OWNER, **told, **freed)
    return Marked(looked_for=1)
