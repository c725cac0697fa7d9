"""The pepper: makes of a key's secret what is kept of it, and stands outside the database."""

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from router.domain.errors import BadInput, Broken
from router.settings import Settings

BYTES = 32


def of(here: Settings, *, several_machines: bool) -> bytes:
    """Give the pepper of an installation; that of a home is made when it is first asked for.

    Raises:
        BadInput: several machines share a database, and no common file is named.
        Broken: the file is missing, too short, or others may read it.
    """
    if here.pepper_file:
        return _read(here.pepper_file)
    if several_machines:
        raise BadInput(
            field="CIRCLETAKE_PEPPER_FILE",
            found=None,
            expected=f"a file of {BYTES} random bytes, mode 0600, the same on every machine",
        )
    path = here.keys / "pepper.key"
    if not path.exists():
        _make(path)
    return _read(path)


def _read(path: Path) -> bytes:
    try:
        mode, found = stat.S_IMODE(path.stat().st_mode), path.read_bytes()
    except OSError as error:
        raise Broken(field=str(path), found=error.strerror, expected="a file to read") from error
    if mode & 0o077:
        raise Broken(field=str(path), found=f"mode {mode:04o}", expected="mode 0600")
    if len(found) < BYTES:
        expected = f"{BYTES} random bytes; every key and session of another pepper is void"
        raise Broken(field=str(path), found=f"{len(found)} bytes", expected=expected)
    return found


def _make(path: Path) -> None:
    """Write it whole under another name first: two processes may start at once."""
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
