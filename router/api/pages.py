"""Pages of long lists: signed cursors that fit only the question and those who asked it."""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request

from router.domain.caller import Caller
from router.domain.errors import BadInput
from router.domain.ids import content_id

MAX_PAGE = 200
SIGNED = 16  # bytes of the signature that are kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a list, as a store gives it."""

    items: Sequence[Mapping[str, Any]]
    total: int  # items that fit the question, on all pages


@dataclass(frozen=True, slots=True)
class Cursors:
    """Writes and reads cursors for one tenant; nobody else can make one that fits."""

    key: bytes
    tenant: str

    def offset(self, text: str | None, question: Mapping[str, Any]) -> int:
        """Read where a page begins; raises BadInput for a cursor of another question or tenant."""
        if text is None:
            return 0
        try:
            signed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            said, signature = signed[SIGNED:], signed[:SIGNED]
            fits = hmac.compare_digest(signature, self._signature(said, question))
            at = json.loads(said) if fits else None
        except (binascii.Error, ValueError):
            at = None
        if not isinstance(at, int):
            raise BadInput(field="cursor", found=text, expected="a cursor of this same list")
        return at

    def around(
        self, at: int, limit: int, page: Page, question: Mapping[str, Any]
    ) -> dict[str, str | int | None]:
        """Give the cursors of the neighbouring pages, and how many items there are."""
        following, before = at + limit, max(at - limit, 0)
        return {
            "total": page.total,
            "first": at + 1 if page.items else 0,
            "next": self._cursor(following, question) if following < page.total else None,
            "previous": self._cursor(before, question) if at > 0 else None,
        }

    def _cursor(self, offset: int, question: Mapping[str, Any]) -> str:
        said = str(offset).encode("ascii")
        signed = self._signature(said, question) + said
        return base64.urlsafe_b64encode(signed).decode("ascii").rstrip("=")

    def _signature(self, said: bytes, question: Mapping[str, Any]) -> bytes:
        asked = content_id("question", [self.tenant, dict(question)]).encode("ascii")
        return hmac.new(self.key, asked + said, hashlib.sha256).digest()[:SIGNED]


def cursor_key(signing_key: bytes) -> bytes:
    """Derive the key of cursors, so that it is not the one of links."""
    return hmac.new(signing_key, b"circletake cursors", hashlib.sha256).digest()


def cursors(request: Request) -> Cursors:
    """Give the cursors of whoever asks; the permit of the route has said who that is."""
    caller: Caller = request.state.caller
    key: bytes = request.app.state.cursor_key
    return Cursors(key=key, tenant="+".join(caller.reads))


Paging = Annotated[Cursors, Depends(cursors)]  # stands after the caller
