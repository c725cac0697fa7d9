"""How a judge is asked: versioned words, blind codes, a nonce, and other people's words as data.

An instruction inside a picture cannot be prevented from being read (FRAME, arXiv 2505.15249); it
is contained: no tools, one question a call, strict JSON whose nonce must come back, and planted
pictures that try it in every run.
"""

import json
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from router.domain.ids import sha256_of

PAIRWISE = "pairwise/1"
CHECKLIST = "checklist/1"
MOST_WORDS = 2000  # characters of anything that somebody else wrote
LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
_FOLDER = Path(__file__).parent / "prompts"


@cache
def system(version: str) -> str:
    """Give the standing words of a version; other words are another version."""
    return (_FOLDER / f"{version.replace('/', '-')}.txt").read_text(encoding="utf-8").strip()


def quoted(words: str) -> str:
    """Give other people's words as data: nothing unseen, no mark that could close the quote."""
    spaced = "".join(" " if c.isspace() else c for c in words)
    seen = "".join(c for c in spaced if unicodedata.category(c)[0] != "C")
    return " ".join(seen.replace("<", "\u2039").replace(">", "\u203a").split())[:MOST_WORDS]


def nonce_of(*content: Any) -> str:
    """Give what must come back; the same question has the same one, so that it is paid once."""
    return sha256_of(json.dumps(["nonce", *content]).encode())[:12]


def codes_of(nonce: str) -> tuple[str, str]:
    """Give two different blind codes for the takes shown first and second."""
    drawn = int(sha256_of(nonce.encode()), 16)
    first, drawn = drawn % 2000, drawn // 2000
    second = (first + 1 + drawn % 1999) % 2000
    return _code(first), _code(second)


def _code(number: int) -> str:
    return f"{LETTERS[number // 100]}{number % 100:02}"


class NotStrict(ValueError):
    """An answer that is not the strict JSON which was asked for."""


def strict(text: str, nonce: str) -> Mapping[str, Any]:
    """Read one JSON object: no name twice, only real numbers, and the nonce as it was given.

    Raises:
        NotStrict: says what is wrong.
    """
    try:
        found = json.loads(text, object_pairs_hook=_once, parse_constant=_refused)
    except ValueError as error:
        raise NotStrict(f"no strict JSON: {error}") from error
    if not isinstance(found, dict):
        raise NotStrict("no JSON object")
    if found.get("nonce") != nonce:
        raise NotStrict("the nonce did not come back")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotStrict("a name stands twice")
    return found


def _refused(word: str) -> Any:
    raise NotStrict(f"{word} is no number")
