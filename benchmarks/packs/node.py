"""A careful view of pack data: it gives what has the right shape, and remembers where it stands.

Checks run on packs that are wrong, so nothing here takes a shape for granted. What is missing or
has another type is simply not there; the schema has already said so.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Node:
    """One mapping of the pack, with its field path (`shots[3].camera`)."""

    data: dict[str, Any]
    field: str = ""

    def at(self, key: str) -> str:
        """Give the field path of a key."""
        return f"{self.field}.{key}" if self.field else key

    def has(self, key: str) -> bool:
        """Say whether something stands under a key, whatever it is."""
        return self.data.get(key) is not None

    def text(self, key: str) -> str | None:
        """Give a text."""
        found = self.data.get(key)
        return found if isinstance(found, str) else None

    def whole(self, key: str) -> int | None:
        """Give a whole number."""
        found = self.data.get(key)
        return found if isinstance(found, int) and not isinstance(found, bool) else None

    def is_true(self, key: str) -> bool:
        """Say whether a switch is on."""
        return self.data.get(key) is True

    def child(self, key: str) -> "Node | None":
        """Give a mapping."""
        found = self.data.get(key)
        return Node(found, self.at(key)) if isinstance(found, dict) else None

    def children(self, key: str) -> Iterator["Node"]:
        """Give the mappings of a list, each with its place in it."""
        for number, found in self._items(key):
            if isinstance(found, dict):
                yield Node(found, f"{self.at(key)}[{number}]")

    def texts(self, key: str) -> Iterator[tuple[str, str]]:
        """Give the texts of a list as (field path, text)."""
        for number, found in self._items(key):
            if isinstance(found, str):
                yield f"{self.at(key)}[{number}]", found

    def numbers(self, key: str) -> tuple[int, ...]:
        """Give the whole numbers of a list."""
        found = (x for _, x in self._items(key))
        return tuple(x for x in found if isinstance(x, int) and not isinstance(x, bool))

    def _items(self, key: str) -> Iterator[tuple[int, Any]]:
        found = self.data.get(key)
        yield from enumerate(found if isinstance(found, list) else ())


def every_text(data: Any, field: str = "") -> Iterator[tuple[str, str]]:
    """Give every text of nested data as (field path, text)."""
    if isinstance(data, str):
        yield field, data
    elif isinstance(data, dict):
        for key, found in data.items():
            yield from every_text(found, f"{field}.{key}" if field else str(key))
    elif isinstance(data, list):
        for number, found in enumerate(data):
            yield from every_text(found, f"{field}[{number}]")
