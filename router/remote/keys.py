"""Keys of machines, made and ended at a service."""

from router.afar import There
from router.client import Client
from router.clock import SystemClock
from router.commands import keys as words

HOUSE = "-"  # as the service calls the studio that runs the beta


def create(
    there: There,
    *,
    name: str | None,
    role: str | None,
    scopes: list[str] | None,
    days: int,
    whom: str,
) -> None:
    """Make a key."""
    chosen = role or ("partner_member" if name else "internal_analyst")
    client = Client(there.service)
    made = client.make_key(name or HOUSE, name=whom, role=chosen, scopes=scopes or (), days=days)
    words.made_(there.said, dict(made))


def list_(there: There, *, name: str | None) -> None:
    """List keys."""
    rows = [dict(key) for key in Client(there.service).keys(name)]
    words.listed(there.said, rows, SystemClock().now())


def revoke(there: There, *, id_: str) -> None:
    """Revoke a key."""
    words.revoked(there.said, dict(Client(there.service).revoke_key(id_)))
