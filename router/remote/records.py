"""The records of a service: who did what, and whether they are as they were written."""

from itertools import islice

from router.afar import There, only_here
from router.client import Client
from router.commands import audit as words


def verify(there: There, *, anchor: str | None, partner: str | None) -> None:
    """Let the service walk its chains, against its own anchors."""
    if anchor is not None:
        raise only_here("--anchor", todo="a service knows its own")
    words.checked(there.said, dict(Client(there.service).verify_audit(partner)))


def show(there: There, *, partner: str | None, after: int, limit: int) -> None:
    """Show records."""
    found = Client(there.service).audit(partner, after)
    words.shown(there.said, list(islice(found, limit)))
