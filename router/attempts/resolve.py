"""A named person rules on an attempt whose answer stays lost: it was never billed, or it was.

The provider is asked once more before, free of charge: what it knows is booked, and no ruling then.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from router.attempts.advance import is_silence
from router.attempts.reconcile import Looker
from router.attempts.world import World
from router.domain.attempt import Attempt, AttemptState
from router.domain.errors import Conflict, Unreachable
from router.domain.ruling import WRITTEN_OFF, Ruling
from router.store import attempts
from router.store.arrows import Why
from router.store.attempts import Row
from router.store.database import reading

# An unknown attempt with one of these was taken by the provider: it answered, or began a job.
TAKEN = frozenset({"staged_elsewhere", "disk_full", "store_failed", "deadline"})


def resolve(
    world: World, partner: str, attempt: str, ruling: Ruling, witness: Callable[[], object]
) -> Attempt:
    """End an unknown attempt as a person says; gives it as it is, where its answer was found.

    `witness` keeps a record of the ruling; where it cannot, nothing is moved.

    Raises:
        Conflict: it is not unknown, not for long enough, or the ruling cannot be true.
        Unreachable: the provider does not say now what it knows.
        UnknownName: no such attempt, or its model left the catalogue: nobody can look.
    """
    with reading(world.engine, partner) as connection:
        row, request = attempts.get_with_request(connection, partner, attempt)
    now, grace = world.clock.now(), world.options.unknown_grace
    ripe(attempt, row.attempt.state, row.attempt.sent_at, now=now, grace=grace)
    looker = Looker(world)
    looked = looker.look(row.attempt)
    if looked.state is not AttemptState.UNKNOWN:
        return looked
    found = looker.find(row, request)
    if found is not None and is_silence(found):
        raise silent(attempt)
    if found is not None:
        expected = "an answer that the provider knows nothing of; look again later"
        raise Conflict(field="attempt", found=f"{attempt}: a job that goes on", expected=expected)
    plausible(attempt, ruling, is_taken=row.attempt.code in TAKEN)
    witness()
    return _ended(world, row, ruling).attempt


def ripe(
    name: str, state: AttemptState, sent_at: datetime | None, *, now: datetime, grace: timedelta
) -> None:
    """Raise Conflict for what is not unknown, or not for long enough to be given up on."""
    if state is not AttemptState.UNKNOWN:
        expected = "one that is unknown; what a dead worker sent is once `campaign resume` or a"
        found = f"{name}: {state}"
        raise Conflict(field="attempt", found=found, expected=f"{expected} worker has taken it up")
    age = now - (sent_at or now)
    if age < grace:
        found, hours = f"{name}: sent {age} ago", grace / timedelta(hours=1)
        expected = f"{hours:g} h or more: its answer may yet come into the log"
        raise Conflict(field="attempt", found=found, expected=expected)


def plausible(name: str, ruling: Ruling, *, is_taken: bool) -> None:
    """Raise Conflict where something is said never to have been billed that surely arrived."""
    if is_taken and not ruling.is_billed:
        found = f"{name}: the provider answered, or began it"
        raise Conflict(field="--never-left", found=found, expected="--billed")


def silent(name: str) -> Unreachable:
    """Say that nobody can look now, so that nobody can rule."""
    expected = "a log that can be read: nothing was changed"
    return Unreachable(field="attempt", found=f"{name}: no word of it now", expected=expected)


def _ended(world: World, row: Row, ruling: Ruling) -> Row:
    why = Why(code=WRITTEN_OFF, reason=ruling.reason)
    if not ruling.is_billed:
        return world.arrows.end_unpaid(row, AttemptState.FAILED, why)
    cost = ruling.cost_musd(row.attempt.reserved_musd)
    return world.arrows.end_paid(row, AttemptState.LOST, cost, why)
