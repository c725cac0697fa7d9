"""The text of a session: who, of which partner, since and until when, signed; ten minutes long.

The signature says only that it was given here. Whether the person may still come in is asked of
the database at each call.
"""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

LIFE = timedelta(minutes=10)
LONGEST = timedelta(hours=12)  # then the identity provider is asked again, however often renewed
LEEWAY = timedelta(seconds=60)  # clocks of several machines differ
PREFIX = "cs_"
MOST_LETTERS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One sitting of one person."""

    id: str
    person: str
    partner: str  # or HOUSE
    began: datetime  # when the identity provider vouched for the person
    issued: datetime
    expires: datetime

    def in_force(self, now: datetime) -> bool:
        """Say whether its time has come and is not over."""
        return self.issued - LEEWAY <= now < self.expires + LEEWAY


def begun(person: str, partner: str, now: datetime) -> Session:
    """Begin a session."""
    whole = now.replace(microsecond=0)
    return Session(
        id=secrets.token_hex(8),
        person=person,
        partner=partner,
        began=whole,
        issued=whole,
        expires=whole + LIFE,
    )


def renewed(session: Session, now: datetime) -> Session:
    """Go on with a session that is in force; never past the longest time since it began."""
    whole = now.replace(microsecond=0)
    return Session(
        id=session.id,
        person=session.person,
        partner=session.partner,
        began=session.began,
        issued=whole,
        expires=min(whole + LIFE, session.began + LONGEST),
    )


def signing_key(pepper: bytes) -> bytes:
    """Derive the key of sessions, so that it is not the one of secrets."""
    return hmac.new(pepper, b"circletake session", hashlib.sha256).digest()


def written(session: Session, key: bytes) -> str:
    """Write and sign it."""
    times = [int(t.timestamp()) for t in (session.began, session.issued, session.expires)]
    said = json.dumps([session.id, session.person, session.partner, *times], separators=(",", ":"))
    body = _text(said.encode("ascii"))
    return f"{PREFIX}{body}.{_text(_signature(key, body))}"


def read(text: str, key: bytes) -> Session | None:
    """Read one that was signed here; None for whatever else."""
    body, _, signature = text.removeprefix(PREFIX).partition(".")
    if not text.startswith(PREFIX) or len(text) > MOST_LETTERS or not text.isascii():
        return None
    try:
        fits = hmac.compare_digest(_bytes(signature), _signature(key, body))
    except (binascii.Error, ValueError):
        return None
    return _read(_bytes(body)) if fits else None


def _read(body: bytes) -> Session:
    id_, person, partner, *times = json.loads(body)
    began, issued, expires = (datetime.fromtimestamp(t, UTC) for t in times)
    return Session(
        id=id_, person=person, partner=partner, began=began, issued=issued, expires=expires
    )


def _signature(key: bytes, body: str) -> bytes:
    return hmac.new(key, body.encode("ascii"), hashlib.sha256).digest()


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
