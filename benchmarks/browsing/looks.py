"""One look at the records for each question that is answered from them."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from benchmarks.studio import Studio
from router.store.database import one_look

P = ParamSpec("P")
T = TypeVar("T")


class Looker(Protocol):
    """Whatever answers from a studio's records."""

    @property
    def studio(self) -> Studio:
        """Give the studio."""
        ...


L = TypeVar("L", bound=Looker)


def look(studio: Studio) -> AbstractContextManager[None]:
    """Let what this thread reads inside be read in one transaction; see `one_look`."""
    return one_look(studio.router.records)


def at_once(answer: Callable[Concatenate[L, P], T]) -> Callable[Concatenate[L, P], T]:
    """Let a method answer from one look; it must not read what it writes."""

    @wraps(answer)
    def looked(of: L, /, *words: P.args, **named: P.kwargs) -> T:
        with look(of.studio):
            return answer(of, *words, **named)

    return looked
