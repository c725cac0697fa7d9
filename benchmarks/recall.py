"""What was read of long campaigns, until it changes.

A list is looked at far more often than it changes. A mark costs one look at an index; as long as it
is the same, so is what was read.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeVar

MOST = 64  # readings; a few for each of the campaigns that people look at

T = TypeVar("T")


@dataclass(slots=True)
class Recall:
    """Readings of one process; threads may share it."""

    most: int = MOST
    _read: OrderedDict[Hashable, tuple[Hashable, Any]] = field(default_factory=OrderedDict)
    _gate: Lock = field(default_factory=Lock)

    def of(self, key: Hashable, mark: Hashable, read: Callable[[], T]) -> T:
        """Give what was read under this mark, or read it.

        Args:
            key: what it is, with the partner in it; one function reads one key.
            mark: taken before it is read, so that a change in between is noticed the next time.
            read: gives something that nobody changes.
        """
        with self._gate:
            known = self._read.get(key)
            if known is not None and known[0] == mark:
                self._read.move_to_end(key)
                found: T = known[1]
                return found
        fresh = read()
        with self._gate:
            self._read[key] = (mark, fresh)
            self._read.move_to_end(key)
            while len(self._read) > self.most:
                self._read.popitem(last=False)
        return fresh
