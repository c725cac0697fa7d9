"""Marks: the last line of what we write into a tracker, by which it is found again. Pure."""

import hashlib
import re

from dashboard.tracking.nouns import Mark
from router.domain.ids import content_id

_FORM = re.compile(
    r"\[circletake:(take|scores|decision|findings):([0-9a-f]{8}):([A-Za-z0-9_.-]{1,64}):([0-9a-f]{12})\]"
)


def owner_of(partner: str) -> str:
    """Name a partner in marks: the same each time, and nothing that can be read."""
    return content_id("tracking", partner)[:8]


def marked(
    kind: str, owner: str, id_: str, text: str, *, of: str | None = None
) -> tuple[Mark, str]:
    """Give the mark of a text, and the text with it; `of`: the part that may change later."""
    said = quiet(text)
    digest = hashlib.sha256(quiet(said if of is None else of).encode()).hexdigest()[:12]
    mark = Mark(kind=kind, owner=owner, id=id_, digest=digest)
    return mark, f"{said}\n\n{line(mark)}"


def line(mark: Mark) -> str:
    """Write a mark."""
    return f"[circletake:{mark.kind}:{mark.owner}:{mark.id}:{mark.digest}]"


def found(text: str | None) -> Mark | None:
    """Read the mark of a text: its last line, alone on it."""
    last = (text or "").rstrip().rpartition("\n")[2].strip()
    hit = _FORM.fullmatch(last)
    if hit is None:
        return None
    kind, owner, id_, digest = hit.groups()
    return Mark(kind=kind, owner=owner, id=id_, digest=digest)


def quiet(text: str) -> str:
    """Take from a text what would call people: `@Name` rings where comments are read."""
    return text.replace("@", "@\u2060").strip()
