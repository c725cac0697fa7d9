"""Attempts of models that left the catalogue: nobody can drive them, and none waits for ever."""

from collections.abc import Iterable

from router.attempts.world import World
from router.domain.attempt import OPEN_STATES, Attempt, AttemptState
from router.store import attempts
from router.store.arrows import Why
from router.store.attempts import Overtaken, Row
from router.store.database import reading


def let_go(world: World, among: Iterable[Attempt]) -> int:
    """End what was never sent, and hold what may be paid, of models that are gone; says how many.

    What a living worker has is left to it: its catalogue may be another one. What is held is found
    by reconciling, free of charge, once the model is back in the catalogue.
    """
    gone = [a for a in among if a.state in OPEN_STATES and a.model not in world.catalogue]
    return sum(_let_go(world, attempt) for attempt in gone)


def _let_go(world: World, attempt: Attempt) -> bool:
    with reading(world.engine, attempt.partner) as connection:
        row = attempts.get(connection, attempt.partner, attempt.id)
    if row.owner and not world.worker.is_dead(row.owner):
        return False
    try:
        _drawn(world, row)
    except Overtaken:
        return False
    return True


def _drawn(world: World, row: Row) -> None:
    reason = f"model {row.attempt.model} is in the catalogue no more"
    why = Why(code="model_gone", reason=reason)
    match row.attempt.state:
        case AttemptState.READY:
            world.arrows.refuse(row, why)
        case AttemptState.INTENT:
            world.arrows.end_unpaid(row, AttemptState.FAILED, why)
        case AttemptState.SENT | AttemptState.RESPONDED:
            world.arrows.unknown(row, why)
        case _:
            pass  # it has ended meanwhile
