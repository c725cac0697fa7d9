"""What the routes of this storey need from whoever runs it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from router.api.idempotency import Remembers
from router.domain.caller import Reach
from router.domain.media import MediaRef
from router.domain.request import Request

_BLOCK = 256 << 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """Bytes to show, or the file that holds them, and what they are."""

    mime: str
    data: bytes = b""
    path: Path | None = None  # read from here, in pieces, instead of `data`

    @property
    def size(self) -> int:
        """Give how many bytes there are."""
        return self.path.stat().st_size if self.path else len(self.data)

    def part(self, first: int, last: int) -> Iterator[bytes]:
        """Give the bytes from the first to the last, both included, in pieces."""
        if self.path is None:
            yield self.data[first : last + 1]
            return
        with self.path.open("rb") as file:
            file.seek(first)
            left = last + 1 - first
            while left > 0 and (block := file.read(min(left, _BLOCK))):
                left -= len(block)
                yield block


class RouterDesk(Protocol):
    """Models, requests and media; every call about a partner's things names the partner.

    What is out of reach is unknown, in the same words as what does not exist.
    """

    @property
    def answers(self) -> Remembers:
        """Give what remembers the answers to paid wishes."""
        ...

    def models(self) -> Sequence[Mapping[str, Any]]:
        """Give catalogue rows as `circletake models` prints them."""
        ...

    def named(self, partner: str) -> str:
        """Give the true name of a partner that an answer may call otherwise."""
        ...

    def stored(self, reach: Reach, partner: str, sha256: str) -> MediaRef:
        """Find an input that the partner has handed in; raises UnknownName."""
        ...

    def open_account(self, reach: Reach, partner: str, account: str, cap_musd: int) -> None:
        """Open a budget, or change its cap; micro-dollars."""
        ...

    def submit(self, reach: Reach, request: Request) -> Mapping[str, Any]:
        """Accept a request and have it worked on; the same request twice is one.

        Gives how it stands (`RequestState`). Raises Conflict where its id was used for another
        content, and what the gate refuses.
        """
        ...

    def request(self, reach: Reach, partner: str, id_: str) -> Mapping[str, Any]:
        """Say how a request stands (`RequestState`); raises UnknownName."""
        ...

    def media(self, partner: str, sha256: str, variant: str, viewer: str = "") -> Media:
        """Give stored media; `variant` is original, preview (1600 px) or thumb (320 px).

        `viewer` is written over a preview where the partner wants it so. Raises UnknownName.

        Asked behind a signed link, which was made for somebody within reach.
        """
        ...
