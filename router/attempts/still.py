"""One still picture, asked for and answered: what every dialect of stills shares."""

import base64
import binascii
import hashlib
from typing import Any

from router.ports import Call, Setback

MAGIC = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"))


def seed(call: Call) -> int | None:
    """Give the request's seed, or one derived from the attempt; None where the model has none.

    Never 0: to the provider that means any seed, and the take could not be made again.
    """
    highest = call.model.limits.seed_max
    if highest is None:
        return None
    if call.request.seed:
        return call.request.seed
    return 1 + int(hashlib.sha256(call.attempt.encode()).hexdigest(), 16) % highest


def picture_in(text: Any) -> Setback | tuple[bytes, str]:
    """Read base64: the bytes and their type, or why they are of no use."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, TypeError, ValueError):
        return useless("bad_base64", "a picture whose base64 is not whole")
    mime = _mime(data)
    if mime is None:
        return useless("not_a_picture", f"{len(data)} bytes that are no PNG, JPEG or WebP")
    return data, mime


def _mime(data: bytes) -> str | None:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((mime for magic, mime in MAGIC if data.startswith(magic)), None)


def useless(code: str, reason: str) -> Setback:
    """Describe an answer that was billed and holds no picture."""
    return Setback(kind="undecodable", code=code, reason=reason, billed=True)
