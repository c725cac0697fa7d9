"""What this storey needs from the storeys below and from the world."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from evaluators.domain.brief import Brief
from evaluators.domain.score import Scored
from evaluators.domain.verdict import AcceptanceLine, Verdict
from router.domain.attempt import Attempt
from router.domain.media import MediaRef
from router.domain.money import Balance
from router.domain.request import Request
from router.domain.take import Take


class Router(Protocol):
    """A request becomes a take (router.service.Router)."""

    def open_account(
        self, partner: str, account: str, cap_musd: int, *, simulated: bool = False
    ) -> None:
        """Give an account its cap; never lowers it below what is committed."""
        ...

    def submit(self, requests: Sequence[Request]) -> tuple[Attempt, ...]:
        """Accept requests; what is known already is not accepted twice."""
        ...

    def attempts(
        self, partner: str, *, account: str | None = None, requests: Sequence[str] | None = None
    ) -> tuple[Attempt, ...]:
        """Give the attempts of an account, or of some requests."""
        ...

    def request(self, partner: str, request: str) -> Request:
        """Give a request as it was asked."""
        ...

    def takes(
        self, partner: str, *, account: str | None = None, ids: Sequence[str] | None = None
    ) -> tuple[Take, ...]:
        """Give takes."""
        ...

    def record_take(self, take: Take) -> None:
        """Keep a take that was made without a call."""
        ...

    def unpark(self, partner: str, account: str) -> int:
        """Make parked attempts ready again; gives how many."""
        ...

    def cancel(self, partner: str, account: str) -> int:
        """Cancel what has not been sent; gives how many."""
        ...

    def balance(self, partner: str, account: str) -> Balance:
        """Tell how an account stands."""
        ...


class Jobs(Protocol):
    """Whoever drives attempts to their end."""

    def enqueue(self, attempts: Sequence[Attempt]) -> None:
        """See to it that each one is being driven; a no-op for those that are already."""
        ...


class Media(Protocol):
    """Stored media, as bytes and as files that a measuring process can open."""

    def put(self, partner: str, data: bytes, mime: str) -> MediaRef:
        """Store durably."""
        ...

    def get(self, partner: str, sha256: str) -> bytes:
        """Read back."""
        ...

    def has(self, partner: str, sha256: str) -> bool:
        """Say whether it is there."""
        ...

    def path(self, partner: str, sha256: str) -> Path:
        """Give a file with exactly these bytes; not to be changed."""
        ...

    def place(self, partner: str, sha256: str) -> Path:
        """Give where `path` has its file, without fetching it."""
        ...


# Measures a partner's takes and gives each one as soon as it is done, by row.
Judge = Callable[[str, Sequence[Brief]], Iterable[Scored]]
# Answers a shot's acceptance lines from what was measured.
Rule = Callable[[Sequence[AcceptanceLine], Scored], tuple[Verdict, ...]]
Files = Mapping[str, MediaRef]  # sha256 of a pack's file → stored media
# Gives a matte for a take (partner, take, source, drawn one); raises Refused where it finds none.
Sight = Callable[[str, MediaRef, str, MediaRef | None], MediaRef]
