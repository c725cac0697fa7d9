"""The text of a key: `ct_<environment>_<id>_<secret>_<crc32>`.

Prefix and checksum let secret scanners find a leaked key without guessing, and a mistyped one be
turned away before anything is looked up. The secret has 256 random bits, so a plain HMAC keeps it:
a slow hash would only help whoever floods the door.
"""

import hashlib
import hmac
import re
import secrets
import string
import zlib
from dataclasses import dataclass

LETTERS = string.digits + string.ascii_letters
ID_LETTERS, SECRET_LETTERS = 12, 43  # 62 ** 43 > 2 ** 256
ENVIRONMENT = re.compile(r"[a-z][a-z0-9]{1,11}")
_KEY = re.compile(
    rf"(?P<body>ct_(?P<environment>{ENVIRONMENT.pattern})_(?P<id>[0-9A-Za-z]{{{ID_LETTERS}}})"
    rf"_(?P<secret>[0-9A-Za-z]{{{SECRET_LETTERS}}}))_(?P<crc>[0-9a-f]{{8}})"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Presented:
    """A key as somebody showed it: well-formed, and not yet believed."""

    environment: str
    id: str
    secret: str

    def __repr__(self) -> str:
        """Leave the secret out of logs and tracebacks."""
        return f"Presented({self.environment}, {self.id})"

    @property
    def text(self) -> str:
        """Write it as it is handed over."""
        body = f"ct_{self.environment}_{self.id}_{self.secret}"
        return f"{body}_{_checksum(body)}"


def mint(environment: str) -> Presented:
    """Draw a fresh key."""
    return Presented(environment=environment, id=_drawn(ID_LETTERS), secret=_drawn(SECRET_LETTERS))


def read(text: str) -> Presented | None:
    """Read a key; None for whatever is not one, a mistyped one included."""
    match = _KEY.fullmatch(text)
    if match is None or match["crc"] != _checksum(match["body"]):
        return None
    return Presented(environment=match["environment"], id=match["id"], secret=match["secret"])


def digest(pepper: bytes, secret: str) -> str:
    """Give what is kept of a secret: its HMAC-SHA256, 64 hex digits."""
    return hmac.new(pepper, secret.encode("ascii"), hashlib.sha256).hexdigest()


def _drawn(letters: int) -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(letters))


def _checksum(body: str) -> str:
    return f"{zlib.crc32(body.encode('ascii')):08x}"
