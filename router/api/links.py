"""Short-lived links to media: whoever holds one may look, once it is signed and until it ends."""

import hashlib
import hmac
from urllib.parse import urlencode

from router.domain.errors import NotEntitled
from router.ports import Clock

LIFE_S = 120


class Signer:
    """Signs and checks links with one key of this service."""

    def __init__(self, key: bytes, clock: Clock, life_s: int = LIFE_S) -> None:
        """Keep the key, at least 32 bytes."""
        if len(key) < 32:
            raise ValueError("a signing key has at least 32 bytes")
        self._key = key
        self._clock = clock
        self._life_s = life_s

    def link(self, path: str, *, partner: str, name: str, variant: str = "original") -> str:
        """Give a relative URL that works for GET until its time is over."""
        expiry = int(self._clock.now().timestamp()) + self._life_s
        query = {
            "partner": partner,
            "variant": variant,
            "e": str(expiry),
            "s": self._signature("GET", partner, name, variant, expiry),
        }
        return f"{path}?{urlencode(query)}"

    def check(self, *, partner: str, name: str, variant: str, expiry: int, signature: str) -> None:
        """Raise NotEntitled unless the signature fits and the time is not over."""
        wanted = self._signature("GET", partner, name, variant, expiry)
        fits = hmac.compare_digest(wanted.encode(), signature.encode("utf-8", "replace"))
        if not fits:
            raise NotEntitled(
                field="s", found="a signature that does not fit", expected="a fresh link"
            )
        if self._clock.now().timestamp() > expiry:
            raise NotEntitled(field="e", found="a link that has ended", expected="a fresh link")

    def _signature(self, method: str, partner: str, name: str, variant: str, expiry: int) -> str:
        said = "|".join((method, partner, name, variant, str(expiry)))
        return hmac.new(self._key, said.encode("utf-8"), hashlib.sha256).hexdigest()
