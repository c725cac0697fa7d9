"""Dear questions in turn: one at a time for each studio, so that nobody's keep the others waiting.

The answers of one process share its interpreter: a question that reads whole campaigns slows
everybody's while it is worked on, whatever pace its asker is held to.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import BoundedSemaphore, Lock
from typing import Annotated

from fastapi import Depends, Request

from router.api.permit import DEAR, permit
from router.domain.caller import Caller, Role, Scope
from router.domain.errors import Busy

WAITING = 2  # of one studio: two people of it open a page at once
PATIENCE_S = 5.0


class TooManyDear(Busy):
    """Others of the same studio have asked a question of this kind, and wait."""

    code = "too_many_at_once"
    http_status = 429
    retry_after_s = 2

    def __init__(self) -> None:
        """Say what would be right."""
        super().__init__(
            field="request",
            found="others of this kind, not answered yet",
            expected="one at a time; its answer is quick once it was worked out",
        )


@dataclass(slots=True)
class _Line:
    turn: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(1))
    people: int = 0


@dataclass(slots=True)
class Turns:
    """Who is at work, and who waits for that."""

    waiting: int = WAITING
    patience_s: float = PATIENCE_S
    _lines: dict[str, _Line] = field(default_factory=dict)
    _gate: Lock = field(default_factory=Lock)

    @contextmanager
    def one(self, whose: str) -> Iterator[None]:
        """Wait for one's turn, and hold it; raises TooManyDear where the line is long or slow."""
        with self._gate:
            line = self._lines.setdefault(whose, _Line())
            if line.people > self.waiting:
                raise TooManyDear
            line.people += 1
        try:
            if not line.turn.acquire(timeout=self.patience_s):
                raise TooManyDear
            try:
                yield
            finally:
                line.turn.release()
        finally:
            with self._gate:
                line.people -= 1
                if not line.people:
                    del self._lines[whose]


def _in_turn(
    request: Request, caller: Annotated[Caller, permit(Scope.READ, DEAR)]
) -> Iterator[Caller]:
    """Give the caller once it is their studio's turn; the owner of a home waits for nobody."""
    if caller.role is Role.OWNER:
        yield caller
        return
    turns: Turns = request.app.state.turns
    with turns.one(caller.id if caller.is_internal else " ".join(caller.reads)):
        yield caller


DearReader = Annotated[Caller, Depends(_in_turn)]
