"""Text that comes in over HTTP: what no database takes and nobody sees is refused at the door."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from router.domain.errors import BadInput

JOINERS = "\u200c\u200d"  # needed to write Persian and several Indic languages, and emoji
_UNSEEN = frozenset(("Cc", "Cs", "Cf"))
_UNNAMED = frozenset(("Cn", "Zl", "Zp"))
_ESCAPE = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f-\xff]|\\u")


class Unseen(BadInput):
    """A text with a character that nobody sees."""

    code = "unseen_character"


def one_line(name: str) -> str:
    """Give a name back; raises ValueError for what is hidden, obeyed or written in two ways."""
    if any(unicodedata.category(c) in _UNSEEN | _UNNAMED for c in name):
        raise ValueError("a name without control and unseen characters")
    if name != unicodedata.normalize("NFC", name):
        raise ValueError("the composed form of its letters (Unicode NFC)")
    return name


def seen(data: bytes, found: Any) -> Any:
    """Give what was parsed of a body back; raises Unseen."""
    if point := unseen(data, found):
        raise Unseen(
            field="body", found="one", expected=f"text without the unseen character {point}"
        )
    return found


def unseen(data: bytes, found: Any) -> str | None:
    """Name the first character of a JSON body that is not allowed, as U+0000; None = all are.

    Not allowed are controls other than line breaks and tabs, lone surrogates, and direction and
    other format marks but the joiners: they deceive whoever reads, or break whatever stores.

    Args:
        data: the body as it came.
        found: what was parsed from it.
    """
    if not _ESCAPE.search(data):
        return None  # plain ASCII, as most bodies are
    marks = (c for text in _texts(found) for c in text if not _is_plain(c))
    first = next(marks, None)
    return None if first is None else f"U+{ord(first):04X}"


def _is_plain(character: str) -> bool:
    if character in "\n\r\t" or character in JOINERS:
        return True
    return unicodedata.category(character) not in _UNSEEN


def _texts(value: Any) -> Iterator[str]:
    """Give every text of a document, names of fields too, without recursion of our own."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            waiting.extend((*one.keys(), *one.values()))
        elif isinstance(one, list):
            waiting.extend(one)
