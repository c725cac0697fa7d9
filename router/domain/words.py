"""Words from a closed list, as somebody wrote them."""

from enum import StrEnum
from typing import TypeVar

from router.domain.errors import BadInput

E = TypeVar("E", bound=StrEnum)


def one_of(words: type[E], field: str, written: str) -> E:
    """Read a word; raises BadInput with those that there are."""
    try:
        return words(written)
    except ValueError:
        expected = f"one of: {', '.join(words)}"
        raise BadInput(field=field, found=written, expected=expected) from None
