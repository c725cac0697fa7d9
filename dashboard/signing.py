"""The key that signs links: one for all machines of a service, or one of a home's own."""

import hashlib
import hmac
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from router.access import pepper
from router.domain.errors import Broken
from router.settings import Settings

BYTES = 32


def key_of(here: Settings) -> bytes:
    """Give the key of an installation: machines that share a pepper open each other's links.

    Raises:
        Broken: the pepper's or the home's own file cannot be used.
    """
    if here.pepper_file:
        shared = pepper.of(here, several_machines=True)
        return hmac.new(shared, b"circletake links", hashlib.sha256).digest()
    return key(here.home / "signing.key")


def key(path: Path) -> bytes:
    """Give the key of a home; it is made when it is first asked for.

    Raises:
        Broken: the file is too short, or others may read it.
    """
    if not path.exists():
        _make(path)
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise Broken(field=str(path), found=f"mode {mode:04o}", expected="mode 0600")
    found = path.read_bytes()
    if len(found) < BYTES:
        expected = f"{BYTES} random bytes; remove the file, and a new one is made"
        raise Broken(field=str(path), found=f"{len(found)} bytes", expected=expected)
    return found


def _make(path: Path) -> None:
    """Write it whole under another name first: two services may start at once."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    half = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    handle = os.open(half, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_bytes(BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        with suppress(FileExistsError):
            os.link(half, path)
    finally:
        half.unlink()
