"""Pages of long lists: opaque cursors that fit only the question they were given for."""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from router.domain.errors import BadInput
from router.domain.ids import content_id

MAX_PAGE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a list, as a store gives it."""

    items: Sequence[Mapping[str, Any]]
    total: int  # items that fit the question, on all pages


def cursor(offset: int, question: Mapping[str, Any]) -> str:
    """Write where a page begins, bound to the question."""
    text = json.dumps([offset, content_id("question", dict(question))[:8]])
    return base64.urlsafe_b64encode(text.encode()).decode("ascii").rstrip("=")


def offset(text: str | None, question: Mapping[str, Any]) -> int:
    """Read where a page begins; raises BadInput for a cursor of another question."""
    if text is None:
        return 0
    try:
        at, asked = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        fits = asked == content_id("question", dict(question))[:8]
    except (binascii.Error, ValueError, TypeError):
        at, fits = None, False
    if not fits or not isinstance(at, int) or isinstance(at, bool) or at < 0:
        raise BadInput(field="cursor", found=text, expected="a cursor of this same list")
    return at


def around(
    at: int, limit: int, page: Page, question: Mapping[str, Any]
) -> dict[str, str | int | None]:
    """Give the cursors of the neighbouring pages, and how many items there are."""
    following, before = at + limit, max(at - limit, 0)
    return {
        "total": page.total,
        "first": at + 1 if page.items else 0,
        "next": cursor(following, question) if following < page.total else None,
        "previous": cursor(before, question) if at > 0 else None,
    }
