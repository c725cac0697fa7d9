"""The vault: partners' locks by name, opened once in a process and forgotten when destroyed."""

import time
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock as Gate

from router.domain.errors import StoreCorrupt
from router.domain.ids import sha256_of
from router.ports import Clock
from router.vault.keyring import Keyring, KeyState, Wrapped
from router.vault.lock import ID, Lock, is_sealed
from router.vault.wrapping import Wrap

FRESH_S = 10.0  # so long a key is used that another process may have destroyed


@dataclass(slots=True)
class Vault:
    """Seals and opens for partners; threads may share it."""

    keyring: Keyring
    wrap: Wrap
    clock: Clock
    _open: dict[str, tuple[float, Lock]] = field(default_factory=dict)
    _gate: Gate = field(default_factory=Gate)

    def seal(self, partner: str, place: str, text: str) -> str:
        """Seal a text for one place: table, column and row, parted by `|`."""
        return self.lock(partner).seal(place, text)

    def open(self, partner: str, place: str, text: str) -> str:
        """Open a text at its place; what was never sealed is given back as it is.

        Raises:
            StoreCorrupt: it was changed, moved, or its key is destroyed.
        """
        return self.lock(partner).open(place, text) if is_sealed(text) else text

    def lock(self, partner: str) -> Lock:
        """Give a partner's lock; made at first use, and never again once it was destroyed.

        Raises:
            StoreCorrupt: the partner's key was destroyed.
        """
        known = self._open.get(partner)
        if known is not None and time.monotonic() - known[0] < FRESH_S:
            return known[1]
        with self._gate:
            lock = self._lock(partner, known[1] if known else None)
            self._open[partner] = (time.monotonic(), lock)
            return lock

    def state(self, partner: str) -> tuple[KeyState, str]:
        """Say what became of a partner's key, and its id."""
        kept = self.keyring.get(partner)
        return (KeyState.NONE, "") if kept is None else (kept.state, kept.id)

    def destroy(self, partner: str, at: datetime) -> str:
        """Destroy a partner's key for good; gives its id. Doing it again changes nothing."""
        kept = self.keyring.get(partner)
        moment = at.isoformat()
        if kept is None:
            kept = Wrapped(id="", by=self.wrap.name, made_at=moment)
        if kept.state is not KeyState.DESTROYED:
            left = Wrapped(id=kept.id, by=kept.by, made_at=kept.made_at, destroyed_at=moment)
            self.keyring.destroy(partner, left)
        self._open.pop(partner, None)
        return kept.id

    def _lock(self, partner: str, known: Lock | None) -> Lock:
        kept = self.keyring.get(partner)
        if kept is None:
            secret, wrapped = self.wrap.make(partner)
            fresh = Wrapped(
                id=sha256_of(b"data key id" + secret)[:ID],
                by=self.wrap.name,
                made_at=self.clock.now().isoformat(),
                secret=wrapped,
            )
            self.keyring.add(partner, fresh)
            kept = self.keyring.get(partner)  # another process may have been first
        if kept is None or kept.state is KeyState.DESTROYED:
            self._open.pop(partner, None)
            found = f"the key of {partner} was destroyed"
            raise StoreCorrupt(field="vault", found=found, expected="a partner that is here")
        if known is not None and known.id == kept.id:
            return known  # still in force: no need to have it unwrapped again
        return Lock(partner, kept.id, self.wrap.open(partner, kept.secret))
