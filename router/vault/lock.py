"""One partner's key at work: texts and bytes are sealed for one place and open nowhere else.

AES-256-GCM with a random nonce of 96 bits (NIST SP 800-38D); the place - partner, table, column,
row - is authenticated with it, so that what is sealed cannot be moved to another row or partner.
"""

import os
from binascii import a2b_base64, b2a_base64
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from router.domain.errors import StoreCorrupt

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

TEXT = "ct1:"
BYTES = b"\x00ct1"
ID = 8  # characters of a key's id
NONCE = 12


class Seals(Protocol):
    """Whoever keeps bytes under a partner's key; None of it = bytes are kept as they are."""

    def seal_bytes(self, place: str, data: bytes) -> bytes:
        """Seal bytes for one place."""
        ...

    def open_bytes(self, place: str, data: bytes) -> bytes:
        """Open them there; what was never sealed is given back as it is."""
        ...


@dataclass(frozen=True)
class Lock:
    """A partner's data key; goes to processes of ours by value, and never to a file as it is."""

    partner: str
    id: str
    secret: bytes = field(repr=False)

    def __reduce__(self) -> tuple[type["Lock"], tuple[str, str, bytes]]:
        """Travel without the cipher."""
        return Lock, (self.partner, self.id, self.secret)

    def seal(self, place: str, text: str) -> str:
        """Seal a text for one place."""
        return f"{TEXT}{self.id}:" + b2a_base64(
            self._shut(place, text.encode()), newline=False
        ).decode("ascii")

    def open(self, place: str, text: str) -> str:
        """Open a text at its place; raises StoreCorrupt where it belongs elsewhere."""
        head = len(TEXT)
        if text[head : head + ID] != self.id:
            raise self._other_key(text[head : head + ID])
        return self._opened(place, a2b_base64(text[head + ID + 1 :])).decode()

    def seal_bytes(self, place: str, data: bytes) -> bytes:
        """Seal bytes for one place."""
        return BYTES + self.id.encode("ascii") + self._shut(place, data)

    def open_bytes(self, place: str, data: bytes) -> bytes:
        """Open bytes at their place; what was never sealed is given back as it is."""
        if not data.startswith(BYTES):
            return data
        head = len(BYTES)
        found = data[head : head + ID].decode("ascii", "replace")
        if found != self.id:
            raise self._other_key(found)
        return self._opened(place, data[head + ID :])

    @cached_property
    def _cipher(self) -> "AESGCM":
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        return AESGCM(self.secret)

    def _shut(self, place: str, data: bytes) -> bytes:
        nonce = os.urandom(NONCE)
        return nonce + self._cipher.encrypt(nonce, data, f"{self.partner}|{place}".encode())

    def _opened(self, place: str, data: bytes) -> bytes:
        from cryptography.exceptions import InvalidTag

        try:
            aad = f"{self.partner}|{place}".encode()
            return self._cipher.decrypt(data[:NONCE], data[NONCE:], aad)
        except (InvalidTag, ValueError) as error:
            found = f"something at {place} that was changed, or sealed for another place"
            raise StoreCorrupt(field="vault", found=found, expected="what was sealed") from error

    def _other_key(self, found: str) -> StoreCorrupt:
        expected = (
            f"key {self.id} of {self.partner}; the other one is gone, or lies on another machine "
            "(CIRCLETAKE_KEYS names one folder for all)"
        )
        return StoreCorrupt(field="vault", found=f"key {found}", expected=expected)


def is_sealed(text: str) -> bool:
    """Say whether a text is sealed; rows of before there was a vault are not."""
    return text.startswith(TEXT)
