"""A named person rules on a question whose answer stays lost, as on a take's attempt."""

from collections.abc import Callable
from datetime import timedelta

from router.attempts.resolve import plausible, ripe, silent
from router.domain.attempt import AttemptState
from router.domain.errors import UnknownName
from router.domain.ruling import WRITTEN_OFF, Ruling
from router.llm.asking import Asking
from router.ports import Setback
from router.store import questions
from router.store.database import Commits, reading
from router.store.questions import Row


def resolve(
    asking: Asking,
    where: tuple[str, str],
    ruling: Ruling,
    witness: Callable[[], object],
    *,
    grace: timedelta,
) -> Row:
    """End an unknown question (`where`: partner, id) as a person says; gives it as it is, if found.

    Raises:
        Conflict: it is not unknown, not for long enough, or the ruling cannot be true.
        Unreachable: the log cannot be read now.
        UnknownName: no such question, or its model left the catalogue.
    """
    partner, id_ = where
    with reading(asking.engine, partner) as connection:
        row = questions.find(connection, partner, id_)
    if row is None:
        raise UnknownName("question", id_, ())
    ripe(id_, row.state, row.sent_at, now=asking.clock.now(), grace=grace)
    row = asking.look(row)
    if row.state is not AttemptState.UNKNOWN:
        return row
    found = asking.trace(row)
    if isinstance(found, Setback):
        raise silent(id_)
    plausible(id_, ruling, is_taken=found is not None)  # found, and dearer than every cap
    witness()
    return _ended(asking, row, ruling)


def _ended(asking: Asking, row: Row, ruling: Ruling) -> Row:
    now, told = asking.clock.now(), {"code": WRITTEN_OFF, "reason": ruling.reason[:2000]}
    commits = Commits(asking.engine)
    if not ruling.is_billed:
        to = AttemptState.FAILED
        return commits.write(row.partner, lambda c: questions.release(c, row, to, now, **told))
    to, cost = AttemptState.LOST, ruling.cost_musd(row.reserved_musd)
    return commits.write(row.partner, lambda c: questions.settle(c, row, to, cost, now, **told))
